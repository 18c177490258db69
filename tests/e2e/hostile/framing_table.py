"""HTTP/1.1 that is malformed, or that two parsers may read in two ways, and what is good beside it.

A row is (name, what the client sends, the statuses of all answers as a regular expression[, what subscribers hear]).
NEXT, the second request, stands behind what the client sends; in some rows it is also hidden inside. Each request of
a table's own publishes "own". Unless the row says it, subscribers hear "own" for each 204, and "smuggled" for NEXT's.
"closed": no answer at all.

What needs no second request to matter is in tests/vectors/http1, which the suite sends as well.
"""

PATH = b"/topics/default/canary"
NEXT = b"POST " + PATH + b" HTTP/1.1\r\nHost: hark\r\nConnection: close\r\nContent-Length: 8\r\n\r\nsmuggled"
SIZE = str(len(NEXT)).encode()
CHUNKED = b"Transfer-Encoding: chunked\r\n"
LENGTH = b"Content-Length: 3\r\n"
COVERS = b"Content-Length: " + SIZE + b"\r\n"  # a length of NEXT
LINE_1_0 = b"POST " + PATH + b" HTTP/1.0\r\n"
UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
HEAD_BYTES, FIELDS = 8192, 64
EXTENSION_BYTES, EXTENSIONS_BYTES = 256, 4096


def post(fields, body=b"", line=b"POST " + PATH + b" HTTP/1.1\r\n", host=b"Host: hark\r\n"):
    return line + host + fields + b"\r\n" + body


def get(fields=b"", body=b"", method=b"GET", path=b"/livez"):
    return post(fields, body, method + b" " + path + b" HTTP/1.1\r\n")


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


END = b"0\r\n\r\n"
OWN = chunk(b"own") + END
# What is a chunk that holds NEXT to one reader, and a body of 4 bytes with NEXT behind it to the other.
HIDDEN = chunk(NEXT) + END
EMPTY = END + NEXT  # a body of SIZE + 5 bytes to the one, an empty chunked body with NEXT behind it to the other
EMPTY_SIZE = str(len(EMPTY)).encode()


def both(first, second, body):
    return post(first + b"\r\n" + second + b"\r\n", body)


DESYNC = [
    ("the length covers the second request, the chunks do not",
     both(b"Content-Length: " + EMPTY_SIZE, b"Transfer-Encoding: chunked", EMPTY), "400"),
    ("the same, the coding first",
     both(b"Transfer-Encoding: chunked", b"Content-Length: " + EMPTY_SIZE, EMPTY), "400"),
    ("a chunk covers the second request, the length does not",
     both(b"Content-Length: 4", b"Transfer-Encoding: chunked", HIDDEN), "400"),
    ("the same in other case", both(b"CONTENT-length: 4", b"tRANSFER-eNCODING: cHUNKED", HIDDEN), "400"),
    ("a coding that is unknown, then chunked",
     both(b"Transfer-Encoding: cow", b"Transfer-Encoding: chunked", HIDDEN), "400"),
    ("chunked, then a coding that is unknown",
     both(b"Transfer-Encoding: chunked", b"Transfer-Encoding: cow", HIDDEN), "400"),
    ("a coding that is no coding beside a length",
     both(b"Transfer-Encoding: xchunked", b"Content-Length: " + SIZE, NEXT), "400"),
    ("identity beside a length", both(b"Transfer-Encoding: identity", b"Content-Length: " + SIZE, NEXT), "400"),
    ("gzip alone", post(b"Transfer-Encoding: gzip\r\n", HIDDEN), "400"),
    ("identity, chunked", post(b"Transfer-Encoding: identity, chunked\r\n", HIDDEN), "400"),
    ("chunked, gzip", post(b"Transfer-Encoding: chunked, gzip\r\n", HIDDEN), "400"),
    ("chunked gzip", post(b"Transfer-Encoding: chunked gzip\r\n", HIDDEN), "400"),
    ("a form feed before chunked", post(b"Transfer-Encoding:\x0cchunked\r\nContent-Length: 4\r\n", HIDDEN), "400"),
    ("a vertical tab behind chunked", post(b"Transfer-Encoding: chunked\x0b\r\n", HIDDEN), "400"),
    ("a NUL in the name of a coding", post(b"Transfer-Encoding\x00: chunked\r\n", HIDDEN), "400"),
    ("a coding behind a bare LF", post(b"A: b\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n", HIDDEN), "400"),
    ("a coding behind a bare CR", post(b"A: b\rTransfer-Encoding: chunked\r\nContent-Length: 4\r\n", HIDDEN), "400"),
    ("a coding in a folded line",
     post(b"A: b\r\n\tTransfer-Encoding: chunked\r\nContent-Length: 4\r\n", HIDDEN), "400"),
    ("a coding before the first field",
     b"POST " + PATH + b" HTTP/1.1\r\n Transfer-Encoding: chunked\r\nHost: hark\r\nContent-Length: 4\r\n\r\n" + HIDDEN, "400"),
    ("a coding in HTTP/1.0 that stays", post(b"Connection: keep-alive\r\n" + CHUNKED, HIDDEN, LINE_1_0), "400"),
    ("a coding and a length in HTTP/1.0", post(b"Content-Length: 4\r\n" + CHUNKED, HIDDEN, LINE_1_0), "400"),
    ("no length, then one", post(b"Content-Length: 0\r\nContent-Length: " + SIZE + b"\r\n", NEXT), "400"),
    ("one length, then none", post(b"Content-Length: " + SIZE + b"\r\nContent-Length: 0\r\n", NEXT), "400"),
    ("two lengths in a list", post(b"Content-Length: 0, " + SIZE + b"\r\n", NEXT), "400"),
    ("a length and a comma", post(b"Content-Length: 3,\r\n", b"own"), "400"),
    ("a comma and a length", post(b"Content-Length: ,3\r\n", b"own"), "400"),
    ("two lengths with a blank", post(b"Content-Length: 0 " + SIZE + b"\r\n", NEXT), "400"),
    ("a length that is one modulo 2^32", post(b"Content-Length: 4294967299\r\n", b"own"), "413"),
    ("a length that is one modulo 2^64", post(b"Content-Length: 18446744073709551619\r\n", b"own"), "400"),
    ("a length with a NUL", post(b"Content-Length: 3\x00\r\n", b"own"), "400"),
    ("a length folded away", post(b"Content-Length:\r\n 3\r\n", b"own"), "400"),
]

CHUNKS = [(name, post(CHUNKED, body), answers) for name, body, answers in (
    ("two CR behind a chunk size", b"3\r\r\nown\r\n" + END, "400"),
    ("a bare LF behind an extension", b"3;a\nown\r\n" + END, "400"),
    ("a line that ends in a quoted extension", b'3;a="\r\n' + NEXT, "400"),
    ("an extension that hides a line behind a bare CR", b"3;a\rown\r\n" + END, "400"),
    ("a tab behind a chunk size", b"3\t\r\nown\r\n" + END, "400"),
    ("a NUL behind a chunk size", b"3\x00\r\nown\r\n" + END, "400"),
    ("a comma behind a chunk size", b"3,\r\nown\r\n" + END, "400"),
    ("a chunk size with a point", b"3.0\r\nown\r\n" + END, "400"),
    ("a chunk size of other letters", b"g\r\nown\r\n" + END, "400"),
    ("a chunk size in quotes", b'"3"\r\nown\r\n' + END, "400"),
    ("a chunk size that is one modulo 2^32", b"100000003\r\nown\r\n" + END, "413"),
    ("a chunk size of 2^63", b"8000000000000000\r\nown\r\n" + END, "413"),
    ("a chunk size that is one modulo 2^64", b"10000000000000003\r\nown\r\n" + END, "400"),
    ("a chunk above the largest message", b"100001\r\nown", "413"),
    ("chunks together above the largest message", chunk(b"own") + b"100000\r\nown", "413"),
    ("an extension past its limit", b"3;" + b"e" * EXTENSION_BYTES + b"\r\nown\r\n" + END, "400"),
    ("extensions that are too long together",
     (b"1;" + b"e" * 200 + b"\r\nx\r\n") * (EXTENSIONS_BYTES // 200 + 1) + END, "400"),
    ("no CRLF behind a chunk", b"3\r\nown" + END, "400"),
    ("a letter and LF behind a chunk", b"3\r\nownX\n" + END, "400"),
    ("a bare CR behind a chunk", b"3\r\nown\r" + END, "400"),
    ("an empty line between chunks", b"3\r\nown\r\n\r\n" + END, "400"),
    ("a chunk that ends inside of the second request", b"3\r\nown" + NEXT, "400"),
    ("no last chunk", b"3\r\nown\r\n", "400"),
    ("a negative last chunk", b"3\r\nown\r\n-0\r\n\r\n", "400"),
    ("a last chunk without its last line", b"3\r\nown\r\n0\r\n", "400"),
    ("the second request as a trailer", b"3\r\nown\r\n0\r\n" + NEXT, "400"),
    ("a NUL in a trailer's name", b"3\r\nown\r\n0\r\nA\x00: b\r\n\r\n", "400"),
    ("a NUL in a trailer's value", b"3\r\nown\r\n0\r\nA: b\x00\r\n\r\n", "400"),
    ("trailers past their limit", b"3\r\nown\r\n0\r\nA: " + b"b" * HEAD_BYTES + b"\r\n\r\n", "431"),
    ("more behind the last chunk", OWN + b"\x01", "204 400"),
    ("two empty lines behind the last chunk", OWN + b"\r\n\r\n", "204 400"),
)]

BODIES = [  # a body where none is taken: what is in it must never be read as a request
    ("a body of GET", get(COVERS, NEXT), "413"),
    ("a chunked body of GET", get(CHUNKED, HIDDEN), "413"),
    ("a body of HEAD", get(COVERS, NEXT, b"HEAD"), "413"),
    ("a body of OPTIONS", get(COVERS, NEXT, b"OPTIONS"), "413"),
    ("a body of TRACE", get(COVERS, NEXT, b"TRACE"), "413"),
    ("a body of DELETE", get(COVERS, NEXT, b"DELETE", PATH), "413"),
    ("a body of PUT", get(COVERS, NEXT, b"PUT", PATH), "413"),
    ("a body of a method in lower case", get(COVERS, NEXT, b"Post", PATH), "413"),
    ("a body of POST to a page", get(COVERS, NEXT, b"POST"), "413"),
    ("a body of a long poll", get(COVERS, NEXT, path=PATH + b"?wait=0"), "413"),
    ("a chunked body of an event stream", get(b"Accept: text/event-stream\r\n" + CHUNKED, HIDDEN, path=PATH), "413"),
    ("a body for no namespace", get(COVERS, NEXT, b"POST", b"/topics/nowhere/canary"), "404"),
    ("a chunked body for no namespace", get(CHUNKED, HIDDEN, b"POST", b"/topics/nowhere/canary"), "404"),
    ("a body for a bad name", get(COVERS, NEXT, b"POST", b"/topics/default/%00"), "400"),
    ("a body of another origin", post(b"Origin: http://evil\r\nContent-Length: " + SIZE + b"\r\n", NEXT), "403"),
    ("a body that is announced too large", post(b"Content-Length: 1048577\r\n", b"own"), "413"),
    ("the same behind 100-continue", post(b"Expect: 100-continue\r\nContent-Length: 1048577\r\n", b"own"), "413"),
    ("100-continue for no namespace",
     get(b"Expect: 100-continue\r\n" + LENGTH, b"", b"POST", b"/topics/nowhere/canary"), "404"),
    ("more body than was said", post(LENGTH, b"own\x00"), "204 400"),
    ("two empty lines behind a body", post(LENGTH, b"own\r\n\r\n"), "204 400"),
    ("a bare LF behind a body", post(LENGTH, b"own\n"), "204 400"),
    ("a second request glued to a body", post(LENGTH, b"ownX"), "204 413"),
]

LINES = [
    ("a simple request of HTTP/0.9", b"GET /livez\r\n", "400"),
    ("HTTP/0.9 that says so", post(LENGTH, b"own", b"POST " + PATH + b" HTTP/0.9\r\n"), "505"),
    ("HTTP/1.2", post(LENGTH, b"own", b"POST " + PATH + b" HTTP/1.2\r\n"), "505"),
    ("HTTP/2.0", post(LENGTH, b"own", b"POST " + PATH + b" HTTP/2.0\r\n"), "505"),
    ("HTTP/9.9", post(LENGTH, b"own", b"POST " + PATH + b" HTTP/9.9\r\n"), "505"),
    ("HTTP/2", post(LENGTH, b"own", b"POST " + PATH + b" HTTP/2\r\n"), "400"),
    ("HTTP/11", post(LENGTH, b"own", b"POST " + PATH + b" HTTP/11\r\n"), "400"),
    ("HTTP/1.1.1", post(LENGTH, b"own", b"POST " + PATH + b" HTTP/1.1.1\r\n"), "400"),
    ("HTTP/+1.1", post(LENGTH, b"own", b"POST " + PATH + b" HTTP/+1.1\r\n"), "400"),
    ("HTTPS/1.1", post(LENGTH, b"own", b"POST " + PATH + b" HTTPS/1.1\r\n"), "400"),
    ("hTTP/1.1", post(LENGTH, b"own", b"POST " + PATH + b" hTTP/1.1\r\n"), "400"),
    ("a NUL behind the version", post(LENGTH, b"own", b"POST " + PATH + b" HTTP/1.1\x00\r\n"), "400"),
    ("a blank in the version", post(LENGTH, b"own", b"POST " + PATH + b" HTTP/1. 1\r\n"), "400"),
    ("no version", post(LENGTH, b"own", b"POST " + PATH + b"\r\n"), "400"),
    ("no blank before the version", post(LENGTH, b"own", b"POST " + PATH + b"HTTP/1.1\r\n"), "400"),
    ("no target", post(LENGTH, b"own", b"POST HTTP/1.1\r\n"), "400"),
    ("an empty target", post(LENGTH, b"own", b"POST  HTTP/1.1\r\n"), "400"),
    ("no blank at all", post(LENGTH, b"own", b"POST" + PATH + b"HTTP/1.1\r\n"), "400"),
    ("a tab before the target", post(LENGTH, b"own", b"POST\t" + PATH + b" HTTP/1.1\r\n"), "400"),
    ("a tab before the version", post(LENGTH, b"own", b"POST " + PATH + b"\tHTTP/1.1\r\n"), "400"),
    ("a vertical tab before the target", post(LENGTH, b"own", b"POST\x0b" + PATH + b" HTTP/1.1\r\n"), "400"),
    ("a no-break space before the target", post(LENGTH, b"own", b"POST\xa0" + PATH + b" HTTP/1.1\r\n"), "400"),
    ("more behind the version", post(LENGTH, b"own", b"POST " + PATH + b" HTTP/1.1 HTTP/1.1\r\n"), "400"),
    ("an answer for a request", post(LENGTH, b"own", b"HTTP/1.1 200 OK\r\n"), "400"),
    ("a method with a slash", post(LENGTH, b"own", b"POST/ " + PATH + b" HTTP/1.1\r\n"), "400"),
    ("a method beyond ASCII", post(LENGTH, b"own", b"POST\xc3\xa4 " + PATH + b" HTTP/1.1\r\n"), "400"),
    ("a method that begins in lower case", post(LENGTH, b"own", b"post " + PATH + b" HTTP/1.1\r\n"), "closed"),
    ("a blank in front", post(LENGTH, b"own", b" POST " + PATH + b" HTTP/1.1\r\n"), "closed"),
    ("an empty line in front of the first", b"\r\n" + post(LENGTH, b"own"), "closed"),
    ("a byte order mark in front", b"\xef\xbb\xbf" + post(LENGTH, b"own"), "closed"),
    ("a relative target", post(LENGTH, b"own", b"POST " + PATH[1:] + b" HTTP/1.1\r\n"), "400"),
    ("an asterisk to POST to", post(LENGTH, b"own", b"POST * HTTP/1.1\r\n"), "400"),
    ("a fragment", post(LENGTH, b"own", b"POST " + PATH + b"#a HTTP/1.1\r\n"), "400"),
    ("a target beyond ASCII", post(LENGTH, b"own", b"POST " + PATH + b"\xc3\xa4 HTTP/1.1\r\n"), "400"),
    ("a target with a blank", post(LENGTH, b"own", b"POST " + PATH + b" a HTTP/1.1\r\n"), "400"),
    ("a target of an authority", post(LENGTH, b"own", b"POST hark:80 HTTP/1.1\r\n"), "400"),
    ("CONNECT", post(b"", b"", b"CONNECT hark:80 HTTP/1.1\r\n"), "400"),
    ("CONNECT to an address", post(b"", b"", b"CONNECT 127.0.0.1:80 HTTP/1.1\r\n", b"Host: 127.0.0.1:80\r\n"), "400"),
    ("two requests in one line",
     post(LENGTH, b"own", b"POST " + PATH + b" HTTP/1.1POST " + PATH + b" HTTP/1.1\r\n"), "400"),
    ("a target past the limit",
     post(LENGTH, b"own", b"POST " + PATH + b"?" + b"a" * HEAD_BYTES + b" HTTP/1.1\r\n"), "414"),
    ("a method past the limit",
     post(LENGTH, b"own", b"P" * (HEAD_BYTES + 1) + b" " + PATH + b" HTTP/1.1\r\n"), "414"),
]


def padded(size):
    """A head of `size` bytes that publishes "own"."""
    return post(LENGTH + b"A: " + b"a" * (size - len(post(LENGTH + b"A: \r\n"))) + b"\r\n", b"own")


def with_fields(count):
    return post(LENGTH + b"".join(b"A%d: b\r\n" % i for i in range(count - 2)), b"own")


HOSTS = [(name, post(LENGTH, b"own", host=host), "400") for name, host in (
    ("no Host", b""),
    ("two Hosts that differ", b"Host: hark\r\nHost: evil\r\n"),
    ("two equal Hosts in other case", b"Host: hark\r\nHOST: HARK\r\n"),
    ("an empty Host and another", b"Host:\r\nHost: hark\r\n"),
    ("a list of Hosts", b"Host: hark,evil\r\n"),
    ("a Host with a user", b"Host: user:word@hark\r\n"),
    ("a Host with a scheme", b"Host: http://hark\r\n"),
    ("a Host with a query", b"Host: hark?a\r\n"),
    ("a Host with a fragment", b"Host: hark#a\r\n"),
    ("a Host with a backslash", b"Host: hark\\evil\r\n"),
    ("a Host with a tab", b"Host: hark\tevil\r\n"),
    ("a Host with a signed port", b"Host: hark:+80\r\n"),
    ("a blank before a Host's colon", b"Host : hark\r\n"),
    ("a folded Host", b"Host:\r\n hark\r\n"),
    ("a Host with a NUL", b"Host: hark\x00\r\n"),
)] + [(name, post(LENGTH, b"own", b"POST " + target + b" HTTP/1.1\r\n", host), "400") for name, target, host in (
    ("an absolute form of another host", b"http://evil" + PATH, b"Host: hark\r\n"),
    ("an absolute form of another port", b"http://hark:81" + PATH, b"Host: hark:80\r\n"),
    ("an absolute form of no port", b"http://hark" + PATH, b"Host: hark:80\r\n"),
    ("an absolute form beside an empty Host", b"http://hark" + PATH, b"Host:\r\n"),
    ("an absolute form without a Host", b"http://hark" + PATH, b""),
    ("an absolute form with a user", b"http://user@hark" + PATH, b"Host: hark\r\n"),
    ("an absolute form of one slash", b"http:/hark" + PATH, b"Host: hark\r\n"),
    ("an absolute form of another scheme", b"file://hark" + PATH, b"Host: hark\r\n"),
)]

FIELD_FORMS = [(name, post(LENGTH + field, b"own"), "400") for name, field in (
    ("no colon", b"A b\r\n"),
    ("an empty name", b": b\r\n"),
    ("a name of a blank", b" : b\r\n"),
    ("a blank before the colon", b"A : b\r\n"),
    ("a tab before the colon", b"A\t: b\r\n"),
    ("a blank in a name", b"A b: c\r\n"),
    ("brackets in a name", b"A(b): c\r\n"),
    ("a quote in a name", b'A": c\r\n'),
    ("a slash in a name", b"A/b: c\r\n"),
    ("a name beyond ASCII", b"A\xc3\xa4: b\r\n"),
    ("a folded value", b"A: b\r\n c\r\n"),
    ("a folded empty value", b"A:\r\n\tb\r\n"),
    ("a line of blanks", b"  \r\n"),
    ("a bare LF for an empty line", b"\n"),
    ("a bare CR for an empty line", b"\r"),
    ("a second request line", b"GET /livez HTTP/1.1\r\n"),
)] + [
    ("one field too many", with_fields(FIELDS + 1), "431"),
    ("a head of one byte too many", padded(HEAD_BYTES + 1), "431"),
    ("a name past the limit", post(LENGTH + b"A" * HEAD_BYTES + b": b\r\n", b"own"), "431"),
    ("a thousand fields", with_fields(1000), "431"),
]

# CR and LF end lines: they are in the tables above.
CONTROLS = [byte for byte in (*range(32), 127) if byte not in b"\t\r\n"]
CONTROL_BYTES = [row for byte in CONTROLS for row in (
    (f"{byte:#04x} in a name", post(LENGTH + b"A%cb: c\r\n" % byte, b"own"), "400"),
    (f"{byte:#04x} in a value", post(LENGTH + b"A: b%cc\r\n" % byte, b"own"), "400"),
    (f"{byte:#04x} in a target", post(LENGTH, b"own", b"POST " + PATH + b"%c HTTP/1.1\r\n" % byte), "400"),
    (f"{byte:#04x} in a chunk extension", post(CHUNKED, b"3;a%cb\r\nown\r\n" % byte + END), "400"),
)]

LAST = [  # the first answer is the last one: what stands behind it must not be read
    ("close", post(b"Connection: close\r\n" + LENGTH, b"own"), "204"),
    ("close in a list", post(b"Connection: keep-alive, Close\r\n" + LENGTH, b"own"), "204"),
    ("close behind keep-alive", post(b"Connection: keep-alive\r\nConnection: close\r\n" + LENGTH, b"own"), "204"),
    ("close, and behind it no request", post(b"Connection: close\r\n" + LENGTH, b"own") + b"GET / HTTP/9.9\r\n\r\n", "204"),
    ("close, and behind it what is refused",
     post(b"Connection: close\r\n" + LENGTH, b"own") + get(LENGTH, b"own", b"POST", b"/topics/nowhere/canary"), "204"),
    ("close of a page, and behind it no request", get(b"Connection: close\r\n") + b"GET / HTTP/9.9\r\n\r\n", "200"),
    ("HTTP/1.0", post(LENGTH, b"own", LINE_1_0), "204"),
    ("HTTP/1.0 without a Host", post(LENGTH, b"own", LINE_1_0, b""), "204"),
    ("close of a long poll", get(b"Connection: close\r\n", path=b"/topics/default/quiet?wait=0"), "200"),
    ("close of a page", get(b"Connection: close\r\n"), "200"),
]

GOOD = [  # and NEXT is answered
    ("a body with a length", post(LENGTH, b"own"), "204 204"),
    ("blanks around a length", post(b"Content-Length: \t 3 \t\r\n", b"own"), "204 204"),
    ("no body", post(b""), "204 204", ["", "smuggled"]),
    ("a length of zero", post(b"Content-Length: 0\r\n"), "204 204", ["", "smuggled"]),
    ("a body that is a request", post(COVERS, NEXT), "204 204", [NEXT.decode(), "smuggled"]),
    ("a chunk that is a request", post(CHUNKED, HIDDEN), "204 204", [NEXT.decode(), "smuggled"]),
    ("chunked", post(CHUNKED, OWN), "204 204"),
    ("chunked in other case behind a tab", post(b"tRANSFER-encoding:\tChUnKeD\t\r\n", OWN), "204 204"),
    ("chunks of one byte", post(CHUNKED, chunk(b"o") + chunk(b"w") + chunk(b"n") + END), "204 204"),
    ("a chunk size with zeros", post(CHUNKED, b"0000000000000003\r\nown\r\n000\r\n\r\n"), "204 204"),
    ("extensions", post(CHUNKED, b'3;a=b;c="d e"\r\nown\r\n0;f\r\n\r\n'), "204 204"),
    ("an extension at its limit",
     post(CHUNKED, b"3;" + b"e" * (EXTENSION_BYTES - 1) + b"\r\nown\r\n" + END), "204 204"),
    ("trailers that mean nothing any more",
     post(CHUNKED, b"3\r\nown\r\n0\r\nContent-Length: 9\r\nHost: evil\r\nTransfer-Encoding: x\r\n\r\n"), "204 204"),
    ("an empty chunked body of GET", get(CHUNKED, END), "200 204"),
    ("an empty body of GET", get(b"Content-Length: 0\r\n"), "200 204"),
    ("an empty line behind a body", post(LENGTH, b"own\r\n"), "204 204"),
    ("HTTP/1.0 that stays", post(b"Connection: Keep-Alive\r\n" + LENGTH, b"own", LINE_1_0), "204 204"),
    ("a name that is nearly a coding",
     post(b"Transfer_Encoding: chunked\r\nX-Transfer-Encoding: chunked\r\n" + LENGTH, b"own"), "204 204"),
    ("framing named as hop-by-hop",
     post(b"Connection: content-length, transfer-encoding\r\n" + LENGTH, b"own"), "204 204"),
    ("the absolute form",
     post(LENGTH, b"own", b"POST http://hark:80" + PATH + b" HTTP/1.1\r\n", b"Host: HARK:80\r\n"), "204 204"),
    ("an empty Host", post(LENGTH, b"own", host=b"Host:\r\n"), "204 204"),
    ("a Host that is an address", post(LENGTH, b"own", host=b"host:[::1]:8080\r\n"), "204 204"),
    ("a query", post(LENGTH, b"own", b"POST " + PATH + b"?a=b&c HTTP/1.1\r\n"), "204 204"),
    ("a value beyond ASCII", post(b"A: \xc3\xa4\xff\tb\r\nC:\r\n" + LENGTH, b"own"), "204 204"),
    ("as many fields as there may be", with_fields(FIELDS), "204 204"),
    ("a head as large as it may be", padded(HEAD_BYTES), "204 204"),
    ("100-continue", post(b"Expect: 100-continue\r\n" + LENGTH, b"own"), "(100 )?204 204"),
    ("an expectation of something else", post(b"Expect: nonsense\r\n" + LENGTH, b"own"), "204 204"),
    ("an upgrade to HTTP/2 is not taken", get(UPGRADE), "200 204"),
    ("an upgrade with a body", post(b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + LENGTH, b"own"), "204 204"),
    ("an upgrade to something else", get(b"Connection: Upgrade\r\nUpgrade: TLS/1.0, nonsense\r\n"), "200 204"),
    ("a long poll", get(path=b"/topics/default/quiet?wait=0"), "200 204", ["smuggled"]),
    ("a long poll that is refused", get(path=b"/topics/nowhere/quiet?wait=0"), "404 204", ["smuggled"]),
    ("HEAD", get(method=b"HEAD"), "200 204"),
    ("TRACE", get(b"A: secret\r\n", method=b"TRACE"), "405 204"),
    ("a method that nobody knows", get(method=b"BREW"), "405 204"),
    ("OPTIONS of the server", post(b"", b"", b"OPTIONS * HTTP/1.1\r\n"), "(200|204|404|405) 204", ["smuggled"]),
]

UPGRADED = [  # HTTP/2's preface in the middle of HTTP/1.1
    ("a preface behind an upgrade", get(UPGRADE)
     + b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "200 505"),
    ("a preface behind a body", post(LENGTH, b"own") + b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "204 505"),
]
