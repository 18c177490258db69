"""HTTP/2 that breaks the rules (RFC 9113): refused in HTTP/2's own words, and nobody else notices."""

import random
import struct

from common import http2
from common.http2 import Closed, Connection, END_HEADERS, END_STREAM, frame
from common.report import Suite, true
from common.server import SharedHark
from common.watcher import Watcher

suite = Suite("hostile/broken")
hark = SharedHark(suite, cores=1)
BLOCK = END_HEADERS | END_STREAM


def ok_block(connection):
    return connection.encoder.encode(http2.request_headers("/cache_client.Ping/Ping"))


# Each must end the connection.
CONNECTION_ERRORS = {
    "data on stream 0": lambda c: frame(http2.DATA, 0, 0, b"x"),
    "data on an idle stream": lambda c: frame(http2.DATA, 0, 1, b"x"),
    "headers on stream 0": lambda c: frame(http2.HEADERS, BLOCK, 0, ok_block(c)),
    "headers on an even stream": lambda c: frame(http2.HEADERS, BLOCK, 2, ok_block(c)),
    "continuation out of place": lambda c: frame(http2.CONTINUATION, END_HEADERS, 1, b""),
    "ping inside a header block": lambda c: frame(http2.HEADERS, 0, 1, b"") + frame(http2.PING, 0, 0, bytes(8)),
    "continuation of another stream": lambda c: frame(http2.HEADERS, 0, 1, b"") + frame(http2.CONTINUATION, 4, 3, b""),
    "settings of 5 bytes": lambda c: frame(http2.SETTINGS, 0, 0, bytes(5)),
    "settings on a stream": lambda c: frame(http2.SETTINGS, 0, 1),
    "settings ack with a payload": lambda c: frame(http2.SETTINGS, http2.ACK, 0, bytes(6)),
    "a window of 2^31": lambda c: frame(http2.SETTINGS, 0, 0, struct.pack("!HI", http2.INITIAL_WINDOW, 1 << 31)),
    "a frame size of 1": lambda c: frame(http2.SETTINGS, 0, 0, struct.pack("!HI", http2.MAX_FRAME, 1)),
    "enable_push of 2": lambda c: frame(http2.SETTINGS, 0, 0, struct.pack("!HI", http2.ENABLE_PUSH, 2)),
    "ping of 7 bytes": lambda c: frame(http2.PING, 0, 0, bytes(7)),
    "ping on a stream": lambda c: frame(http2.PING, 0, 1, bytes(8)),
    "goaway on a stream": lambda c: frame(http2.GOAWAY, 0, 1, bytes(8)),
    "rst_stream of 3 bytes": lambda c: frame(http2.RST_STREAM, 0, 1, bytes(3)),
    "rst_stream of an idle stream": lambda c: frame(http2.RST_STREAM, 0, 1, bytes(4)),
    "rst_stream on stream 0": lambda c: frame(http2.RST_STREAM, 0, 0, bytes(4)),
    "window_update of 3 bytes": lambda c: frame(http2.WINDOW_UPDATE, 0, 0, bytes(3)),
    "window_update of 0": lambda c: frame(http2.WINDOW_UPDATE, 0, 0, bytes(4)),
    "window_update of an idle stream": lambda c: frame(http2.WINDOW_UPDATE, 0, 1, struct.pack("!I", 1)),
    "window overflow": lambda c: frame(http2.WINDOW_UPDATE, 0, 0, struct.pack("!I", (1 << 31) - 1)),
    "a frame of 16,385 bytes": lambda c: frame(http2.DATA, 0, 1, bytes(16_385)),
    "push_promise": lambda c: frame(http2.PUSH_PROMISE, END_HEADERS, 1, struct.pack("!I", 2) + b""),
    "padding beyond the frame": lambda c: frame(http2.HEADERS, BLOCK | http2.PADDED, 1, b"\xff" + ok_block(c)[:20]),
    "hpack index 0": lambda c: frame(http2.HEADERS, BLOCK, 1, b"\x80"),
    "hpack index beyond the table": lambda c: frame(http2.HEADERS, BLOCK, 1, b"\xff\xff\xff\x7f"),
    "hpack integer without end": lambda c: frame(http2.HEADERS, BLOCK, 1, b"\xff" * 30),
    "hpack string beyond the block": lambda c: frame(http2.HEADERS, BLOCK, 1, b"\x00\x05ab"),
    "hpack bad huffman": lambda c: frame(http2.HEADERS, BLOCK, 1, b"\x00\x84\xff\xff\xff\xff\x00"),
    "noise": lambda c: bytes(range(256)) * 100,
}


def header_case(change):
    return lambda c: change(http2.request_headers("/cache_client.Ping/Ping"))


def plus(*fields):
    return header_case(lambda headers: headers + list(fields))


# Each must be refused: by an answer with an error, a reset stream, or the end of the connection.
BAD_REQUESTS = {
    "an upper-case name": plus(("X-Upper", "y")),
    "a line break in a value": plus(("x", "a\r\nb: c")),
    "NUL in a value": plus(("x", "a\x00b")),
    "a space in a name": plus(("a b", "c")),
    "a connection header": plus(("connection", "keep-alive")),
    "transfer-encoding": plus(("transfer-encoding", "chunked")),
    "te other than trailers": header_case(lambda h: [f for f in h if f[0] != "te"] + [("te", "gzip")]),
    "a pseudo header after a regular one": plus((":path", "/x")),
    "an unknown pseudo header": header_case(lambda h: [(":who", "me")] + h),
    "a response's pseudo header": header_case(lambda h: [(":status", "200")] + h),
    "two paths": header_case(lambda h: [(":path", "/x")] + h),
    "no path": header_case(lambda h: [f for f in h if f[0] != ":path"]),
    "an empty path": header_case(lambda h: [(n, "" if n == ":path" else v) for n, v in h]),
    "no method": header_case(lambda h: [f for f in h if f[0] != ":method"]),
    "no scheme": header_case(lambda h: [f for f in h if f[0] != ":scheme"]),
}


@suite.test
def connection_errors():
    server = hark()
    with Watcher(server):
        for name, make in CONNECTION_ERRORS.items():
            try:
                with Connection(server.port) as connection:
                    connection.write(make(connection))
                    connection.is_cut(8)
            except Closed:
                pass
            except AssertionError as error:
                raise AssertionError(f"{name}: {error}") from None


@suite.test
def bad_requests():
    server = hark()
    with Watcher(server):
        for name, make in BAD_REQUESTS.items():
            with Connection(server.port) as connection:
                try:
                    stream = connection.open("", b"", headers=make(connection))
                    answer = connection.answer(stream)
                except Closed:
                    continue
                true("reset" in answer or answer.get(":status") == "400" or answer.get("grpc-status", "0") != "0",
                     f"{name}: {answer}")


@suite.test
def a_bad_request_harms_no_other_stream_of_its_connection():
    with Connection(hark().port) as connection:
        stream = connection.subscribe("default", "beside")
        connection.until(lambda f: f.stream == stream and f.kind == http2.DATA, "a heartbeat")
        bad = connection.open("", headers=http2.request_headers("/cache_client.Ping/Ping") + [("connection", "close")])
        try:
            connection.answer(bad)
        except Closed:
            raise AssertionError("a malformed request is a stream error, but the connection was cut") from None
        connection.is_served()


@suite.test
def a_wrong_preface():
    for preface in (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r", b"PRI * HTTP/2.1\r\n\r\nSM\r\n\r\n", b"PRI\r\n\r\n" + bytes(40)):
        connection = Connection(hark().port, handshake=False)
        connection.write(preface + frame(http2.SETTINGS, 0, 0))
        connection.is_cut(8)


@suite.test
def random_bytes_after_the_preface():
    """Seeded noise, framed and not: the server must only ever answer, refuse or cut."""
    server = hark()
    with Watcher(server):
        for seed in range(150):
            dice = random.Random(seed)
            with Connection(server.port) as connection:
                try:
                    for _ in range(30):
                        kind, flags = dice.choice([0, 1, 2, 3, 4, 6, 7, 8, 9, 10]), dice.randrange(256)
                        payload = dice.randbytes(dice.choice([0, 4, 5, 8, 40, 300]))
                        connection.send(kind, flags, dice.choice([0, 1, 1, 3, 5]), payload)
                    connection.drain()
                except Closed:
                    pass
    server.no_bug()
    true(server.get("/livez")[0] == 200, "/livez after the noise")


suite.main()
