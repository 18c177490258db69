"""The C++ client, in a process of its own, against the real program."""

import os
import shutil
import signal
import socket
import sys
import tempfile
from contextlib import contextmanager

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from probe import Probe  # noqa: E402

from common.proxy import Proxy  # noqa: E402
from common.report import Suite, equal, true, wait_until  # noqa: E402
from common.server import Hark, SharedHark, workspace  # noqa: E402

suite = Suite("cpp/client")
shared = SharedHark(suite, cores=2)


@contextmanager
def restartable():
    """A data directory, and a port that stays while servers come and go."""
    data = tempfile.mkdtemp(dir=workspace())
    try:
        with Proxy(1) as proxy:
            def start():
                hark = Hark(data_dir=data, cores=2)
                proxy.point_to(hark.port)
                return hark
            yield start, proxy
    finally:
        shutil.rmtree(data, ignore_errors=True)


# --- publishing and subscribing -------------------------------------------------------------------------


@suite.test
def what_is_published_comes_back():
    with Probe(shared().target) as client:
        client.subscribe("a", "trip")
        equal(client.number("publish default trip hello"), 1, "number")
        equal(client.number("publish default trip bytes bytes binary"), 2, "number")
        equal(client.number(f"publish default trip large size={1 << 20}"), 3, "number")
        text = client.ask("next a 5000").split()
        equal([text[0], text[1].split(":")[1], *text[2:]], ["item", "1", "text", "hello"], "the text")
        true(" binary " in client.ask("next a 5000"), "the second is binary")
        equal(len(client.ask("next a 5000").split()[3]), 1 << 20, "length of the large one")
        equal(client.ask("next a 0"), "none", "nothing more")
        true(client.ask("last a").endswith(":3"), "last slot")


@suite.test
def ten_thousand_arrive_in_order_at_every_subscriber():
    with Probe(shared().target) as client:
        for name in ("a", "b"):
            client.subscribe(name, "order")
        # No replay saves a queue that loses: the readers come after all was published.
        equal(client.ask("burst default order 10000 20"), "answered 10000 failed 0 disordered 0 last 10000", "burst")
        for name in ("a", "b"):
            got = client.collect(name, 10_000)
            equal((got["items"], got["gaps"], got["holes"], got["last"]), (10_000, 0, 0, 10_000), f"reader {name}")


@suite.test
def starts_where_it_is_told():
    with Probe(shared().target) as client:
        equal(client.ask("burst default starts 20 5").split()[-1], "20", "last number")
        for start, first in (("latest", 20), ("last:5", 16), ("last:100", 1), ("7", 7), ("1", 1)):
            client.subscribe("a", "starts", start)
            equal(int(client.ask("next a 5000").split()[1].split(":")[1]), first, f"first from {start}")
        client.subscribe("a", "starts", "new")
        true(client.ask("last a").endswith(":20"), "only new: the place before the first")
        equal(client.ask("next a 0"), "none", "only new")
        page = client.ask("last a").split(":")[0]
        client.subscribe("a", "starts", f"after:{page}:18")
        equal(client.collect("a", 2)["first"], 19, "after 18")
        client.subscribe("a", "starts", f"after:{page}:900")
        true(client.ask("next a 5000").startswith("gap position_ahead"), "a position that does not exist")
        client.subscribe("a", "starts", "after:1:5")
        true(client.ask("next a 5000").startswith("gap page_changed"), "a page that does not exist")


@suite.test
def a_thousand_subscriptions_share_one_connection():
    with Hark() as hark, Probe(hark.target) as client:
        for i in range(1000):
            client.good(f"subscribe s{i} default many-{i % 10} new")
        for i in range(1000):
            client.good(f"ready s{i} 10000")
        for topic in range(10):
            client.number(f"publish default many-{topic} x")
        for i in range(1000):
            true(client.ask(f"next s{i} 5000").startswith("item"), f"subscription {i}")
        # Beside the one that asks for the metrics.
        true(hark.metric("hark_connections") <= 2, "connections")


# --- errors ---------------------------------------------------------------------------------------------


@suite.test
def errors_tell_code_and_outcome():
    with Probe(shared().target) as client:
        for line, answer in (
                ("publish nowhere t x", "error not_found no "),
                ("publish a/b t x", "error invalid_argument no "),
                (f"publish default t x size={(1 << 20) + 1}", "error resource_exhausted no "),
                ("publish default t bytes bytes", "error invalid_argument no "),
                ("publish default t x deadline=0", "error invalid_argument no "),
                ("delete nowhere", "error not_found no "),
                ("create default", "error already_exists no "),
                ("create a/b", "error invalid_argument no "),
                ("subscribe a a/b t new", "error invalid_argument no "),
                ("subscribe a default t 0", "error invalid_argument no "),
        ):
            true(client.ask(line).startswith(answer), f"{line}: {client.ask(line)}")
        client.good("subscribe a nowhere t new")
        true(client.ask("ready a 5000").startswith("error not_found "), "a subscription to no namespace")
        true(client.ask("next a 5000").startswith("error not_found "), "and again")


@suite.test
def namespaces_come_and_go():
    with Probe(shared().target) as client:
        client.good("create coming")
        true("coming" in client.good("list").split(), "listed")
        client.subscribe("a", "t", space="coming")
        client.number("publish coming t x")
        client.good("delete coming")
        true(client.ask("next a 5000").startswith("item"), "what came before the end")
        true(client.ask("next a 5000").startswith("error not_found "), "the end")
        true("coming" not in client.good("list").split(), "no longer listed")


@suite.test
def nobody_listens():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with Probe("127.0.0.1:%d" % free.getsockname()[1]) as client:
            answer = client.ask("publish default t x")
            true(answer.startswith("error unavailable no ") and "refused" in answer, answer)
            answer = client.ask("publish default t x retry deadline=700")
            true(answer.startswith("error deadline_exceeded no "), answer)
            true(client.ask("ping 500").startswith("error unavailable no "), "ping")


@suite.test
def a_server_that_does_not_answer_meets_the_deadline():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with Probe("127.0.0.1:%d" % silent.getsockname()[1]) as client:
            answer = client.ask("publish default t x deadline=500")
            true(answer.startswith("error deadline_exceeded unknown "), answer)
            client.good("subscribe a default t new")
            true(client.ask("ready a 300").startswith("error deadline_exceeded "), "not ready")
            client.good("close")


@suite.test
def a_server_that_stops_in_between_is_unknown_and_nothing_is_sent_twice():
    with Hark() as hark, Probe(hark.target, "silence=1000") as client:
        client.number("publish default t before")
        hark.process.send_signal(signal.SIGSTOP)
        answer = client.ask("publish default t frozen deadline=500 retry")
        true(answer.startswith("error deadline_exceeded unknown "), answer)
        hark.process.send_signal(signal.SIGCONT)
        # It was on its way and came; the retry that was allowed did not send it again.
        equal(client.number("publish default t after retry"), 3, "number of the next one")


@suite.test
def a_silent_connection_is_given_up_and_made_anew():
    with Hark() as hark, Probe(hark.target, "silence=500") as client:
        client.good("listen a default t new")
        client.good("ping 5000")
        hark.process.send_signal(signal.SIGSTOP)
        heard = []
        wait_until(lambda: heard.append(client.ask("heard a")) or "interrupted unavailable" in "".join(heard),
                   "the silence is noticed")
        hark.process.send_signal(signal.SIGCONT)
        wait_until(lambda: heard.append(client.ask("heard a")) or "".join(heard).count("ready") == 2, "it is back")
        client.number("publish default t x retry")
        wait_until(lambda: heard.append(client.ask("heard a")) or ":1 text x" in "".join(heard), "and hears")


@suite.test
def another_protocol_is_told():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with Probe("127.0.0.1:%d" % listener.getsockname()[1]) as client:
            client.good("subscribe a default t new")
            there = listener.accept()[0]
            there.sendall(b"HTTP/1.1 505 HTTP Version Not Supported\r\nConnection: close\r\n\r\n" * 10)
            there.recv(1000)
            there.close()
            listener.close()
            answer = client.ask("publish default t x deadline=3000")
            true(answer.startswith("error unavailable "), answer)


# --- coming back ----------------------------------------------------------------------------------------


@suite.test
def a_cut_connection_is_resumed_without_gap_or_repeat():
    with Proxy(shared().port) as proxy, Probe(proxy.target) as reader, Probe(shared().target) as writer:
        reader.subscribe("a", "cuts")
        for round in range(10):
            writer.ask("burst default cuts 100 200")
            got = reader.collect("a", 50)
            true(proxy.cut() >= 1, "a connection was cut")
            writer.ask("burst default cuts 100 200")
            more = reader.collect("a", 150)
            equal([(x["items"], x["gaps"], x["holes"]) for x in (got, more)], [(50, 0, 0), (150, 0, 0)], "no gap")
            equal(more["last"], (round + 1) * 200, f"round {round}")


@suite.test
def what_is_missed_before_the_first_message_comes_too():
    with Proxy(shared().port) as proxy, Probe(proxy.target) as reader, Probe(shared().target) as writer:
        reader.subscribe("a", "unheard")  # of a topic that has no message yet
        proxy.cut()
        writer.ask("burst default unheard 5 1")
        got = reader.collect("a", 5)
        equal((got["items"], got["gaps"], got["first"]), (5, 0, 1), "all of them")


@suite.test
def an_orderly_restart_is_seamless():
    with restartable() as (start, proxy):
        hark = start()
        with Probe(proxy.target) as client:
            client.subscribe("a", "t")
            client.good("listen b default t new")
            client.good("ping 5000")
            equal(client.ask("burst default t 50 10").split()[-1], "50", "before")
            hark.stop()
            answer = client.ask("publish default t x")
            true(answer.startswith("error unavailable "), f"in between: {answer}")
            with start():
                equal(client.number("publish default t y retry deadline=15000"), 51, "after")
                got = client.collect("a", 51)
                equal((got["items"], got["gaps"], got["holes"], got["pages"]), (51, 0, 0, 1), "the reader")
                heard = []
                wait_until(lambda: heard.append(client.ask("heard b")) or ":51 text y" in "".join(heard), "callbacks")
                true("interrupted unavailable" in "".join(heard) and "gap" not in "".join(heard), "".join(heard)[-300:])


@suite.test
def a_kill_is_told_as_a_discontinuity():
    with restartable() as (start, proxy):
        hark = start()
        with Probe(proxy.target) as client:
            client.subscribe("a", "t")
            client.ask("burst default t 5 1")
            equal(client.collect("a", 5)["gaps"], 0, "gaps before")
            hark.kill()
            with start():
                equal(client.number("publish default t y retry deadline=15000"), 1, "a new page begins")
                gap = client.ask("next a 15000")
                true(gap.startswith("gap page_changed last ") and ":5 page " in gap, gap)
                # Whether the message came before the reader did or after it: it comes.
                true(gap.endswith("missed 1-0"), gap)
                true(client.ask("next a 15000").endswith(":1 text y"), "the first of the new page")


# --- backpressure ---------------------------------------------------------------------------------------


@suite.test
def a_slow_reader_gets_everything_that_is_kept():
    with Probe(shared().target) as client:
        client.subscribe("a", "slow", options="queue=5")
        client.ask("burst default slow 3000 1000")  # 3 MB of the 4 MiB that a topic keeps
        got = client.collect("a", 3000, pause=0)
        equal((got["items"], got["gaps"], got["holes"]), (3000, 0, 0), "all")


@suite.test
def a_reader_too_slow_is_told_exactly_what_it_lost():
    with Hark() as hark, Probe(hark.target) as client:
        client.subscribe("a", "slow", options="queue=5")
        client.ask("burst default slow 30000 1000")  # far more than window, sockets and replay buffer hold
        given = hark.metric("hark_delivered_bytes_total")
        true(given < 20 << 20, f"{given} bytes left the server for a reader that does not read")
        got = client.collect("a", 30_000)
        true(got["gaps"] >= 1 and got["missed"] > 0, f"a gap is told: {got}")
        equal((got["items"] + got["missed"], got["holes"], got["last"]), (30_000, 0, 30_000), "nothing unnamed")


# --- threads --------------------------------------------------------------------------------------------


@suite.test
def many_threads_and_two_that_close():
    with Probe(shared().target) as client:
        client.good("create hammer")
        equal(client.ask("hammer hammer 8 25"), "published 200 refused 0 heard all then cancelled", "hammer")
        equal(client.ask("resources"), "threads 1", "what stays behind")


@suite.test
def blocking_within_a_callback_is_refused():
    with Probe(shared().target) as client:
        equal(client.ask("misuse default misuse"), "misuse misuse", "codes")


@suite.test
def closing_ends_everything():
    with Probe(shared().target) as client:
        client.subscribe("a", "closing")
        client.good("listen b default closing new")
        client.good("ping 5000")
        client.good("close")
        true(client.ask("next a 1000").startswith("error cancelled "), "next()")
        true(client.ask("heard b").endswith("end cancelled;"), "the last callback")
        true(client.ask("publish default closing x").startswith("error cancelled no "), "publish")
        true(client.ask("subscribe c default closing new").startswith("error cancelled "), "subscribe")
        client.good("drop")
        true(client.ask("next a 1000").startswith("error cancelled "), "a handle that outlives its client")


suite.main(workers=2)
