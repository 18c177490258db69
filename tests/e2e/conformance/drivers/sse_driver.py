"""Server-sent events, as JSON and as plain text: every block must be one of those that the form has."""

import re

from common.report import equal, true
from common.http1 import Answer
from conformance import elements
from conformance.contract import (After, At, Capabilities, End, Fresh, From, Gap, Item, Latest, New, Newest, Position,
                                  Refused)
from conformance.driver import Deadline, Place, Subscription
from conformance.event_stream import EventStream
from conformance.http1_wire import CUT
from conformance.http_form import HttpDriver, query_of, refusal, target

ID = re.compile(r"([1-9][0-9]*):(0|[1-9][0-9]*)")
FIRST_RETRY = "1000"
SLOWEST_RETRY = 5000


class SseSubscription(Subscription):
    def __init__(self, stream, start, text):
        self._stream, self._start, self._text = stream, start, text
        self._events, self._place, self._waiting = EventStream(), Place(), []
        self._over, self._last_id = None, ""
        if stream.status != 200:
            raise refusal(Answer(stream.status, stream.fields, stream.read_all()))
        equal(stream.fields.get("content-type"), "text/event-stream", "Content-Type")
        equal(stream.fields.get("cache-control"), "no-store", "Cache-Control")
        if "content-length" in stream.fields:
            raise self._turned_away(stream.read_all())
        stream.goes_with_its_connection()
        self._first(self._block(Deadline(20, "the first block")))

    @staticmethod
    def _turned_away(body):
        """A stream that is over before it begins: an EventSource comes back after no other status."""
        blocks = EventStream().feed(body)
        equal([[name for name, _ in block.lines] for block in blocks], [["retry"]], "the blocks of a stream that is over")
        true(0 < int(blocks[0].lines[0][1]) <= SLOWEST_RETRY, f"retry: {blocks}")
        return Refused("unavailable", "come back later")

    def _first(self, block):
        true(block is not None and block.event is None, f"the first block dispatches: {block}")
        names = [name for name, _ in block.lines]
        true(names in (["retry"], ["retry", "id"]), f"the first block: {block}")
        equal(block.lines[0], ("retry", FIRST_RETRY), "the first line")
        if "id" in names:
            self._waiting.insert(0, block)

    def _block(self, deadline):
        """The next block, None at the end of the stream."""
        while not self._waiting:
            data = self._stream.read(deadline)
            if data is CUT or not data:
                self._over = "cut" if data is CUT else self._over or "without a word"
                if not data:
                    equal(self._events.rest, ([], ""), "half a block at the end")
                    self._stream.ends()
                return None
            true(b"\r" not in data, "a CR: no block of ours has one")
            self._waiting += self._events.feed(data)
        return self._waiting.pop(0)

    def next(self, timeout=20):
        deadline = Deadline(timeout, "the next event")
        while True:
            block = self._block(deadline)
            if block is None:
                return End(self._over)
            event, self._last_id = self._event(block), block.last_id
            if event is not None:
                return self._place.took(event)

    def heartbeat(self, timeout):
        block = self._block(Deadline(timeout, "a heartbeat"))
        true(block and block.lines == [("", "")], f"no heartbeat: {block}")

    def _event(self, block):
        """What a block tells; None if nothing that a subscriber sees. A block of no known shape is an error."""
        true(self._over is None, f"{block} behind the last word")
        names = [name for name, _ in block.lines]
        values = dict(block.lines)
        if names == [""]:
            equal(values[""], "", "a heartbeat's text")
            return None
        if names == ["retry"]:
            true(0 < int(values["retry"]) <= SLOWEST_RETRY, f"retry after {values['retry']} ms")
            self._over = "draining"
            return None
        if names == ["event", "data"] and values["event"] == "end":
            said = elements.decode(values["data"])
            self._over = elements.problem(values["data"], said["status"])
            return None
        position = ID.fullmatch(values.get("id", ""))
        true(position, f"a block without a position: {block.lines}")
        page, number = map(int, position.groups())
        if names == ["retry", "id"]:
            return Position(page, number)
        equal(block.last_id, values["id"], "the last id behind the block")
        if names == ["event", "id", "data"] and values["event"] == "discontinuity":
            event = elements.element(elements.decode(values["data"]))
            true(isinstance(event, Gap) and (event.page, event.missed_to) == (page, number), f"{event} with id {values['id']}")
            return event
        return self._item(names, block, page, number)

    def _item(self, names, block, page, number):
        if not self._text:
            equal(names, ["id", "data"], "the lines of a message")
            event = elements.element(elements.decode(block.event.data))
            true(isinstance(event, Item) and (event.page, event.number) == (page, number), f"{event} with id {page}:{number}")
            return event
        if names == ["id", "event", "data"]:
            equal(block.event.kind, "binary", "the event of bytes")
            return Item(page, number, elements.bytes_of(block.event.data))
        true(names[0] == "id" and set(names[1:]) == {"data"}, f"the lines of a text: {names[:10]}")
        return Item(page, number, block.event.data)

    def resume(self):
        """As an EventSource: by the last id that it saw, or by its address again if there was none."""
        if not self._last_id:
            return self._start
        page, number = map(int, ID.fullmatch(self._last_id).groups())
        equal((page, number), (self._place.page, self._place.last), "the last id, beside what was told")
        return After(number, page)

    def close(self):
        self._stream.close()


class SseDriver(HttpDriver):
    name = "sse"
    text = False
    capabilities = Capabilities(starts=(Fresh, New, Latest, Newest, From, At, After), fresh_default=New,
                                position_notice=True, carries_reason=True)

    def accept(self):
        return [("Accept", "text/event-stream")]

    def subscribe(self, namespace, topic, start, receive_buffer=None):
        headers = self.accept()
        if isinstance(start, After):
            headers.append(("Last-Event-ID", f"{start.page}:{start.number}"))
        query = "&".join(filter(None, [query_of(start), "format=text" if self.text else ""]))
        stream = self.wire.Stream(self.hark.port, target(namespace, topic, query), headers, receive_buffer)
        return SseSubscription(stream, start, self.text)

    def bad_requests(self):
        yield from super().bad_requests()
        for query in ("format=xml", "format=", "format=JSON", "format=text&format=text", "format=%74ext%zz"):
            yield self.asks("GET", f"/topics/default/t?{query}", self.accept())
        for last in ("x", "1", "1:", ":1", ":", "-1:1", "1:-1", "+1:1", "1:+1", "1:2:3", "0:1", "0:0", "1 :1", "1: 1", "1:1x",
                     "1;1", f"{1 << 64}:1", f"1:{1 << 64}", f"1:{(1 << 53) + 1}", "9" * 400 + ":1", "1:0x1", "1%3A1", '"1:1"'):
            yield self.asks("GET", "/topics/default/t", [*self.accept(), ("Last-Event-ID", last)])


class SseTextDriver(SseDriver):
    name = "sse_text"
    text = True
    capabilities = Capabilities(starts=(Fresh, New, Latest, Newest, From, At, After), fresh_default=New,
                                position_notice=True, carries_reason=True, line_ends_kept=False)

    def bad_requests(self):
        return []  # those of its sibling


DRIVERS = [SseDriver, SseTextDriver]
