"""HTTP/1.1: whole answers one behind the other, and a body that goes on."""

import re
import socket
from collections import namedtuple

from common.http1 import FIELD, STATUS_LINE, Ended, Malformed, RawClient, split_head
from common.report import equal, true
from conformance.driver import Cut, Deadline

# headers: (name, value) of each.
Request = namedtuple("Request", "method to headers body", defaults=((), b""))
CUT = object()  # what Stream.read gives when the connection ended within the body


def encoded(request):
    lines = [f"{request.method} {request.to} HTTP/1.1", "Host: 127.0.0.1", *(f"{n}: {v}" for n, v in request.headers)]
    return "\r\n".join([*lines, "", ""]).encode() + request.body


class Answers:
    """Requests on one connection, which is made anew when the server has ended it."""

    def __init__(self, port, receive_buffer=None):
        self._port, self._receive_buffer, self._client = port, receive_buffer, None

    def send(self, *requests):
        if self._client is None:
            self._client = RawClient(self._port, receive_buffer=self._receive_buffer)
        self._client.send(b"".join(map(encoded, requests)))

    def answer(self, timeout=20):
        """The next one, or Cut."""
        self._client.socket.settimeout(timeout)
        try:
            answer = self._client.answer(timeout)
        except (ConnectionError, Ended) as error:
            if getattr(error, "data", b""):
                raise
            raise Cut from None
        except socket.timeout:
            raise AssertionError(f"no answer within {timeout} s") from None
        true(answer.fields.get("connection") in ("keep-alive", "close"), f"Connection of {answer.fields}")
        if answer.fields["connection"] == "close":
            equal(self._client.all(), b"", "behind the last answer")
            self.close()
        return answer

    def ask(self, request):
        self.send(request)
        return self.answer()

    def read_on(self):
        """Who had stopped reads as fast as it can."""
        self._client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)

    @staticmethod
    def is_last(answer):
        """Whether the server said with this answer that it serves no more here."""
        return answer.fields["connection"] == "close"

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
        self.socket.sendall(encoded(Request("GET", to, headers)))
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

    def close(self):
        self.socket.close()

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

    def goes_with_its_connection(self):
        """What a server has to say in the head of a stream that never ends by itself."""
        equal(self.fields.get("connection"), "close", "Connection")

    def ends(self):
        """Demands that the server ends the connection and says no more."""
        equal(self._data + (Deadline(20, "the end of the connection").recv(self.socket) or b""), b"", "behind the end")
