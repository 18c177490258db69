"""HTTP/2 by hand: sends any frame, right or wrong, and reports what comes back. HPACK by python3-hpack."""

import collections
import select
import socket
import struct
import time

import hpack

from common.report import true

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITY_FLAG = 1, 1, 4, 8, 32
HEADER_TABLE, ENABLE_PUSH, MAX_STREAMS, INITIAL_WINDOW, MAX_FRAME = 1, 2, 3, 4, 5

PUBLISH = "/cache_client.pubsub.Pubsub/Publish"
SUBSCRIBE = "/cache_client.pubsub.Pubsub/Subscribe"

# `headers`: of a HEADERS frame, decoded. Our server sends no CONTINUATION, padding or priority.
Frame = collections.namedtuple("Frame", "kind flags stream payload headers")


class Closed(Exception):
    """The server ended the connection."""


def frame(kind, flags, stream, payload=b""):
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def grpc(message):
    return struct.pack("!BI", 0, len(message)) + message


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, value):
    """A protobuf field: text and bytes with their length, numbers as varints."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def publish_message(namespace, topic, text):
    return field(1, namespace) + field(2, topic) + field(3, field(1, text))


def subscribe_message(namespace, topic, number=0, page=0):
    out = field(1, namespace) + field(2, topic)
    return out + (field(3, number) if number else b"") + (field(4, page) if page else b"")


def request_headers(path, extra=()):
    return [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "localhost"),
            ("te", "trailers"), ("content-type", "application/grpc"), *extra]


class Connection:
    """One TCP connection. Nothing is answered by itself, except what `pump` and `until` are told to."""

    def __init__(self, port, settings=((ENABLE_PUSH, 0),), handshake=True, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(20)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.next_stream = 1
        self.goaway = None
        self.server_settings = {}
        self._buffer = bytearray()
        if handshake:
            body = b"".join(struct.pack("!HI", *s) for s in settings)
            self.write(PREFACE + frame(SETTINGS, 0, 0, body))
            self.until(lambda f: f.kind == SETTINGS and not f.flags & ACK, "the server's SETTINGS")
            self.write(frame(SETTINGS, ACK, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def write(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed(str(error)) from None

    def send(self, kind, flags=0, stream=0, payload=b""):
        self.write(frame(kind, flags, stream, payload))

    def open(self, path, message=None, end=True, extra=(), headers=None):
        """Sends a request; with `message`, also its body. The stream's number."""
        stream = self.next_stream
        self.next_stream += 2
        block = self.encoder.encode(headers or request_headers(path, extra))
        flags = END_HEADERS | (END_STREAM if message is None and end else 0)
        out = frame(HEADERS, flags, stream, block)
        if message is not None:
            out += frame(DATA, END_STREAM if end else 0, stream, grpc(message))
        self.write(out)
        return stream

    def publish(self, namespace, topic, text):
        return self.open(PUBLISH, publish_message(namespace, topic, text))

    def subscribe(self, namespace, topic, number=0, page=0):
        return self.open(SUBSCRIBE, subscribe_message(namespace, topic, number, page))

    def read(self, timeout=20):
        """The next frame. Raises Closed at the end of the connection, AssertionError when none comes."""
        end = time.monotonic() + timeout
        while True:
            if len(self._buffer) >= 9:
                length = int.from_bytes(self._buffer[:3], "big")
                if len(self._buffer) >= 9 + length:
                    kind, flags, stream = struct.unpack("!BBI", self._buffer[3:9])
                    payload = bytes(self._buffer[9:9 + length])
                    del self._buffer[:9 + length]
                    # Each block in its order: the decoder has a state.
                    headers = dict(self.decoder.decode(payload)) if kind == HEADERS else None
                    got = Frame(kind, flags, stream & 0x7fffffff, payload, headers)
                    self._note(got)
                    return got
            left = max(0, end - time.monotonic())
            if not select.select([self.socket], [], [], left)[0]:
                raise AssertionError(f"no frame in {timeout} s")
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                raise Closed("reset") from None
            if not data:
                raise Closed("end")
            self._buffer += data

    def _note(self, got):
        if got.kind == GOAWAY:
            self.goaway = struct.unpack("!II", got.payload[:8])
        elif got.kind == SETTINGS and not got.flags & ACK:
            for at in range(0, len(got.payload), 6):
                key, value = struct.unpack("!HI", got.payload[at:at + 6])
                self.server_settings[key] = value
            # RFC 9113, 4.3.1: whoever acknowledges a smaller table has to say so in the next block.
            self.encoder.header_table_size = self.server_settings.get(HEADER_TABLE, 4096)

    def until(self, wanted, what, timeout=20):
        """Reads until a frame that is `wanted`, acknowledging PING on the way. That frame."""
        end = time.monotonic() + timeout
        while True:
            left = end - time.monotonic()
            true(left > 0, f"not received in {timeout} s: {what}")
            got = self.read(left)
            if got.kind == PING and not got.flags & ACK:
                self.send(PING, ACK, 0, got.payload)
            if wanted(got):
                return got

    def ping(self, timeout=20):
        """A round trip: everything sent before it was read by the server."""
        token = struct.pack("!d", time.monotonic())
        self.send(PING, 0, 0, token)
        self.until(lambda f: f.kind == PING and f.flags & ACK and f.payload == token, "a PING's answer", timeout)

    def answer(self, stream, timeout=20):
        """Reads a unary answer: its headers and trailers in one dict, e.g. {"grpc-status": "0"}."""
        out = {}
        while True:
            got = self.until(lambda f: f.stream == stream, f"the answer on stream {stream}", timeout)
            if got.kind == HEADERS:
                out.update(got.headers)
            if got.kind == RST_STREAM:
                out["reset"] = int.from_bytes(got.payload, "big")
                return out
            if got.flags & END_STREAM and got.kind in (HEADERS, DATA):
                return out

    def is_served(self, timeout=20):
        """Demands that this connection still answers a request."""
        stream = self.open("/cache_client.Ping/Ping", b"")
        answer = self.answer(stream, timeout)
        true(answer.get("grpc-status") == "0", f"a Ping call answered {answer}")

    def drain(self):
        """Takes in what has arrived, without waiting. The frames."""
        frames = []
        while True:
            try:
                frames.append(self.read(0))
            except AssertionError:
                return frames

    def is_cut(self, timeout=15):
        """Demands that the server ends this connection. Seconds until then; the GOAWAY is in `goaway`."""
        start = time.monotonic()
        while True:
            left = timeout - (time.monotonic() - start)
            true(left > 0, f"the connection lives on after {timeout} s (goaway {self.goaway})")
            try:
                self.read(left)
            except Closed:
                return time.monotonic() - start


def send_until_cut(connection, one, most):
    """Sends one(i) up to `most` times, reading what comes, until the server cuts. How many were sent."""
    for i in range(most):
        try:
            connection.write(one(i))
            connection.drain()
            if connection.goaway and connection.goaway[1] != 0:
                connection.is_cut()
                return i + 1
        except Closed:
            return i + 1
    # What was sent may still be on its way: the last frame is judged by whether the end comes.
    connection.is_cut(10)
    return most
