"""Floods of cheap frames (CVE-2019-9511 ... 9518): a burst is served, a flood is cut, others do not notice."""

import os
import struct
import time

from common import http2
from common.http2 import Closed, Connection, END_HEADERS, END_STREAM, frame
from common.pubsub import Client
from common.report import Suite, true
from common.server import MIB, SharedHark, sanitized
from common.watcher import Watcher

suite = Suite("hostile/floods")
hark = SharedHark(suite, cores=1)
BURST = 200  # control frames, then 100 a second

FLOODS = {
    "ping": lambda i: frame(http2.PING, 0, 0, struct.pack("!Q", i)),
    "ping_ack": lambda i: frame(http2.PING, http2.ACK, 0, struct.pack("!Q", i)),
    "settings": lambda i: frame(http2.SETTINGS, 0, 0, struct.pack("!HI", http2.INITIAL_WINDOW, 65535 + i)),
    "empty_settings": lambda i: frame(http2.SETTINGS, 0, 0),
    "priority": lambda i: frame(http2.PRIORITY, 0, 2 * i + 1, struct.pack("!IB", 0, i % 256)),
    "unknown": lambda i: frame(0xbb, 0, 0, os.urandom(8)),
    "unknown_on_a_stream": lambda i: frame(0xbc, 0, 2 * i + 1, b""),
    "priority_update": lambda i: frame(0x10, 0, 0, struct.pack("!I", 1) + b"u=1"),
}


def flood(name):
    one = FLOODS[name]

    def test():
        server = hark()
        with Connection(server.port) as connection:
            for i in range(BURST - 20):
                connection.write(one(i))
            connection.is_served()
        with Watcher(server):
            before = server.rss()
            with Connection(server.port) as connection:
                http2.send_until_cut(connection, one, 1000)
            for _ in range(3):
                with Connection(server.port) as connection:
                    try:
                        connection.write(b"".join(one(i) for i in range(50_000)))
                    except Closed:
                        pass
                    connection.is_cut(10)
            grown = server.rss() - before
        true(sanitized() or grown < 8 * MIB, f"memory grew by {grown / MIB:.1f} MiB")

    test.__name__ = f"{name}_flood"
    return test


for flood_name in FLOODS:
    suite.test(flood(flood_name))


@suite.test
def window_update_flood():
    """Without any DATA of ours there is nothing to give credit for."""
    server = hark()
    one = frame(http2.WINDOW_UPDATE, 0, 0, struct.pack("!I", 1))
    with Connection(server.port) as connection:
        connection.write(one * 9)
        connection.is_served()
    with Watcher(server), Connection(server.port) as connection:
        http2.send_until_cut(connection, lambda i: one, 1000)


@suite.test
def window_updates_of_a_reader_are_normal():
    """Two for every DATA frame, as simple clients do."""
    with Connection(hark().port) as connection:
        stream = connection.subscribe("default", "credited")
        connection.until(lambda f: f.kind == http2.DATA, "a heartbeat")
        with Client(hark().target) as client:
            for _ in range(500):
                client.publish("default", "credited", "x")
                got = connection.until(lambda f: f.kind == http2.DATA, "an item")
                credit = struct.pack("!I", len(got.payload))
                connection.write(frame(http2.WINDOW_UPDATE, 0, 0, credit) + frame(http2.WINDOW_UPDATE, 0, stream, credit))
        connection.is_served()


@suite.test
def empty_data_flood():
    """One empty DATA frame without an end is somebody's habit; a row of them is a flood."""
    server = hark()
    with Connection(server.port) as connection:
        stream = connection.open("/cache_client.Ping/Ping", end=False)
        connection.send(http2.DATA, 0, stream, b"")
        connection.send(http2.DATA, END_STREAM, stream, http2.grpc(b""))
        true(connection.answer(stream).get("grpc-status") == "0", "one empty DATA frame")
    with Watcher(server), Connection(server.port) as connection:
        stream = connection.open("/cache_client.Ping/Ping", end=False)
        http2.send_until_cut(connection, lambda i: frame(http2.DATA, 0, stream, b""), 1000)


@suite.test
def padded_empty_data_flood():
    server = hark()
    with Watcher(server), Connection(server.port) as connection:
        stream = connection.open("/cache_client.Ping/Ping", end=False)
        http2.send_until_cut(
            connection, lambda i: frame(http2.DATA, http2.PADDED, stream, b"\x03" + bytes(3)), 1000)


@suite.test
def trailers_only_requests_in_a_flood():
    """Requests that each cost us an answer: bounded by what the client reads, and not by memory."""
    server = hark()
    with Watcher(server):
        before = server.rss()
        with Connection(server.port, receive_buffer=4096) as connection:
            connection.socket.settimeout(3)
            block = connection.encoder.encode(http2.request_headers("/no/method"))
            try:
                for i in range(400):
                    connection.write(b"".join(
                        frame(http2.HEADERS, END_HEADERS | END_STREAM, 2 * (i * 200 + j) + 1, block) for j in range(200)))
            except (Closed, OSError):
                pass  # cut, or not read any more
            grown = server.rss() - before
            true(sanitized() or grown < 24 * MIB, f"memory grew by {grown / MIB:.1f} MiB")


@suite.test
def ping_no_read():
    """PINGs whose answers are never read: a hundred wait, ten thousand end the connection."""
    server = hark()
    with Connection(server.port) as connection:
        for i in range(150):
            connection.write(FLOODS["ping"](i))
        answers = 0
        while answers < 150:
            answers += connection.read().kind == http2.PING
    with Watcher(server):
        with Connection(server.port, receive_buffer=2048) as connection:
            connection.socket.settimeout(10)
            try:
                for i in range(200):
                    connection.write(b"".join(FLOODS["ping"](j) for j in range(50)))
                connection.is_cut(10)
            except Closed:
                pass


@suite.test
def the_rate_that_sdks_ping_at_is_fine():
    """Far above every SDK's PING each 5 s, and below the limit: 50 a second for six seconds."""
    with Connection(hark().port) as connection:
        for _ in range(300):
            connection.ping(5)
            time.sleep(0.02)  # the rate is what is tested
        true(connection.goaway is None, f"GOAWAY {connection.goaway}")


suite.main()
