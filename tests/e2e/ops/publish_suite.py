"""Publishing by POST, with curl and python's http.client; python3-grpcio hears what was said."""

import concurrent.futures
import http.client
import json
import shutil
import subprocess
import urllib.parse

from common.pubsub import Client, text_of
from common.report import Skip, Suite, equal, true
from common.server import SharedHark

suite = Suite("ops/publish")
hark = SharedHark(suite, cores=2)


def target(namespace, topic):
    return f"/topics/{urllib.parse.quote(namespace, safe='')}/{urllib.parse.quote(topic, safe='')}"


class Poster:
    """One connection that is kept."""

    def __init__(self):
        self._connection = http.client.HTTPConnection("127.0.0.1", hark().port, timeout=20)

    def post(self, namespace, topic, body, **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request("POST", target(namespace, topic), body, names)
        answer = self._connection.getresponse()
        return answer.status, answer.headers, answer.read()


@suite.test
def curl_publishes():
    if not shutil.which("curl"):
        raise Skip("curl is not installed")
    with Client(hark().target) as client:
        subscription = client.subscribe("default", "by-curl").established()
        url = f"http://{hark().target}/topics/default/by-curl"
        for form in (["-d", "hello world!"], ["-H", "Content-Type: text/plain", "--data-binary", "hello world!"],
                     ["-H", "Transfer-Encoding: chunked", "-d", "hello world!"]):
            done = subprocess.run(["curl", "-sS", "--max-time", "10", "-w", "%{http_code}", *form, url],
                                  capture_output=True, text=True, timeout=20)
            equal((done.returncode, done.stdout), (0, "204"), f"{form} ({done.stderr})")
            item = subscription.item()
            equal((item.value.WhichOneof("kind"), text_of(item)), ("text", "hello world!"), str(form))


@suite.test
def every_kind_of_value_and_name():
    values = ["", "x", "ä\n🎉", b"\x00\xff", b"a" * 1_000_000]
    names = ["a b", "a/b", "ä", "%2F", "..", "?#", "x" * 1024]
    poster = Poster()
    with Client(hark().target) as client:
        for name in names:
            subscription = client.subscribe("default", f"{name}"[:1024]).established()
            for number, value in enumerate(values, 1):
                kind = "text/plain" if isinstance(value, str) else "application/octet-stream"
                body = value.encode() if isinstance(value, str) else value
                status, headers, _ = poster.post("default", name, body, Content_Type=kind)
                equal((status, headers["hark-sequence-number"]), (204, str(number)), f"{name!r}, value {number}")
                item = subscription.item()
                equal((text_of(item), item.topic_sequence_number), (value, number), f"{name!r}")
                equal(str(item.sequence_page), headers["hark-sequence-page"], "page")


@suite.test
def the_answer_as_json():
    status, headers, body = Poster().post("default", "json", "x", Accept="application/json")
    equal((status, headers["content-type"]), (200, "application/json"), "answer")
    equal(json.loads(body), {"topic_sequence_number": 1, "sequence_page": int(headers["hark-sequence-page"])}, "body")


@suite.test
def errors_are_problems():
    for namespace, topic, body, headers, status, code in (
            ("nowhere", "t", "x", {}, 404, "namespace_not_found"),
            ("default", "\0", "x", {}, 400, "invalid_argument"),
            ("default", "x" * 1025, "x", {}, 400, "invalid_argument"),
            ("default", "t", b"\xff", {"Content_Type": "text/plain"}, 400, "invalid_argument"),
            ("default", "t", b"x" * 1_048_577, {}, 413, "message_too_large")):
        got, named, said = Poster().post(namespace, topic, body, **headers)
        problem = json.loads(said)
        equal((got, named["content-type"]), (status, "application/problem+json"), str(problem))
        equal((problem["status"], problem["code"]), (status, code), str(problem))
        true(problem["title"] and problem["detail"], f"a problem without words: {problem}")


@suite.test
def many_publishers_keep_their_order():
    """Ten connections, each in its own order; nothing is lost or repeated."""
    with Client(hark().target) as client:
        subscription = client.subscribe("default", "ten").established()

        def publish(who):
            poster = Poster()
            for i in range(100):
                equal(poster.post("default", "ten", f"{who} {i}")[0], 204, "publish")

        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            list(pool.map(publish, range(10)))
        items = [subscription.item() for _ in range(1000)]
        equal([item.topic_sequence_number for item in items], list(range(1, 1001)), "numbers")
        for who in range(10):
            mine = [text_of(item) for item in items if text_of(item).startswith(f"{who} ")]
            equal(mine, [f"{who} {i}" for i in range(100)], f"messages of {who}")


suite.main()
