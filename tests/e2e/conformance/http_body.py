"""The two ways that HTTP/1.1 requests are made here: whole answers one behind the other, and a body that goes on."""

import re
import socket
import urllib.parse

from common.http1 import FIELD, STATUS_LINE, Malformed, RawClient, split_head
from common.report import equal, true
from conformance import elements
from conformance.contract import Refused
from conformance.driver import Deadline, Driver

HOST = "Host: 127.0.0.1\r\n"
CUT = object()  # the connection ended where it must not


def target(namespace, topic, query=""):
    path = f"/topics/{urllib.parse.quote(namespace, safe='')}/{urllib.parse.quote(topic, safe='')}"
    return f"{path}?{query}" if query else path


def head_of(method, to, headers=()):
    return f"{method} {to} HTTP/1.1\r\n{HOST}{''.join(f'{n}: {v}{chr(13)}{chr(10)}' for n, v in headers)}\r\n".encode()


def refusal(answer):
    """Of an answer that is none of success."""
    equal(answer.fields.get("content-type"), "application/problem+json", f"Content-Type of {answer}")
    equal(answer.fields.get("cache-control"), "no-store", "Cache-Control of a problem")
    return Refused(elements.problem(answer.body, answer.status), answer.body)


class Answers:
    """Requests on one connection, which is made anew when the server has ended it."""

    def __init__(self, port, receive_buffer=None):
        self._port, self._receive_buffer, self._client = port, receive_buffer, None

    def send(self, request):
        if self._client is None:
            self._client = RawClient(self._port, receive_buffer=self._receive_buffer)
        self._client.send(request)

    def answer(self):
        answer = self._client.answer()
        true(answer.fields.get("connection") in ("keep-alive", "close"), f"Connection of {answer.fields}")
        if answer.fields["connection"] == "close":
            equal(self._client.all(), b"", "behind the last answer")
            self.close()
        return answer

    def ask(self, request):
        self.send(request)
        return self.answer()

    @property
    def socket(self):
        return self._client.socket

    def close(self):
        if self._client:
            self._client.socket.close()
            self._client = None


class Stream:
    """A GET whose body goes on: its head at once, its body as it comes, chunk by chunk."""

    def __init__(self, port, to, headers, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(head_of("GET", to, headers))
        self._data = b""
        self._left = 0  # of the chunk that is being read, with its CRLF
        self._ended = False
        deadline = Deadline(20, "the head of the answer")
        while (split := split_head(self._data)) is None:
            received = deadline.recv(self.socket)
            true(received, f"the connection ended with {self._data[:200]!r}")
            self._data += received
        self._read_head(*split)

    def _read_head(self, lines, rest):
        self._data = rest
        status = STATUS_LINE.fullmatch(lines[0])
        fields = [FIELD.fullmatch(line) for line in lines[1:]]
        true(status and all(fields), f"malformed: {lines}")
        self.status = int(status[1])
        self.fields = {field[1].decode().lower(): field[2].decode() for field in fields}
        equal(len(self.fields), len(fields), "fields, none of them twice")
        self._chunked = "transfer-encoding" in self.fields
        if self._chunked:
            equal(self.fields["transfer-encoding"], "chunked", "Transfer-Encoding")
            true("content-length" not in self.fields, "two framings")
        else:
            self._left = int(self.fields["content-length"])

    def read(self, deadline):
        """More of the body; b"" at its end, CUT when the connection ended before it."""
        while True:
            body = self._take()
            if body or self._ended:
                return body
            received = deadline.recv(self.socket)
            if not received:
                return CUT
            self._data += received

    def _take(self):
        if not self._chunked:
            body, self._data = self._data[:self._left], self._data[self._left:]
            self._left -= len(body)
            self._ended = self._left == 0
            return body
        body = []
        while self._data and not self._ended:
            if self._left == 0 and not self._begin_chunk():
                break
            part, self._data = self._data[:self._left], self._data[self._left:]
            self._left -= len(part)
            if self._left == 0 and not part.endswith(b"\n" if len(part) == 1 else b"\r\n"):
                raise Malformed(f"no CRLF behind a chunk: {part[-20:]!r}")
            body.append(part[:len(part) - max(0, 2 - self._left)])
        return b"".join(body)

    def _begin_chunk(self):
        line, end, rest = self._data.partition(b"\r\n")
        if not end:
            return False
        if not re.fullmatch(rb"0|[1-9a-f][0-9a-f]*", line):
            raise Malformed(f"a chunk's size: {line[:100]!r}")
        self._data, self._left = rest, int(line, 16) + 2
        if line == b"0":
            if len(rest) < 2:
                self._data, self._left = line + end + rest, 0
                return False
            equal(rest, b"\r\n", "the end of the body, and nothing behind it")
            self._data, self._ended, self._left = b"", True, 0
            return False
        return True

    def read_all(self):
        """The rest of the body."""
        deadline, body = Deadline(20, "the end of the body"), b""
        while part := self.read(deadline):
            true(part is not CUT, f"the connection ended within {body[:200]!r}")
            body += part
        return body

    def ends(self):
        """Demands that the server ends the connection and says no more."""
        equal(self._data + (Deadline(20, "the end of the connection").recv(self.socket) or b""), b"", "behind the end")


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
    """What the HTTP forms have in common: publishing by POST, and addresses that are nonsense."""

    def __init__(self, hark):
        super().__init__(hark)
        self._answers = Answers(hark.port)

    @staticmethod
    def _post(namespace, topic, value):
        kind = "text/plain" if isinstance(value, str) else "application/octet-stream"
        body = value.encode() if isinstance(value, str) else value
        return head_of("POST", target(namespace, topic), [("Content-Type", kind), ("Content-Length", len(body))]) + body

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
        if batch:
            self._answers.send(b"".join(batch))
        slots = [self._slot(self._answers.answer()) for _ in batch]
        batch.clear()
        return slots

    def _asks(self, method, to, headers=()):
        def ask():
            answer = self._answers.ask(head_of(method, to, headers))
            true(answer.status >= 400, f"answered {answer}")
            raise refusal(answer)
        return f"{method} {to[:80]} {headers or ''}", ask

    def accept(self):
        """The headers that ask for this form."""
        return []

    def bad_requests(self):
        for path in paths_of_nonsense():
            yield self._asks("GET", path, self.accept())
            yield self._asks("POST", path, [("Content-Length", 0)])
        for query in queries_of_nonsense():
            yield self._asks("GET", f"/topics/default/t?{query}", self.accept())

    def close(self):
        self._answers.close()


def query_of(start):
    """The query of a start rule, of those that have one."""
    return {"Fresh": "", "After": "", "New": "start=new", "Latest": "start=latest", "Newest": "start=last:{0}",
            "From": "start={0}", "At": "sequence_number={0}&sequence_page={1}"}[type(start).__name__].format(*start)
