"""Running out of file descriptors: those that are served stay served, nothing spins, and it is said why."""

import time

from common import http2
from common.http2 import Closed, Connection
from common.pubsub import Client, text_of
from common.report import Skip, Suite, equal, true, wait_until
from common.server import Hark, types_checked

suite = Suite("hostile/descriptors")
LIMIT = 64


def starve():
    """A server with few descriptors."""
    if types_checked():
        raise Skip("UBSan's check of virtual tables needs descriptors of its own")
    return Hark(nofile=LIMIT)


def try_open(hark):
    """A served connection, or None when the server does not take it."""
    connection = Connection(hark.port, handshake=False)
    try:
        connection.write(http2.PREFACE + http2.frame(http2.SETTINGS, 0, 0))
        connection.until(lambda f: f.kind == http2.SETTINGS and not f.flags & http2.ACK, "SETTINGS", 1.0)
        return connection
    except (Closed, AssertionError, OSError):
        connection.close()
        return None


@suite.test
def keeps_those_it_has_and_recovers():
    with starve() as hark, Client(hark.target) as client:
        subscription = client.subscribe("default", "t").established()
        held = []
        while len(held) < LIMIT and (connection := try_open(hark)):
            held.append(connection)
        true(10 < len(held) < LIMIT, f"{len(held)} connections were served with {LIMIT} descriptors")

        # Many more knock, and stay: the server must not spin on them.
        knocking = [Connection(hark.port, handshake=False) for _ in range(60)]
        cpu, start = hark.cpu_seconds(), time.monotonic()
        for i in range(10):
            equal(client.publish("default", "t", f"{i}").code.value[0], 0, "publish at the limit")
            equal(text_of(subscription.item()), f"{i}", "delivery at the limit")
            time.sleep(0.2)  # time passing is what is tested
        used, span = hark.cpu_seconds() - cpu, time.monotonic() - start
        true(used < 0.3 * span, f"{used:.2f} s of CPU in {span:.2f} s at the limit")
        for connection in held[:5]:
            connection.is_served()

        words = ("descriptor", "connection limit", "connections_max", "nofile", "NOFILE", "EMFILE", "Too many open")
        said = hark.output()
        true(any(w.lower() in said.lower() for w in words), f"it does not say why it refuses: {said!r}")
        true(len(hark.lines) < 60, f"a flood of {len(hark.lines)} lines about it")

        for connection in held + knocking:
            connection.close()
        recovered = wait_until(lambda: try_open(hark), "a new connection is served again", 20, every=0.2)
        recovered.is_served()
        recovered.close()
        equal(hark.get("/livez")[0], 200, "/livez")


@suite.test
def a_storm_of_short_connections_at_the_limit():
    with starve() as hark, Client(hark.target) as client:
        subscription = client.subscribe("default", "t").established()
        for _ in range(10):
            storm = [Connection(hark.port, handshake=False) for _ in range(100)]
            for connection in storm:
                connection.close()
        client.publish("default", "t", "after")
        equal(text_of(subscription.item()), "after", "the subscription that was there")
        connection = wait_until(lambda: try_open(hark), "a new connection is served again", 20, every=0.2)
        connection.close()


suite.main()
