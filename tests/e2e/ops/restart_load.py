"""Clients that go on over restarts: publishers that try again as their SDKs do, followers that resume, and an
independent judge of what they were told."""

import collections
import http.client
import json
import socket
import threading
import time

import grpc

from common.pubsub import Client, UnthreadedSubscription, message, text_of
from common.report import equal, true

PUBLISH = "/cache_client.pubsub.Pubsub/Publish"
# A connection that is gone is tried again soon: what is measured is the server, not the client's patience.
BACK_SOON = {"grpc.initial_reconnect_backoff_ms": 50, "grpc.min_reconnect_backoff_ms": 50,
             "grpc.max_reconnect_backoff_ms": 200}

Ack = collections.namedtuple("Ack", "topic page number text began ended")
Slot = collections.namedtuple("Slot", "page number text")


class Worker:
    """A thread that runs until it is told to stop; an exception in it is raised by join()."""

    def __init__(self):
        self._stop, self._error = threading.Event(), None
        self._thread = threading.Thread(target=self._guarded, daemon=True)
        self._thread.start()

    def _guarded(self):
        try:
            self._run()
        except BaseException as error:
            self._error = error

    def stop(self):
        self._stop.set()

    def join(self):
        self._thread.join(30)
        true(not self._thread.is_alive(), f"{type(self).__name__} does not end")
        if self._error:
            raise self._error

    def failed(self):
        return self._error


class GrpcPublisher(Worker):
    """Publishes one after the other. After UNAVAILABLE it waits until there is a connection and tries once more, and
    then it must be taken; any other failure is one."""

    def __init__(self, target, name, topics, random):
        self._target, self._name, self._topics, self._random = target, name, topics, random
        self.acks, self.retries = [], 0
        super().__init__()

    def _run(self):
        with Client(self._target, **BACK_SOON) as client:
            call = client.channel.unary_unary(PUBLISH)
            for number in range(10**9):
                if self._stop.is_set():
                    return
                self._publish(client, call, f"{self._name}-{number}")
                time.sleep(0.002)  # a pace, so that the checker's work stays bounded

    def _publish(self, client, call, text):
        topic = self._random.choice(self._topics)
        request = client.publish_request("default", topic, text).SerializeToString()
        began = time.monotonic()
        try:
            _, state = call.with_call(request, timeout=10)
        except grpc.RpcError as error:
            true(error.code() == grpc.StatusCode.UNAVAILABLE, f"{text}: {error.code()} {error.details()}")
            self.retries += 1
            _, state = call.with_call(request, timeout=20, wait_for_ready=True)
        slot = dict(state.trailing_metadata())
        self.acks.append(Ack(topic, int(slot["hark-sequence-page"]), int(slot["hark-sequence-number"]), text, began,
                             time.monotonic()))


class HttpPublisher(Worker):
    """As curl does: a connection each time. Where nobody listens it waits; 503 is a definite no, tried again. A
    connection that breaks without an answer leaves the outcome unknown: that text may come once or not at all."""

    def __init__(self, port, name, topics, random):
        self._port, self._name, self._topics, self._random = port, name, topics, random
        self.acks, self.retries, self.unknown = [], 0, set()
        super().__init__()

    def _run(self):
        for number in range(10**9):
            if self._stop.is_set():
                return
            self._publish(self._random.choice(self._topics), f"{self._name}-{number}")
            time.sleep(0.003)

    def _publish(self, topic, text):
        began = time.monotonic()
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
            try:
                try:
                    connection.connect()
                except ConnectionError:
                    time.sleep(0.01)
                    continue
                connection.request("POST", f"/topics/default/{topic}", text)
                answer = connection.getresponse()
                answer.read()
            except (ConnectionError, http.client.HTTPException):
                self.unknown.add(text)
                return
            finally:
                connection.close()
            if answer.status == 204:
                page, slot = int(answer.headers["hark-sequence-page"]), int(answer.headers["hark-sequence-number"])
                self.acks.append(Ack(topic, page, slot, text, began, time.monotonic()))
                return
            equal(answer.status, 503, f"{text}: {answer.reason}")
            self.retries += 1


class Follower(Worker):
    """Follows one topic from its beginning, resuming behind what it has whenever its stream ends."""

    def __init__(self, port, topic):
        self._port, self._topic = port, topic
        self.slots, self.streams = [], 0
        self._page, self._next = 0, 1
        super().__init__()

    def _run(self):
        while not self._stop.is_set():
            try:
                self._stream()
                self.streams += 1
            except (ConnectionError, socket.timeout, http.client.HTTPException):
                pass
            time.sleep(0.01)

    def _heard(self, page, number, text):
        self.slots.append(Slot(page, number, text))
        self._page, self._next = page, number + 1

    def has(self, text):
        return any(slot.text == text for slot in self.slots[-5:])


class GrpcFollower(Follower):
    def _run(self):
        with Client(f"127.0.0.1:{self._port}", **BACK_SOON) as client:
            while not self._stop.is_set():
                stream = client.subscribe("default", self._topic, self._next, self._page, timeout=60,
                                          kind=UnthreadedSubscription)
                while (received := stream.raw()) is not stream.ENDED:
                    kind = received.WhichOneof("kind")
                    true(kind != "discontinuity", f"gRPC on {self._topic} behind {self.slots[-1:]}: {received}")
                    if kind == "item":
                        item = received.item
                        self._heard(item.sequence_page, item.topic_sequence_number, text_of(item))
                    if self._stop.is_set():
                        break
                stream.cancel()
                code = stream.call.code()
                true(self._stop.is_set() or code == grpc.StatusCode.UNAVAILABLE, f"the stream ended with {code}")
                self.streams += 1
                time.sleep(0.01)


class HttpFollower(Follower):
    def _get(self, query, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        connection.request("GET", f"/topics/default/{self._topic}{query}", headers=headers)
        answer = connection.getresponse()
        return connection, answer

    def _element(self, element):
        true("item" in element, f"{type(self).__name__} on {self._topic} behind {self.slots[-1:]}: {element}")
        item = element["item"]
        self._heard(item["sequence_page"], item["topic_sequence_number"], item["value"]["text"])


class EventFollower(HttpFollower):
    def _stream(self):
        headers = {"Accept": "text/event-stream"}
        if self._page:
            headers["Last-Event-ID"] = f"{self._page}:{self._next - 1}"
        connection, answer = self._get("?start=1", headers)
        equal(answer.status, 200, "an EventSource gives up after any other status")
        while not self._stop.is_set() and (line := answer.readline()):
            if line.startswith(b"data: "):
                true(line.endswith(b"\n"), f"half a line: {line!r}")
                self._element(json.loads(line[6:]))
        connection.close()


class PollFollower(HttpFollower):
    def _stream(self):
        connection, answer = self._get(f"?sequence_number={self._next}&sequence_page={self._page}&wait=2", {})
        with answer:
            body = answer.read()
        if answer.status == 200:
            told = json.loads(body)
            for element in told["items"]:
                self._element(element)
            self._page, self._next = told["next"]["sequence_page"], told["next"]["sequence_number"]
        else:
            equal(answer.status, 503, f"a poll: {body[:200]}")
        connection.close()


def judge(publishers, followers):
    """What the logs must show, whatever happened: one order a topic, no gap, no repeat, nothing lost."""
    acks = [ack for publisher in publishers for ack in publisher.acks]
    unknown = set().union(*(publisher.unknown for publisher in publishers if hasattr(publisher, "unknown")))
    taken = {}
    for ack in acks:
        place = (ack.topic, ack.page, ack.number)
        true(place not in taken, f"{place} was given to {taken.get(place)} and {ack.text}")
        taken[place] = ack.text
    pages = collections.defaultdict(set)
    for ack in acks:
        pages[ack.topic].add(ack.page)
    equal({topic: len(of) for topic, of in pages.items() if len(of) != 1}, {}, "topics that began again")
    for publisher in publishers:  # who was answered before it asked again has the lower number
        last = {}
        for ack in publisher.acks:
            true(ack.number > last.get(ack.topic, 0), f"{ack} behind number {last.get(ack.topic)}")
            last[ack.topic] = ack.number
    for topic, of_topic in followers.items():
        for follower in of_topic:
            name = f"{type(follower).__name__} on {topic}"
            numbers = [slot.number for slot in follower.slots]
            equal(numbers, list(range(1, len(numbers) + 1)), f"{name}: numbers")
            for slot in follower.slots:
                told = taken.get((topic, slot.page, slot.number))
                true(told == slot.text or (told is None and slot.text in unknown),
                     f"{name}: {slot}, but the publisher of that place said {told}")
            texts = [slot.text for slot in follower.slots]
            equal(len(set(texts)), len(texts), f"{name}: texts, each once")
            lost = {ack.text for ack in acks if ack.topic == topic} - set(texts)
            equal(lost, set(), f"{name}: published and never heard")
    return len(acks), len(unknown)
