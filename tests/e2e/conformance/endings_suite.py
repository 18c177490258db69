"""Streams that idle, stand still, end and come back: in every form the client knows why, and loses nothing in silence."""

import signal

from common.http1 import RawClient
from common.report import Suite, equal, true, wait_until
from conformance.contract import CHANGED, HEARTBEAT_SECONDS_MAX, At, End, Fresh, Gap, Item, Position, Refused
from conformance.driver import heard
from conformance.http1_wire import Request, encoded
from conformance.http_form import target
from conformance.scenarios import Scenarios, same

suite = Suite("conformance/endings")
scenarios = Scenarios(suite, cores=1)
LARGE, MANY = 200_000, 120  # 24 MB: the buffer, and all that sockets hold, several times


def reads_all(topic, subscription):
    """Demands the whole topic, from its first message on."""
    events = heard(subscription, lambda event: isinstance(event, Item) and event.number == topic.kept.head)
    same(events, topic.kept.items(1), "before")


@scenarios.each
def an_idle_stream_shows_that_it_lives(bench):
    topic = bench.topic()
    subscription = bench.subscribe(topic, Fresh())
    if bench.capabilities.position_notice:
        equal(subscription.next(), Position(topic.kept.page, 0), "first")
    for _ in range(2):
        subscription.heartbeat(HEARTBEAT_SECONDS_MAX)
    topic.reads(subscription, [], "behind the heartbeats", bench.capabilities)


@scenarios.each
def a_reader_that_stopped_is_told_exactly_what_it_lost(bench):
    topic = bench.topic()
    kept, page = topic.kept, topic.kept.page
    beside = bench.subscribe(topic, At(1, page))
    subscription = bench.subscribe(topic, Fresh(), bench.another(), receive_buffer=4096)
    for i in range(MANY):
        topic.publish(bytes([i]) * LARGE)
        same([beside.next()], kept.items(i + 1), "the one beside it, which reads")
    topic.settle()
    marker = topic.marker()
    events = heard(subscription, lambda event: event == marker)
    last = next((i for i, event in enumerate(events) if not isinstance(event, Item)), len(events))
    true(0 < last < MANY, f"{last} messages came before a gap")
    gap = Gap(bench.capabilities.slow_reason, last, page, last + 1, kept.oldest - 1, page)
    same(events, [*kept.items(1)[:last], bench.capabilities.told(gap), *kept.items(kept.oldest)], "what it is told")
    topic.reads(subscription, [], "live again", bench.capabilities)


@scenarios.each
def its_namespace_is_deleted_and_made_anew(bench):
    namespace = f"gone {bench.name}"
    bench.control("CreateCache", namespace)
    topic = bench.topic(["1", "2", "3"], namespace)
    subscription = bench.subscribe(topic, At(1, topic.kept.page))
    reads_all(topic, subscription)
    subscription.wait_for_more()
    bench.control("DeleteCache", namespace)
    equal(subscription.next(), End("namespace_not_found"), "the end")
    resume, old = subscription.resume(), topic.kept.page
    try:
        raise AssertionError(f"subscribed: {bench.driver.subscribe(namespace, topic.name, resume)}")
    except Refused as refused:
        equal(refused.code, "namespace_not_found", "meanwhile")
    bench.control("CreateCache", namespace)
    comes_back_to_another_page(bench, topic, resume, old)


def comes_back_to_another_page(bench, topic, resume, old):
    """Three messages were had of the old page; the new one has two by now."""
    topic.goes_on(bench, "new 1", "new 2")
    true(topic.kept.page > old, f"page {topic.kept.page} after {old}")
    gap = Gap(CHANGED, 3, old, 1, 0, topic.kept.page)
    topic.reads(bench.subscribe(topic, resume), [gap, *topic.kept.items(1)], "after it", bench.capabilities)


def restarts(bench, life, *waiting):
    """SIGTERM while these wait: each ends as its form does; then the server is there again."""
    for subscription in waiting:
        subscription.wait_for_more()
    wait_until(lambda: life().metric("hark_subscriptions") == len(waiting), "all wait")
    life().terminate()
    for subscription in waiting:
        equal(subscription.next(), End("draining"), "the end")
    equal(life().wait(), 0, "exit code")
    life().no_bug()
    bench.moved_to(life.start_again())


@scenarios.each_alone
def a_restart_costs_nothing(bench, life):
    """Who comes back has every number once, also of what was published before it did."""
    topic = bench.topic(["1", "2", "3"])
    page = topic.kept.page
    subscription = bench.subscribe(topic, At(1, page))
    reads_all(topic, subscription)
    restarts(bench, life, subscription)
    topic.goes_on(bench, "4", "5")
    equal((topic.kept.page, topic.kept.head), (page, 5), "the page goes on")
    topic.reads(bench.subscribe(topic, subscription.resume()), topic.kept.items(4), "after it", bench.capabilities)


@scenarios.each_alone
def a_restart_costs_nothing_to_whom_nothing_was_said(bench, life):
    """A form that tells where one stands, or what to ask for next, loses nothing even before the first message."""
    topic = bench.topic()
    subscription = bench.subscribe(topic, Fresh())
    if bench.capabilities.position_notice:
        equal(subscription.next(), Position(topic.kept.page, 0), "first")
    restarts(bench, life, subscription)
    topic.goes_on(bench, "1", "2")
    owed = topic.kept.items(1 if bench.capabilities.keeps_place else 2)
    topic.reads(bench.subscribe(topic, subscription.resume()), owed, "after it", bench.capabilities)


@scenarios.each_alone
def who_comes_during_a_drain_is_turned_away(bench, life):
    """A publish that is under way holds it open: that one is answered, new ones are refused and take no number."""
    topic = bench.topic(["1"])
    with RawClient(life().port) as under_way:
        begun = Request("POST", target(topic.namespace, topic.name), [("Content-Length", 1), ("Expect", "100-continue")])
        under_way.send(encoded(begun))
        under_way.until(b"HTTP/1.1 100 Continue\r\n\r\n")
        life().terminate()
        wait_until(lambda: life().get("/readyz")[0] == 503, "the drain", every=0)
        late = bench.another(late=True)
        for attempt in (lambda: late.publish(topic.namespace, topic.name, "late"),
                        lambda: late.subscribe(topic.namespace, topic.name, At(1, topic.kept.page))):
            try:
                raise AssertionError(f"served: {attempt()}")
            except Refused as refused:
                equal(refused.code, "unavailable", "why")
        under_way.send(b"2")
        true(b"hark-sequence-number: 2\r\n" in under_way.all(), "the answer of what was under way")
    topic.kept.add("2")
    equal(life().wait(), 0, "exit code")
    bench.moved_to(life.start_again())
    topic.goes_on(bench, "3")
    topic.reads(bench.subscribe(topic, At(1, topic.kept.page)), topic.kept.items(1), "after it", bench.capabilities)


@scenarios.each_alone
def a_kill_is_told(bench, life):
    topic = bench.topic(["1", "2", "3"])
    subscription = bench.subscribe(topic, At(1, topic.kept.page))
    reads_all(topic, subscription)
    subscription.wait_for_more()
    life().kill()
    equal(life().process.returncode, -signal.SIGKILL, "its end")
    equal(subscription.next(), End("cut"), "the end")
    old = topic.kept.page
    bench.moved_to(life.start_again())
    comes_back_to_another_page(bench, topic, subscription.resume(), old)


suite.main(workers=4)
