"""HTTP/1.1 peers that take their time, ask for much at once, or say one thing and send another.

What is malformed is in framing_suite.py, what HTTP/2 peers do in slow_suite.py and floods_suite.py.
"""

import json
import socket
import time

from common.http1 import RawClient, split_answers
from common.pubsub import Client, text_of
from common.report import Suite, equal, true, wait_until
from common.server import MIB, Hark, SharedHark, sanitized
from common.watcher import Watcher

suite = Suite("hostile/http1")
hark = SharedHark(suite, cores=2)
HEADER = 5.0
BODY = 10.0
BODY_RATE = 1024  # bytes a second that a body has to bring, beside those 10 s
TAKE_ANSWER = 10.0
GRACE = 3.0  # a busy machine's
PAGE = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"


def post(topic, body, fields=b""):
    return announced(topic, len(body), fields) + body


def announced(topic, size, fields=b""):
    return b"POST /topics/default/%s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n%s\r\n" % (topic, size, fields)


def chunked(topic):
    return b"POST /topics/default/%s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" % topic


def drip(client, pieces, every, most=40.0):
    """Sends a piece now and then until the server ends the connection; seconds until then, and what it said."""
    start, said = time.monotonic(), b""
    client.socket.settimeout(every)  # the pace of the drip; an end of the connection wakes it
    for piece in pieces:
        true(time.monotonic() - start < most, f"still there after {most} s")
        try:
            client.socket.sendall(piece)
            while received := client.socket.recv(65536):
                said += received
            break
        except TimeoutError:
            continue
        except OSError:
            break
    else:
        raise AssertionError("the drip ran dry")
    return time.monotonic() - start, said


def refused_for_slowness(client, pieces, limit, every=0.5, topic=None):
    seconds, said = drip(client, pieces, every)
    true(limit - 0.5 <= seconds <= limit + GRACE, f"cut after {seconds:.1f} s, the limit is {limit} s")
    equal([answer.status for answer in split_answers(said)], [408], "answers")
    if topic:
        unpublished(topic)


def unpublished(topic, server=None):
    """Nothing was ever published to `topic`: the next message is its first."""
    with RawClient((server or hark()).port) as client:
        client.send(post(topic, b"x"))
        equal(client.answer().fields["hark-sequence-number"], "1", f"the first number of {topic}")


def room_is_back(server):
    wait_until(lambda: server.metric("hark_inbound_bytes") == 0, "the memory for bodies is given back")


class Measured:
    """`with Measured(bytes_max) as server:` a server of its own, whose memory must not grow by more; it stops well."""

    def __init__(self, bytes_max):
        self._max = bytes_max
        self._hark = Hark(cores=2)

    def __enter__(self):
        server = self._hark.__enter__()
        self._before = server.rss()
        return server

    def __exit__(self, kind, value, trace):
        try:
            if kind is None and not sanitized():
                grown = self._hark.rss() - self._before
                true(grown < self._max, f"memory grew by {grown / MIB:.1f} MiB")
        finally:
            self._hark.__exit__(kind, value, trace)


@suite.test
def a_second_head_that_drips():
    """The first request was good; each head has its own time."""
    with RawClient(hark().port) as client:
        client.send(PAGE)
        equal(client.answer().status, 200, "the first request")
        refused_for_slowness(client, (PAGE[i:i + 1] for i in range(25)), HEADER)


@suite.test
def a_body_that_never_comes():
    with RawClient(hark().port) as client:
        client.send(announced(b"never", 5))
        refused_for_slowness(client, [b""] * 80, BODY, topic=b"never")


@suite.test
def a_body_that_drips():
    """A byte each half second, whatever was announced: 20 of them lengthen the wait by nothing."""
    with RawClient(hark().port) as client:
        client.send(announced(b"drips", 1000))
        refused_for_slowness(client, [b"x"] * 80, BODY, topic=b"drips")


@suite.test
def a_body_below_the_rate():
    """What has come gives a second for each 1,024 bytes: a quarter of that is not enough for long."""
    with RawClient(hark().port) as client:
        client.send(announced(b"below", 100_000))
        limit = BODY / (1 - 256 / BODY_RATE)  # when the time that the bytes have earned is over
        refused_for_slowness(client, [b"x" * 128] * 80, limit, topic=b"below")


@suite.test
def chunk_heads_that_drip():
    """Extensions, sizes with zeros and trailers are no body: they earn no time."""
    with RawClient(hark().port) as client:
        client.send(chunked(b"heads"))
        refused_for_slowness(client, [b"1;e\r\nx\r\n"[i % 8:i % 8 + 1] for i in range(80)], BODY, topic=b"heads")


@suite.test
def trailers_that_drip():
    with RawClient(hark().port) as client:
        client.send(chunked(b"trailers") + b"1\r\nx\r\n0\r\n")
        refused_for_slowness(client, [b"A: b\r\n"[i % 6:i % 6 + 1] for i in range(80)], BODY, topic=b"trailers")


@suite.test
def a_slow_body_in_time_is_served():
    with RawClient(hark().port) as client:
        client.send(announced(b"slowly", 3000))
        for _ in range(6):
            client.send(b"x" * 500)
            time.sleep(1)  # the pace is what is tested
        equal(client.answer().status, 204, "a body within its time")


@suite.test
def who_waits_for_100_continue_has_the_same_time():
    with RawClient(hark().port) as client:
        client.send(announced(b"waits", 5, b"Expect: 100-continue\r\n"))
        equal(client.answer().status, 100, "the word to go on")
        refused_for_slowness(client, [b""] * 80, BODY, topic=b"waits")


@suite.test
def an_idle_connection_stays():
    with RawClient(hark().port) as client:
        client.send(PAGE)
        equal(client.answer().status, 200, "first")
        time.sleep(BODY + GRACE)  # time passing is what is tested
        client.send(PAGE)
        equal(client.answer().status, 200, "later")


@suite.test
def answers_not_read():
    """Requests whose answers nobody takes: nothing more is made, and the connection ends."""
    with Measured(8 * MIB) as server, RawClient(server.port, receive_buffer=2048) as client:
        start, requests = time.monotonic(), 0
        client.socket.settimeout(TAKE_ANSWER + GRACE + 5)
        try:
            while requests < 200_000:
                client.socket.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n" * 100)
                requests += 100
        except OSError as error:
            true(not isinstance(error, TimeoutError), "the connection lives on")
        seconds = time.monotonic() - start
        true(seconds <= TAKE_ANSWER + GRACE + 5, f"cut after {seconds:.1f} s")
        answered = server.metric("hark_http_requests_total")
        true(answered < requests, f"{answered} pages were made of {requests} that nobody read")


@suite.test
def a_thousand_requests_at_once():
    with RawClient(hark().port) as client:
        client.send(PAGE * 999 + PAGE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        equal([answer.status for answer in split_answers(client.all())], [200] * 1000, "answers")


@suite.test
def a_thousand_publishes_at_once():
    """In one write: each is answered in its turn, with its number, and heard in order."""
    with Client(hark().target) as subscriber, RawClient(hark().port) as client:
        subscription = subscriber.subscribe("default", "thousand").established()
        client.send(b"".join(post(b"thousand", b"%d" % i, b"Accept: application/json\r\n") for i in range(1000)))
        client.end()
        answers = split_answers(client.all())
        equal([json.loads(answer.body)["topic_sequence_number"] for answer in answers], list(range(1, 1001)), "numbers")
        equal([text_of(subscription.item()) for _ in range(1000)], [str(i) for i in range(1000)], "what was heard")


@suite.test
def a_thousand_that_alternate_on_each_of_twenty():
    """Pages, publishes, polls and refusals, behind each other, on twenty connections at once."""
    def block(i):
        return (post(b"mixed", b"%d" % i) + PAGE + b"GET /topics/default/empty?wait=0 HTTP/1.1\r\nHost: a\r\n\r\n"
                + b"DELETE /livez HTTP/1.1\r\nHost: a\r\n\r\n")
    clients = [RawClient(hark().port) for _ in range(20)]
    for client in clients:
        client.send(b"".join(block(i) for i in range(250)) + PAGE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    for client in clients:
        with client:
            statuses = [answer.status for answer in split_answers(client.all())]
            equal(len(statuses), 1001, "answers")
            true(statuses == [204, 200, 200, 405] * 250 + [200], f"answered {statuses}")


@suite.test
def a_body_that_is_cut():
    """The client goes away, by FIN or by RST, in the middle of what it had announced."""
    begun = (announced(b"cut", 10) + b"half", chunked(b"cut") + b"a\r\nhalf", chunked(b"cut") + b"4\r\nhalf\r\n",
             chunked(b"cut") + b"4\r\nhalf\r\n0\r\n", announced(b"cut", 1 << 20) + b"x" * 500_000)
    with Hark(cores=2) as server:
        for part in begun:
            with RawClient(server.port) as client:
                client.send(part)
                client.end()
                equal(client.all(), b"", "what the server says to half a body")
            with RawClient(server.port) as client:
                client.send(part)
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # RST
        room_is_back(server)
        unpublished(b"cut", server)


@suite.test
def a_client_that_leaves_after_its_request():
    """Whoever has said all and ends its side hears the answer; whoever is gone has published all the same."""
    for i in range(1, 21):
        with RawClient(hark().port) as client:
            client.send(post(b"leaves", b"x"))
            client.end()
            answers = split_answers(client.all())
            equal([answer.fields["hark-sequence-number"] for answer in answers], [str(i)], "the answer")


@suite.test
def two_hundred_bodies_held():
    """Each announces a message of the largest size and sends little: what needs no such memory is served, all are told."""
    with Measured(300 * MIB) as server:
        clients = [RawClient(server.port) for _ in range(200)]
        try:
            for client in clients:
                client.send(announced(b"held", 1 << 20) + b"x" * 1000)
            wait_until(lambda: server.metric("hark_inbound_bytes") > 50 * MIB, "the memory for bodies is taken")
            equal(server.get("/livez")[0], 200, "a page meanwhile")
            ends = [client.all() for client in clients]
        finally:
            for client in clients:
                client.socket.close()
        statuses = [answer.status for end in ends for answer in split_answers(end)]
        equal((len(statuses), set(statuses) - {408, 429}), (200, set()), "refusals")
        room_is_back(server)
        with Client(server.target) as client:
            equal(client.publish("default", "held", "x").code.value[0], 0, "a publish afterwards")


@suite.test
def header_floods():
    """Fields without end, on many connections, beside a good client: each is told once its limit is passed."""
    floods = {b"GET /livez HTTP/1.1\r\n" + b"A: b\r\n" * 200_000: 431,
              b"GET /livez HTTP/1.1\r\nA: " + b"b" * (1 << 20): 431,
              b"GET /" + b"a" * (1 << 20): 414,
              b"GET /livez HTTP/1.1\r\n" + b"A:\r\n" * 65 + b"\r\n": 431}
    with Measured(8 * MIB) as server, Watcher(server):
        for flood, status in list(floods.items()) * 10:
            with RawClient(server.port) as client:
                client.send(flood, 50_000)
                said = client.all()
                # What comes behind the refusal is dropped up to a limit; past it the connection is cut.
                true(not said or [a.status for a in split_answers(said)] == [status], f"{status}: {said[:100]!r}")


@suite.test
def a_thousand_half_heads():
    """Held open: each keeps at most its 8 KiB, and all are ended in time."""
    with Measured(64 * MIB) as server:
        clients = [RawClient(server.port, timeout=HEADER + GRACE + 10) for _ in range(1000)]
        try:
            with Watcher(server):
                for client in clients:
                    client.send(b"GET /livez HTTP/1.1\r\nHost: a\r\nA: " + b"x" * 7000)
                for client in clients:
                    equal([answer.status for answer in split_answers(client.all())], [408], "half a head")
        finally:
            for client in clients:
                client.socket.close()


@suite.test
def chunks_of_one_byte():
    """A message of 100,000 chunks is one message, and costs no more than its bytes."""
    with Client(hark().target) as subscriber, RawClient(hark().port) as client:
        subscription = subscriber.subscribe("default", "chunks").established()
        client.send(chunked(b"chunks") + b"1\r\nx\r\n" * 100_000 + b"0\r\n\r\n")
        equal(client.answer().status, 204, "the answer")
        equal(text_of(subscription.item()), "x" * 100_000, "the message")


suite.main(workers=12)
