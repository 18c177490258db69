"""What every transport owes a subscriber: the start rules, the events, and what follows from them.

No transport is named here. A driver says in its Capabilities how much of it its form can tell.
"""

import dataclasses
from collections import namedtuple

# --- where a subscription begins -----------------------------------------------------------------

Fresh = namedtuple("Fresh", "")                  # nothing said: as the form does by default
New = namedtuple("New", "")                      # only what comes
Latest = namedtuple("Latest", "")                # the newest message, if there is one
Newest = namedtuple("Newest", "count")           # the newest `count`, or as many as are kept
From = namedtuple("From", "number")              # from this number of the current page
At = namedtuple("At", "number page")             # the number wanted next, of a page (0: whichever)
After = namedtuple("After", "number page")       # behind the last one that was had

# --- what a subscriber is told ---------------------------------------------------------------------

Position = namedtuple("Position", "page last")   # where it stands, without a message
Item = namedtuple("Item", "page number value")   # value: str or bytes
# Numbers missed_from ... missed_to of `page` do not come, nor what followed `last` of `last_page` if that is another.
Gap = namedtuple("Gap", "reason last last_page missed_from missed_to page")
End = namedtuple("End", "reason")                # "draining", "namespace_not_found", "cut"

EXPIRED, AHEAD, CHANGED, SLOW = "expired", "position_ahead", "page_changed", "slow_consumer"

NUMBER_MAX = 1 << 53  # what a client may say; what is given stays below
MESSAGE_BYTES_MAX = 1 << 20
BUFFER_MESSAGES, BUFFER_BYTES = 10_000, 4 << 20
TOPIC_BYTES_MAX, NAMESPACE_BYTES_MAX = 1024, 255
HEARTBEAT_SECONDS_MAX = 15


class Refused(Exception):
    """The server said no; `code` is hark's own word for why."""

    def __init__(self, code, said=""):
        super().__init__(f"{code}: {said}")
        self.code = code


@dataclasses.dataclass(frozen=True)
class Capabilities:
    """What a transport's form can say."""

    starts: tuple                   # the start rules that it can ask for
    fresh_default: type             # what Fresh means: New or Latest
    position_notice: bool           # whether a start without a page is told its position
    carries_reason: bool            # whether a gap says why and names the old page
    line_ends_kept: bool = True     # whether a text arrives with its own CR and CRLF
    keeps_place: bool = True        # whether who was told of nothing can still come back without a loss
    slow_reason: str = SLOW         # how the loss of a reader that had stopped is told

    def told(self, event):
        """`event` as this form tells it; None if it does not tell it at all."""
        if isinstance(event, Position) and not self.position_notice:
            return None
        if isinstance(event, Gap) and not self.carries_reason:
            # What such a form says is the last number had, the last one missed and the new page.
            return event._replace(reason=None, last_page=None, missed_from=None)
        if isinstance(event, Item) and isinstance(event.value, str) and not self.line_ends_kept:
            return event._replace(value=event.value.replace("\r\n", "\n").replace("\r", "\n"))
        return event

    def all_told(self, events):
        return [told for told in map(self.told, events) if told is not None]


class Kept:
    """What a topic keeps, computed from what was published to it: the newest messages within the limits."""

    def __init__(self, page):
        self.page = page
        self.oldest = 1
        self._values = []  # number i is at i - 1
        self._bytes = 0    # of those kept

    @property
    def head(self):
        return len(self._values)

    def add(self, value):
        self._values.append(value)
        self._bytes += len(payload(value))
        while self.head - self.oldest + 1 > BUFFER_MESSAGES or self._bytes > BUFFER_BYTES:
            self._bytes -= len(payload(self._values[self.oldest - 1]))
            self.oldest += 1

    def items(self, first):
        return [Item(self.page, n, self._values[n - 1]) for n in range(first, self.head + 1)]


def payload(value):
    return value.encode() if isinstance(value, str) else value


def _gap(reason, kept, number, page, first):
    last = max(0, number - 1)
    missed_from = {CHANGED: 1, AHEAD: first}.get(reason, last + 1)
    return Gap(reason, last, page, missed_from, first - 1, kept.page)


def _begin(kept, number, page, fresh_count):
    """(gap or None, the first number that comes): contract C8, row by row."""
    oldest, live = kept.oldest, kept.head + 1
    newest = max(oldest, live - fresh_count)
    if page not in (0, kept.page):
        first = newest if number == 0 else oldest
        return _gap(CHANGED, kept, number, page, first), first
    if number == 0:
        return None, newest
    if page == 0 and number == 1:  # whatever there is: nobody claims to have had number 0
        return None, oldest
    if number > live:
        return _gap(AHEAD, kept, number, page, live), live
    if number < oldest:
        return _gap(EXPIRED, kept, number, page, oldest), oldest
    return None, number


def owed(kept, start, capabilities):
    """All that a subscription begun by `start` is told of what is there, in order."""
    if isinstance(start, Fresh):
        start = capabilities.fresh_default()
    number, page, fresh_count = 0, 0, 0
    if isinstance(start, (Latest, Newest)):
        fresh_count = 1 if isinstance(start, Latest) else start.count
    elif isinstance(start, From):
        number = start.number
    elif isinstance(start, (At, After)):
        number, page = start.number + isinstance(start, After), start.page
        fresh_count = 1 if capabilities.fresh_default is Latest else 0
    gap, first = _begin(kept, number, page, fresh_count)
    events = [gap] if gap else []
    if not gap and (number == 0 or page == 0):
        events.append(Position(kept.page, first - 1))
    return capabilities.all_told(events + kept.items(first))
