"""What a gRPC server has besides its purpose: control, ping, health, reflection; and how the transport behaves."""

import time

import grpc

from common import http2
from common.pubsub import Client, message, text_of
from common.report import Suite, equal, true
from common.server import SharedHark

suite = Suite("python/services")
hark = SharedHark(suite, cores=2)


@suite.test
def create_list_delete():
    with Client(hark().target) as client:
        def names():
            answer = client.control("ListCaches")
            equal(answer.code, grpc.StatusCode.OK, "list")
            equal(answer.message.next_token, "", "next_token")
            return [c.cache_name for c in answer.message.cache]

        true("default" in names(), "the namespace `default` is not there from the start")
        for name in ("one", "zwei zwei", "três"):
            equal(client.control("CreateCache", name).code, grpc.StatusCode.OK, f"create {name}")
            true(name in names(), f"{name} is not listed")
        listed = next(c for c in client.control("ListCaches").message.cache if c.cache_name == "one")
        equal(listed.topic_limits.max_publish_message_size_kb, 1024, "max_publish_message_size_kb")
        true(listed.topic_limits.max_subscription_count > 0 and listed.topic_limits.max_publish_rate > 0,
             f"limits are {listed}")
        true(listed.HasField("cache_limits"), "no cache_limits")
        client.publish("one", "t", "in one")
        equal(text_of(client.subscribe("one", "t").established().item()), "in one", "a topic in it")
        equal(client.subscribe("zwei zwei", "t").established().quiet(), None, "the same topic elsewhere")
        for name in ("one", "zwei zwei", "três"):
            equal(client.control("DeleteCache", name).code, grpc.StatusCode.OK, f"delete {name}")
            true(name not in names(), f"{name} is still listed")


@suite.test
def ping():
    with Client(hark().target) as client:
        answer = client.unary("/cache_client.Ping/Ping", b"", message("cache_client._PingResponse"))
        equal(answer.code, grpc.StatusCode.OK, "Ping")


@suite.test
def health():
    request = message("grpc.health.v1.HealthCheckRequest")
    reply = message("grpc.health.v1.HealthCheckResponse")
    with Client(hark().target) as client:
        for service in ("", "cache_client.pubsub.Pubsub"):
            answer = client.unary("/grpc.health.v1.Health/Check", request(service=service), reply)
            equal(answer.code, grpc.StatusCode.OK, f"Check {service!r}")
            equal(answer.message.status, reply.SERVING, f"Check {service!r}")
        equal(client.unary("/grpc.health.v1.Health/Check", request(service="no.such"), reply).code,
              grpc.StatusCode.NOT_FOUND, "Check of an unknown service")
        watch = client.channel.unary_stream("/grpc.health.v1.Health/Watch",
                                            request_serializer=request.SerializeToString,
                                            response_deserializer=reply.FromString)
        for service, status in [("", reply.SERVING), ("no.such", reply.SERVICE_UNKNOWN)]:
            stream = watch(request(service=service), timeout=20)
            equal(next(stream).status, status, f"Watch {service!r}")
            stream.cancel()


def reflect(version):
    package = f"grpc.reflection.{version}"
    request, reply = message(f"{package}.ServerReflectionRequest"), message(f"{package}.ServerReflectionResponse")
    from google.protobuf import descriptor_pb2
    with Client(hark().target) as client:
        method = client.channel.stream_stream(f"/{package}.ServerReflection/ServerReflectionInfo",
                                              request_serializer=request.SerializeToString,
                                              response_deserializer=reply.FromString)
        asked = [request(list_services=""), request(file_containing_symbol="cache_client.pubsub.Pubsub"),
                 request(file_containing_symbol="control_client._CreateCacheRequest"),
                 request(file_containing_symbol="no.such.Symbol"), request(file_by_filename="no-such.proto")]
        answers = list(method(iter(asked), timeout=20))
    equal(len(answers), len(asked), "answers")
    services = {s.name for s in answers[0].list_services_response.service}
    for name in ("cache_client.pubsub.Pubsub", "control_client.ScsControl", "cache_client.Ping", "grpc.health.v1.Health"):
        true(name in services, f"{name} is not in {services}")
    for answer, name in [(answers[1], "cache_client.pubsub"), (answers[2], "control_client")]:
        files = [descriptor_pb2.FileDescriptorProto.FromString(f)
                 for f in answer.file_descriptor_response.file_descriptor_proto]
        true(any(f.package == name for f in files), f"no file of {name} in {[f.name for f in files]}")
    for answer in answers[3:]:
        equal(answer.error_response.error_code, 5, "error code of an unknown symbol or file")


@suite.test
def reflection_v1():
    reflect("v1")


@suite.test
def reflection_v1alpha():
    reflect("v1alpha")


@suite.test
def keepalive_pings_without_calls():
    """The SDKs ping every 5 s also when idle; here every second by grpcio and five times a second by hand."""
    options = {"grpc.keepalive_time_ms": 1000, "grpc.keepalive_timeout_ms": 1000,
               "grpc.keepalive_permit_without_calls": 1, "grpc.http2.max_pings_without_data": 0}
    with Client(hark().target, **options) as client:
        subscription = client.subscribe("default", "kept-alive").established()
        with http2.Connection(hark().port) as connection:
            for _ in range(25):
                start = time.monotonic()
                connection.ping(5)
                true(time.monotonic() - start < 1, "a PING took a second")
                time.sleep(0.2)  # the spacing is what is tested
            true(connection.goaway is None, f"GOAWAY {connection.goaway} for pings")
            connection.is_served()
        client.publish("default", "kept-alive", "x")
        equal(text_of(subscription.item()), "x", "on the pinged connection")


@suite.test
def grpc_timeout_does_not_end_a_subscription():
    """Some SDKs send their call timeout with a Subscribe and ignore it afterwards."""
    with http2.Connection(hark().port) as connection:
        stream = connection.open(http2.SUBSCRIBE, http2.subscribe_message("default", "timeout"),
                                 extra=[("grpc-timeout", "300m")])
        start = time.monotonic()
        while time.monotonic() - start < 2.5:
            got = connection.until(lambda f: f.stream == stream, "a heartbeat")
            true(got.kind in (http2.HEADERS, http2.DATA) and not got.flags & http2.END_STREAM,
                 f"the stream ended after {time.monotonic() - start:.1f} s: {got}")


@suite.test
def many_concurrent_streams_are_announced():
    with http2.Connection(hark().port) as connection:
        streams = connection.server_settings.get(http2.MAX_STREAMS, 1 << 31)
        true(streams >= 2048, f"SETTINGS_MAX_CONCURRENT_STREAMS is {streams}")


@suite.test
def refusals_are_trailers_only():
    """A refused Subscribe is one HEADERS frame that ends the stream: SDKs see an error, not a stream."""
    with http2.Connection(hark().port) as connection:
        stream = connection.subscribe("missing", "t")
        got = connection.until(lambda f: f.stream == stream, "an answer")
        equal((got.kind, got.flags & http2.END_STREAM), (http2.HEADERS, http2.END_STREAM), "first frame")
        headers = got.headers
        equal((headers[":status"], headers["grpc-status"]), ("200", "5"), "headers")
        true(headers["content-type"].startswith("application/grpc"), f"content-type is {headers['content-type']}")


@suite.test
def error_texts_are_percent_encoded():
    with http2.Connection(hark().port) as connection:
        answer = connection.answer(connection.publish("größe", "t", "x"))
        equal(answer.get("grpc-status"), "5", "status")
        text = answer["grpc-message"]
        true(text and all(32 <= ord(c) < 127 for c in text), f"grpc-message is {text!r}")


@suite.test
def requests_cut_anywhere():
    """A Publish whose bytes arrive one at a time, and in DATA frames of one byte."""
    with http2.Connection(hark().port) as connection:
        body = http2.grpc(http2.publish_message("default", "cut", "x" * 40))
        block = connection.encoder.encode(http2.request_headers(http2.PUBLISH))
        out = http2.frame(http2.HEADERS, http2.END_HEADERS, 1, block)
        out += b"".join(http2.frame(http2.DATA, 0, 1, body[i:i + 1]) for i in range(len(body) - 1))
        out += http2.frame(http2.DATA, http2.END_STREAM, 1, body[-1:])
        connection.next_stream = 3
        for i in range(len(out)):
            connection.write(out[i:i + 1])
        equal(connection.answer(1).get("grpc-status"), "0", "publish")


@suite.test
def a_stream_without_credit_waits_alone():
    """One stream of a connection has no window; the others of the same connection get everything."""
    with http2.Connection(hark().port, settings=((http2.ENABLE_PUSH, 0), (http2.INITIAL_WINDOW, 0))) as connection:
        shut, wide = connection.subscribe("default", "credit"), connection.subscribe("default", "credit")
        connection.send(http2.WINDOW_UPDATE, 0, wide, (1 << 20).to_bytes(4, "big"))
        heard = connection.until(lambda f: f.kind == http2.DATA, "a heartbeat")
        equal(heard.stream, wide, "the stream with credit")
        with Client(hark().target) as client:
            for i in range(20):
                equal(client.publish("default", "credit", "x" * 1000).code.value[0], 0, "publish")
        received = 0
        while received < 20 * 1000:
            got = connection.until(lambda f: f.kind == http2.DATA, "items")
            equal(got.stream, wide, "the stream with credit")
            received += len(got.payload)
        connection.send(http2.WINDOW_UPDATE, 0, shut, (1 << 20).to_bytes(4, "big"))
        received = 0
        while received < 20 * 1000:
            received += len(connection.until(lambda f: f.kind == http2.DATA and f.stream == shut, "its items").payload)


suite.main(workers=4)
