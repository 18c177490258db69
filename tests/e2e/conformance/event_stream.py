"""text/event-stream: the algorithm of WHATWG HTML 9.2.6, and what a block of it was made of."""

import codecs
import re
from collections import namedtuple

Event = namedtuple("Event", "kind data last_id")
# One block as it stood: its lines as (field, value), a comment's field is "". `event` is None if it dispatches nothing;
# `last_id` is what the client would come back with behind it.
Block = namedtuple("Block", "lines event last_id")

LINE_END = re.compile(r"\r\n|\n|\r")


class EventStream:
    """`feed(bytes)` gives the blocks that are whole by then. `errors`: what to do with bytes that are no UTF-8 (the
    standard replaces them; a server under test must not send any)."""

    def __init__(self, errors="strict"):
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors)
        self._text = ""
        self._searched = 0
        self._first = True
        self.last_id = ""
        self.retry = None
        self._begin_block()

    def _begin_block(self):
        self._lines, self._data, self._kind = [], [], ""

    def feed(self, data):
        text = self._decoder.decode(data)
        if self._first and text:
            self._first = False
            text = text.removeprefix("\ufeff")
        self._text += text
        blocks, at = [], 0
        while end := LINE_END.search(self._text, max(at, self._searched)):
            if end.group() == "\r" and end.end() == len(self._text):
                break  # a LF that belongs to it may follow
            block = self._line(self._text[at:end.start()])
            if block:
                blocks.append(block)
            at = self._searched = end.end()
        self._text = self._text[at:]
        self._searched = max(0, len(self._text) - 1)
        return blocks

    @property
    def rest(self):
        """What is left of a block that is not whole."""
        return self._lines, self._text

    def _line(self, line):
        if line:
            self._field(line)
            return None
        lines, event = self._lines, None
        if self._data:
            event = Event(self._kind or "message", "\n".join(self._data), self.last_id)
        self._begin_block()
        return Block(lines, event, self.last_id)

    def _field(self, line):
        name, colon, value = line.partition(":")
        value = value.removeprefix(" ") if colon else ""
        self._lines.append((name, value))
        if name == "event":
            self._kind = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self.last_id = value
        elif name == "retry" and re.fullmatch("[0-9]+", value):
            self.retry = int(value)
