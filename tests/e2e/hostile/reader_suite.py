"""A subscriber that stops reading while far more than the replay buffer is published."""

import time

from common.pubsub import Client
from common.report import Suite, equal, true
from common.server import MIB, Hark, sanitized
from common.stopped import Stopped
from common.watcher import Watcher

suite = Suite("hostile/reader")
SIZE = 200_000
COUNT = 320              # 64 MB, sixteen times the buffer
BUFFER = (4 << 20) // SIZE


def stalls(by_socket):
    topic = "stalled"
    with Hark(cores=2) as hark, Client(hark.target) as publisher, Client(hark.target) as reader:
        # Warm: what a topic's buffer and the way of a large message cost is there before the measure.
        beside = reader.subscribe("default", topic).established()
        publisher.publish_all("default", "warm", [b"w" * SIZE] * 30, 4)
        stopped = Stopped(hark, topic, by_socket)
        with Watcher(hark):
            rss, cpu, clock = hark.rss(), hark.cpu_seconds(), time.monotonic()
            most = 0
            for begin in range(0, COUNT, 20):
                publisher.publish_all("default", topic, [b"x" * SIZE] * 20, 4)
                for number in range(begin + 1, begin + 21):
                    equal(beside.item().topic_sequence_number, number, "the other subscriber")
                most = max(most, hark.rss())
            true(sanitized() or most - rss < 40 * MIB, f"memory grew by {(most - rss) / MIB:.1f} MiB")
            pinned = hark.metric("hark_pinned_bytes")
            true(pinned <= 64 * MIB, f"pinned bytes are {pinned}")
            # Blocked readers are in no list: once nothing is published, they cost nothing.
            cpu, clock = hark.cpu_seconds(), time.monotonic()
            for _ in range(2):
                beside.raw(5)
            used, span = hark.cpu_seconds() - cpu, time.monotonic() - clock
            true(sanitized() or used < 0.3 * span, f"{used:.2f} s of CPU in {span:.2f} s of waiting")
        before = hark.metric("hark_discontinuities_total", reason="slow_consumer")
        events = stopped.events()
        at, notices, page = 0, [], None
        while at < COUNT:
            event = next(events)
            if hasattr(event, "new_topic_sequence"):
                equal(event.last_topic_sequence, at, "last_topic_sequence")
                true(event.new_topic_sequence > at, "a discontinuity of nothing")
                equal(event.new_sequence_page, page, "its page")
                notices.append(event)
                at = event.new_topic_sequence
            else:
                equal(event.topic_sequence_number, at + 1, "the next number")
                equal(len(event.value.binary), SIZE, "its size")
                at, page = at + 1, event.sequence_page
        equal(len(notices), 1, "discontinuities")
        equal(notices[0].new_topic_sequence, COUNT - BUFFER, "the last number missed: all that is kept must come")
        publisher.publish("default", topic, b"live")
        equal(next(events).topic_sequence_number, COUNT + 1, "live again")
        equal(hark.metric("hark_discontinuities_total", reason="slow_consumer") - before, 1, "its counter")
        stopped.connection.close()


@suite.test
def a_reader_stopped_by_its_socket():
    stalls(by_socket=True)


@suite.test
def a_reader_stopped_by_its_window():
    stalls(by_socket=False)


@suite.test
def many_stopped_readers_pin_little():
    """Each stands inside another message, so each pins one: bounded, and nobody else waits."""
    with Hark(cores=1) as hark, Client(hark.target) as publisher:
        publisher.publish_all("default", "warm", [b"w" * SIZE] * 30, 4)
        with Watcher(hark):
            before = hark.rss()
            stopped = []
            for i in range(60):
                stopped.append(Stopped(hark, "pinned", by_socket=False))
                publisher.publish("default", "pinned", b"x" * SIZE)
            publisher.publish_all("default", "pinned", [b"x" * SIZE] * 100, 4)
            grown = hark.rss() - before
            pinned = hark.metric("hark_pinned_bytes")
        true(sanitized() or grown < 60 * MIB, f"memory grew by {grown / MIB:.1f} MiB")
        true(0 < pinned <= 64 * MIB, f"pinned bytes are {pinned}")
        for one in stopped:
            one.connection.close()


suite.main()
