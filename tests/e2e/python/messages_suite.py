"""Publish and Subscribe by python3-grpcio: the form of the stream, numbers, pages, trailers."""

import collections
import concurrent.futures
import time

from common.pubsub import Client, UnthreadedSubscription, message, text_of
from common.report import Suite, equal, true
from common.server import SharedHark

suite = Suite("python/messages")
hark = SharedHark(suite, cores=2)


@suite.test
def text_and_binary_round_trip():
    with Client(hark().target) as client:
        values = ["hello", b"\x00\xff\x80", "", b"", "grüße 🎉", "x" * 70_000, b"\x00" * 300_000]
        subscription = client.subscribe("default", "round-trip").established()
        for value in values:
            equal(client.publish("default", "round-trip", value).code.value[0], 0, "publish")
        for number, value in enumerate(values, 1):
            item = subscription.item()
            equal(text_of(item), value, "value")
            equal(item.value.WhichOneof("kind"), "text" if isinstance(value, str) else "binary", "kind")
            equal(item.topic_sequence_number, number, "number")
            equal(item.publisher_id, "", "publisher id")


@suite.test
def topic_names_of_every_kind_are_kept_apart():
    names = ["a b", "a/b", "a:b#c", "ä", "🎉", "A B", "x" * 1024, "%2F", "a", " a", ".", ".."]
    with Client(hark().target) as client:
        subscriptions = {name: client.subscribe("default", name).established() for name in names}
        for name in names:
            equal(client.publish("default", name, f"to {name}").code.value[0], 0, f"publish to {name!r}")
        for name, subscription in subscriptions.items():
            item = subscription.item()
            equal((text_of(item), item.topic_sequence_number), (f"to {name}", 1), name)


@suite.test
def the_first_message_is_a_heartbeat_and_headers_come_at_once():
    with Client(hark().target) as client:
        start = time.monotonic()
        subscription = client.subscribe("default", "nothing-here")
        headers = dict(subscription.call.initial_metadata())
        first = subscription.raw()
        true(time.monotonic() - start < 2, "headers and first heartbeat took two seconds")
        equal(first.WhichOneof("kind"), "heartbeat", "first message")
        true("grpc-status" not in headers, f"the headers of a stream are not its end: {headers}")


@suite.test
def heartbeats_come_every_second():
    with Client(hark().target) as client:
        subscription = client.subscribe("default", "beats").established()
        times = []
        for _ in range(4):
            equal(subscription.raw(5).WhichOneof("kind"), "heartbeat", "message on an idle topic")
            times.append(time.monotonic())
        spans = [b - a for a, b in zip(times, times[1:])]
        true(all(0.3 < s < 2.5 for s in spans) and 2.4 < sum(spans) < 4.5, f"heartbeats were {spans} s apart")


@suite.test
def heartbeats_come_beside_traffic_and_spend_no_number():
    with Client(hark().target) as client:
        subscription = client.subscribe("default", "busy").established()
        beats, numbers, end = 0, [], time.monotonic() + 3.5
        while time.monotonic() < end:
            client.publish("default", "busy", "x")
            received = subscription.raw()
            while received.WhichOneof("kind") == "heartbeat":
                beats += 1
                received = subscription.raw()
            numbers.append(received.item.topic_sequence_number)
        equal(numbers, list(range(1, len(numbers) + 1)), "numbers")
        true(beats >= 2, f"{beats} heartbeats in 3.5 s of traffic")


@suite.test
def publish_answers_with_its_slot_in_the_trailers():
    with Client(hark().target) as client:
        subscription = client.subscribe("default", "slots").established()
        for number in range(1, 4):
            answer = client.publish("default", "slots", "x")
            item = subscription.item()
            equal(answer.trailers.get("hark-sequence-number"), str(number), "hark-sequence-number")
            equal(answer.trailers.get("hark-sequence-page"), str(item.sequence_page), "hark-sequence-page")
            true(0 < item.sequence_page < 1 << 53, f"page {item.sequence_page}")


@suite.test
def a_refused_publish_spends_no_number():
    with Client(hark().target) as client:
        equal(client.publish("default", "refusals", "one").code.value[0], 0, "publish")
        equal(client.publish("default", "refusals", "x" * ((1 << 20) + 1)).code.value[0], 8, "too large")
        equal(client.publish("default", "refusals", None).code.value[0], 3, "no value")
        answer = client.publish("default", "refusals", "two")
        equal(answer.trailers.get("hark-sequence-number"), "2", "the next number")


@suite.test
def all_subscribers_see_one_order():
    with Client(hark().target) as readers, Client(hark().target) as a, Client(hark().target) as b:
        subscriptions = [readers.subscribe("default", "order").established() for _ in range(20)]
        call = [c.channel.unary_unary("/cache_client.pubsub.Pubsub/Publish") for c in (a, b)]
        futures = [call[i % 2].future(a.publish_request("default", "order", f"{i % 2}:{i}").SerializeToString(),
                                      timeout=20) for i in range(400)]
        for future in futures:
            future.result()
        orders = []
        for subscription in subscriptions:
            items = [subscription.item() for _ in range(400)]
            equal([i.topic_sequence_number for i in items], list(range(1, 401)), "numbers")
            orders.append([text_of(i) for i in items])
        true(all(o == orders[0] for o in orders), "two subscribers saw different orders")
        for publisher in "01":
            own = [int(t[2:]) for t in orders[0] if t[0] == publisher]
            equal(own, sorted(own), f"order of publisher {publisher}")


@suite.test
def one_publisher_to_100_subscribers():
    """On twenty connections; each sees every message once and in order."""
    total = 300
    readers = [Client(hark().target) for _ in range(20)]
    with Client(hark().target) as publisher:
        subscriptions = [reader.subscribe("default", "fan-out", timeout=120, kind=UnthreadedSubscription).established()
                         for reader in readers for _ in range(5)]
        publisher.publish_all("default", "fan-out", [f"m{i}" for i in range(1, total + 1)])
        for subscription in subscriptions:
            items = [subscription.item() for _ in range(total)]
            equal([(i.topic_sequence_number, text_of(i)) for i in items],
                  [(i, f"m{i}") for i in range(1, total + 1)], "items of a subscriber")
    for reader in readers:
        reader.close()


@suite.test
def a_hundred_publishers_to_one_subscriber():
    """Each on a connection of its own; the order of each is kept."""
    with Client(hark().target) as reader:
        subscription = reader.subscribe("default", "fan-in").established()

        def publish(number):
            with Client(hark().target) as client:
                client.publish_all("default", "fan-in", [f"{number}:{i}" for i in range(10)], outstanding=4)

        with concurrent.futures.ThreadPoolExecutor(100) as pool:
            for done in [pool.submit(publish, number) for number in range(100)]:
                done.result()
        items = [subscription.item() for _ in range(1000)]
        equal([i.topic_sequence_number for i in items], list(range(1, 1001)), "numbers")
        seen = collections.defaultdict(list)
        for item in items:
            publisher, number = text_of(item).split(":")
            seen[publisher].append(int(number))
        equal(len(seen), 100, "publishers")
        for publisher, numbers in seen.items():
            equal(numbers, list(range(10)), f"order of publisher {publisher}")


@suite.test
def two_hundred_streams_of_grpcio_on_one_connection():
    with Client(hark().target) as client:
        subscriptions = [client.subscribe("default", f"many-{i % 40}") for i in range(200)]
        for subscription in subscriptions:
            subscription.established(60)
        for i in range(40):
            equal(client.publish("default", f"many-{i}", f"to {i}").code.value[0], 0, "publish on the same connection")
        for i, subscription in enumerate(subscriptions):
            equal(text_of(subscription.item(60)), f"to {i % 40}", f"subscription {i}")
        for subscription in subscriptions:
            subscription.cancel()
        subscription = client.subscribe("default", "many-0").established()
        equal(text_of(subscription.item()), "to 0", "after cancelling them all")


@suite.test
def two_thousand_streams_on_one_connection():
    with Client(hark().target) as client:
        subscriptions = [client.subscribe("default", f"many-{i % 40}", timeout=150, kind=UnthreadedSubscription)
                         for i in range(2000)]
        for subscription in subscriptions:
            subscription.established()
        for i in range(40):
            equal(client.publish("default", f"many-{i}", f"to {i}").code.value[0], 0, "publish on the same connection")
        for i, subscription in enumerate(subscriptions):
            equal(text_of(subscription.item()), f"to {i % 40}", f"subscription {i}")
        for subscription in subscriptions:
            subscription.cancel()
        subscription = client.subscribe("default", "many-0").established()
        equal(text_of(subscription.item()), "to 0", "after cancelling them all")


@suite.test
def an_item_is_byte_for_byte_what_protobuf_writes():
    with Client(hark().target) as client:
        raw = client.channel.unary_stream("/cache_client.pubsub.Pubsub/Subscribe")
        request = message("cache_client.pubsub._SubscriptionRequest")(cache_name="default", topic="bytes")
        stream = raw(request.SerializeToString())
        equal(next(stream).hex(), "1a00", "heartbeat")
        client.publish("default", "bytes", b"\x00\xff")
        received = next(r for r in stream if r != b"\x1a\x00")
        parsed = message("cache_client.pubsub._SubscriptionItem").FromString(received)
        equal(received.hex(), parsed.SerializeToString(deterministic=True).hex(), "item")
        stream.cancel()


suite.main()
