"""Where a subscription begins: every row of the resume table, and the numbers in each discontinuity."""

import concurrent.futures

import grpc

from common.pubsub import Client, text_of
from common.proxy import Proxy
from common.report import Suite, equal, true
from common.server import SharedHark

suite = Suite("python/resume")
hark = SharedHark(suite, cores=2)
BUFFER_MESSAGES = 10_000
BUFFER_BYTES = 4 << 20


def topic_of(client, name, count, value="m"):
    """Publishes value1 ... valueN to a fresh topic. Its page."""
    client.publish_all("default", name, [f"{value}{i}" for i in range(1, count + 1)])
    item = client.subscribe("default", name).established().item()
    equal(item.topic_sequence_number, count, "the latest number")
    return item.sequence_page


def expect(client, name, resume, numbers, discontinuity=None):
    """Resumes at (number, page): heartbeat, then `discontinuity` (last, new, page), then `numbers`, then quiet."""
    subscription = client.subscribe("default", name, *resume).established()
    what = f"resume at {resume}"
    if discontinuity:
        got = subscription.next()
        true(hasattr(got, "new_topic_sequence"), f"{what}: expected a discontinuity, got {got}")
        equal((got.last_topic_sequence, got.new_topic_sequence, got.new_sequence_page), discontinuity, what)
    equal([subscription.item().topic_sequence_number for _ in numbers], list(numbers), what)
    return subscription


@suite.test
def fresh_on_an_empty_topic_is_live():
    with Client(hark().target) as client:
        subscription = expect(client, "empty", (0, 0), [])
        subscription.quiet()
        client.publish("default", "empty", "first")
        equal(subscription.item().topic_sequence_number, 1, "the first number of a topic")


@suite.test
def fresh_begins_with_the_latest_message():
    with Client(hark().target) as client:
        topic_of(client, "latest", 5)
        subscription = expect(client, "latest", (0, 0), [5])
        subscription.quiet()
        client.publish("default", "latest", "m6")
        equal(text_of(subscription.item()), "m6", "live")


@suite.test
def resume_is_inclusive_with_the_page_and_without():
    with Client(hark().target) as client:
        page = topic_of(client, "inclusive", 5)
        for resume in [(2, page), (2, 0)]:
            subscription = expect(client, "inclusive", resume, [2, 3, 4, 5])
            subscription.quiet()
        expect(client, "inclusive", (5, page), [5]).quiet()
        expect(client, "inclusive", (1, page), [1, 2, 3, 4, 5])
        expect(client, "inclusive", (1, 0), [1, 2, 3, 4, 5])


@suite.test
def resume_after_the_newest_is_live_without_a_notice():
    with Client(hark().target) as client:
        page = topic_of(client, "next", 5)
        subscriptions = [expect(client, "next", (6, p), []) for p in (page, 0)]
        for subscription in subscriptions:
            subscription.quiet()
        client.publish("default", "next", "m6")
        for subscription in subscriptions:
            equal(subscription.item().topic_sequence_number, 6, "live")


@suite.test
def resume_ahead_names_the_head_and_is_live():
    with Client(hark().target) as client:
        page = topic_of(client, "ahead", 5)
        subscriptions = [expect(client, "ahead", (number, p), [], (number - 1, 5, page))
                         for number, p in [(7, page), (5434, page), (7, 0), ((1 << 53) - 1, page)]]
        client.publish("default", "ahead", "m6")
        for subscription in subscriptions:
            equal(subscription.item().topic_sequence_number, 6, "live after a position ahead")


@suite.test
def resume_on_an_empty_topic_with_an_unknown_position():
    with Client(hark().target) as client:
        subscription = client.subscribe("default", "never-seen", 1234, 0).established()
        got = subscription.next()
        equal((got.last_topic_sequence, got.new_topic_sequence), (1233, 0), "discontinuity")
        true(got.new_sequence_page > 0, "the discontinuity names no page")
        client.publish("default", "never-seen", "first")
        item = subscription.item()
        equal((item.topic_sequence_number, item.sequence_page), (1, got.new_sequence_page), "then")


@suite.test
def an_older_or_unknown_page_is_a_discontinuity_then_the_whole_buffer():
    with Client(hark().target) as client:
        page = topic_of(client, "pages", 5)
        for resume in [(3, page - 1), (3, 1), (3, page + 1), (5434, (1 << 53) - 1)]:
            subscription = expect(client, "pages", resume, [1, 2, 3, 4, 5], (resume[0] - 1, 0, page))
            subscription.quiet()
        expect(client, "pages", (0, page), [5]).quiet()
        expect(client, "pages", (0, page - 1), [5], (0, 4, page)).quiet()


@suite.test
def resume_before_a_buffer_full_of_bytes():
    size = 400_000
    kept = BUFFER_BYTES // size
    with Client(hark().target) as client:
        client.publish_all("default", "bytes", [bytes([i]) * size for i in range(15)], outstanding=4)
        page = client.subscribe("default", "bytes").established().item().sequence_page
        oldest = 15 - kept + 1
        newest = range(oldest, 16)
        expect(client, "bytes", (2, page), newest, (1, oldest - 1, page)).quiet()
        expect(client, "bytes", (oldest - 1, 0), newest, (oldest - 2, oldest - 1, page))
        expect(client, "bytes", (oldest, page), newest)
        expect(client, "bytes", (1, 0), newest).quiet()  # 1 of any page: what there is, without a notice
        expect(client, "bytes", (3, page - 1), newest, (2, oldest - 1, page))


@suite.test
def resume_before_a_buffer_full_of_messages():
    count = BUFFER_MESSAGES + 7
    with Client(hark().target) as client:
        client.publish_all("default", "count", ["x"] * count)
        page = client.subscribe("default", "count").established().item().sequence_page
        expect(client, "count", (7, page), range(8, count + 1), (6, 7, page))
        expect(client, "count", (8, page), range(8, count + 1)).quiet()


@suite.test
def no_seam_between_replay_and_live():
    """Subscriptions that begin anywhere while messages come in see each number once."""
    total = 3000
    with Client(hark().target) as publisher, Client(hark().target) as reader:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            publishing = pool.submit(publisher.publish_all, "default", "seam", ["x"] * total, 64)
            live = reader.subscribe("default", "seam", 1).established()
            subscriptions = []
            numbers = []
            for _ in range(total):
                item = live.item()
                numbers.append(item.topic_sequence_number)
                if len(numbers) % 100 == 0:
                    begin = max(1, len(numbers) - 37)
                    subscriptions.append((begin, reader.subscribe("default", "seam", begin, item.sequence_page)))
            publishing.result()
        equal(numbers, list(range(1, total + 1)), "numbers of the first subscription")
        for begin, subscription in subscriptions:
            subscription.established()
            got = [subscription.item().topic_sequence_number for _ in range(begin, total + 1)]
            equal(got, list(range(begin, total + 1)), f"numbers from {begin}")


@suite.test
def cutting_and_resuming_loses_and_repeats_nothing():
    """The stream is cancelled every few messages and resumed at the next number, while publishing goes on."""
    total = 1500
    with Client(hark().target) as publisher, Client(hark().target) as reader:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            publishing = pool.submit(publisher.publish_all, "default", "cuts", [f"{i}" for i in range(1, total + 1)], 16)
            seen, page = [], 0
            while len(seen) < total:
                subscription = reader.subscribe("default", "cuts", len(seen) + 1 if seen else 1, page).established()
                for _ in range(min(40, total - len(seen))):
                    item = subscription.item()
                    seen.append((item.topic_sequence_number, text_of(item)))
                    page = item.sequence_page
                subscription.cancel()
            publishing.result()
        equal(seen, [(i, f"{i}") for i in range(1, total + 1)], "messages over all the streams")


@suite.test
def cuts_by_the_network_lose_and_repeat_nothing():
    """A proxy breaks the connection ten times, wherever it is; each time the stream is resumed at the next number."""
    total = 2000
    with Proxy(hark().port) as proxy, Client(hark().target) as publisher:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            publishing = pool.submit(publisher.publish_all, "default", "broken", [f"{i}" for i in range(1, total + 1)], 4)
            seen, page, cuts = [], 0, 0
            while len(seen) < total:
                with Client(proxy.target) as reader:
                    subscription = reader.subscribe("default", "broken", len(seen) + 1, page).established()
                    cut_at = (cuts + 1) * total // 11
                    received = subscription.raw()
                    while received is not subscription.ENDED and len(seen) < total:
                        if received.WhichOneof("kind") == "item":
                            seen.append((received.item.topic_sequence_number, text_of(received.item)))
                            page = received.item.sequence_page
                        else:
                            equal(received.WhichOneof("kind"), "heartbeat", "no discontinuity")
                        if len(seen) >= cut_at and cuts < 10:
                            cuts += proxy.cut() > 0
                            cut_at = total
                        received = subscription.raw() if len(seen) < total else None
            publishing.result()
        equal(cuts, 10, "cuts that hit a connection")
        equal(seen, [(i, f"{i}") for i in range(1, total + 1)], "messages over all the streams")


@suite.test
def deleting_a_namespace_begins_a_new_page():
    with Client(hark().target) as client:
        client.control("CreateCache", "pages-of")
        client.publish("pages-of", "t", "old")
        old = client.subscribe("pages-of", "t").established().item().sequence_page
        client.control("DeleteCache", "pages-of")
        client.control("CreateCache", "pages-of")
        client.publish("pages-of", "t", "new")
        subscription = client.subscribe("pages-of", "t", 2, old).established()
        got = subscription.next()
        true(hasattr(got, "new_topic_sequence"), f"no discontinuity but {got}")
        true(got.new_sequence_page > old, f"page {got.new_sequence_page} after {old}")
        equal((got.last_topic_sequence, got.new_topic_sequence), (1, 0), "discontinuity")
        item = subscription.item()
        equal((item.topic_sequence_number, text_of(item)), (1, "new"), "the new page's first")


@suite.test
def flush_leaves_topics_alone():
    with Client(hark().target) as client:
        page = topic_of(client, "flushed", 3)
        equal(client.control("FlushCache", "default").code, grpc.StatusCode.OK, "flush")
        expect(client, "flushed", (1, page), [1, 2, 3]).quiet()


suite.main(workers=4)
