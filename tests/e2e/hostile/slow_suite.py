"""Peers that take their time: connections that do not speak, headers and bodies that drip, answers not taken."""

import socket
import struct
import time

from common import http2
from common.http2 import Closed, Connection, END_HEADERS, END_STREAM, frame
from common.pubsub import Client
from common.report import Suite, equal, true, wait_until
from common.server import SharedHark
from common.watcher import Watcher

suite = Suite("hostile/slow")
hark = SharedHark(suite, cores=2)
FIRST_BYTES = HEADER = 5.0
BODY = 10.0
TAKE_ANSWER = 10.0
GRACE = 3.0  # a busy machine's


def between(seconds, low, what):
    true(low - 0.5 <= seconds <= low + GRACE, f"{what}: cut after {seconds:.1f} s, the limit is {low} s")


def drip(sock, data, every=0.5, most=30.0):
    """Sends a byte now and then until the server ends the connection. Seconds until then."""
    start = time.monotonic()
    sock.settimeout(every)  # the pace of the drip; an end of the connection wakes it
    for i in range(len(data)):
        try:
            sock.sendall(data[i:i + 1])
            while sock.recv(65536):
                pass
            return time.monotonic() - start
        except TimeoutError:
            pass
        except OSError:
            return time.monotonic() - start
        true(time.monotonic() - start < most, f"still there after {most} s")
    raise AssertionError("the drip ran dry")


def plain():
    return socket.create_connection(("127.0.0.1", hark().port), 20)


@suite.test
def a_connection_that_says_nothing():
    with plain() as sock:
        sock.settimeout(FIRST_BYTES + GRACE + 2)
        start = time.monotonic()
        equal(sock.recv(100), b"", "what the server says")
        between(time.monotonic() - start, FIRST_BYTES, "silence")


@suite.test
def preface_drip():
    with plain() as sock:
        between(drip(sock, http2.PREFACE + b"x" * 100), FIRST_BYTES, "preface")


@suite.test
def header_drip_of_http1():
    with plain() as sock:
        between(drip(sock, b"GET /livez HTTP/1.1\r\nHost: " + b"x" * 100), FIRST_BYTES, "HTTP/1.1 header")


@suite.test
def header_frame_drip():
    with Connection(hark().port) as connection:
        block = connection.encoder.encode(http2.request_headers(http2.PUBLISH, [("x", "y" * 100)]))
        data = frame(http2.HEADERS, END_HEADERS, 1, block)
        connection.write(data[:8])
        between(drip(connection.socket, data[8:]), HEADER, "HEADERS frame")


@suite.test
def header_block_without_end():
    with Connection(hark().port) as connection:
        block = connection.encoder.encode(http2.request_headers(http2.PUBLISH))
        connection.send(http2.HEADERS, 0, 1, block)
        between(connection.is_cut(20), HEADER, "a block whose END_HEADERS never comes")


def ended(connection, stream, limit):
    """Waits until the stream is refused or the connection cut, which must be soon after `limit`."""
    start = time.monotonic()
    try:
        answer = connection.answer(stream, limit + GRACE + 2)
        true("reset" in answer or answer.get("grpc-status", "0") != "0", f"answered {answer}")
    except Closed:
        pass
    between(time.monotonic() - start, limit, "body")


@suite.test
def a_body_that_never_comes():
    with Connection(hark().port) as connection:
        ended(connection, connection.open(http2.PUBLISH, end=False), BODY)


@suite.test
def body_drip():
    """A byte a second is below the least rate, whatever was announced."""
    with Connection(hark().port) as connection:
        stream = connection.open(http2.PUBLISH, end=False)
        connection.send(http2.DATA, 0, stream, struct.pack("!BI", 0, 5000))
        start = time.monotonic()
        connection.socket.settimeout(20)
        try:
            while True:
                connection.send(http2.DATA, 0, stream, b"\x0a")
                try:
                    got = connection.read(1.0)
                except AssertionError:
                    true(time.monotonic() - start < 25, "the drip goes on after 25 s")
                    continue
                if got.stream == stream or got.kind == http2.GOAWAY:
                    break
        except Closed:
            pass
        seconds = time.monotonic() - start
        true(BODY - 0.5 <= seconds <= BODY + 5 + GRACE, f"cut after {seconds:.1f} s")


@suite.test
def a_slow_body_in_time_is_served():
    with Connection(hark().port) as connection:
        body = http2.grpc(http2.publish_message("default", "slowly", "x" * 3000))
        stream = connection.open(http2.PUBLISH, end=False)
        for i in range(6):
            connection.send(http2.DATA, 0, stream, body[i * 500:(i + 1) * 500])
            time.sleep(1)  # the pace is what is tested
        connection.send(http2.DATA, END_STREAM, stream, body[3000:])
        equal(connection.answer(stream).get("grpc-status"), "0", "a body within its time")


@suite.test
def window0_hold():
    """Unary answers that the peer gives no credit for: the connection ends, with all that it held."""
    server = hark()
    with Connection(server.port, settings=((http2.ENABLE_PUSH, 0), (http2.INITIAL_WINDOW, 0))) as connection:
        for _ in range(500):
            connection.open("/control_client.ScsControl/ListCaches", b"")
        between(connection.is_cut(20), TAKE_ANSWER, "answers without credit")


@suite.test
def answers_not_read():
    """The same by the socket: requests whose answers stay in the kernel because nobody reads."""
    server = hark()
    with Client(server.target) as client:
        for i in range(200):
            client.control("CreateCache", f"{'n' * 240}{i}")
    with Connection(server.port, receive_buffer=2048) as connection:
        connection.send(http2.WINDOW_UPDATE, 0, 0, struct.pack("!I", 1 << 30))
        before = server.metric("hark_connections")
        connection.socket.settimeout(TAKE_ANSWER + GRACE + 5)
        start = time.monotonic()
        try:
            for _ in range(400):
                connection.open("/control_client.ScsControl/ListCaches", b"")
        except OSError:
            pass
        while server.metric("hark_connections") >= before:
            true(time.monotonic() - start < TAKE_ANSWER + 10, "the connection lives on")
            time.sleep(0.1)  # between two looks at /metrics
    with Client(server.target) as client:
        for i in range(200):
            client.control("DeleteCache", f"{'n' * 240}{i}")


@suite.test
def a_subscription_without_credit_is_never_closed():
    with Connection(hark().port, settings=((http2.ENABLE_PUSH, 0), (http2.INITIAL_WINDOW, 0))) as connection:
        stream = connection.subscribe("default", "patient")
        with Client(hark().target) as client:
            client.publish("default", "patient", "x")
            start = time.monotonic()
            while time.monotonic() - start < TAKE_ANSWER + GRACE + 1:
                connection.ping()
                time.sleep(0.5)  # time passing is what is tested
        connection.send(http2.WINDOW_UPDATE, 0, stream, struct.pack("!I", 1000))
        connection.until(lambda f: f.stream == stream and f.kind == http2.DATA, "what waited")


@suite.test
def a_subscriber_that_ends_its_side_and_never_reads():
    """It may be as slow as it likes, but not once it has said that it leaves."""
    window = (1 << 31) - 1
    settings = ((http2.ENABLE_PUSH, 0), (http2.INITIAL_WINDOW, window))
    server = hark()
    with Connection(server.port, receive_buffer=4096, settings=settings) as connection, Client(server.target) as client:
        connection.send(http2.WINDOW_UPDATE, 0, 0, struct.pack("!I", window - 65535))
        connection.subscribe("default", "leaving")
        connection.until(lambda f: f.kind == http2.DATA, "a heartbeat")
        for _ in range(20):
            client.publish("default", "leaving", b"x" * 900_000)
        before = server.metric("hark_connections_cut_total", reason="unread")
        connection.socket.shutdown(socket.SHUT_WR)
        wait_until(lambda: server.metric("hark_connections_cut_total", reason="unread") > before,
                   "the connection is cut", TAKE_ANSWER + GRACE + 5, every=0.2)


@suite.test
def an_idle_connection_stays():
    with Connection(hark().port) as connection:
        time.sleep(TAKE_ANSWER + GRACE)  # time passing is what is tested
        connection.is_served()


@suite.test
def two_hundred_slow_connections_beside_a_good_client():
    server = hark()
    with Watcher(server):
        slow = []
        for i in range(200):
            sock = plain()
            sock.sendall((http2.PREFACE if i % 2 else b"GET / HTTP/1.1\r\nA: ")[:10])
            slow.append(sock)
        start = time.monotonic()
        for sock in slow:
            sock.settimeout(FIRST_BYTES + GRACE + 5)
            try:
                while sock.recv(65536):
                    pass
            except ConnectionResetError:
                pass
            sock.close()
        true(time.monotonic() - start < FIRST_BYTES + GRACE + 5, "slow connections live on")


suite.main(workers=14)
