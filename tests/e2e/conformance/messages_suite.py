"""Messages: every kind of value, the limits, their order, and that every form sees the same slots."""

import itertools
import random
import threading

from common.report import Suite, equal, true
from conformance.contract import MESSAGE_BYTES_MAX, At, Fresh, Item, Position, Refused
from conformance.driver import heard, until
from conformance.scenarios import Scenarios, same

suite = Suite("conformance/messages")
scenarios = Scenarios(suite, cores=2)

TEXTS = ["", " ", "  x  ", "\n", "\r", "\r\n", "\n\n", "\n\r", "a\nb", "a\rb", "a\r\nb", "a\n", "\na", "a\r\n\r\nb\r", "\0",
         "a\0b", "data: x", "x\ndata: y\n\nid: 1:1\nevent: end\ndata: {}\n\n", "id: 9:9", ":", ": comment", "retry: 1", "event:",
         "\nevent: discontinuity", '{"item":{}}', '"', "\\", '\\"', "\\u0000", "\b\f\t\v\x1b\x7f", "\x1e",
         "".join(map(chr, range(0x20))), "</script>", "ä", "\u0085", "\u2028\u2029", "\ufeffx", "\ufffe\uffff", "🎉👩‍👩‍👧", "\U0010ffff",
         "a\u0300", "日本語", "x" * 100, "x" * 4095, "x" * 4096, "x" * 16384, "x" * 16385, "x" * 65535, "x" * 65536, "ä" * 70_000]
BINARIES = [b"", b"\0", b"\n", b"\r\n", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", "text".encode(), bytes(range(256)),
            bytes(range(256)) * 2 + b"x", b"ab", b"abc", b"abcd", b"\xff" * 65536]
LARGEST = ["x" * MESSAGE_BYTES_MAX, "🎉" * (MESSAGE_BYTES_MAX // 4), "\0" * MESSAGE_BYTES_MAX, "\n" * MESSAGE_BYTES_MAX,
           b"\0" * MESSAGE_BYTES_MAX, b"\xff" * MESSAGE_BYTES_MAX]


def everywhere(benches, published):
    """What a form publishes (its bench and the value) each form hears, byte by byte, at the same slot."""
    topic = benches[0].topic()
    subscriptions = [bench.subscribe(topic, Fresh()) for bench in benches]
    for publisher, value in published:
        topic.publish(value, driver=publisher.driver)
        item = Item(topic.kept.page, topic.kept.head, value)
        for bench, subscription in zip(benches, subscriptions):
            event = subscription.next()
            while isinstance(event, Position):
                event = subscription.next()
            same([event], [bench.capabilities.told(item)],
                 f"published by {publisher.driver.name}, heard by {bench.driver.name}")


@scenarios.together
def values_of_every_kind(benches):
    everywhere(benches, [(bench, value) for bench in benches for value in [*TEXTS, *BINARIES]])


@scenarios.together
def the_largest_messages(benches):
    everywhere(benches, list(zip(itertools.cycle(benches), LARGEST)))


@scenarios.each
def a_message_above_the_limit_is_refused_and_takes_no_number(bench):
    topic = bench.topic(["x"])
    for value in ("x" * (MESSAGE_BYTES_MAX + 1), b"x" * (MESSAGE_BYTES_MAX + 1), "ä" * (MESSAGE_BYTES_MAX // 2 + 1),
                  b"x" * (2 * MESSAGE_BYTES_MAX)):
        try:
            raise AssertionError(f"{len(value)}: accepted at {bench.driver.publish(topic.namespace, topic.name, value)}")
        except Refused as refused:
            equal(refused.code, "message_too_large", "why")
        topic.publish("the next number")


@scenarios.each
def publishes_of_one_connection_keep_their_order(bench):
    """A thousand without waiting for an answer."""
    topic = bench.topic()
    subscription = bench.subscribe(topic, Fresh())
    values = [f"message {i}" for i in range(1000)]
    topic.publish(*values)
    items = [Item(topic.kept.page, i + 1, value) for i, value in enumerate(values)]
    same(heard(subscription, lambda event: event == items[-1]), items, "what was heard")


@scenarios.each
def subscribers_of_one_topic_hear_the_same(bench):
    """Some were there before, some come while it is published; from where each began on, it hears all."""
    topic = bench.topic([f"first {i}" for i in range(5)])
    first = [bench.subscribe(topic, At(1, topic.kept.page), bench.another()) for _ in range(5)]
    publisher = bench.another()

    def publish():
        for i in range(50):
            topic.publish(*[f"{i} {j}" for j in range(10)], driver=publisher)

    thread = threading.Thread(target=publish)
    thread.start()
    later = [bench.subscribe(topic, At(1 + i, topic.kept.page), bench.another()) for i in range(5)]
    thread.join()
    equal(topic.kept.head, 505, "published")
    for begin, subscription in [*((1, s) for s in first), *enumerate(later, 1)]:
        events = until(subscription, lambda event: isinstance(event, Item) and event.number == 505)
        same(events, topic.kept.items(begin), f"from {begin} on")


@scenarios.each
def no_seam_between_what_is_kept_and_what_comes(bench):
    """Subscriptions that begin at random places while messages come in: each number once, from there on."""
    total, seed = 2000, random.randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    chance = random.Random(seed)
    topic = bench.topic(["0"])
    publisher = bench.another()
    thread = threading.Thread(target=lambda: topic.publish(*map(str, range(1, total)), driver=publisher))
    reader = bench.subscribe(topic, At(1, topic.kept.page))
    thread.start()
    others, number = [], 0
    while number < total:
        number = reader.next().number
        if number % 100 == 0:
            begin = chance.randint(1, number + 1)
            others.append((begin, bench.subscribe(topic, At(begin, topic.kept.page))))
    thread.join()
    true(len(others) == total // 100, f"{len(others)} others")
    for begin, subscription in others:
        if begin <= total:
            events = until(subscription, lambda event: isinstance(event, Item) and event.number == total)
            same(events, topic.kept.items(begin), f"from {begin} on")


@scenarios.together
def every_form_sees_the_same_slots(benches):
    """All of them publish at once, and all of them listen."""
    topic = benches[0].topic()
    subscriptions = [bench.subscribe(topic, Fresh()) for bench in benches]
    slots = {}

    def publish(bench):
        mine = [f"{bench.driver.name} {i}" for i in range(300)]
        slots.update(zip(mine, bench.driver.publish_all(topic.namespace, topic.name, mine)))

    threads = [threading.Thread(target=publish, args=(bench,)) for bench in benches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = sorted((Item(*slot, value) for value, slot in slots.items()), key=lambda item: item.number)
    equal([item.number for item in expected], list(range(1, 300 * len(benches) + 1)), "numbers answered")
    for bench, subscription in zip(benches, subscriptions):
        events = heard(subscription, lambda event: event == expected[-1])
        same(events, expected, f"heard by {bench.driver.name}")
        order = [event.value for event in events if event.value.startswith(f"{bench.driver.name} ")]
        equal(order, [f"{bench.driver.name} {i}" for i in range(300)], f"the order of {bench.driver.name}'s own")


suite.main(workers=3)
