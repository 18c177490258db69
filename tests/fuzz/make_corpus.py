#!/usr/bin/env python3
"""Makes tests/fuzz/corpus/TARGET from the vectors and from frames written here: python3 tests/fuzz/make_corpus.py

Files named found_* are inputs that a fuzzer has found; they are left as they are.
"""

import pathlib
import re
import struct

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE.parent / "vectors"


def read_vectors(path):
    """The lines `name | bytes | words` of a vector file, blanks and comments left out."""
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            first, last = line.index("|"), line.rindex("|")
            if path.parent.name == "grpc":
                last = line.index("|", first + 1)
            yield line[:first].strip(), line[first + 1 : last].strip(), line[last + 1 :].strip()


def meaning_of(match):
    hexadecimal, count, char, simple = match.groups()
    if hexadecimal:
        return chr(int(hexadecimal, 16))
    if count:
        return char * int(count)
    return {"r": "\r", "n": "\n", "t": "\t"}.get(simple, simple)


def unescaped(text):
    """As unescaped() in src/protocol/http1/testing/vectors.h."""
    return re.sub(r"\\(?:x(..)|\*(\d+)\((.)\)|(.))", meaning_of, text).encode("latin-1")


def slug(name):
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def http1():
    """Every good form, and of the refused ones the first of each outcome."""
    seen = set()
    for file in ("good", "refused"):
        for name, text, words in read_vectors(VECTORS / "http1" / f"{file}.txt"):
            if file == "good" or words not in seen:
                seen.add(words)
                yield f"{file}_{slug(name)}", b"\xbf\x2a" + unescaped(text)


TOPIC = b"/topics/default/t"


def http_request(line, *fields, body=b""):
    return line + b" HTTP/1.1\r\n" + b"".join(f + b"\r\n" for f in (b"Host: a", *fields)) + b"\r\n" + body


def http_post(body, *fields, target=TOPIC):
    return http_request(b"POST " + target, b"Content-Length: %d" % len(body), *fields, body=body)


def http_conversations():
    """(name, what the client sends)."""
    chunked = http_request(b"POST " + TOPIC, b"Transfer-Encoding: chunked", body=b"2\r\nhi\r\n0\r\nA: b\r\n\r\n")
    events = http_request(b"GET " + TOPIC, b"Accept: text/event-stream")
    poll = http_request(b"GET " + TOPIC + b"?wait=0")
    page = http_request(b"GET /page")
    yield "page", page
    yield "head", http_request(b"HEAD /page") + page
    yield "head_with_a_body", http_request(b"HEAD /page", b"Content-Length: 1", body=b"x") + page
    yield "large_pages", http_request(b"GET /large") * 5
    yield "publish", http_post(b"hello") + http_post(b"", b"Accept: application/json") + chunked
    yield "publish_names", b"".join(http_post(b"x", target=b"/topics/" + t) for t in (
        b"default/a%2Fb", b"default/%e2%82%ac", b"default/%", b"no/t", b"default/%00", b"default"))
    yield "publish_too_large", http_post(b"x" * 65)
    yield "publish_not_utf8", http_post(b"\xff\xfe", b"Content-Type: text/plain") + page
    yield "publish_other_origin", http_post(b"x", b"Origin: http://b") + page
    yield "publish_continue", http_post(b"hello", b"Expect: 100-continue") + page
    yield "publish_slow", http_post(b"x" * 60)[:-30]
    yield "pipelined", (http_post(b"1") + page + poll + http_request(b"BREW /page")) * 4
    yield "close", http_post(b"1", b"Connection: close") + page
    yield "version_1_0", b"POST " + TOPIC + b" HTTP/1.0\r\nContent-Length: 1\r\n\r\nx" + page
    yield "version_1_0_stays", b"GET /page HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + page
    yield "events", http_post(b"a\nb\r\rc\0") + http_request(b"GET " + TOPIC + b"?start=1", b"Accept: text/event-stream")
    yield "events_as_text", http_post(b"a\nb") + http_request(
        b"GET " + TOPIC + b"?start=last:5&format=text", b"Accept: text/event-stream")
    yield "events_resumed", events[:-2] + b"Last-Event-ID: 1:1\r\n\r\n" + page
    yield "events_version_1_0", events.replace(b"HTTP/1.1", b"HTTP/1.0")
    yield "events_nowhere", events.replace(b"default", b"nowhere") + page
    yield "poll", http_post(b"one") + http_post(b"\xff") + poll + http_request(b"GET " + TOPIC) + page
    yield "poll_positions", b"".join(http_request(b"GET " + TOPIC + b"?wait=0&" + q) for q in (
        b"start=latest", b"start=2", b"sequence_number=5&sequence_page=100", b"sequence_page=7", b"start=x",
        b"sequence_number=9007199254740993", b"wait=0"))
    yield "poll_of_another_origin", poll[:-2] + b"Origin: null\r\n\r\n" + page
    yield "options", http_request(b"OPTIONS *") + http_request(b"OPTIONS " + TOPIC, b"Origin: http://a")
    yield "origins", http_post(b"x", b"Origin: http://b") + poll[:-2] + b"Origin: \xc3\xa4\tb\r\n\r\n" + http_request(
        b"OPTIONS " + TOPIC, b"Origin: http://b", b"Access-Control-Request-Method: POST")
    yield "broken_later", page + b"GET / HTTP/9.9\r\n\r\n" + page


def http_session():
    """Each conversation under some plan; then forms of the decoder's vectors, sent to a topic."""
    for index, (name, data) in enumerate(http_conversations()):
        yield name, b"\x00\xff" + data
        yield f"{name}_planned", bytes([0x40 | index * 37 & 0xBF, index * 5 & 31]) + data
    seen = set()
    for file in ("good", "refused"):
        for name, text, words in read_vectors(VECTORS / "http1" / f"{file}.txt"):
            kind = re.sub(r"'.*?'|[0-9]+", "", words)
            data = unescaped(text)
            if kind in seen or data.startswith(b"PRI"):
                continue
            seen.add(kind)
            yield f"{file}_{slug(name)}", b"\x80\x07" + data.replace(b"POST / ", b"POST " + TOPIC + b" ")


def grpc_messages():
    for file in ("pubsub", "control"):
        for index, (name, text, _) in enumerate(read_vectors(VECTORS / "grpc" / f"{file}.txt")):
            yield f"{slug(name)}_{index}", bytes.fromhex(text)


def field(number, payload):
    """A protobuf field with a length, both short."""
    return bytes([number << 3 | 2, len(payload)]) + payload


def grpc_pubsub():
    yield from grpc_messages()
    yield "unknown_fields", b"\x0a\x01c\x12\x01t\x1a\x03\x0a\x01x\x78\x01\x7d1234\x791234567\x38\x82\x01\x01?"
    yield "group", b"\x0a\x01c\x7b\x08\x01\x7c\x12\x01t"
    yield "field_twice", b"\x0a\x01c\x0a\x01d\x12\x01t\x1a\x03\x0a\x01x\x1a\x03\x12\x01y"
    yield "not_utf8", b"\x0a\x02\xc3\x28\x12\x01t\x1a\x03\x0a\x01x"
    yield "long_varint", b"\x0a\x01c\x12\x01t\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
    yield "endless_varint", b"\x18" + b"\xff" * 11
    yield "cut_length", b"\x0a\x7fshort"


def grpc_reflection():
    yield "list_services", field(1, b"host") + field(7, b"*")
    for symbol in (b"cache_client.pubsub.Pubsub", b"grpc.health.v1.Health.Check", b"no.such.Symbol"):
        yield f"symbol_{slug(symbol.decode())}", field(4, symbol)
    yield "file_by_name", field(3, b"cachepubsub.proto")
    yield "extension", field(5, field(1, b"a.B") + b"\x10\x05")
    yield "extension_numbers", field(6, b"a.B")
    yield "two_questions", field(3, b"a") + field(7, b"")
    yield from grpc_messages()


def grpc_message():
    def prefixed(message, flag=0, length=None):
        return bytes([flag]) + struct.pack(">I", len(message) if length is None else length) + message

    first_byte = {"one": 2 * 2, "many": 2 * 2 + 1}
    for name, expect in first_byte.items():
        for what, body in {
            "empty_body": b"",
            "empty_message": prefixed(b""),
            "message": prefixed(b"hello"),
            "two_messages": prefixed(b"hello") + prefixed(b"world"),
            "compressed": prefixed(b"hello", flag=1),
            "bad_flag": prefixed(b"hello", flag=2),
            "cut_prefix": prefixed(b"")[:3],
            "cut_message": prefixed(b"hello")[:-1],
            "at_the_limit": prefixed(b"", length=4096),
            "past_the_limit": prefixed(b"", length=4097),
            "huge": prefixed(b"", length=0xFFFFFFFF),
        }.items():
            yield f"{name}_{what}", bytes([expect]) + body
    for timeout in (b"1S", b"99999999H", b"0n", b"123456789m", b"-1S", b"1x", b""):
        yield f"timeout_{slug(timeout.decode())}", b"\x00" + timeout
    yield "text_to_encode", b"\x00a%b\r\n\xc3\xa4\x7f"


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITIZED = 1, 1, 4, 8, 32


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def hpack(*fields):
    out = b"\x20"
    for name, value in fields:
        out += b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value
    return out


REQUEST = ((b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/test"), (b":authority", b"a"))


def request(stream, *more, ends=True):
    return frame(HEADERS, END_HEADERS | (END_STREAM if ends else 0), stream, hpack(*REQUEST, *more))


def word(value):
    return struct.pack(">I", value)


def http2_attacks():
    bomb = b"\x40\x01x\x7f\xb1\x01" + b"b" * 304 + b"\xbe" * 80
    block = hpack(*REQUEST)
    yield "ping_flood", frame(PING, 0, 0, b"12345678") * 250
    yield "settings_flood", frame(SETTINGS) * 250
    yield "priority_flood", frame(PRIORITY, 0, 1, word(0) + b"\x10") * 250
    yield "unknown_flood", frame(0xBB, 0, 1, b"?") * 250
    yield "window_update_flood", request(1) + frame(WINDOW_UPDATE, 0, 0, word(1)) * 250
    yield "empty_data", request(1, ends=False) + frame(DATA, 0, 1) * 3
    yield "padding_alone", request(1, ends=False) + frame(DATA, PADDED, 1, b"\x02\0\0") * 3
    yield "continuation_flood", frame(HEADERS, END_STREAM, 1, block) + frame(CONTINUATION, 0, 1) * 10
    yield "hpack_bomb", frame(HEADERS, END_HEADERS, 1, block + bomb)
    yield "rapid_reset", b"".join(
        request(2 * i + 1) + frame(RST_STREAM, 0, 2 * i + 1, word(8)) for i in range(60))
    yield "made_you_reset_window", request(1) + frame(WINDOW_UPDATE, 0, 1, word(0x7FFFFFFF))
    yield "made_you_reset_upper_case", request(1, (b"Upper", b"case"))
    yield "made_you_reset_length", request(1, (b"content-length", b"1"), ends=False) + frame(DATA, 1, 1, b"12")
    yield "made_you_reset_trailers", request(1, ends=False) + frame(HEADERS, END_HEADERS, 1, hpack((b"a", b"b")))


def http2():
    yield "request", request(1)
    yield "body", request(1, ends=False) + frame(DATA, 0, 1, b"hello") + frame(DATA, END_STREAM, 1, b"!")
    yield "padded_body", request(1, ends=False) + frame(DATA, PADDED | END_STREAM, 1, b"\x02hi\0\0")
    yield "trailers", request(1, ends=False) + frame(HEADERS, 5, 1, hpack((b"a", b"b")))
    yield "two_streams", request(1, ends=False) + request(3) + frame(DATA, END_STREAM, 1, b"x")
    yield "cancel", request(1) + frame(RST_STREAM, 0, 1, word(8))
    yield "continuation", frame(HEADERS, 1, 1, hpack(*REQUEST)[:9]) + frame(
        CONTINUATION, END_HEADERS, 1, hpack(*REQUEST)[9:])
    yield "priority_in_headers", frame(HEADERS, 0x25, 1, word(0) + b"\x10" + hpack(*REQUEST))
    yield "whole_conversation", PREFACE + frame(SETTINGS, 0, 0, b"\0\4\0\1\0\0\0\5\0\0\x40\0") + frame(
        SETTINGS, ACK) + request(1) + frame(PING, 0, 0, b"12345678") + frame(GOAWAY, 0, 0, word(0) + word(0))
    yield "zero_window", PREFACE + frame(SETTINGS, 0, 0, b"\0\4\0\0\0\0") + request(1) + request(3) + frame(
        WINDOW_UPDATE, 0, 1, word(10))
    yield "windows_grow", request(1) + frame(WINDOW_UPDATE, 0, 1, word(70000)) + frame(
        WINDOW_UPDATE, 0, 0, word(70000)) + frame(SETTINGS, 0, 0, b"\0\4\0\2\0\0")
    yield "push", request(1) + frame(PUSH, END_HEADERS, 1, word(2))
    yield "not_a_preface", b"PRI * HTTP/1.1\r\n\r\n"
    yield "nothing", b""
    yield from http2_attacks()


def numbers(*values):
    return b"".join(value.to_bytes(8, "little") for value in values)


def text(value):
    return len(value).to_bytes(4, "little") + value


def checksum(body):
    """As topic_export.h has it."""
    mask = (1 << 64) - 1
    total = 0xcbf29ce484222325 ^ len(body)
    for at in range(0, len(body), 8):
        total = (total ^ int.from_bytes(body[at:at + 8], "little")) * 0x9e3779b97f4a7c15 & mask
        total ^= total >> 29
    return total


def topic_export():
    bodies = {
        "topic": b"\x01" + text(b"default") + text("a/ä".encode()) + numbers(1, 1764000000000, 5, 9),
        "text": b"\x02\x00" + numbers(1234) + text(b"id") + text(b"hello"),
        "bytes": b"\x02\x01" + numbers(0) + text(b"") + text(b"\x00\xff"),
        "forgotten": b"\x03" + numbers(77, 1, 1764000000000, 50),
        "namespace": b"\x04" + text(b"games") + numbers(9) + b"\x01",
        "last_namespace": b"\x04" + text(b"") + numbers(12) + b"\x00",
        "end": b"\x05" + numbers(3),
        "moment": b"\x06" + numbers(1764000000000),
    }
    yield from bodies.items()
    yield "file", b"".join(len(body).to_bytes(4, "little") + numbers(checksum(body)) + body for body in bodies.values())
    yield "length_beyond", b"\xff\xff\xff\xff" + numbers(1) + b"x"
    yield "bad_topic", bodies["topic"].replace(b"default", b"def/ult")


TARGETS = {
    "grpc_message_fuzz": grpc_message,
    "grpc_pubsub_fuzz": grpc_pubsub,
    "grpc_reflection_fuzz": grpc_reflection,
    "http1_request_fuzz": http1,
    "http_session_fuzz": http_session,
    "http2_fuzz": http2,
    "topic_export_fuzz": topic_export,
}


def main():
    for target, inputs in TARGETS.items():
        folder = HERE / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            if not old.name.startswith("found_"):
                old.unlink()
        for name, content in inputs():
            (folder / name).write_bytes(content)
        print(target, sum(1 for _ in folder.iterdir()))


if __name__ == "__main__":
    main()
