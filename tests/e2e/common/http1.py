"""HTTP/1.1 over a raw socket: any bytes go out, and what comes back is read by a strict parser of its own."""

import collections
import re
import socket
import time

Answer = collections.namedtuple("Answer", "status fields body")

STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9][0-9]) [ -~]*")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([ -~\t]*)")


class Malformed(AssertionError):
    """The bytes are no sequence of HTTP/1.1 answers."""


class Ended(AssertionError):
    """The connection ended where an answer was due; `data`: what had come of it."""

    def __init__(self, data):
        super().__init__(f"the server ended the connection with {data[:200]!r}")
        self.data = data


def split_head(data):
    """(lines of the head, what is behind it), or None while it is not whole."""
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        return None
    lines = head.split(b"\r\n")
    if any(b"\r" in line or b"\n" in line for line in lines):
        raise Malformed(f"a bare CR or LF in the head {head[:200]!r}")
    return lines, rest


def take_chunks(data):
    """(body, what is behind it) of the chunked coding without extensions and trailers, or None while it is not whole."""
    body = b""
    while True:
        line, end, rest = data.partition(b"\r\n")
        if not end:
            return None
        if not re.fullmatch(rb"0|[1-9a-f][0-9a-f]*", line):
            raise Malformed(f"a chunk's size: {line[:100]!r}")
        size = int(line, 16)
        if len(rest) < size + 2:
            return None
        if rest[size:size + 2] != b"\r\n":
            raise Malformed(f"no CRLF behind a chunk: {rest[size:size + 20]!r}")
        body, data = body + rest[:size], rest[size + 2:]
        if size == 0:
            return body, data


def take_answer(data, to_head=False):
    """(Answer, what is behind it), or None while it is not whole. `to_head`: it answers a HEAD request."""
    split = split_head(data)
    if split is None:
        return None
    lines, rest = split
    line = STATUS_LINE.fullmatch(lines[0])
    if not line:
        raise Malformed(f"no status line: {lines[0][:200]!r}")
    status, fields = int(line[1]), {}
    for text in lines[1:]:
        field = FIELD.fullmatch(text)
        if not field or field[1].lower() in fields:
            raise Malformed(f"a field that is malformed or there twice: {text[:200]!r}")
        fields[field[1].lower()] = field[2]
    fields = {name.decode(): value.decode() for name, value in fields.items()}
    if status < 200 or status in (204, 304):
        if "content-length" in fields or "transfer-encoding" in fields:
            raise Malformed(f"{status} with a body")
        return Answer(status, fields, b""), rest
    if "transfer-encoding" in fields:
        if fields["transfer-encoding"] != "chunked" or "content-length" in fields:
            raise Malformed(f"{status} with two framings: {fields}")
        taken = take_chunks(rest)
        return taken and (Answer(status, fields, taken[0]), taken[1])
    if not re.fullmatch(r"0|[1-9][0-9]*", fields.get("content-length", "")):
        raise Malformed(f"{status} without a length: {fields}")
    size = 0 if to_head else int(fields["content-length"])
    return (Answer(status, fields, rest[:size]), rest[size:]) if len(rest) >= size else None


def split_answers(data, first_is_head=False):
    """All answers in `data`, which must end with one."""
    answers, whole = [], data
    while data:
        taken = take_answer(data, to_head=first_is_head and not answers)
        if taken is None:
            raise Malformed(f"half an answer: {data[:200]!r} of {whole[:500]!r}")
        answer, data = taken
        answers.append(answer)
    return answers


class RawClient:
    """`with RawClient(port) as client:`"""

    def __init__(self, port, timeout=20, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect(("127.0.0.1", port))
        self._data = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data, size=None):
        """All of `data`, in pieces of `size`. False when the server had ended the connection before."""
        try:
            for at in range(0, len(data), size or max(1, len(data))):
                self.socket.sendall(data[at:at + size] if size else data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def end(self):
        """Nothing more is sent; answers may still come."""
        self.socket.shutdown(socket.SHUT_WR)

    def answer(self, within=60):
        """The next answer, whole in so many seconds."""
        end = time.monotonic() + within
        while (taken := take_answer(self._data)) is None:
            if time.monotonic() > end:
                raise AssertionError(f"an answer goes on for more than {within} s: {self._data[:300]!r}")
            received = self.socket.recv(65536)
            if not received:
                raise Ended(self._data)
            self._data += received
        answer, self._data = taken
        return answer

    def until(self, what, count=1):
        """Reads until `what` has come so often; all that has come."""
        while self._data.count(what) < count:
            received = self.socket.recv(65536)
            if not received:
                raise AssertionError(f"the server ended the connection with {self._data[-200:]!r}")
            self._data += received
        return self._data

    def all(self):
        """All that comes until the server ends the connection."""
        try:
            while received := self.socket.recv(65536):
                self._data += received
        except ConnectionResetError:
            pass
        except TimeoutError:
            raise AssertionError(f"the server does not end the connection; it said {self._data[:300]!r}") from None
        data, self._data = self._data, b""
        return data
