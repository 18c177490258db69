"""The official Python SDK against hark; see ../README.md. Prints one line a test."""

import os
import socket
import sys
import threading
from datetime import timedelta

from momento import CacheClient, Configurations, CredentialProvider, TopicClient, TopicConfigurations
from momento.errors import MomentoErrorCode as Code
from momento.responses import (CreateCache, DeleteCache, ListCaches, TopicPublish, TopicSubscribe,
                               TopicSubscriptionItem)

PORT, PROXY_PORT, CONTROL_PORT = (int(os.environ[n]) for n in ("HARK_PORT", "PROXY_PORT", "CONTROL_PORT"))
good = True


def test(body):
    """Runs a test at once and prints its line."""
    global good
    try:
        body()
        print(f"ok {body.__name__}", flush=True)
    except Exception as error:
        good = False
        print(f"FAIL {body.__name__}: {type(error).__name__}: {error}", flush=True)


def same(actual, expected, what):
    if actual != expected:
        raise AssertionError(f"{what}: got {actual!r:.300}, expected {expected!r:.300}")


def proxy(command):
    with socket.create_connection(("127.0.0.1", CONTROL_PORT), 10) as control:
        control.sendall(f"{command}\n".encode())
        return int(control.makefile().readline())


def topics(port=PORT):
    # The SDK gives its timeout to the whole stream, and does not come back after it.
    configuration = TopicConfigurations.Default.latest().with_client_timeout(timedelta(minutes=10))
    return TopicClient(configuration, CredentialProvider.for_momento_local(port=port))


client = topics()
caches = CacheClient(Configurations.Laptop.latest(), CredentialProvider.for_momento_local(port=PORT),
                     timedelta(minutes=1))


class Listener:
    """A subscription that is read only while somebody waits: the SDK asks a stream that ended again and again."""

    def __init__(self, topic, using=client, number=0, page=0):
        for _ in range(10):
            self.subscription = using.subscribe("default", topic, number, page)
            # The channel may not have noticed yet that its connection is cut: the caller's to try again.
            if getattr(self.subscription, "error_code", None) != Code.SERVER_UNAVAILABLE:
                break
        if not isinstance(self.subscription, TopicSubscribe.Subscription):
            raise AssertionError(f"subscribe: {self.subscription}")

    def take(self, count):
        """The next `count` items, within 60 s."""
        items = []

        def read():
            while len(items) < count:
                items.append(next(self.subscription))

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        reader.join(60)
        if reader.is_alive():
            raise AssertionError(f"not within 60 s: {count} items; got {items!r:.300}")
        return items


def publish(topic, value):
    answer = client.publish("default", topic, value)
    if not isinstance(answer, TopicPublish.Success):
        raise AssertionError(f"publish: {answer}")


def expect(answer, kind, code, what):
    if not isinstance(answer, kind):
        raise AssertionError(f"{what}: expected an error, got {answer}")
    same(answer.error_code, code, what)


@test
def text_and_binary_round_trip():
    listener = Listener("round-trip")
    values = ["hello", "grüße 🎉", "", "x" * 100_000, b"\x00\xff\x80\n", b"", b"\x07" * 200_000]
    for value in values:
        publish("round-trip", value)
    items = listener.take(len(values))
    same([i.value for i in items], values, "values")
    kinds = {str: TopicSubscriptionItem.Text, bytes: TopicSubscriptionItem.Binary}
    same([type(i) for i in items], [kinds[type(v)] for v in values], "kinds")
    same([i.sequence_number for i in items], list(range(1, len(values) + 1)), "numbers")


@test
def order_of_200_messages():
    listeners = [Listener("order"), Listener("order")]
    for i in range(200):
        publish("order", f"m{i}")
    for listener in listeners:
        items = listener.take(200)
        same([i.value for i in items], [f"m{i}" for i in range(200)], "values")
        same([i.sequence_number for i in items], list(range(1, 201)), "numbers")


@test
def no_such_cache():
    expect(client.publish("missing", "t", "x"), TopicPublish.Error, Code.NOT_FOUND_ERROR, "publish")
    expect(client.subscribe("missing", "t"), TopicSubscribe.Error, Code.NOT_FOUND_ERROR, "subscribe")
    expect(caches.delete_cache("missing"), DeleteCache.Error, Code.NOT_FOUND_ERROR, "delete")


@test
def bad_names():
    # The SDK itself refuses empty names; the others are the server's to refuse.
    for topic in ("", "a\nb", "x" * 1025):
        expect(client.publish("default", topic, "x"), TopicPublish.Error, Code.INVALID_ARGUMENT_ERROR, "publish")
        expect(client.subscribe("default", topic), TopicSubscribe.Error, Code.INVALID_ARGUMENT_ERROR, "subscribe")
    for cache in ("", "a\nb", "x" * 256):
        expect(client.publish(cache, "t", "x"), TopicPublish.Error, Code.INVALID_ARGUMENT_ERROR, "publish")
        expect(caches.create_cache(cache), CreateCache.Error, Code.INVALID_ARGUMENT_ERROR, "create")


@test
def a_message_too_large():
    publish("large", b"x" * (1 << 20))
    for size in ((1 << 20) + 1, 5_000_000):
        answer = client.publish("default", "large", b"x" * size)
        expect(answer, TopicPublish.Error, Code.LIMIT_EXCEEDED_ERROR, f"{size} bytes")
        if "Request size limit exceeded" not in answer.message:
            raise AssertionError(f"message: {answer.message}")


@test
def create_list_delete_cache():
    def names():
        answer = caches.list_caches()
        if not isinstance(answer, ListCaches.Success):
            raise AssertionError(f"list: {answer}")
        return [cache.name for cache in answer.caches]

    same(sorted(names()), ["default"], "caches")
    same(type(caches.create_cache("mine")), CreateCache.Success, "create")
    same(type(caches.create_cache("mine")), CreateCache.CacheAlreadyExists, "create twice")
    same(sorted(names()), ["default", "mine"], "caches")
    same(type(client.publish("mine", "t", "x")), TopicPublish.Success, "publish")
    same(type(caches.delete_cache("mine")), DeleteCache.Success, "delete")
    same(sorted(names()), ["default"], "caches")
    expect(client.publish("mine", "t", "x"), TopicPublish.Error, Code.NOT_FOUND_ERROR, "publish")


@test
def resume_by_number_after_cuts():
    """The SDK does not resubscribe; its user does, with the number behind the last one and its page."""
    far = topics(PROXY_PORT)
    seen, number, page = [], 0, 0
    for _ in range(5):
        listener = Listener("cut", far, number, page)
        for i in range(20):
            publish("cut", f"m{len(seen) + i}")
        items = listener.take(20)
        seen += [(i.value, i.sequence_number) for i in items]
        number, page = items[-1].sequence_number + 1, items[-1].sequence_page
        if proxy("cut") == 0:
            raise AssertionError("the cut hit nothing")
        for i in range(20):
            publish("cut", f"m{len(seen) + i}")
        late = Listener("cut", far, number, page).take(20)
        seen += [(i.value, i.sequence_number) for i in late]
        number += 20
    same(seen, [(f"m{i}", i + 1) for i in range(200)], "items over the cuts")


@test
def falling_out_of_the_replay_buffer():
    """The SDK shows no discontinuity; what comes begins with the oldest that is kept, and goes on without a hole."""
    publish("fallen", "first")
    page = Listener("fallen").take(1)[0].sequence_page
    size, count = 500_000, 20
    for i in range(count):
        publish("fallen", str(i).ljust(size))
    kept = (4 << 20) // size
    listener = Listener("fallen", number=2, page=page)
    publish("fallen", "live")
    numbers = [i.sequence_number for i in listener.take(kept + 1)]
    same(numbers, list(range(count + 2 - kept, count + 3)), "numbers")


sys.stdout.flush()
os._exit(0 if good else 1)  # the SDK's readers never end
