"""Momento's form: gRPC by python3-grpcio; a reader that stops, by HTTP/2 frames."""

import grpc

from common import http2
from common.pubsub import Client, Subscription as Call, message, text_of
from common.report import equal, true
from common.stopped import Stopped
from conformance.contract import NUMBER_MAX, At, Capabilities, End, Fresh, Gap, Item, Latest, Refused
from conformance.driver import Deadline, Driver, Place, Subscription

BY_STATUS = {3: "invalid_argument", 14: "unavailable"}
BY_TRAILER = {"cache_not_found": "namespace_not_found", "request_size_limit_exceeded": "message_too_large"}
DRAINING = "Unavailable, try again"  # what a server says; grpcio has words of its own for a connection that breaks


def refusal(code, text, err):
    return Refused(BY_TRAILER.get(err) or BY_STATUS.get(code.value[0], str(code)), text)


def slot(trailers):
    return int(trailers["hark-sequence-page"]), int(trailers["hark-sequence-number"])


class RawCall(Call):
    """A Subscribe call of any bytes."""

    def __init__(self, channel, request):
        item = message("cache_client.pubsub._SubscriptionItem")
        self.call = channel.unary_stream(http2.SUBSCRIBE, response_deserializer=item.FromString)(request)
        self._begin()


class GrpcSubscription(Subscription):
    def __init__(self, call, start):
        self._call, self._start, self._place = call, start, Place()
        first = call.raw()
        if first is call.ENDED:
            raise refusal(call.call.code(), call.call.details(), dict(call.call.trailing_metadata()).get("err"))
        equal(first.WhichOneof("kind"), "heartbeat", "the first message")

    def next(self, timeout=20):
        deadline = Deadline(timeout, "the next message")
        while True:
            received = self._call.raw(deadline.left())
            if received is self._call.ENDED:
                return self._end()
            if received.WhichOneof("kind") != "heartbeat":
                return self._place.took(event_of(received))

    def _end(self):
        code, text = self._call.call.code(), self._call.call.details()
        if code == grpc.StatusCode.UNAVAILABLE:
            return End("draining" if text.startswith(DRAINING) else "cut")
        return End(refusal(code, text, dict(self._call.call.trailing_metadata()).get("err")).code)

    def heartbeat(self, timeout):
        received = self._call.raw(timeout)
        true(received is not self._call.ENDED and received.WhichOneof("kind") == "heartbeat", f"no heartbeat: {received}")

    def resume(self):
        return self._start if self._place.page is None else At(self._place.last + 1, self._place.page)

    def close(self):
        self._call.cancel()


class StoppedSubscription(Subscription):
    """Reads nothing before next() is called for the first time."""

    def __init__(self, hark, topic):
        self._stopped = Stopped(hark, topic, by_socket=True)
        self._events = None

    def next(self, timeout=20):
        self._events = self._events or self._stopped.events()
        return event_of(next(self._events))

    def close(self):
        self._stopped.connection.close()


def event_of(received):
    """Of a message, or of what is in it."""
    kind = received.WhichOneof("kind") if hasattr(received, "item") else None
    got = getattr(received, kind) if kind else received
    if hasattr(got, "topic_sequence_number"):
        return Item(got.sequence_page, got.topic_sequence_number, text_of(got))
    return Gap(None, got.last_topic_sequence, None, None, got.new_topic_sequence, got.new_sequence_page)


class GrpcDriver(Driver):
    name = "grpc"
    capabilities = Capabilities(starts=(Fresh, At), fresh_default=Latest, position_notice=False, carries_reason=False,
                                keeps_place=False)

    def __init__(self, hark):
        super().__init__(hark)
        self._client = Client(hark.target)
        self._subscriber = self._client.channel

    @classmethod
    def late(cls, hark):
        return LateGrpc(hark)

    def _call(self, request, start):
        """A subscription; after a refusal the next one has a connection of its own, since a server makes those
        wait who are refused again and again."""
        try:
            return GrpcSubscription(RawCall(self._subscriber, request), start)
        except Refused:
            self._close_subscriber()
            self._subscriber = grpc.insecure_channel(self.hark.target, options=[("grpc.use_local_subchannel_pool", 1)])
            raise

    def _close_subscriber(self):
        if self._subscriber is not self._client.channel:
            self._subscriber.close()

    def subscribe(self, namespace, topic, start, receive_buffer=None):
        if receive_buffer:
            true((namespace, start) == ("default", Fresh()), "who stops begins with nothing said, in `default`")
            return StoppedSubscription(self.hark, topic)
        number, page = start if isinstance(start, At) else (0, 0)
        request = http2.subscribe_message(namespace, topic, number, page)
        return self._call(request, start)

    @staticmethod
    def _request(namespace, topic, value):
        kind = http2.field(1 if isinstance(value, str) else 2, value)
        return http2.field(1, namespace) + http2.field(2, topic) + http2.field(3, kind)

    def publish(self, namespace, topic, value):
        answer = self._client.unary(http2.PUBLISH, self._request(namespace, topic, value))
        if answer.code != grpc.StatusCode.OK:
            raise refusal(answer.code, answer.text, answer.err)
        return slot(answer.trailers)

    def publish_all(self, namespace, topic, values):
        call, slots, under_way = self._client.channel.unary_unary(http2.PUBLISH), [], []
        for value in values:
            under_way.append(call.future(self._request(namespace, topic, value), timeout=30))
            if len(under_way) == 256 or len(value) > 10_000:
                slots += self._slots(under_way)
        return slots + self._slots(under_way)

    @staticmethod
    def _slots(under_way):
        slots = []
        for future in under_way:
            equal(future.code(), grpc.StatusCode.OK, f"a publish ({future.details()})")
            slots.append(slot(dict(future.trailing_metadata())))
        under_way.clear()
        return slots

    def bad_requests(self):
        for what, request in (("nothing", b""), ("a namespace alone", http2.field(1, "default")),
                              ("half a field", http2.subscribe_message("default", "t") + b"\x1a")):
            yield what, lambda request=request: self._call(request, None)
        for position in ((NUMBER_MAX + 1, 0), (1, NUMBER_MAX + 1), ((1 << 64) - 1, 0), (0, (1 << 64) - 1)):
            yield f"the position {position}", lambda position=position: self.subscribe("default", "t", At(*position))
        yield "a value without a kind", lambda: self._refused(
            http2.field(1, "default") + http2.field(2, "t") + http2.field(3, b""))

    def _refused(self, request):
        answer = self._client.unary(http2.PUBLISH, request)
        true(answer.code != grpc.StatusCode.OK, "accepted")
        raise refusal(answer.code, answer.text, answer.err)

    def close(self):
        self._close_subscriber()
        self._client.close()


class LateGrpc(Driver):
    """By frames: grpcio asks nothing on a connection that begins by a GOAWAY, but makes one after the other."""

    def publish(self, namespace, topic, value):
        return self._ask(lambda connection: connection.publish(namespace, topic, value))

    def subscribe(self, namespace, topic, start, receive_buffer=None):
        return self._ask(lambda connection: connection.subscribe(namespace, topic, *start))

    def _ask(self, ask):
        with http2.Connection(self.hark.port) as connection:
            answer = connection.answer(ask(connection))
        status = int(answer["grpc-status"])
        true(status != 0, f"served: {answer}")
        raise Refused(BY_STATUS[status], answer["grpc-message"])


DRIVERS = [GrpcDriver]
