"""Thousands of subscribers in one thread: a connection each, frames by hand, what arrived noted."""

import selectors
import socket
import struct
import time

from common import http2
from common.http2 import DATA, END_HEADERS, END_STREAM, HEADERS, SETTINGS, frame
from common.pipe import literal_block
from common.report import true

CONNECTING_MAX = 128  # at a time: the backlog of a listener is finite
HEARTBEAT = b"\x00\x00\x00\x00\x02\x1a\x00"


class Member:
    """A connection with one subscription."""

    __slots__ = ("socket", "begun", "input", "body", "last_beat", "longest_gap", "beats", "items")

    def __init__(self, sock):
        self.socket = sock
        self.begun = False
        self.input, self.body = b"", b""
        self.last_beat = self.longest_gap = 0.0
        self.beats = self.items = 0


class Crowd:
    """`members` connections to `port`, each subscribed to `topic` of `default`."""

    def __init__(self, port, members, topic):
        self._port = port
        self._wanted = members
        request = http2.frame(HEADERS, END_HEADERS, 1, b"\x20" + literal_block(http2.request_headers(http2.SUBSCRIBE)))
        request += http2.frame(DATA, END_STREAM, 1, http2.grpc(http2.subscribe_message("default", topic)))
        settings = struct.pack("!HIHI", http2.ENABLE_PUSH, 0, http2.HEADER_TABLE, 0)
        self._hello = http2.PREFACE + frame(SETTINGS, 0, 0, settings) + frame(SETTINGS, 1, 0) + request
        self._selector = selectors.DefaultSelector()
        self._connecting = 0
        self.members = []
        self.established = 0

    def open(self, progress, timeout):
        """Connects and subscribes all; each has had its first heartbeat after that."""
        end = time.monotonic() + timeout
        while self.established < self._wanted:
            while self._connecting < CONNECTING_MAX and len(self.members) < self._wanted:
                self._connect()
            self.pump(0.2, lambda: self._connecting < CONNECTING_MAX // 2 and len(self.members) < self._wanted)
            progress(f"{self.established} of {self._wanted} are subscribed")
            true(time.monotonic() < end, f"{self.established} of {self._wanted} were subscribed within {timeout} s")

    def _connect(self):
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", self._port))
        member = Member(sock)
        self.members.append(member)
        self._connecting += 1
        self._selector.register(sock, selectors.EVENT_WRITE, member)

    def pump(self, seconds, until=lambda: False):
        """Takes in what arrives, for so long or until the condition holds. Whether it does."""
        end = time.monotonic() + seconds
        while not until():
            left = end - time.monotonic()
            if left <= 0:
                return False
            for key, events in self._selector.select(min(left, 0.05)):
                member = key.data
                if events & selectors.EVENT_WRITE:
                    error = member.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    true(error == 0, f"a connection was refused: {error}")
                    true(member.socket.send(self._hello) == len(self._hello), "a hello was sent in part")
                    self._selector.modify(member.socket, selectors.EVENT_READ, member)
                else:
                    self._take(member)
        return True

    def _take(self, member):
        try:
            data = member.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        true(data, "the server ended a connection")
        data = member.input + data
        at = 0
        while len(data) - at >= 9:
            length = int.from_bytes(data[at:at + 3], "big")
            if len(data) - at < 9 + length:
                break
            kind, flags = data[at + 3], data[at + 4]
            if kind == DATA:
                self._on_data(member, data[at + 9:at + 9 + length])
            true(kind != http2.GOAWAY and kind != http2.RST_STREAM and not (kind == HEADERS and flags & END_STREAM),
                 f"a stream ended: frame {kind}")
            at += 9 + length
        member.input = data[at:]

    def _on_data(self, member, payload):
        now = time.monotonic()
        body = member.body + payload
        while len(body) >= 5:
            length = 5 + int.from_bytes(body[1:5], "big")
            if len(body) < length:
                break
            if body[:length] == HEARTBEAT:
                if member.begun:
                    member.longest_gap = max(member.longest_gap, now - member.last_beat)
                else:
                    member.begun = True
                    self._connecting -= 1
                    self.established += 1
                member.last_beat = now
                member.beats += 1
            else:
                true(body[5:6] == b"\x0a", f"neither heartbeat nor item: {body[:40]!r}")
                member.items += 1
            body = body[length:]
        member.body = body

    def longest_gap(self):
        """The longest time without a heartbeat at any member, seconds; the time since the last one counts too."""
        now = time.monotonic()
        return max(max(m.longest_gap, now - m.last_beat) for m in self.members)

    def close(self):
        for member in self.members:
            self._selector.unregister(member.socket)
            member.socket.close()
        self._selector.close()
