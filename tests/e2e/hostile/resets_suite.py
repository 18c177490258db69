"""Streams that are opened to be reset: rapid reset (CVE-2023-44487) and made-you-reset (CVE-2025-8671)."""

import struct

from common import http2
from common.http2 import Closed, Connection, END_HEADERS, END_STREAM, frame
from common.report import Suite, equal, true, wait_until
from common.server import MIB, SharedHark, sanitized
from common.watcher import Watcher

suite = Suite("hostile/resets")
hark = SharedHark(suite, cores=1)
CANCEL = struct.pack("!I", 8)
EARLY_BURST = 200  # resets before our response's head, theirs or ours
LATE_BURST = 5000  # resets of established subscriptions


def attacked(attack):
    """Runs `attack` beside a well-behaved client; memory must not grow."""
    server = hark()
    with Watcher(server):
        before = server.rss()
        attack(server)
        grown = server.rss() - before
    true(sanitized() or grown < 16 * MIB, f"memory grew by {grown / MIB:.1f} MiB")


def rapid(connection, end):
    """One stream opened and reset in the same bytes."""
    stream = connection.next_stream
    connection.next_stream += 2
    block = connection.encoder.encode(http2.request_headers(http2.SUBSCRIBE))
    out = frame(http2.HEADERS, END_HEADERS, stream, block)
    if end:
        out += frame(http2.DATA, END_STREAM, stream, http2.grpc(http2.subscribe_message("default", "rapid")))
    return out + frame(http2.RST_STREAM, 0, stream, CANCEL)


@suite.test
def rapid_resets_below_the_limit_are_served():
    with Connection(hark().port) as connection:
        for _ in range(EARLY_BURST - 20):
            connection.write(rapid(connection, end=False))
        connection.is_served()


@suite.test
def rapid_reset():
    def attack(server):
        for end in (False, True):
            with Connection(server.port) as connection:
                sent = http2.send_until_cut(connection, lambda i: rapid(connection, end), 300)
                true(sent > EARLY_BURST - 20, f"cut after {sent} already")

    attacked(attack)


@suite.test
def rapid_reset_in_one_burst():
    """All at once: what the server reads in one turn is judged too."""
    def attack(server):
        for _ in range(5):
            with Connection(server.port) as connection:
                try:
                    connection.write(b"".join(rapid(connection, end=True) for _ in range(2000)))
                except Closed:
                    pass
                connection.is_cut(10)

    attacked(attack)


@suite.test
def cancels_of_established_subscriptions_are_normal():
    with Connection(hark().port) as connection:
        for _ in range(2):
            establish_and_cancel(connection, 2000)
        connection.is_served()


def establish_and_cancel(connection, count):
    streams = set()
    for _ in range(count):
        streams.add(connection.subscribe("default", "cancels"))
    waiting = set(streams)
    while waiting:
        got = connection.read(30)
        if got.kind == http2.HEADERS:
            waiting.discard(got.stream)
        elif got.kind == http2.DATA:
            pass
    connection.write(b"".join(frame(http2.RST_STREAM, 0, s, CANCEL) for s in sorted(streams)))


@suite.test
def cancels_without_end_are_cut():
    def attack(server):
        with Connection(server.port, settings=((http2.ENABLE_PUSH, 0), (http2.INITIAL_WINDOW, 0))) as connection:
            cancelled = 0
            try:
                while cancelled < 60_000:
                    establish_and_cancel(connection, 500)
                    cancelled += 500
            except (Closed, AssertionError):
                true(connection.goaway is None or connection.goaway[1] != 0, f"GOAWAY {connection.goaway}")
            true(LATE_BURST <= cancelled + 500 and cancelled < 60_000, f"cut after {cancelled}")

    attacked(attack)


def subscribed(connection):
    return connection.subscribe("default", "made")


def begun(connection):
    """A request whose body is still to come, so that the stream is open on both sides."""
    return connection.open(http2.PUBLISH, end=False)


# Each way makes *us* reset a stream of an intact request.
WAYS = {
    "window_update_0": (subscribed, lambda c, s: frame(http2.WINDOW_UPDATE, 0, s, bytes(4))),
    "window_overflow": (subscribed, lambda c, s: frame(http2.WINDOW_UPDATE, 0, s, struct.pack("!I", (1 << 31) - 1))),
    "headers_after_end": (subscribed, lambda c, s: frame(http2.HEADERS, END_HEADERS | END_STREAM, s,
                                                         c.encoder.encode([("x", "y")]))),
    "data_after_end": (subscribed, lambda c, s: frame(http2.DATA, 0, s, b"x")),
    "priority_length": (subscribed, lambda c, s: frame(http2.PRIORITY, 0, s, bytes(4))),
    "priority_on_itself": (subscribed, lambda c, s: frame(http2.PRIORITY, 0, s, struct.pack("!IB", s, 1))),
    "wrong_content_length": (
        lambda c: c.open(http2.PUBLISH, end=False, extra=[("content-length", "3")]),
        lambda c, s: frame(http2.DATA, END_STREAM, s, b"four")),
}


def made_you_reset(name):
    begin, trigger = WAYS[name]

    def attack(server):
        with Connection(server.port) as connection:
            sent = 0
            try:
                while sent < 300:
                    stream = begin(connection)
                    connection.write(trigger(connection, stream))
                    sent += 1
                    connection.drain()
                connection.is_cut(10)
            except Closed:
                pass

    return lambda: attacked(attack)


for way in WAYS:
    test = made_you_reset(way)
    test.__name__ = f"made_you_reset_{way}"
    suite.test(test)


@suite.test
def a_few_resets_of_ours_are_served():
    """A client with a bug of its own keeps its connection for a while."""
    with Connection(hark().port) as connection:
        for _ in range(100):
            stream = connection.open(http2.PUBLISH, end=False, extra=[("content-length", "3")])
            connection.send(http2.DATA, END_STREAM, stream, b"four")
        connection.is_served()


@suite.test
def the_streams_of_a_connection_are_limited():
    """20,000 at once are served; one more is refused, and nobody suffers."""
    server = hark()
    with Watcher(server), Connection(
            server.port, settings=((http2.ENABLE_PUSH, 0), (http2.INITIAL_WINDOW, 0))) as connection:
        limit = connection.server_settings.get(http2.MAX_STREAMS)
        true(limit and 2048 <= limit <= 20_000, f"SETTINGS_MAX_CONCURRENT_STREAMS is {limit}")
        heads = 0
        for i in range(limit):
            connection.subscribe("default", f"many-{i % 10}")
            if i % 200 == 0:
                heads += sum(f.kind == http2.HEADERS for f in connection.drain())
        while heads < limit:
            heads += connection.read(30).kind == http2.HEADERS
        try:
            stream = connection.subscribe("default", "one-too-many")
            got = connection.until(lambda f: f.stream == stream or f.kind == http2.GOAWAY, "a refusal")
            true(got.kind in (http2.RST_STREAM, http2.GOAWAY), f"the stream past the limit got {got}")
        except Closed:
            pass


@suite.test
def thousands_of_connections_opened_and_dropped():
    server = hark()

    def batch(count):
        for i in range(count):
            connection = Connection(server.port, handshake=False)
            connection.write(http2.PREFACE + frame(http2.SETTINGS, 0, 0))
            connection.subscribe("default", f"dropped-{i % 10}")
            connection.close()

    batch(500)
    wait_until(lambda: server.metric("hark_subscriptions") == 0, "subscriptions are forgotten", 30)
    before = server.rss()
    with Watcher(server):
        batch(2500)
    wait_until(lambda: server.metric("hark_subscriptions") == 0, "subscriptions are forgotten", 30)
    grown = server.rss() - before
    true(sanitized() or grown < 8 * MIB, f"memory grew by {grown / MIB:.1f} MiB")
    equal(server.get("/livez")[0], 200, "/livez")


suite.main()
