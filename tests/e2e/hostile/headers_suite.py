"""Header blocks: CONTINUATION floods (CVE-2024-28182), HPACK bombs (CVE-2016-6581), too many fields."""

from common import http2
from common.http2 import Closed, Connection, CONTINUATION, END_HEADERS, END_STREAM, HEADERS, frame
from common.report import Suite, equal, true
from common.server import MIB, SharedHark, sanitized
from common.watcher import Watcher

suite = Suite("hostile/headers")
hark = SharedHark(suite, cores=1)
FRAMES = 9           # HEADERS and 8 CONTINUATION
LIST_BYTES = 16384   # names, values and 32 bytes a field
FIELDS = 64
PING_PATH = "/cache_client.Ping/Ping"


def in_frames(connection, block, count):
    """The block as one HEADERS and count - 1 CONTINUATION frames, then an empty gRPC message."""
    stream = connection.next_stream
    connection.next_stream += 2
    step = max(1, len(block) // count)
    parts = [block[i * step:(i + 1) * step] for i in range(count - 1)] + [block[(count - 1) * step:]]
    out = b""
    for i, part in enumerate(parts):
        last = END_HEADERS if i == count - 1 else 0
        out += frame(CONTINUATION if i else HEADERS, last, stream, part)
    return stream, out + frame(http2.DATA, END_STREAM, stream, http2.grpc(b""))


def served(connection, stream):
    equal(connection.answer(stream).get("grpc-status"), "0", "a request at the limit")


def refused(connection, stream):
    """The request is answered with an error, or its stream is reset, or the connection ends."""
    try:
        answer = connection.answer(stream)
        true("reset" in answer or answer.get(":status") in ("400", "431") or answer.get("grpc-status", "0") != "0",
             f"past the limit: {answer}")
    except Closed:
        pass


@suite.test
def continuation_frames_at_the_limit():
    with Connection(hark().port) as connection:
        stream, out = in_frames(connection, connection.encoder.encode(http2.request_headers(PING_PATH)), FRAMES)
        connection.write(out)
        served(connection, stream)


@suite.test
def continuation_frames_past_the_limit():
    with Connection(hark().port) as connection:
        stream, out = in_frames(connection, connection.encoder.encode(http2.request_headers(PING_PATH)), FRAMES + 1)
        try:
            connection.write(out)
        except Closed:
            return
        connection.is_cut(5)


def flood(part, most):
    server = hark()
    with Watcher(server):
        before = server.rss()
        with Connection(server.port) as connection:
            sent = 1
            try:
                connection.send(HEADERS, 0, 1, b"")
                while sent < most:
                    connection.send(CONTINUATION, 0, 1, part)
                    sent += 1
                    if sent % 10 == 0:
                        connection.drain()
            except Closed:
                pass
            else:
                connection.is_cut(5)
        grown = server.rss() - before
    true(sanitized() or grown < 4 * MIB, f"memory grew by {grown / MIB:.1f} MiB")


@suite.test
def continuation_flood_of_empty_frames():
    flood(b"", 100)


@suite.test
def continuation_flood_of_full_frames():
    # A literal field without indexing whose value goes on for ever.
    flood(b"\x00\x01a\x7f\x80\xff\x7f" + b"x" * 16000, 100)


@suite.test
def continuation_flood_in_one_write():
    with Connection(hark().port) as connection:
        try:
            connection.write(frame(HEADERS, 0, 1, b"") + frame(CONTINUATION, 0, 1, b"") * 50_000)
        except Closed:
            pass
        connection.is_cut(5)


def list_size(headers):
    return sum(len(name.encode()) + len(value.encode()) + 32 for name, value in headers)


def padded_to(size):
    """Request headers whose decoded list has exactly `size` bytes."""
    headers = http2.request_headers(PING_PATH)
    return [*headers, ("x-pad", "p" * (size - list_size(headers) - 32 - len("x-pad")))]


@suite.test
def header_list_bytes_at_the_limit():
    for indexing in (True, False):
        with Connection(hark().port) as connection:
            connection.encoder.huffman = False
            headers = padded_to(LIST_BYTES)
            equal(list_size(headers), LIST_BYTES, "size of the list")
            block = connection.encoder.encode(headers, huffman=indexing)
            stream, out = in_frames(connection, block, 2)
            connection.write(out)
            served(connection, stream)


@suite.test
def header_list_bytes_past_the_limit():
    with Connection(hark().port) as connection:
        stream, out = in_frames(connection, connection.encoder.encode(padded_to(LIST_BYTES + 1)), 2)
        connection.write(out)
        refused(connection, stream)


def with_fields(count):
    headers = http2.request_headers(PING_PATH)
    return headers + [("x", str(i)) for i in range(count - len(headers))]


@suite.test
def header_fields_at_the_limit():
    with Connection(hark().port) as connection:
        served(connection, connection.open(PING_PATH, b"", headers=with_fields(FIELDS)))
        crumbs = http2.request_headers(PING_PATH)
        crumbs += [("cookie", f"c{i}=1") for i in range(FIELDS - len(crumbs))]
        served(connection, connection.open(PING_PATH, b"", headers=crumbs))


@suite.test
def header_fields_past_the_limit():
    for name in ("x", "cookie"):
        with Connection(hark().port) as connection:
            headers = http2.request_headers(PING_PATH)
            headers += [(name, f"c{i}=1") for i in range(FIELDS + 1 - len(headers))]
            refused(connection, connection.open(PING_PATH, b"", headers=headers))


@suite.test
def repeated_violations_are_cut():
    with Connection(hark().port) as connection:
        http2.send_until_cut(connection, lambda i: frame(
            HEADERS, END_HEADERS | END_STREAM, 2 * i + 1, connection.encoder.encode(with_fields(FIELDS + 1))), 20)


def bomb(value_bytes, references, crumbs=False):
    """A field put into the table once and named by one byte many times: small on the wire, huge decoded."""
    server = hark()
    name = b"cookie" if crumbs else b"x"
    block = b"\x40" + bytes([len(name)]) + name + b"\x7f" + http2.varint(value_bytes - 127) + b"a" * value_bytes
    block += b"\xbe" * references
    with Watcher(server):
        before = server.rss()
        for _ in range(10):
            with Connection(server.port) as connection:
                prefix = connection.encoder.encode([])
                try:
                    stream, out = in_frames(connection, prefix + block, 2)
                    connection.write(out)
                    refused(connection, stream)
                except Closed:
                    pass
        grown = server.rss() - before
    true(sanitized() or grown < 4 * MIB, f"memory grew by {grown / MIB:.1f} MiB")


@suite.test
def hpack_bomb():
    bomb(3000, 12_000)


@suite.test
def hpack_bomb_of_cookies():
    bomb(127, 12_000, crumbs=True)


@suite.test
def table_size_games():
    """Dynamic table size updates beyond what we allow, and many of them, are errors or harmless."""
    with Connection(hark().port) as connection:
        try:
            connection.send(HEADERS, END_HEADERS | END_STREAM, 1, b"\x3f\xe1\xff\xff\x7f" + b"\x82")
            connection.is_cut(5)
        except Closed:
            pass
    with Connection(hark().port) as connection:
        served(connection, connection.open(PING_PATH, b""))


suite.main()
