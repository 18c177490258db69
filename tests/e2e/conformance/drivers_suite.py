"""The drivers themselves: what they read as what, and that they let pass nothing that their form does not have."""

import socket
import threading
from types import SimpleNamespace

from common.report import Suite, equal, true
from conformance.contract import At, End, Fresh, Gap, Item, Kept, Latest, New, Position, Refused, owed
from conformance.driver import Deadline, drivers
from conformance.event_stream import EventStream
from conformance.http1_wire import CUT, Stream

suite = Suite("conformance/drivers")

# (bytes, events as (kind, data, last id), the last id at the end): WHATWG HTML 9.2.5 and 9.2.6.
STREAMS = [
    (b"data: a\n\n", [("message", "a", "")], ""),
    (b"data: a\r\n\r\n", [("message", "a", "")], ""),
    (b"data: a\r\rdata: b\n\r", [("message", "a", ""), ("message", "b", "")], ""),
    (b"\xef\xbb\xbfdata: a\n\n", [("message", "a", "")], ""),
    (b"data:a\n\n", [("message", "a", "")], ""),
    (b"data:  a\n\n", [("message", " a", "")], ""),
    (b"data\n\ndata\ndata\n\ndata:", [("message", "", ""), ("message", "\n", "")], ""),
    (b"data: YHOO\ndata: +2\ndata: 10\n\n", [("message", "YHOO\n+2\n10", "")], ""),
    (b": test stream\n\ndata: first\nid: 1\n\ndata:second\nid\n\ndata:  third\n\n",
     [("message", "first", "1"), ("message", "second", ""), ("message", " third", "")], ""),
    (b"id: 7\n\ndata: a\n\n", [("message", "a", "7")], "7"),
    (b"id: 7\nevent: x\n\ndata: a\n\n", [("message", "a", "7")], "7"),
    (b"id: a\0b\ndata: a\n\n", [("message", "a", "")], ""),
    (b"event: x\ndata: a\n\ndata: b\n\n", [("x", "a", ""), ("message", "b", "")], ""),
    (b"Data: a\nunknown: b\nretry: 1x\n\n", [], ""),
    ("data: ä🎉\n\n".encode(), [("message", "ä🎉", "")], ""),
    ("data: a\u2028b\u0085c\x0bd\n\n".encode(), [("message", "a\u2028b\u0085c\x0bd", "")], ""),
    (b"data: not whole\n", [], ""),
]


@suite.test
def event_streams_are_read_as_the_standard_says():
    for data, expected, last_id in STREAMS:
        for size in (1, 2, 3, len(data)):  # however it is cut
            stream = EventStream()
            blocks = [block for at in range(0, len(data), size) for block in stream.feed(data[at:at + size])]
            blocks += stream.feed(b":") if data.endswith(b"\r") else []
            equal([tuple(block.event) for block in blocks if block.event], expected, f"{data} in pieces of {size}")
            equal(stream.last_id, last_id, f"the last id of {data}")


class Fake:
    """A server that answers each connection's requests by the next of `answers`, then ends the connection."""

    def __init__(self, answers):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._answers = answers
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        connection, _ = self._listener.accept()
        with connection, self._listener:
            for answer in self._answers:
                request = b""
                while not request.endswith(b"\r\n\r\n"):
                    received = connection.recv(65536)
                    if not received:
                        return
                    request += received
                connection.sendall(answer)


def chunked(body):
    return (b"%x\r\n%s\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"


EVENTS = (b"HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
          b"Connection: close\r\n\r\n")
LIST = (b"HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
        b"Connection: keep-alive\r\n\r\n")
BEGIN = b"retry: 1000\nid: 7:3\n\n"
ITEM = b'{"item":{"topic_sequence_number":4,"sequence_page":7,"value":{"text":"a\\nb"}}}'
GAP = (b'{"discontinuity":{"last_topic_sequence":4,"last_sequence_page":7,"new_topic_sequence":10,"new_sequence_page":7,'
       b'"missed_from":5,"missed_to":9,"reason":"slow_consumer"}}')
ALL_GOOD = (BEGIN + b":\n\nid: 7:4\ndata: " + ITEM + b"\n\nevent: discontinuity\nid: 7:9\ndata: " + GAP
            + b"\n\nretry: 900\n\n")
EXPECTED = [Position(7, 3), Item(7, 4, "a\nb"), Gap("slow_consumer", 4, 7, 5, 9, 7), End("draining")]


def read(name, start, *answers):
    """All that a driver reads from these answers, up to an end."""
    driver = next(d for d in drivers() if d.name == name)
    client = driver(SimpleNamespace(port=Fake(answers).port))
    subscription = client.subscribe("default", "t", start)
    events = []
    while not events or not isinstance(events[-1], End):
        events.append(subscription.next(5))
    subscription.close()
    return events


def objects(what, function):
    try:
        got = function()
    except (AssertionError, ValueError, TypeError) as error:
        true(not isinstance(error, Refused), what)
        return
    raise AssertionError(f"{what} passed as {got}")


@suite.test
def good_events_are_read():
    equal(read("sse", Fresh(), EVENTS + chunked(ALL_GOOD)), EXPECTED, "in one chunk")
    pieces = b"".join(b"1\r\n%c\r\n" % byte for byte in ALL_GOOD)
    equal(read("sse", Fresh(), EVENTS + pieces + chunked(b"")), EXPECTED, "in chunks of a byte")
    equal(read("sse", Fresh(), EVENTS + b"%x\r\n%s" % (len(ALL_GOOD) + 5, ALL_GOOD)), [*EXPECTED[:3], End("cut")], "cut")
    text = BEGIN + b"id: 7:4\ndata: a\ndata: b\n\nid: 7:5\nevent: binary\ndata: AP8=\n\n"
    equal(read("sse_text", Fresh(), EVENTS + chunked(text + b"event: end\ndata: " + PROBLEM + b"\n\n")),
          [Position(7, 3), Item(7, 4, "a\nb"), Item(7, 5, b"\0\xff"), End("namespace_not_found")], "as text")


PROBLEM = b'{"type":"about:blank","title":"Not Found","status":404,"code":"namespace_not_found","detail":"it was deleted"}'

# Each differs from what is good in one thing.
BAD_EVENTS = {
    "a CR": ALL_GOOD.replace(b":\n\n", b":\r\n\r\n"),
    "no retry first": ALL_GOOD.replace(b"retry: 1000\n", b""),
    "another retry": ALL_GOOD.replace(b"1000", b"1001"),
    "a first block that dispatches": ALL_GOOD.replace(b"id: 7:3\n", b"id: 7:3\ndata: x\n"),
    "a comment that says something": ALL_GOOD.replace(b":\n\n", b": x\n\n"),
    "a block of nothing": ALL_GOOD.replace(b":\n\n", b"\n"),
    "an item without an id": ALL_GOOD.replace(b"id: 7:4\n", b""),
    "an item with another id": ALL_GOOD.replace(b"id: 7:4", b"id: 7:5"),
    "an item with a half id": ALL_GOOD.replace(b"id: 7:4", b"id: 7"),
    "an item with a padded id": ALL_GOOD.replace(b"id: 7:4", b"id: 7:04"),
    "two ids": ALL_GOOD.replace(b"id: 7:4\n", b"id: 7:4\nid: 7:4\n"),
    "a field unknown": ALL_GOOD.replace(b"id: 7:4\n", b"id: 7:4\nx: y\n"),
    "two lines of data": ALL_GOOD.replace(ITEM, ITEM + b"\ndata: "),
    "an unknown event": ALL_GOOD.replace(b"event: discontinuity", b"event: gap"),
    "a gap that is a message": ALL_GOOD.replace(b"event: discontinuity\n", b""),
    "a gap with another id": ALL_GOOD.replace(b"id: 7:9", b"id: 7:10"),
    "no UTF-8": ALL_GOOD.replace(b"a\\nb", b"\xff"),
    "half a surrogate pair": ALL_GOOD.replace(b"a\\nb", b"\\ud83c"),
    "a name twice": ALL_GOOD.replace(b'"sequence_page":7,"value', b'"sequence_page":7,"sequence_page":7,"value'),
    "a name unknown": ALL_GOOD.replace(b'"sequence_page":7,"value', b'"sequence_page":7,"x":7,"value'),
    "a number as text": ALL_GOOD.replace(b'_number":4', b'_number":"4"'),
    "a number with a fraction": ALL_GOOD.replace(b'_number":4', b'_number":4.0'),
    "a number too large": ALL_GOOD.replace(b'"sequence_page":7,"value', b'"sequence_page":9007199254740993,"value'),
    "an empty publisher": ALL_GOOD.replace(b'"}}}\n', b'"},"publisher_id":""}}\n', 1),
    "two values": ALL_GOOD.replace(b'{"text":"a\\nb"}', b'{"text":"a","binary":""}'),
    "a gap that does not go on behind it": ALL_GOOD.replace(b'"new_topic_sequence":10', b'"new_topic_sequence":9'),
    "an unknown reason": ALL_GOOD.replace(b"slow_consumer", b"lost"),
    "something behind the last word": ALL_GOOD + b":\n\n",
    "half a block at the end": ALL_GOOD + b"data: x",
}


@suite.test
def bad_events_are_errors():
    for what, body in BAD_EVENTS.items():
        true(body != ALL_GOOD, f"{what} is no other")
        objects(what, lambda body=body: read("sse", Fresh(), EVENTS + chunked(body)))
    for what, head in (("Content-Type", EVENTS.replace(b"text/event-stream", b"text/plain")),
                       ("Cache-Control", EVENTS.replace(b"no-store", b"no-cache")),
                       ("a field twice", EVENTS.replace(b"Connection", b"Content-Type: text/event-stream\r\nConnection")),
                       ("a bare LF", EVENTS.replace(b"OK\r\n", b"OK\n"))):
        objects(what, lambda head=head: read("sse", Fresh(), head + chunked(ALL_GOOD)))
    objects("bytes behind the end", lambda: read("sse", Fresh(), EVENTS + chunked(ALL_GOOD) + b"x"))
    objects("a chunk's size in capitals", lambda: read("sse", Fresh(), EVENTS + b"A\r\n"))
    objects("no CRLF behind a chunk", lambda: read("sse", Fresh(), EVENTS + b"1\r\nrxx"))
    binary = BEGIN + b"id: 7:5\nevent: binary\ndata: AP9=\n\nretry: 1\n\n"  # its last bits are not 0
    objects("base64 in another form", lambda: read("sse_text", Fresh(), EVENTS + chunked(binary)))


def listed(elements, number, page=7):
    return b'{"items":[%s],"next":{"sequence_number":%d,"sequence_page":%d}}\n' % (b",".join(elements), number, page)


DRAINED = LIST.replace(b"keep-alive", b"close") + chunked(listed([], 10))


@suite.test
def good_lists_are_read():
    equal(read("long_poll", Fresh(), LIST + chunked(listed([], 4)), LIST + chunked(listed([ITEM, GAP], 10)), DRAINED),
          EXPECTED[1:], "two elements")
    problem = b"HTTP/1.1 404 Not Found\r\nCache-Control: no-store\r\nContent-Type: application/problem+json\r\n" \
              b"Content-Length: %d\r\nConnection: keep-alive\r\n\r\n" % len(PROBLEM) + PROBLEM
    equal(read("long_poll", Fresh(), LIST + chunked(listed([], 4)), problem), [End("namespace_not_found")], "the end")
    equal(read("long_poll", Fresh(), LIST + chunked(listed([], 4))), [End("cut")], "cut")
    try:
        raise AssertionError(f"read {read('long_poll', Fresh(), problem)}")
    except Refused as refused:
        equal(refused.code, "namespace_not_found", "refused")


@suite.test
def bad_lists_are_errors():
    good = listed([ITEM, GAP], 10)
    for what, body in {"another next": listed([ITEM, GAP], 9), "another page": listed([ITEM, GAP], 10, 8),
                       "no next": b'{"items":[]}', "a comma": good.replace(b"}},{", b"}},,{"), "two lists": good + good,
                       "an element of two": listed([ITEM[:-1] + b"," + GAP[1:]], 10), "a name more": b'{"x":0,' + good[1:],
                       "next is 0": listed([], 0), "a NaN": good.replace(b'"missed_from":5', b'"missed_from":NaN')}.items():
        objects(what, lambda body=body: read("long_poll", Fresh(), LIST + chunked(body), DRAINED))
    objects("an end that was none", lambda: read("long_poll", Fresh(), LIST + chunked(good), LIST + chunked(good)[:-2]))


@suite.test
def a_stream_tells_its_end_from_a_cut():
    for body, expected in ((chunked(b"abc"), b""), (b"3\r\nabc\r\n", CUT), (b"4\r\nabc", CUT), (b"3\r\nabc\r\n0\r\n", CUT)):
        stream = Stream(Fake([EVENTS + body]).port, "/", [])
        got, deadline = b"", Deadline(5, "the end")
        while (part := stream.read(deadline)) and part is not CUT:
            got += part
        equal((got, part), (b"abc", expected), str(body))


@suite.test
def what_is_owed_is_what_the_contract_says():
    """A few rows by hand, so that the expectations of all the scenarios are no one's but the contract's."""
    kept = Kept(7)
    for i in range(1, 6):
        kept.add(b"x" * (1 << 20))  # 2 ... 5 are kept
    form = dict(grpc=Latest, sse=New)
    capabilities = {d.name: d.capabilities for d in drivers() if d.name in form}

    def told(name, start):
        return [event if not isinstance(event, Item) else event.number for event in owed(kept, start, capabilities[name])]

    equal(told("grpc", Fresh()), [5], "Momento's forms begin with the latest message")
    equal(told("sse", Fresh()), [Position(7, 5)], "ours with the position")
    equal(told("sse", Latest()), [Position(7, 4), 5], "unless asked")
    equal(told("grpc", At(2, 7)), [2, 3, 4, 5], "kept")
    equal(told("grpc", At(6, 7)), [], "live")
    equal(told("sse", At(1, 7)), [Gap("expired", 0, 7, 1, 1, 7), 2, 3, 4, 5], "expired")
    equal(told("sse", At(9, 7)), [Gap("position_ahead", 8, 7, 6, 5, 7)], "ahead")
    equal(told("sse", At(9, 6)), [Gap("page_changed", 8, 6, 1, 1, 7), 2, 3, 4, 5], "another page")
    equal(told("grpc", At(9, 6)), [Gap(None, 8, None, None, 1, 7), 2, 3, 4, 5], "in Momento's words")
    equal(told("grpc", At(1, 0)), [2, 3, 4, 5], "1 of whichever page never makes a notice")


suite.main(workers=4)
