"""A well-behaved publisher and subscriber beside an attack: nothing of theirs may be lost or late."""

import itertools
import threading
import time

from common.pubsub import Client, text_of
from common.report import equal, true


class Watcher:
    """`with Watcher(hark) as watcher:` publishes every 20 ms on one connection and receives on another."""

    _topics = itertools.count(1)  # each has a topic of its own, so that it begins at number 1
    SLOWEST = 5.0  # seconds for one message; a machine busy with other tests explains some of it

    def __init__(self, hark):
        self._topic = f"watched-{next(self._topics)}"
        self._publisher, self._reader = Client(hark.target), Client(hark.target)
        self._subscription = self._reader.subscribe("default", self._topic).established()
        self._stop = threading.Event()
        self._begun = threading.Event()
        self._error = None
        self._sent = 0
        self.received = 0
        self.slowest = 0.0
        self._threads = [threading.Thread(target=self._guard, args=(work,), daemon=True)
                         for work in (self._publish, self._receive)]
        for thread in self._threads:
            thread.start()

    def _guard(self, work):
        try:
            work()
        except Exception as error:
            self._error = self._error or error
            self._stop.set()
            self._begun.set()

    def _publish(self):
        while not self._stop.wait(0.02):
            answer = self._publisher.publish("default", self._topic, repr(time.monotonic()))
            true(answer.code.value[0] == 0, f"the well-behaved publish got {answer.code} {answer.text}")
            self._sent += 1
        self._publisher.publish("default", self._topic, "end")

    def _receive(self):
        while True:
            item = self._subscription.item(30)
            text = text_of(item)
            if text == "end":
                return
            self.received += 1
            self._begun.set()
            equal(item.topic_sequence_number, self.received, "the well-behaved subscriber's next number")
            self.slowest = max(self.slowest, time.monotonic() - float(text))

    def __enter__(self):
        true(self._begun.wait(30), "the well-behaved client received nothing before the attack")
        return self

    def __exit__(self, kind, value, trace):
        self._stop.set()
        for thread in self._threads:
            thread.join(40)
        self._publisher.close()
        self._reader.close()
        if kind is not None:
            return
        if self._error:
            raise AssertionError(f"the well-behaved client suffered: {self._error}")
        equal(self.received, self._sent, "messages of the well-behaved client")
        true(self.received > 0, "the well-behaved client received nothing")
        true(self.slowest < self.SLOWEST, f"a message of the well-behaved client took {self.slowest:.1f} s")
