"""Two subscribers stop reading, one by its socket and one by its window, while far more than the buffer comes."""

import os
import threading
import time

from common.pipe import Pipe
from common.pubsub import Client
from common.report import Suite, equal, true, wait_until
from common.server import MIB, Hark
from common.stopped import Stopped
from common.watcher import Watcher
from soak import SECONDS, Progress, Samples, grew_at_most

suite = Suite("soak/reader")
CORES = 2
SIZE = 200_000
RATE = 90  # messages a second: 60 s are 1 GiB
COUNT = int(SECONDS * RATE)
KEPT = (4 << 20) // SIZE
AHEAD = KEPT // 2
READERS = 4
TOPIC = "stalled"


class Beside:
    """A subscriber that reads, on a connection of its own."""

    def __init__(self, hark):
        self.received, self.error = 0, None
        self._client = Client(hark.target)
        self._subscription = self._client.subscribe("default", TOPIC).established()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        try:
            while self.received < COUNT:
                item = self._subscription.item(60)
                equal(item.topic_sequence_number, self.received + 1, "the next number")
                equal(len(item.value.binary), SIZE, "its size")
                self.received += 1
        except Exception as error:
            self.error = error

    def finish(self):
        self._thread.join(60)
        self._client.close()
        true(self.error is None, f"a subscriber beside: {self.error}")
        equal(self.received, COUNT, "messages of a subscriber beside")


def publish_paced(hark, beside, samples, progress):
    """Publishes COUNT messages at RATE, never further ahead of the readers beside than half a buffer: they share this
    process, which may be the slow one. Seconds that took."""
    payload = os.urandom(SIZE)
    start = due = time.monotonic()
    with Pipe(hark.port, outstanding=4) as pipe:
        for i in range(COUNT):
            pause = due - time.monotonic()
            if pause > 0:
                time.sleep(pause)  # the pace is part of the test
            due = max(due + 1 / RATE, time.monotonic() - 1)  # what was late is made up for, but in no great burst
            pipe.publish(TOPIC, payload)
            wait_until(lambda: i - min(b.received for b in beside) < AHEAD or any(b.error for b in beside),
                       "the subscribers beside follow", 30, every=0.002)
            progress(f"{i * SIZE / MIB:.0f} MiB published; {samples.words()}")
        answers = pipe.settle()
    equal(dict(answers), {"0": COUNT}, "answers by status")
    return time.monotonic() - start


def take_the_rest(stopped, hark):
    """Reads on: what was kept by socket and window, one discontinuity, what is still kept, and live."""
    events = stopped.events()
    at, notices = 0, []
    while at < COUNT:
        event = next(events)
        if hasattr(event, "new_topic_sequence"):
            equal(event.last_topic_sequence, at, "last_topic_sequence")
            notices.append((at + 1, event.new_topic_sequence))
            at = event.new_topic_sequence
        else:
            equal((event.topic_sequence_number, len(event.value.binary)), (at + 1, SIZE), "the next item")
            at += 1
    equal(len(notices), 1, f"discontinuities {notices}")
    missed_from, missed_to = notices[0]
    true(missed_from <= missed_to, f"a discontinuity of nothing: {notices}")
    equal(missed_to, COUNT - KEPT, "the last number missed: all that is kept must come")
    with Client(hark.target) as client:
        client.publish("default", TOPIC, b"live")
    equal(next(events).topic_sequence_number, COUNT + 1, "live again")
    stopped.connection.close()
    return missed_from, missed_to


@suite.test
def readers_that_stop():
    progress = Progress("reader")
    with Hark(cores=CORES) as hark:
        with Client(hark.target) as client:
            client.publish_all("default", "warm", [b"w" * SIZE] * 60, 4)
        beside = [Beside(hark) for _ in range(READERS)]
        by_socket, by_window = Stopped(hark, TOPIC, by_socket=True), Stopped(hark, TOPIC, by_socket=False)
        with Samples(hark) as samples, Watcher(hark) as watcher:
            seconds = publish_paced(hark, beside, samples, progress)
            for one in beside:
                one.finish()
        first, last = samples.rows[0][1], samples.last
        progress(f"{samples.words()}; turns cut {last['hark_turns_cut_total'] - first['hark_turns_cut_total']:.0f}, "
                 f"longest turn {samples.longest_turn * 1000:.1f} ms, slowest message of a small topic "
                 f"{watcher.slowest * 1000:.0f} ms, {COUNT * SIZE / MIB:.0f} MiB in {seconds:.0f} s", at_once=True)
        samples.within_budgets(CORES)
        # A buffer of 4 MiB and what is on its way to six readers; not what was published.
        grew_at_most(first["hark_resident_bytes"], samples.most("hark_resident_bytes"), 48 * MIB, "resident memory")
        grew_at_most(samples.between("hark_resident_bytes", 0.2, 0.5), samples.between("hark_resident_bytes", 0.8, 1),
                     8 * MIB, "resident memory, once warm,")
        before = hark.metric("hark_discontinuities_total", reason="slow_consumer")
        for stopped in (by_socket, by_window):
            missed = take_the_rest(stopped, hark)
            progress(f"told that {missed[0]} to {missed[1]} are missing, and goes on", at_once=True)
        equal(hark.metric("hark_discontinuities_total", reason="slow_consumer") - before, 2, "its counter")


suite.main()
