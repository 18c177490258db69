"""Publishes as fast as Python can: one connection, frames prepared, many requests under way."""

import collections
import select
import struct

import hpack

from common import http2
from common.http2 import Closed, Connection, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, SETTINGS, WINDOW_UPDATE
from common.report import true

FRAME_MAX = 16384  # what every peer has to take


def literal_block(headers):
    """Headers without the dynamic table and without Huffman: the same bytes for each request."""
    out = bytearray()
    for name, value in headers:
        out += b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
    return bytes(out)


class Pipe:
    """`publish` returns at once while there is room; `settle` waits for every answer. `answers` counts them by
    grpc-status ("0", "8", ...; "reset" for a stream that was reset)."""

    def __init__(self, port, namespace="default", outstanding=1000):
        # Without a table each of the server's header blocks stands for itself, so it is decoded once.
        self.connection = Connection(port, settings=((http2.ENABLE_PUSH, 0), (http2.HEADER_TABLE, 0)))
        self._socket = self.connection.socket
        self._later = bytearray()  # control frames for the next write
        self._credit = 0  # of the whole connection, given by us and not used up
        self._give_credit()
        self._input = self.connection._buffer
        self._namespace = http2.field(1, namespace)
        self._block = literal_block(http2.request_headers(http2.PUBLISH))
        self._outstanding = outstanding
        self._window = 65535
        self._stream_window = self.connection.server_settings.get(http2.INITIAL_WINDOW, 65535)
        self._stream, self._stream_left = -1, 0
        self._known = {}
        self._output = bytearray()
        self.under_way = set()
        self.answers = collections.Counter()
        self.texts = {}  # of each status but 0: one grpc-message

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def publish(self, topic, payload):
        value = http2.field(3, http2.field(1 if isinstance(payload, str) else 2, payload))
        body = http2.grpc(self._namespace + http2.field(2, topic) + value)
        while len(self.under_way) >= self._outstanding:
            self._wait()
        self._stream += 2
        self._stream_left = self._stream_window
        self.under_way.add(self._stream)
        # The first block acknowledges the server's table size: we use none.
        block = self._block if self._stream > 1 else b"\x20" + self._block
        self._output += http2.frame(HEADERS, END_HEADERS, self._stream, block)
        for at in range(0, len(body), FRAME_MAX):
            part = body[at:at + FRAME_MAX]
            while min(self._window, self._stream_left) < len(part) and self._stream in self.under_way:
                self._wait()
            if self._stream not in self.under_way:
                return  # refused before its body was sent
            self._window -= len(part)
            self._stream_left -= len(part)
            end = END_STREAM if at + FRAME_MAX >= len(body) else 0
            self._output += http2.frame(DATA, end, self._stream, part)
        if len(self._output) > 32 << 10:
            self._flush()

    def _give_credit(self):
        """The answers are small, but each takes from the connection's window."""
        if self._credit < 1 << 29:
            self._credit += 1 << 30
            self._later += http2.frame(WINDOW_UPDATE, 0, 0, struct.pack("!I", 1 << 30))

    def settle(self, timeout=30):
        """Waits until all are answered; returns `answers`."""
        while self.under_way:
            self._wait(timeout)
        return self.answers

    def _flush(self):
        """Writes everything, taking in answers on the way: neither side may wait for the other for ever. Whether
        something came in."""
        came = False
        at, view = 0, memoryview(self._later + self._output)
        self._later.clear()
        self._output.clear()
        self._socket.setblocking(False)
        try:
            while at < len(view):
                readable, writable, _ = select.select([self._socket], [self._socket], [], 30)
                true(readable or writable, "nothing moves for 30 s")
                if readable:
                    self._take()
                    came = True
                if writable:
                    at += self._socket.send(view[at:])
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed(str(error)) from None
        finally:
            self._socket.setblocking(True)
        return came

    def _wait(self, timeout=30):
        """Until something came in, which may be what the caller waits for."""
        if self._flush():
            return
        true(select.select([self._socket], [], [], timeout)[0],
             f"no answer in {timeout} s; {len(self.under_way)} under way, answered {dict(self.answers)}")
        self._take()

    def _take(self):
        try:
            data = self._socket.recv(1 << 18)
        except ConnectionResetError as error:
            raise Closed(str(error)) from None
        if not data:
            raise Closed("end")
        self._input += data
        at, size = 0, len(self._input)
        while size - at >= 9:
            length = int.from_bytes(self._input[at:at + 3], "big")
            if size - at < 9 + length:
                break
            kind, flags, stream = struct.unpack_from("!BBI", self._input, at + 3)
            self._on_frame(kind, flags, stream, bytes(self._input[at + 9:at + 9 + length]))
            at += 9 + length
        del self._input[:at]

    def _on_frame(self, kind, flags, stream, payload):
        if kind == HEADERS and flags & END_STREAM:
            headers = self._known.get(payload)
            if headers is None:
                headers = dict(hpack.Decoder().decode(payload))
                if headers["grpc-status"] != "0":  # those of success differ, each has its number
                    self._known[payload] = headers
                    self.texts[headers["grpc-status"]] = headers.get("grpc-message", "")
            self._done(stream, headers["grpc-status"])
        elif kind == DATA:
            self._credit -= len(payload)
            self._give_credit()
        elif kind == http2.RST_STREAM:
            if struct.unpack("!I", payload)[0] != 0:  # NO_ERROR follows a refusal: the rest is not wanted
                self._done(stream, "reset")
        elif kind == WINDOW_UPDATE:
            if stream == 0:
                self._window += struct.unpack("!I", payload)[0]
            elif stream == self._stream:
                self._stream_left += struct.unpack("!I", payload)[0]
        elif kind == SETTINGS and not flags & 1:
            self._later += http2.frame(SETTINGS, 1, 0)
        elif kind == http2.PING and not flags & 1:
            self._later += http2.frame(http2.PING, 1, 0, payload)
        elif kind == GOAWAY and struct.unpack("!II", payload[:8])[1] != 0:
            raise Closed(f"GOAWAY {payload!r}")

    def _done(self, stream, status):
        if stream in self.under_way:
            self.under_way.discard(stream)
            self.answers[status] += 1
