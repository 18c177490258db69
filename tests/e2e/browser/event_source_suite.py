"""A browser's own EventSource and fetch: over restarts, a kill, and from pages of another origin."""

import base64
import contextlib
import http.server
import json
import threading

from browser.chromium import Chromium
from common.pubsub import Client
from common.report import Suite, equal, true
from common.server import SharedHark
from conformance.contract import Fresh
from conformance.drivers.sse_driver import SseDriver
from conformance.scenarios import Life

suite = Suite("browser/event_source")
hark = SharedHark(suite, cores=2)

# What a page does that follows a topic: it says all that happens to it.
FOLLOW = """
const source = new EventSource(%s);
const say = (kind, event) => told(JSON.stringify(
    {kind, id: event.lastEventId, data: event.data, closed: source.readyState === EventSource.CLOSED}));
source.onopen = event => say('open', event);
source.onerror = event => say('error', event);
source.onmessage = event => say('message', event);
for (const kind of ['discontinuity', 'binary', 'end']) source.addEventListener(kind, event => say(kind, event));
null
"""


class SharedChromium:
    """One browser for the suite, started by the first test that asks; a machine without one skips each test."""

    def __init__(self):
        self._browser, self._lock = None, threading.Lock()
        suite.finally_do(self._stop)

    def __call__(self):
        with self._lock:
            self._browser = self._browser or Chromium()
            return self._browser

    def _stop(self):
        if self._browser:
            self._browser.stop()


chromium = SharedChromium()


@contextlib.contextmanager
def follower(address, of):
    """A page at `address` whose EventSource follows `of`, once it is open."""
    with chromium().page(address) as page:
        page.run(FOLLOW % json.dumps(of))
        equal(page.next()["kind"], "open", "first")
        yield page


def heard(page, count):
    """The next events that carry data, `count` of them. An EventSource that has given up is an error."""
    events = []
    while len(events) < count:
        event = page.next()
        true(not event["closed"], f"the EventSource has given up, after {events[-1:]}")
        if event["kind"] not in ("open", "error"):
            events.append(event)
    return events


def items(page, count):
    """(id, number, text) of the next `count` events, which must be messages."""
    events = heard(page, count)
    equal({event["kind"] for event in events}, {"message"}, f"kinds of {events[:3]}")
    said = [json.loads(event["data"])["item"] for event in events]
    return [(event["id"], item["topic_sequence_number"], item["value"]["text"]) for event, item in zip(events, said)]


def expected(page_number, texts, first=1):
    return [(f"{page_number}:{n}", n, text) for n, text in enumerate(texts, first)]


def publish(server, topic, *texts):
    """Their page."""
    driver = SseDriver(server)
    (page, _), *_ = driver.publish_all("default", topic, texts)
    driver.close()
    return page


@suite.test
def an_event_source_survives_restarts_without_a_gap():
    """Messages come before and after each of two SIGTERM restarts, also while the browser is not there."""
    texts = [str(n) for n in range(60)]
    with Life(cores=2) as life, follower(f"http://{life().target}/livez", "/topics/default/news") as page:
        number = publish(life(), "news", *texts[:20])
        equal(items(page, 20), expected(number, texts[:20]), "before")
        for first in (20, 40):
            life().stop()
            equal(publish(life.start_again(), "news", *texts[first:first + 20]), number, "the page goes on")
            equal(items(page, 20), expected(number, texts[first:first + 20], first + 1), f"after {first}")


@suite.test
def an_event_source_that_heard_nothing_survives_a_restart():
    """The first block said where it stands, so what came meanwhile is not lost."""
    with Life() as life, follower(f"http://{life().target}/livez", "/topics/default/quiet") as page:
        life().stop()
        number = publish(life.start_again(), "quiet", "first", "second")
        equal(items(page, 2), expected(number, ["first", "second"]), "after the restart")


@suite.test
def an_event_source_is_told_of_a_kill():
    with Life() as life, follower(f"http://{life().target}/livez", "/topics/default/news") as page:
        old = publish(life(), "news", "1", "2", "3")
        equal(items(page, 3), expected(old, ["1", "2", "3"]), "before")
        life().kill()
        new = publish(life.start_again(), "news", "new 1", "new 2")
        true(new > old, f"page {new} after {old}")
        event, = heard(page, 1)
        equal((event["kind"], event["id"]), ("discontinuity", f"{new}:0"), "first")
        equal(json.loads(event["data"])["discontinuity"],
              {"last_topic_sequence": 3, "last_sequence_page": old, "new_topic_sequence": 1,
               "new_sequence_page": new, "missed_from": 1, "missed_to": 0, "reason": "page_changed"}, "what it says")
        equal(items(page, 2), expected(new, ["new 1", "new 2"]), "then")


TEXTS = ["", "\n", "\r", "a\r\nb", "\0", "data: x\n\nid: 9:9\n\n", "ä🎉\u2028\u2029\ufeff", "\ufeff", '"\\</script>', "\x7f\x85"]


@suite.test
def every_kind_of_value():
    with follower(f"http://{hark().target}/livez", "/topics/default/values") as page, \
            follower(f"http://{hark().target}/livez", "/topics/default/values?format=text") as plain:
        number = publish(hark(), "values", *TEXTS, b"\0\xff", "x" * 1_000_000)
        events = heard(page, len(TEXTS) + 2)
        values = [json.loads(event["data"])["item"]["value"] for event in events]
        equal(values[:len(TEXTS)], [{"text": text} for text in TEXTS], "texts")
        equal(base64.b64decode(values[-2]["binary"]), b"\0\xff", "bytes")
        true(values[-1] == {"text": "x" * 1_000_000}, "a large one")
        equal([event["id"] for event in events], [f"{number}:{n}" for n in range(1, len(events) + 1)], "ids")
        texts = [text.replace("\r\n", "\n").replace("\r", "\n") for text in TEXTS]
        said = heard(plain, len(TEXTS) + 2)
        equal([event["data"] for event in said[:-2]], texts, "as text")
        equal((said[-2]["kind"], said[-2]["data"]), ("binary", "AP8="), "bytes beside text")


@suite.test
def a_namespace_that_is_not_there_is_asked_for_once():
    with chromium().page(f"http://{hark().target}/livez") as page:
        page.run(FOLLOW % json.dumps("/topics/nowhere/t"))
        event = page.next()
        equal((event["kind"], event["closed"]), ("error", True), "what it hears")


@suite.test
def a_namespace_that_is_deleted_is_told():
    with Client(hark().target) as client:
        client.control("CreateCache", "goes")
        with follower(f"http://{hark().target}/livez", "/topics/goes/t") as page:
            client.control("DeleteCache", "goes")
            event, = heard(page, 1)
            equal((event["kind"], json.loads(event["data"])["code"]), ("end", "namespace_not_found"), "the last word")
            while not (event := page.next())["closed"]:  # it asks once more, and then no longer
                equal(event["kind"], "error", "behind the last word")


@suite.test
def fetch_publishes_and_polls():
    with chromium().page(f"http://{hark().target}/livez") as page:
        status, number = page.run("""fetch('/topics/default/fetched', {method: 'POST', body: 'a\\nb'})
            .then(answer => [answer.status, answer.headers.get('hark-sequence-number')])""")
        equal((status, number), (204, "1"), "a publish")
        said = page.run("fetch('/topics/default/fetched').then(answer => answer.json())")
        equal([said["items"][0]["item"]["value"], said["next"]["sequence_number"]], [{"text": "a\nb"}, 2], "a poll")


@contextlib.contextmanager
def elsewhere():
    """An origin of another port, with an empty page."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>elsewhere</title>")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


TRY = """fetch(%s, %s).then(
    async answer => [answer.status, answer.headers.get('hark-sequence-number'), await answer.text()],
    error => ['refused by the browser', null, ''])"""


@suite.test
def pages_of_an_allowed_origin():
    """They publish (with a preflight), poll and follow, over a restart too."""
    with elsewhere() as origin, Life(arguments=("--set", f"http.allowed_origins={origin}")) as life:
        address = f"http://{life().target}/topics/default/cors"
        with follower(f"{origin}/", address) as page:
            options = {"method": "POST", "body": "1", "headers": {"Content-Type": "application/octet-stream"}}
            status, number, _ = page.run(TRY % (json.dumps(address), json.dumps(options)))
            equal((status, number), (204, "1"), "a publish")
            event, = heard(page, 1)
            equal(json.loads(event["data"])["item"]["value"], {"binary": "MQ=="}, "followed")
            status, _, text = page.run(TRY % (json.dumps(address), "{}"))
            equal((status, json.loads(text)["next"]["sequence_number"]), (200, 2), "a poll")
            life().stop()
            number = publish(life.start_again(), "cors", "2")
            equal(items(page, 1), expected(number, ["2"], 2), "after a restart")


@suite.test
def pages_of_any_other_origin_are_kept_out():
    with elsewhere() as origin, chromium().page(f"{origin}/") as page:
        address = f"http://{hark().target}/topics/default/closed"
        listener = SseDriver(hark()).subscribe("default", "closed", Fresh())
        for options in ({}, {"method": "POST", "body": "x"},
                        {"method": "POST", "body": "x", "headers": {"Content-Type": "application/octet-stream"}}):
            said = page.run(TRY % (json.dumps(address), json.dumps(options)))
            equal(said[0], "refused by the browser", f"{options}")
        page.run(FOLLOW % json.dumps(address))
        event = page.next()
        equal((event["kind"], event["closed"]), ("error", True), "an EventSource")
        publish(hark(), "closed", "the only one")
        listener.next()
        equal(listener.next().value, "the only one", "nothing of theirs was published")
        listener.close()


suite.main(workers=3)
