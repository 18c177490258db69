"""Every refusal in gRPC's words: status, text and the `err` trailer."""

import grpc

from common import http2
from common.pubsub import Client, message
from common.report import Suite, equal, true
from common.server import SharedHark, sanitized

suite = Suite("python/errors")
hark = SharedHark(suite, cores=1)
LIMIT = 1 << 20
PUBLISH, SUBSCRIBE = http2.PUBLISH, http2.SUBSCRIBE


def refused(answer, status, err=None, word=None):
    equal(answer.code.value[0], status, f"status ({answer.text})")
    true(answer.text, "an error without a text")
    for trap in ("Store with name", "AbortSignal", "Cancelled on client"):
        true(trap not in answer.text, f"the text {answer.text!r} has a word that SDKs take for something else")
    if err is not None:
        equal(answer.err, err, "err trailer")
    if word is not None:
        true(word in answer.text.lower(), f"{word!r} is not in the text {answer.text!r}")


def subscribe_refused(client, namespace, topic, status, number=0):
    """The refusal is the stream's only event: no heartbeat before it."""
    subscription = client.subscribe(namespace, topic, number)
    first = subscription.raw()
    true(first is subscription.ENDED, f"a refused subscribe sent {first}")
    equal(subscription.call.code().value[0], status, f"status ({subscription.call.details()})")
    true(subscription.call.details(), "an error without a text")
    return dict(subscription.call.trailing_metadata())


@suite.test
def no_such_namespace():
    with Client(hark().target) as client:
        for answer in [client.publish("missing", "t", "x"), client.control("DeleteCache", "missing"),
                       client.control("FlushCache", "missing")]:
            refused(answer, 5)
            true(answer.err in (None, "cache_not_found", "namespace_not_found"), f"err is {answer.err}")
        trailers = subscribe_refused(client, "missing", "t", 5)
        true(trailers.get("err") not in ("item_not_found", "store_not_found"), f"err is {trailers.get('err')}")


@suite.test
def a_namespace_twice():
    with Client(hark().target) as client:
        equal(client.control("CreateCache", "twice").code, grpc.StatusCode.OK, "create")
        answer = client.control("CreateCache", "twice")
        refused(answer, 6)
        true(answer.err != "store_already_exists", "err")
        refused(client.control("CreateCache", "default"), 6)


@suite.test
def bad_topic_names():
    bad = ["", "x" * 1025, "a\nb", "a\x00b", "a\x7fb", "ü" * 513]
    with Client(hark().target) as client:
        for name in bad:
            refused(client.publish("default", name, "x"), 3)
            subscribe_refused(client, "default", name, 3)
        equal(client.publish("default", "ü" * 512, "x").code.value[0], 0, "a name of exactly 1,024 bytes")


@suite.test
def bad_namespace_names():
    bad = ["", "x" * 256, "a/b", "a\tb", "a\x00"]
    with Client(hark().target) as client:
        for name in bad:
            refused(client.control("CreateCache", name), 3)
            refused(client.control("DeleteCache", name), 3)
            refused(client.publish(name, "t", "x"), 3)
            subscribe_refused(client, name, "t", 3)
        equal(client.control("CreateCache", "x" * 255).code.value[0], 0, "a name of exactly 255 bytes")
        equal(client.control("DeleteCache", "x" * 255).code.value[0], 0, "deleting it")


@suite.test
def a_value_without_a_kind():
    with Client(hark().target) as client:
        refused(client.publish("default", "t", None), 3)
        request = message("cache_client.pubsub._PublishRequest")(cache_name="default", topic="t")
        request.value.SetInParent()
        refused(client.unary(PUBLISH, request), 3)


@suite.test
def invalid_utf8():
    with Client(hark().target) as client:
        for text in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"a\xf5\x80\x80\x80"):
            for parts in [(text, b"t", b"x"), (b"default", text, b"x"), (b"default", b"t", text)]:
                request = (http2.field(1, parts[0]) + http2.field(2, parts[1])
                           + http2.field(3, http2.field(1, parts[2])))
                answer = client.unary(PUBLISH, request)
                true(answer.code.value[0] in (3, 13), f"{parts}: {answer.code}")
            answer = client.unary("/control_client.ScsControl/CreateCache", http2.field(1, text))
            true(answer.code.value[0] in (3, 13), f"CreateCache {text}: {answer.code}")
        # As bytes the same is a value like any other.
        equal(client.publish("default", "t", b"\xff").code.value[0], 0, "binary")


@suite.test
def malformed_protobuf():
    bad = [b"\x0a", b"\x0a\x05ab", b"\x0a\xff\xff\xff\xff\x0f", b"\xff" * 11, b"\x07", b"\x1a\x02\x0a\x05",
           b"\x00\x01", b"\x0b\x0b\x0b"]
    with Client(hark().target) as client:
        for request in bad:
            for path in (PUBLISH, "/control_client.ScsControl/CreateCache"):
                answer = client.unary(path, request)
                true(answer.code.value[0] in (3, 13) and answer.text, f"{path} {request.hex()}: {answer}")
            stream = client.channel.unary_stream(SUBSCRIBE)(request)
            try:
                raise AssertionError(f"a malformed subscribe was answered with {next(stream).hex()}")
            except grpc.RpcError as error:
                true(error.code().value[0] in (3, 13), f"Subscribe {request.hex()}: {error.code()}")


@suite.test
def unknown_fields_are_skipped():
    with Client(hark().target) as client:
        request = http2.publish_message("default", "t", "x") + http2.field(99, "new") + http2.field(100, 7)
        equal(client.unary(PUBLISH, request).code.value[0], 0, "publish with unknown fields")


@suite.test
def the_payload_limit():
    with Client(hark().target) as client:
        equal(client.publish("default", "large", b"x" * LIMIT).code.value[0], 0, "a payload at the limit")
        answer = client.publish("default", "large", b"x" * (LIMIT + 1))
        refused(answer, 8, "request_size_limit_exceeded", "request limit")
        for word in ("subscribe", "operations", "throughput"):
            true(word not in answer.text.lower(), f"{answer.text!r} has {word!r}, which SDKs look for first")
        # The transport itself takes what the SDKs may send: 10,486,000 bytes.
        refused(client.publish("default", "large", b"x" * 10_485_000), 8, "request_size_limit_exceeded")
        equal(client.publish("default", "large", "after").code.value[0], 0, "the same connection afterwards")


@suite.test
def unknown_methods():
    paths = ["/cache_client.Scs/Get", "/cache_client.Scs/Set", "/cache_client.pubsub.Pubsub/Nothing", "/x/y",
             "/token.Token/GenerateDisposableToken", "/webhook.Webhook/PutWebhook",
             "/control_client.ScsControl/CreateSigningKey", "/control_client.ScsControl/ListIndexes",
             "/cache_client.pubsub.Pubsub/publish", "/auth.Auth/Login"]
    with Client(hark().target) as client:
        for path in paths:
            refused(client.unary(path), 12)


@suite.test
def compressed_requests():
    """A message with the compressed flag is not for us: we announced no compression."""
    with http2.Connection(hark().port) as connection:
        body = b"\x01" + http2.grpc(http2.publish_message("default", "t", "x"))[1:]
        stream = connection.open(PUBLISH, end=False)
        connection.send(http2.DATA, http2.END_STREAM, stream, body)
        equal(connection.answer(stream).get("grpc-status"), "12", "status")
        stream = connection.open(PUBLISH, end=False, extra=[("grpc-encoding", "gzip")])
        connection.send(http2.DATA, http2.END_STREAM, stream, body)
        equal(connection.answer(stream).get("grpc-status"), "12", "status with grpc-encoding")
        connection.is_served()


@suite.test
def broken_grpc_frames():
    """A body that is not one whole gRPC message is refused, and the connection lives on."""
    whole = http2.grpc(http2.publish_message("default", "broken", "x"))
    bodies = {"empty": b"", "half a prefix": whole[:3], "cut": whole[:-1], "two messages": whole + whole,
              "flag 2": b"\x02" + whole[1:], "flag 255": b"\xff" + whole[1:],
              "claims 4 GiB": b"\x00\xff\xff\xff\xff" + whole[5:]}
    with http2.Connection(hark().port) as connection:
        for name, body in bodies.items():
            stream = connection.open(PUBLISH, end=False)
            connection.send(http2.DATA, http2.END_STREAM, stream, body)
            answer = connection.answer(stream)
            true(answer.get("grpc-status") in ("3", "8", "12", "13") and answer.get("grpc-message"),
                 f"{name}: {answer}")
        connection.is_served()


@suite.test
def not_grpc_at_all():
    """Other methods and content types get an HTTP or gRPC refusal, never a hang."""
    post = http2.request_headers(PUBLISH)
    cases = {
        "GET": [(":method", "GET"), *post[1:]],
        "no content type": post[:-1],
        "text": [*post[:-1], ("content-type", "text/plain")],
    }
    with http2.Connection(hark().port) as connection:
        for name, headers in cases.items():
            answer = connection.answer(connection.open(PUBLISH, headers=headers))
            refused_by_http = answer.get(":status", "200") in ("400", "404", "405", "415")
            true(refused_by_http or answer.get("grpc-status", "0") != "0", f"{name}: {answer}")
        connection.is_served()


@suite.test
def unknown_metadata_is_ignored():
    with Client(hark().target) as client:
        request = client.publish_request("default", "t", "x")
        metadata = [("authorization", ""), ("agent", "python:topic:1.28.1"), ("runtime-version", "python 3.11"),
                    ("cache", "another"), ("read-concern", "consistent"), ("x-bin", b"\x00\xff"), ("authorization", "abc")]
        equal(client.unary(PUBLISH, request, metadata=metadata).code.value[0], 0, "publish")


@suite.test
def deleting_a_namespace_ends_its_subscriptions():
    with Client(hark().target) as client, Client(hark().target) as other:
        equal(client.control("CreateCache", "short-lived").code.value[0], 0, "create")
        doomed = [c.subscribe("short-lived", f"t{i}").established() for i in range(10) for c in (client, other)]
        spared = client.subscribe("default", "spared").established()
        equal(client.control("DeleteCache", "short-lived").code.value[0], 0, "delete")
        for subscription in doomed:
            code, text = subscription.ended()
            equal(code.value[0], 5, "status of the stream")
            true(text, "an end without a text")
        refused(client.publish("short-lived", "t0", "x"), 5)
        client.publish("default", "spared", "still here")
        equal(spared.item().value.text, "still here", "a subscription elsewhere")


@suite.test
def ten_thousand_bad_requests_leave_nothing_behind():
    server = hark()
    with Client(server.target) as client:
        call = client.channel.unary_unary(PUBLISH)

        def batch():
            for future in [call.future(b"\x0a\x05ab", timeout=30) for _ in range(1000)]:
                true(future.code().value[0] in (3, 13), f"refused with {future.code()}")

        batch()
        before = server.rss()
        for _ in range(9):
            batch()
        grown = server.rss() - before
        true(sanitized() or grown < 8 << 20, f"memory grew by {grown} bytes")


suite.main()
