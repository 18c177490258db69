"""A subscriber whose reader has stopped, and reads on when told."""

import socket
import struct

from common import http2
from common.http2 import Connection
from common.pubsub import message
from common.report import equal

HUGE = (1 << 31) - 1


class Stopped:
    """A Subscribe whose reader has stopped; `events` continues it."""

    def __init__(self, hark, topic, by_socket):
        settings = ((http2.ENABLE_PUSH, 0), (http2.INITIAL_WINDOW, HUGE if by_socket else 65535))
        self.connection = Connection(hark.port, settings=settings, receive_buffer=4096 if by_socket else None)
        if by_socket:  # only the socket's buffers hold it back
            self.connection.send(http2.WINDOW_UPDATE, 0, 0, struct.pack("!I", HUGE - 65535))
        self.stream = self.connection.subscribe("default", topic)
        self.by_socket = by_socket
        self._body = bytearray()
        self.connection.until(lambda f: f.kind == http2.DATA, "a heartbeat")

    def events(self):
        """Reads on, giving credit: every item and discontinuity."""
        item = message("cache_client.pubsub._SubscriptionItem")
        self.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        if not self.by_socket:
            credit = struct.pack("!I", 1 << 30)
            self.connection.send(http2.WINDOW_UPDATE, 0, 0, credit)
            self.connection.send(http2.WINDOW_UPDATE, 0, self.stream, credit)
        while True:
            got = self.connection.until(lambda f: f.stream == self.stream, "more of the stream", 30)
            equal(got.kind, http2.DATA, "kind of frame: the stream must live")
            self._body += got.payload
            while len(self._body) >= 5:
                length = int.from_bytes(self._body[1:5], "big")
                if len(self._body) < 5 + length:
                    break
                received = item.FromString(bytes(self._body[5:5 + length]))
                del self._body[:5 + length]
                kind = received.WhichOneof("kind")
                if kind != "heartbeat":
                    yield getattr(received, kind)
