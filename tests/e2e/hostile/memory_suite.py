"""A server in 256 MiB: whatever fills its memory is refused in words, nobody is killed, nobody else notices."""

import itertools
import os
import struct

from common import http2
from common.http2 import Connection
from common.memory_group import MemoryGroup
from common.pipe import Pipe
from common.pubsub import Client
from common.report import Skip, Suite, equal, true, wait_until
from common.server import MIB, Hark, sanitized
from common.stopped import Stopped
from common.watcher import Watcher

suite = Suite("hostile/memory")
LIMIT = 256 * MIB
RESOURCE_EXHAUSTED = "8"


class Cramped:
    """A server in a group of its own and a well-behaved client beside what the test does to it."""

    def __init__(self, limit=LIMIT, cores=2):
        if sanitized():
            raise Skip("a sanitizer's shadow does not fit")
        self._group = MemoryGroup(limit)
        try:
            self.hark = Hark(cores=cores, group=self._group)
        except BaseException:
            self._group.__exit__()
            raise
        self._watcher = Watcher(self.hark)

    def __enter__(self):
        self.hark.__enter__()
        self._watcher.__enter__()
        return self.hark

    def __exit__(self, *failure):
        try:
            resident, peak = self.hark.rss() if self.hark.process.poll() is None else 0, self._group.peak()
            # The watcher first: it demands that the server still serves; then the server's own end.
            try:
                self._watcher.__exit__(*failure)
            except BaseException as error:
                failure = (type(error), error, error.__traceback__)
                raise
            finally:
                self.hark.__exit__(*failure)
            true(resident < LIMIT, f"{resident / MIB:.0f} MiB resident")
            print(f"     hostile/memory: {resident / MIB:.0f} MiB resident, at most {peak / MIB:.0f} MiB charged", flush=True)
        finally:
            self._group.__exit__()


def only(answers, *statuses):
    true(set(answers) <= set(statuses), f"answers by status: {dict(answers)}")


@suite.test
def topics_without_end():
    """Names and small payloads: idle topics make room, their numbers stay."""
    with Cramped() as hark, Pipe(hark.port) as pipe:
        names = (f"flood-{i}-{'n' * 100}" for i in itertools.count())
        while hark.metric("hark_topics_evicted_total") < 2000:
            true(sum(pipe.answers.values()) < 500_000, f"nothing evicted after {dict(pipe.answers)}")
            for _ in range(5000):
                pipe.publish(next(names), "x" * 2000)
            only(pipe.settle(), "0", RESOURCE_EXHAUSTED)
        true(pipe.answers["0"] > 20_000, f"only {dict(pipe.answers)}")
        with Connection(hark.port) as connection:
            answer = connection.answer(connection.publish("default", f"flood-0-{'n' * 100}", "again"))
            equal(answer.get("hark-sequence-number"), "2", "the number after being forgotten")


@suite.test
def big_replay_buffers():
    """Five hundred topics could each keep 4 MiB."""
    payload = os.urandom(250_000)
    with Cramped() as hark, Pipe(hark.port, outstanding=16) as pipe:
        for i in range(1000):
            pipe.publish(f"big-{i % 500}", payload)
        only(pipe.settle(), "0", RESOURCE_EXHAUSTED)
        true(pipe.answers["0"] > 400, f"only {dict(pipe.answers)}")


@suite.test
def big_replay_buffers_that_are_read():
    """Topics with a subscriber are not idle: what they keep cannot go, so publishes are refused."""
    payload = os.urandom(250_000)
    shut = ((http2.ENABLE_PUSH, 0), (http2.INITIAL_WINDOW, 0))
    with Cramped() as hark, Pipe(hark.port, outstanding=16) as pipe, Connection(hark.port, settings=shut) as readers:
        for i in range(200):
            readers.subscribe("default", f"read-{i}")
        wait_until(lambda: hark.metric("hark_subscriptions") >= 200, "all are subscribed")
        for i in range(800):
            pipe.publish(f"read-{i % 200}", payload)
        only(pipe.settle(), "0", RESOURCE_EXHAUSTED)
        true(pipe.answers[RESOURCE_EXHAUSTED] > 0, f"never refused: {dict(pipe.answers)}")
        true(pipe.texts[RESOURCE_EXHAUSTED], "no words with RESOURCE_EXHAUSTED")


@suite.test
def subscriptions_without_end():
    """Each on a topic of its own, on streams that give no credit."""
    shut = ((http2.ENABLE_PUSH, 0), (http2.INITIAL_WINDOW, 0))
    with Cramped() as hark:
        connections = []
        refused = 0
        while refused == 0:
            true(len(connections) < 12, "240,000 subscriptions and none refused")
            connection = Connection(hark.port, settings=shut)
            connections.append(connection)
            most = connection.server_settings[http2.MAX_STREAMS]
            for i in range(most):
                connection.subscribe("default", f"sub-{len(connections)}-{i}")
                if i % 500 == 0:
                    refused += refusals(connection.drain())
            token = struct.pack("!q", len(connections))
            connection.send(http2.PING, 0, 0, token)
            while True:
                got = connection.read(30)
                refused += refusals([got])
                if got.kind == http2.PING and got.payload == token:
                    break
        held = hark.metric("hark_subscriptions")
        true(held > 1000, f"refused at {held} subscriptions")
        for connection in connections:
            connection.close()
        wait_until(lambda: hark.metric("hark_subscriptions") < 10, "subscriptions are given back")
        with Connection(hark.port) as after:
            stream = after.subscribe("default", "after")
            after.until(lambda f: f.stream == stream and f.kind == http2.DATA, "a subscription after the flood")


def refusals(frames):
    """How many of the frames refuse a stream; each must say RESOURCE_EXHAUSTED."""
    found = [f for f in frames if f.kind == http2.HEADERS and "grpc-status" in f.headers]
    for f in found:
        equal(f.headers["grpc-status"], RESOURCE_EXHAUSTED, f"a refusal's status ({f.headers})")
    true(not any(f.kind == http2.RST_STREAM for f in frames), "a stream was reset instead of being refused")
    return len(found)


@suite.test
def stalled_readers():
    """Each inside another large message, on a connection of its own: pinned bytes stay within their budget."""
    payload = os.urandom(500_000)
    with Cramped() as hark, Client(hark.target) as publisher:
        stopped = []
        for i in range(200):
            stopped.append(Stopped(hark, "stalled", by_socket=i % 2 == 0))
            equal(publisher.publish("default", "stalled", payload).code.value[0], 0, "publish")
        for _ in range(20):
            equal(publisher.publish("default", "stalled", payload).code.value[0], 0, "publish")
        pinned = hark.metric("hark_pinned_bytes")
        true(0 < pinned < 64 * MIB, f"pinned bytes are {pinned}")
        for one in stopped:
            one.connection.close()


@suite.test
def bodies_announced_and_not_sent():
    """Ten connections announce 60 large bodies each and send their beginning. Who comes then waits or is told."""
    payload = b"x" * 1_000_000
    with Cramped() as hark, Pipe(hark.port, outstanding=4) as pipe:
        held = []
        for _ in range(10):
            connection = Connection(hark.port)
            held.append(connection)
            for _ in range(60):
                stream = connection.open(http2.PUBLISH, end=False)
                connection.send(http2.DATA, 0, stream, http2.grpc(payload)[:500])
            connection.ping()
        full = hark.metric("hark_inbound_bytes")
        true(1 * MIB < full < 40 * MIB, f"inbound bytes are {full}")
        for _ in range(20):
            pipe.publish("beside", payload)
        only(pipe.settle(), "0", RESOURCE_EXHAUSTED)
        true(hark.metric("hark_inbound_bytes") < 40 * MIB, "inbound bytes grow")
        for connection in held:
            connection.close()
        wait_until(lambda: hark.metric("hark_inbound_bytes") < MIB, "inbound memory is given back")
        before = pipe.answers["0"]
        for _ in range(20):
            pipe.publish("beside", payload)
        equal(pipe.settle()["0"] - before, 20, "large publishes once there is room")


suite.main()
