"""The long poll: one list after the other, each asked for by what the last one said is next."""

from common.report import equal, true
from conformance import elements
from conformance.contract import (EXPIRED, At, Capabilities, End, Fresh, From, Latest, New, Newest, Position)
from conformance.driver import Cut, Deadline, Place, Subscription
from conformance.http1_wire import Request
from conformance.http_form import HttpDriver, query_of, refusal, target

WAIT_SECONDS = 20
BYTES_ENOUGH = 1 << 20  # a list that has so much takes no further element


class LongPollSubscription(Subscription):
    def __init__(self, answers, namespace, topic, start):
        self._answers = answers
        self._names = namespace, topic
        self._place, self._waiting = Place(), []
        self._asked, self._over = False, None
        self._next = None
        self._ask(query_of(start), wait=0)
        self._take(self._answers.answer())

    def _ask(self, query, wait=WAIT_SECONDS):
        self._wait = wait
        self._answers.send(Request("GET", target(*self._names, "&".join(filter(None, [query, f"wait={wait}"])))))
        self._asked = True

    def _take(self, answer):
        self._asked = False
        if answer.status != 200:
            said = refusal(answer)
            if self._next is None:
                raise said
            self._over = "draining" if said.code == "unavailable" else said.code
            return
        equal(answer.fields.get("content-type"), "application/json", "Content-Type")
        equal(answer.fields.get("cache-control"), "no-store", "Cache-Control")
        said = elements.has_names(elements.decode(answer.body), ("items", "next"))
        elements.has_names(said["next"], ("sequence_number", "sequence_page"))
        events = [elements.element(element) for element in said["items"]]
        # Quotes within a text are escaped, so that this is where the last message begins.
        last = answer.body.rfind(b'{"item":{', len(b'{"items":[') + 1)
        true(last <= BYTES_ENOUGH + len(b'{"items":['), f"a list goes on after {last} bytes")
        for event in events:
            self._place.took(event)
        page, number = elements.number(said["next"]["sequence_page"]), elements.number(said["next"]["sequence_number"])
        true(page > 0 and number > 0, f"next is {said['next']}")
        if self._place.page is None:  # the first list, and nothing was there
            self._place.took(Position(page, number - 1))
        equal((page, number), (self._place.page, self._place.last + 1), "next, beside what was told")
        self._next = number, page
        self._waiting += events
        if not events and self._wait and self._answers.is_last(answer):
            self._over = "draining"

    def wait_for_more(self):
        if not self._asked and not self._waiting and not self._over:
            self._ask(query_of(At(*self._next)))

    def next(self, timeout=20):
        deadline = Deadline(timeout, "the next element")
        while not self._waiting:
            if self._over:
                return End(self._over)
            self.wait_for_more()
            self._answers.read_on()
            try:
                self._take(self._answers.answer(deadline.left()))
            except Cut:
                self._over = "cut"
        return self._waiting.pop(0)

    def heartbeat(self, timeout):
        """An answer to a client that wants one soon, and there is nothing."""
        true(not self._waiting and not self._asked, "something waits")
        self._ask(query_of(At(*self._next)), wait=1)
        self._take(self._answers.answer(timeout))
        equal(self._waiting, [], "elements where there is nothing")

    def resume(self):
        return At(*self._next)

    def close(self):
        self._answers.close()


class LongPollDriver(HttpDriver):
    name = "long_poll"
    # A list that is whole is in the socket's hands: what is lost behind it has expired when it is asked for.
    capabilities = Capabilities(starts=(Fresh, New, Latest, Newest, From, At), fresh_default=Latest,
                                position_notice=False, carries_reason=True, slow_reason=EXPIRED)

    def subscribe(self, namespace, topic, start, receive_buffer=None):
        subscription = LongPollSubscription(self.wire.Answers(self.hark.port, receive_buffer), namespace, topic, start)
        if receive_buffer:  # who is about to stop asks, and does not read
            subscription.wait_for_more()
        return subscription

    def bad_requests(self):
        yield from super().bad_requests()
        for wait in ("", "-1", "61", "x", "1.5", str(1 << 64), "1&wait=1", "%31%zz"):
            yield self.asks("GET", f"/topics/default/t?wait={wait}")


DRIVERS = [LongPollDriver]
