"""Connections, subscriptions, publishes, namespaces and cuts without end: nothing is left of them."""

import os
import random
import socket
import struct
import threading
import time

from common import http2
from common.http2 import Closed, Connection
from common.pipe import Pipe
from common.pubsub import Client
from common.report import Suite, equal, true, wait_until
from common.server import MIB, Hark
from common.watcher import Watcher
from soak import SECONDS, Progress, Samples, grew_at_most

suite = Suite("soak/churn")
CORES = 2
WORKERS = 4
SMALL, LARGE = 16, 4  # topics; their buffers are full before the measure
SEED = int(os.environ.get("HARK_SOAK_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: the close is a reset
KINDS = ("visits", "streams", "cuts in a message", "bursts", "namespaces", "half closes")


class Worker:
    """Does one thing after the other, drawn by its own generator; `done` counts them by kind."""

    def __init__(self, hark, number, stop):
        self._hark, self._stop = hark, stop
        self._random = random.Random(SEED * 1000 + number)
        self._number = number
        self._namespaces = 0
        self.done = dict.fromkeys(KINDS, 0)
        self.error = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        acts = (self._visit, self._streams, self._cut, self._burst, self._namespace, self._half_close)
        try:
            while not self._stop.is_set():
                kind = self._random.choices(range(len(acts)), weights=(30, 20, 10, 10, 2, 10))[0]
                acts[kind]()
                self.done[KINDS[kind]] += 1
        except Exception as error:
            self.error = error
            self._stop.set()

    def _topic(self):
        return self._random.choice([f"small-{i}" for i in range(SMALL)] + [f"large-{i}" for i in range(LARGE)])

    def _connection(self, window=65535):
        connection = Connection(self._hark.port, settings=((http2.ENABLE_PUSH, 0), (http2.INITIAL_WINDOW, window)))
        # Streams that are cancelled with bytes under way do not give these back: only streams hold back.
        connection.send(http2.WINDOW_UPDATE, 0, 0, struct.pack("!I", 1 << 30))
        return connection

    @staticmethod
    def _heard(connection, stream):
        connection.until(lambda f: f.stream == stream and f.kind == http2.DATA, "the first words of a stream")

    def _part(self, connection):
        if self._random.random() < 0.5:
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.close()

    def _visit(self):
        """Connects, subscribes, hears something or nothing, leaves."""
        connection = self._connection()
        streams = [connection.subscribe("default", self._topic()) for _ in range(self._random.randrange(1, 8))]
        if self._random.random() < 0.5:
            self._heard(connection, streams[-1])
        self._part(connection)

    def _streams(self):
        """Opens and cancels streams on one connection; what it publishes is answered in between."""
        with self._connection() as connection:
            for _ in range(20):
                stream = connection.subscribe("default", self._topic())
                self._heard(connection, stream)
                connection.send(http2.RST_STREAM, 0, stream, struct.pack("!I", 8))
            answer = connection.answer(connection.publish("default", "small-0", "x" * 64))
            equal(answer.get("grpc-status"), "0", f"a publish between streams ({answer})")

    def _cut(self):
        """Leaves in the middle of a message, with megabytes waiting."""
        connection = self._connection(window=self._random.randrange(1, 60_000))
        stream = connection.subscribe("default", f"large-{self._random.randrange(LARGE)}", 1)
        self._heard(connection, stream)
        self._part(connection)

    def _burst(self):
        with Pipe(self._hark.port) as pipe:
            for _ in range(self._random.randrange(1, 200)):
                topic = self._topic()
                pipe.publish(topic, "x" * (64 if topic.startswith("small") else 100_000))
                if topic.startswith("large") and self._random.random() < 0.9:
                    break
            if self._random.random() < 0.2:
                return  # without its answers
            equal(set(pipe.settle()), {"0"}, "answers of a burst")

    def _namespace(self):
        """A namespace comes, is used, and goes with its topics and streams."""
        self._namespaces += 1
        name = f"churn-{self._number}-{self._namespaces}"
        with Client(self._hark.target) as client:
            equal(client.control("CreateCache", name).code.value[0], 0, "create")
            with self._connection() as connection:
                for i in range(10):
                    stream = connection.subscribe(name, f"t{i}")
                    self._heard(connection, stream)
                    answer = connection.answer(connection.publish(name, f"t{i}", "x" * 1000))
                    equal(answer.get("grpc-status"), "0", f"a publish to it ({answer})")
                equal(client.control("DeleteCache", name).code.value[0], 0, "delete")
                ended = 0
                while ended < 10:  # answers of publishes are read above, so these are the streams
                    got = connection.until(lambda f: f.flags & http2.END_STREAM, "the end of its streams")
                    ended += got.kind == http2.HEADERS

    def _half_close(self):
        """Says that it leaves, and waits for the server to go."""
        with self._connection() as connection:
            stream = connection.subscribe("default", "small-1")
            self._heard(connection, stream)
            connection.socket.shutdown(socket.SHUT_WR)
            try:
                connection.is_cut(20)
            except Closed:
                pass


def fill(hark):
    """The buffers of all topics, so that they grow no more."""
    with Pipe(hark.port) as pipe:
        for topic in range(SMALL):
            for _ in range(10_000):
                pipe.publish(f"small-{topic}", "x" * 64)
        for topic in range(LARGE):
            for _ in range(42):
                pipe.publish(f"large-{topic}", "x" * 100_000)
        equal(set(pipe.settle()), {"0"}, "answers")


@suite.test
def churn():
    progress = Progress("churn")
    progress(f"seed {SEED} (HARK_SOAK_SEED)", at_once=True)
    with Hark(cores=CORES) as hark:
        fill(hark)
        with Samples(hark) as samples:
            topics, descriptors = samples.last["hark_topics"], hark.descriptors()
            with Watcher(hark) as watcher:
                stop = threading.Event()
                workers = [Worker(hark, number, stop) for number in range(WORKERS)]
                end = time.monotonic() + SECONDS
                while time.monotonic() < end and not stop.wait(0.2):
                    figures = samples.last
                    progress(f"{sum(sum(w.done.values()) for w in workers)} acts; {figures['hark_connections']:.0f} "
                             f"connections, {figures['hark_subscriptions']:.0f} subscriptions; {samples.words()}")
                stop.set()
                for worker in workers:
                    worker.thread.join(60)
                    true(not worker.thread.is_alive(), "a worker hangs")
            errors = [repr(w.error) for w in workers if w.error]
            true(not errors, f"seed {SEED}: {errors}")
            done = {kind: sum(w.done[kind] for w in workers) for kind in KINDS}
            progress(f"{done}; {samples.words()}; longest turn {samples.longest_turn * 1000:.1f} ms, slowest message "
                     f"beside {watcher.slowest * 1000:.0f} ms", at_once=True)
            true(all(done.values()), f"something was never done: {done}")
            samples.within_budgets(CORES)
            if SECONDS >= 30:  # before, the allocator is not warm
                grew_at_most(samples.between("hark_resident_bytes", 0.3, 0.6),
                             samples.between("hark_resident_bytes", 0.8, 1), 8 * MIB, "resident memory, once warm,")

        for name, left in (("hark_connections", 1), ("hark_subscriptions", 0), ("hark_inbound_bytes", 0),
                           ("hark_pinned_bytes", 0), ("hark_publishes_under_way", 0), ("hark_topics", topics + 1)):
            wait_until(lambda: hark.metric(name) <= left, f"{name} is back at {left} (it is {hark.metric(name)})", 30)
        wait_until(lambda: hark.descriptors() <= descriptors + 1, "descriptors are closed", 30)


suite.main()
