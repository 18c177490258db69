"""Ten thousand connections with a subscription each: all are beaten for, one publish reaches all."""

import resource
import time

from common.pubsub import Client
from common.report import Skip, Suite, equal, true, wait_until
from common.server import MIB, Hark, sanitized
from crowd import Crowd
from soak import SECONDS, Progress, Samples

suite = Suite("soak/crowd")
MEMBERS = 10_000
CORES = 2
BEAT_WITHIN = 15.0
SLACK = 3.0  # of a client that reads ten thousand sockets beside the server
REACH_WITHIN = 10.0
CONNECTION_BYTES_MAX = 40 << 10  # with its subscription; without what the kernel holds


def raise_descriptors(wanted):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise Skip(f"{wanted} descriptors are needed, the limit is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@suite.test
def ten_thousand_connections():
    raise_descriptors(MEMBERS + 2000)
    progress = Progress("crowd")
    with Hark(cores=CORES) as hark, Client(hark.target) as publisher:
        true(hark.metric("hark_connections_limit") > MEMBERS + 100, "the server's limit of connections is too low here")
        rss, start = hark.rss(), time.monotonic()
        crowd = Crowd(hark.port, MEMBERS, "crowd")
        crowd.open(progress, 120)
        each = (hark.rss() - rss) / MEMBERS
        progress(f"all are subscribed after {time.monotonic() - start:.1f} s, {each / 1024:.1f} KiB each", at_once=True)
        true(sanitized() or each < CONNECTION_BYTES_MAX, f"{each / 1024:.1f} KiB a connection")
        equal(hark.metric("hark_subscriptions"), MEMBERS, "subscriptions by the server's count")

        reached = []
        with Samples(hark) as samples:
            end, number = time.monotonic() + max(SECONDS, 2 * BEAT_WITHIN), 0
            while time.monotonic() < end:
                crowd.pump(3)
                number += 1
                sent = time.monotonic()
                equal(publisher.publish("default", "crowd", f"to all {number}").code.value[0], 0, "publish")
                missing = lambda: sum(m.items < number for m in crowd.members)  # noqa: E731
                true(crowd.pump(REACH_WITHIN, lambda: missing() == 0),
                     f"message {number} had not reached {missing()} members after {REACH_WITHIN} s")
                reached.append(time.monotonic() - sent)
                progress(f"message {number} reached all within {reached[-1] * 1000:.0f} ms; resident "
                         f"{samples.last['hark_resident_bytes'] / MIB:.0f} MiB; longest time without a heartbeat "
                         f"{crowd.longest_gap():.1f} s")
        true(all(m.items == number for m in crowd.members), "a message came twice")
        gap = crowd.longest_gap()
        true(gap <= BEAT_WITHIN + SLACK, f"a member had no heartbeat for {gap:.1f} s")
        progress(f"{number} messages reached all within {max(reached) * 1000:.0f} ms; heartbeats at most {gap:.1f} s "
                 f"apart; longest turn {samples.longest_turn * 1000:.1f} ms", at_once=True)
        crowd.close()
        wait_until(lambda: hark.metric("hark_subscriptions") == 0, "subscriptions are forgotten", 30)
        wait_until(lambda: hark.metric("hark_connections") <= 2, "connections are forgotten", 30)


suite.main()
