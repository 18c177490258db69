"""Topics without end on a server with little memory: the oldest are forgotten, their numbers are not."""

import time

from common.pipe import Pipe
from common.report import Skip, Suite, equal, true
from common.server import MIB, Hark, sanitized
from common.watcher import Watcher
from soak import SECONDS, Progress, Samples, family
from soak_topics import name, publish_again

suite = Suite("soak/topics")
MEMORY = 768 * MIB  # of address space, of which the program derives its budgets
PAYLOAD = "x" * 400
BATCH = 5000
LEAST = 300_000  # topics published to, and
FORGOTTEN = 100_000  # of which so many have gone
CHECKED = 500


@suite.test
def topics_are_forgotten_and_their_numbers_are_not():
    if sanitized():
        raise Skip("a sanitizer's shadow does not fit into a small address space")
    progress = Progress("topics")
    with Hark(cores=2, address_space=MEMORY) as hark, Samples(hark) as samples, Watcher(hark), Pipe(hark.port) as pipe:
        firsts = publish_again(hark.port, range(CHECKED), PAYLOAD)
        true(all(number == 1 for _, number, _ in firsts), "a topic did not begin at 1")
        made, end = CHECKED, time.monotonic() + max(60, 3 * SECONDS)
        while made < LEAST or samples.last["hark_topics_evicted_total"] < FORGOTTEN:
            true(time.monotonic() < end, f"after {made} topics: {samples.last}")
            for number in range(made, made + BATCH):
                pipe.publish(name(number), PAYLOAD)
            made += BATCH
            pipe.settle()
            progress(f"{made} topics, {samples.last['hark_topics_evicted_total']:.0f} forgotten; {samples.words()}")
        # Several rounds, as long as the load is to last: topics come back and others go.
        rounds = time.monotonic() + SECONDS / 2
        again = 0
        while time.monotonic() < rounds:
            for number in range(CHECKED + again, CHECKED + again + BATCH):
                pipe.publish(name(number), PAYLOAD)
            again = (again + BATCH) % (made - CHECKED - BATCH)
            pipe.settle()
            progress(f"{again} topics published to again; {samples.words()}")
        equal(set(pipe.answers), {"0"}, f"answers by status: {dict(pipe.answers)}")
        figures = hark.metrics()
        true(family(figures, "hark_topics_remembered") > 0, "nothing is remembered")
        seconds = publish_again(hark.port, range(CHECKED), PAYLOAD)
        for (number, _, page), (_, second, page_now) in zip(firsts, seconds):
            equal((second, page_now), (2, page), f"number and page of {name(number)} after it was forgotten")
        most = samples.most("hark_resident_bytes")
        budget = 0.35 * MEMORY  # server/machine_limits: the share of topics
        true(samples.most("hark_topics_bytes") <= 1.02 * budget,
             f"topics took {samples.most('hark_topics_bytes') / MIB:.0f} MiB of {budget / MIB:.0f}")
        true(most < 0.75 * MEMORY, f"{most / MIB:.0f} MiB resident of {MEMORY / MIB:.0f}")
        progress(f"{made} topics, {samples.last['hark_topics_evicted_total']:.0f} forgotten, at most {most / MIB:.0f} MiB "
                 f"resident; {CHECKED} forgotten ones continued at 2 on their page", at_once=True)


suite.main()
