"""What the HTTP forms have in common, whatever the version: addresses, refusals, publishing, and nonsense."""

import urllib.parse

from common.report import equal, true
from conformance import elements, http1_wire
from conformance.contract import Refused
from conformance.driver import Driver
from conformance.http1_wire import Request


def target(namespace, topic, query=""):
    path = f"/topics/{urllib.parse.quote(namespace, safe='')}/{urllib.parse.quote(topic, safe='')}"
    return f"{path}?{query}" if query else path


def refusal(answer):
    """Of an answer that is none of success."""
    equal(answer.fields.get("content-type"), "application/problem+json", f"Content-Type of {answer}")
    equal(answer.fields.get("cache-control"), "no-store", "Cache-Control of a problem")
    return Refused(elements.problem(answer.body, answer.status), answer.body)


def paths_of_nonsense():
    """Targets that name no topic, by every trick of encoding."""
    bad_bytes = ["%00", "%0a", "%0D%0A", "%7f", "%c2%80", "%C2%9F", "%ff", "%C0%80", "%c0%af", "%e0%80%af", "%ED%A0%80",
                 "%F5%80%80%80", "%f4%90%80%80", "%c3", "a%c3", "%80"]
    half = ["%", "%4", "a%", "%zz", "%4g", "%g4", "%u0041", "%%34%31", "%+1", "%-1", "%0x"]
    for name in bad_bytes + half + ["", "%61" * 1025, "a" * 1025]:
        yield f"/topics/default/{name}"
    for name in bad_bytes + half + ["", "%2f", "a%2Fb", "%2F", "%61" * 256, "a" * 256]:
        yield f"/topics/{name}/t"
    for path in ("", "default", "default/a/b", "default//", "default/t/", "/default/t", "/", "//", "default%2ft",
                 "default/../default/t"):
        yield f"/topics/{path}"


def queries_of_nonsense():
    """What says no place to begin at."""
    numbers = ["", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "x", "1x", "%00", "1%00", "%zz", "%d9%a1",
               str((1 << 53) + 1), str(1 << 64), str((1 << 64) + 1), "9" * 400]
    for number in numbers:
        yield f"start={number.replace(' ', '%20')}"
        yield f"start=last:{number.replace(' ', '%20')}"
        yield f"sequence_number={number.replace(' ', '%20')}"
        yield f"sequence_number=1&sequence_page={number.replace(' ', '%20')}"
    for query in ("start", "start=0", "start=NEW", "start=newest", "start=last", "start=new,latest", "start=new&start=new",
                  "start=1&sequence_number=1", "start=new&sequence_page=0", "sequence_number=1&sequence_number=1",
                  "sequence_page=1&sequence_page=2"):
        yield query


class HttpDriver(Driver):
    """Publishing by POST, and addresses that are nonsense. `wire`: the version, with its Answers and its Stream."""

    wire = http1_wire

    def __init__(self, hark):
        super().__init__(hark)
        self._answers = self.wire.Answers(hark.port)

    @staticmethod
    def _post(namespace, topic, value):
        kind = "text/plain" if isinstance(value, str) else "application/octet-stream"
        body = value.encode() if isinstance(value, str) else value
        return Request("POST", target(namespace, topic), [("Content-Type", kind), ("Content-Length", len(body))], body)

    @staticmethod
    def _slot(answer):
        if answer.status != 204:
            raise refusal(answer)
        return int(answer.fields["hark-sequence-page"]), int(answer.fields["hark-sequence-number"])

    def publish(self, namespace, topic, value):
        return self._slot(self._answers.ask(self._post(namespace, topic, value)))

    def publish_all(self, namespace, topic, values):
        slots, batch = [], []
        for value in values:
            batch.append(self._post(namespace, topic, value))
            if len(batch) == 256 or len(value) > 10_000:
                slots += self._slots(batch)
        return slots + self._slots(batch)

    def _slots(self, batch):
        self._answers.send(*batch)
        slots = [self._slot(self._answers.answer()) for _ in batch]
        batch.clear()
        return slots

    def asks(self, method, to, headers=()):
        def ask():
            answer = self._answers.ask(Request(method, to, headers))
            true(answer.status >= 400, f"answered {answer}")
            raise refusal(answer)
        return f"{method} {to[:80]} {headers or ''}", ask

    def accept(self):
        """The headers that ask for this form."""
        return []

    def bad_requests(self):
        for path in paths_of_nonsense():
            yield self.asks("GET", path, self.accept())
            yield self.asks("POST", path, [("Content-Length", 0)])
        for query in queries_of_nonsense():
            yield self.asks("GET", f"/topics/default/t?{query}", self.accept())

    def close(self):
        self._answers.close()


def query_of(start):
    """The query of a start rule, of those that have one."""
    return {"Fresh": "", "After": "", "New": "start=new", "Latest": "start=latest", "Newest": "start=last:{0}",
            "From": "start={0}", "At": "sequence_number={0}&sequence_page={1}"}[type(start).__name__].format(*start)
