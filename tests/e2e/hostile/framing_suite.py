"""HTTP/1.1 request smuggling: what is malformed or ambiguous is refused once, and nothing behind it is ever read.

Each form of framing_table.py, and of the vectors that the decoder's unit test has, is sent with a second request
behind it, whole and in single bytes. Strict reading of all that comes back counts the answers; a gRPC subscriber
hears what was published. The good forms go the same way: their second request is answered and heard, which shows
that the bad ones' would be.
"""

import json
import os
import re
import sys

import framing_table as table
from common.http1 import RawClient, split_answers
from common.pubsub import Client, text_of
from common.report import Suite, equal, true
from common.server import SharedHark

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(ROOT, "tests", "fuzz"))
from make_corpus import VECTORS, read_vectors, unescaped  # noqa: E402

suite = Suite("hostile/framing")
# One core: what a request publishes is heard before what is published after its end.
hark = SharedHark(suite, cores=1)
FORMS_MIN = 70


class Canary:
    """The one subscriber of the topic that all requests publish to."""

    def __init__(self, target):
        self._client = Client(target)
        self._subscription = self._client.subscribe("default", "canary").established()

    def heard(self):
        """What was published since the last call."""
        true(self._client.publish("default", "canary", "sentinel").code.value[0] == 0, "the sentinel was refused")
        texts = []
        while (text := text_of(self._subscription.item())) != "sentinel":
            texts.append(text)
        return texts


canary = None


def listen():
    global canary
    canary = canary or Canary(hark().target)
    equal(canary.heard(), [], "messages before the first form")


def converse(data, size):
    """The statuses of all answers, which end with the connection."""
    to_head = data.startswith(b"HEAD ")
    with RawClient(hark().port) as client:
        client.send(data, size)
        answers = split_answers(client.all(), first_is_head=to_head)
    for answer in answers[to_head:]:
        if answer.status >= 400:
            equal(answer.fields.get("content-type"), "application/problem+json", "a refusal's form")
            equal(json.loads(answer.body)["status"], answer.status, "the status in a refusal")
        true(b"secret" not in answer.body, "a request's field in an answer")
    if answers:
        equal(answers[-1].fields.get("connection"), "close", "the last answer")
    return " ".join(str(answer.status) for answer in answers) or "closed"


def wrong_with(name, data, answers, heard=None):
    """What the server makes of a form when it is sent whole, and in single bytes; none if that is right."""
    for size in (None, 1):
        how = f"{name}{', in single bytes' if size else ''}"
        try:
            statuses = converse(data + table.NEXT, size)
        except AssertionError as error:
            yield f"{how}: {error}; subscribers heard {canary.heard()}"
            continue
        said = canary.heard()
        expected = heard if heard is not None else ["own"] * answers.count("204")
        if not re.fullmatch(answers, statuses):
            yield f"{how}: answered {statuses}, expected {answers}"
        if said != expected:
            yield f"{how}: subscribers heard {said}, expected {expected}"


def demand(rows):
    listen()
    wrong = [text for row in rows for text in wrong_with(*row)]
    true(not wrong, f"{len(wrong)} of {len(rows)} forms, each sent twice:\n  " + "\n  ".join(wrong))


def good(rows):
    """The rows, and what is heard of them: their second request, too."""
    for name, data, answers, *heard in rows:
        yield name, data, answers, *(heard or [["own"] * (answers.count("204") - 1) + ["smuggled"]])


def refused_vectors():
    """The decoder's vectors as requests to publish. HTTP/2's preface and what no client of HTTP/1.1 begins with are
    told apart before there is a decoder."""
    for name, text, words in read_vectors(VECTORS / "http1" / "refused.txt"):
        data = unescaped(text).replace(b"POST / ", b"POST " + table.PATH + b" ")
        if data.startswith(b"PRI "):
            continue
        whole = words.count(" end")
        status = re.search(r"error (\d+)", words)[1]
        answers = " ".join(["204"] * whole + [status]) if data[:1].isupper() else "closed"
        yield name, data, answers, ["hell"] * whole


REFUSED = [*table.DESYNC, *table.CHUNKS, *table.BODIES, *table.LINES, *table.HOSTS, *table.FIELD_FORMS]


@suite.test
def the_table_is_large_enough():
    names = [row[0] for row in REFUSED]
    true(len(set(names)) >= FORMS_MIN, f"{len(set(names))} forms, {FORMS_MIN} at least")


@suite.test
def lengths_and_codings():
    demand(table.DESYNC)


@suite.test
def chunks_and_trailers():
    demand(table.CHUNKS)


@suite.test
def bodies_that_nobody_takes():
    demand(table.BODIES)


@suite.test
def request_lines_and_targets():
    demand(table.LINES)


@suite.test
def hosts():
    demand(table.HOSTS)


@suite.test
def fields():
    demand(table.FIELD_FORMS)


@suite.test
def control_bytes_everywhere():
    demand(table.CONTROL_BYTES)


@suite.test
def the_vectors_of_the_decoder():
    demand(list(refused_vectors()))


@suite.test
def nothing_behind_the_last_request():
    demand(table.LAST)


@suite.test
def nothing_behind_a_stream_of_events():
    """It does not end, so what stands behind it waits for ever, within a limit."""
    listen()
    for size in (None, 1):
        with RawClient(hark().port) as client:
            client.send(table.get(b"Accept: text/event-stream\r\n", path=b"/topics/default/quiet") + table.NEXT, size)
            said = client.until(b":\n\n", 2)  # two heartbeats: it goes on
            true(said.startswith(b"HTTP/1.1 200 ") and said.count(b"HTTP/1.1") == 1, f"answered {said!r}")
            equal(canary.heard(), [], "what stood behind the stream")


@suite.test
def no_change_of_protocol():
    demand(table.UPGRADED)


@suite.test
def good_neighbours():
    demand(list(good(table.GOOD)))


@suite.test
def good_neighbours_behind_each_other():
    """All good forms on one connection, one after the other: none leaves something behind that moves the next."""
    listen()
    forms = [row for row in good(table.GOOD) if not row[1].startswith(b"HEAD ")]
    expected = [text for row in forms for text in row[3][:-1]] + ["smuggled"]
    for size in (None, 1):
        statuses = converse(b"".join(row[1] for row in forms) + table.NEXT, size).replace("100 ", "")
        wanted = " ".join(row[2].removesuffix(" 204").replace("(100 )?", "") for row in forms) + " 204"
        true(re.fullmatch(wanted, statuses), f"answered {statuses}, expected {wanted}")
        equal(canary.heard(), expected, "what subscribers heard")


suite.main()
