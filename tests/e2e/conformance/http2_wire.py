"""HTTP/2 by frames, as http1_wire: whole answers, and a body that goes on."""

import struct

from common import http2
from common.http1 import Answer
from common.report import equal, true
from conformance.driver import Cut, Deadline
from conformance.http1_wire import CUT, Request

HUGE = (1 << 31) - 1
FRAME_MAX = 16384  # what every peer has to take
OF_A_CONNECTION = {"connection", "transfer-encoding", "keep-alive", "upgrade", "proxy-connection"}


class Exchange:
    """What has come of one stream."""

    def __init__(self, window):
        self.window = window  # what may still be sent
        self.status, self.fields = None, {}
        self.body, self.ended, self.cut = bytearray(), False, False

    def take(self, frame):
        if frame.kind == http2.WINDOW_UPDATE:
            self.window += struct.unpack("!I", frame.payload)[0]
        elif frame.kind == http2.RST_STREAM:
            self.cut = not self.ended
        elif frame.kind == http2.HEADERS:
            true(self.status is None, f"a second head: {frame.headers}")
            self.fields = dict(frame.headers)
            self.status = int(self.fields.pop(":status"))
            true(not any(n in OF_A_CONNECTION or n != n.lower() or n[0] == ":" for n in self.fields), f"{self.fields}")
        else:
            equal(frame.kind, http2.DATA, "kind of a stream's frame")
            true(self.status is not None and not self.ended, "a body without a head, or behind its end")
            self.body += frame.payload
        if frame.kind in (http2.HEADERS, http2.DATA):
            self.ended = bool(frame.flags & http2.END_STREAM)


class Client:
    """One connection that gives all the credit there is, so that only its socket holds a server back."""

    def __init__(self, port, receive_buffer=None):
        settings = ((http2.ENABLE_PUSH, 0), (http2.INITIAL_WINDOW, HUGE))
        self.connection = http2.Connection(port, settings=settings, receive_buffer=receive_buffer)
        self.connection.send(http2.WINDOW_UPDATE, 0, 0, struct.pack("!I", HUGE - 65535))
        self._window = 65535
        self.exchanges = {}

    def begin(self, request):
        """Sends a request, as fast as the server's windows allow. Its Exchange."""
        headers = [(":method", request.method), (":scheme", "http"), (":path", request.to), (":authority", "127.0.0.1"),
                   *((name.lower(), str(value)) for name, value in request.headers)]
        exchange = Exchange(self.connection.server_settings.get(http2.INITIAL_WINDOW, 65535))
        stream = self.connection.next_stream
        self.exchanges[stream] = exchange
        self.connection.open(None, headers=headers, end=not request.body)
        left, deadline = request.body, Deadline(20, "room for a body")
        while left and not exchange.ended and not exchange.cut:
            size = min(len(left), FRAME_MAX, self._window, exchange.window)
            if size <= 0:
                self.pump(deadline)
                continue
            part, left = left[:size], left[size:]
            self._window -= size
            exchange.window -= size
            self.connection.send(http2.DATA, 0 if left else http2.END_STREAM, stream, part)
        return exchange

    def pump(self, deadline):
        """Takes the next frame."""
        frame = self.connection.read(deadline.left())
        if frame.stream:
            true(frame.stream in self.exchanges, f"a frame of a stream that is not ours: {frame}")
            self.exchanges[frame.stream].take(frame)
        elif frame.kind == http2.WINDOW_UPDATE:
            self._window += struct.unpack("!I", frame.payload)[0]
        elif frame.kind in (http2.PING, http2.SETTINGS) and not frame.flags & http2.ACK:
            self.connection.send(frame.kind, http2.ACK, 0, frame.payload if frame.kind == http2.PING else b"")


class Answers:
    """Requests on one connection, which is made anew when the server has ended it; answers in the order of requests."""

    def __init__(self, port, receive_buffer=None):
        self._port, self._receive_buffer, self._client = port, receive_buffer, None
        self._under_way = []

    def send(self, *requests):
        if self._client is None:
            self._client = Client(self._port, self._receive_buffer)
        self._under_way += map(self._client.begin, requests)

    def answer(self, timeout=20):
        """The next one, or Cut."""
        exchange, deadline = self._under_way.pop(0), Deadline(timeout, "an answer")
        try:
            while not exchange.ended and not exchange.cut:
                self._client.pump(deadline)
        except http2.Closed:
            raise Cut from None
        true(exchange.ended, "the stream was reset")
        length = exchange.fields.get("content-length", str(len(exchange.body)))
        equal(length, str(len(exchange.body)), "Content-Length")
        return Answer(exchange.status, exchange.fields, bytes(exchange.body))

    def ask(self, request):
        self.send(request)
        return self.answer()

    def read_on(self):
        pass  # it reads in large pieces, whatever the socket's size

    def is_last(self, _):
        return self._client.connection.goaway is not None

    def close(self):
        if self._client:
            self._client.connection.close()
            self._client = None


class Stream:
    """A GET whose body goes on, on a connection of its own."""

    def __init__(self, port, to, headers, receive_buffer=None):
        self._client = Client(port, receive_buffer)
        self._exchange = self._client.begin(Request("GET", to, headers))
        deadline = Deadline(20, "the head of the answer")
        while self._exchange.status is None:
            self._client.pump(deadline)
        self.status, self.fields = self._exchange.status, self._exchange.fields

    def read(self, deadline):
        """More of the body; b"" at its end, CUT when it ended before it."""
        try:
            while not self._exchange.body and not self._exchange.ended and not self._exchange.cut:
                self._client.pump(deadline)
        except http2.Closed:
            return CUT
        body, self._exchange.body = bytes(self._exchange.body), bytearray()
        return CUT if self._exchange.cut and not body else body

    def read_all(self):
        """The rest of the body."""
        deadline, body = Deadline(20, "the end of the body"), b""
        while part := self.read(deadline):
            true(part is not CUT, f"it ended within {body[:200]!r}")
            body += part
        return body

    def goes_with_its_connection(self):
        pass  # a connection carries other streams

    def ends(self):
        pass

    def close(self):
        self._client.connection.close()
