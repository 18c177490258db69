"""A gRPC client made of python3-grpcio and the messages of proto/: no generated stubs, no SDK."""

import collections
import glob
import importlib
import os
import queue
import sys
import threading
import time

import grpc
from google.protobuf import symbol_database

from common.report import true
from common.server import workspace

_loaded = threading.Lock()
_modules = False


def message(name):
    """The class of a protobuf message by its full name, e.g. cache_client.pubsub._PublishRequest."""
    global _modules
    with _loaded:
        if not _modules:
            generated = os.path.join(workspace(), "proto")
            sys.path.insert(0, generated)
            for path in sorted(glob.glob(os.path.join(generated, "*_pb2.py"))):
                importlib.import_module(os.path.basename(path)[:-3])
            _modules = True
    return symbol_database.Default().GetSymbol(name)


Answer = collections.namedtuple("Answer", "code text err message trailers")


class Client:
    """One connection of its own (grpcio shares connections between channels unless told not to)."""

    def __init__(self, target, **options):
        settings = {"grpc.use_local_subchannel_pool": 1,
                    "grpc.max_receive_message_length": 16 << 20,
                    "grpc.max_send_message_length": 64 << 20, **options}
        self.channel = grpc.insecure_channel(target, options=list(settings.items()))
        # Calls made before the connection stands may leave in another order than they were made.
        grpc.channel_ready_future(self.channel).result(timeout=20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.channel.close()

    def unary(self, path, request=b"", reply=None, timeout=20, metadata=()):
        """Calls a method with a message or raw bytes; never raises for a status."""
        if not isinstance(request, bytes):
            request = request.SerializeToString()
        call = self.channel.unary_unary(path, request_serializer=None,
                                        response_deserializer=reply.FromString if reply else None)
        try:
            value, state = call.with_call(request, timeout=timeout, metadata=metadata)
        except grpc.RpcError as error:
            value, state = None, error
        trailers = dict(state.trailing_metadata() or ())
        return Answer(state.code(), state.details(), trailers.get("err"), value, trailers)

    def publish_request(self, namespace, topic, value):
        request = message("cache_client.pubsub._PublishRequest")(cache_name=namespace, topic=topic)
        if isinstance(value, str):
            request.value.text = value
        elif value is not None:
            request.value.binary = value
        return request

    def publish(self, namespace, topic, value):
        return self.unary("/cache_client.pubsub.Pubsub/Publish", self.publish_request(namespace, topic, value))

    def publish_all(self, namespace, topic, values, outstanding=256):
        """Publishes in order on this one connection, several under way; demands that each is accepted."""
        call = self.channel.unary_unary("/cache_client.pubsub.Pubsub/Publish")
        room = threading.Semaphore(outstanding)
        failed = []

        def done(future):
            if future.code() != grpc.StatusCode.OK:
                failed.append(f"{future.code()} {future.details()}")
            room.release()

        for value in values:
            room.acquire()
            request = self.publish_request(namespace, topic, value).SerializeToString()
            call.future(request, timeout=30).add_done_callback(done)
        for _ in range(outstanding):
            room.acquire()
        true(not failed, f"{len(failed)} publishes failed, e.g. {failed[:1]}")

    def control(self, method, namespace=None, timeout=20):
        """CreateCache, DeleteCache, FlushCache, ListCaches."""
        plural = "_ListCaches" if method == "ListCaches" else f"_{method}"
        request = message(f"control_client.{plural}Request")()
        if namespace is not None:
            request.cache_name = namespace
        return self.unary(f"/control_client.ScsControl/{method}", request,
                          message(f"control_client.{plural}Response"), timeout=timeout)

    def subscribe(self, namespace, topic, number=0, page=0, timeout=None, kind=None):
        request = message("cache_client.pubsub._SubscriptionRequest")(
            cache_name=namespace, topic=topic, resume_at_topic_sequence_number=number, sequence_page=page)
        return (kind or Subscription)(self.channel, request, timeout)


class Subscription:
    """A Subscribe call whose messages wait in a queue, in the order of the wire."""

    ENDED = object()

    def __init__(self, channel, request, timeout=None):
        item = message("cache_client.pubsub._SubscriptionItem")
        method = channel.unary_stream("/cache_client.pubsub.Pubsub/Subscribe",
                                      request_serializer=lambda r: r.SerializeToString(),
                                      response_deserializer=item.FromString)
        self.call = method(request, timeout=timeout)
        self._begin()

    def _begin(self):
        self._queue = queue.Queue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        try:
            for received in self.call:
                self._queue.put(received)
        except grpc.RpcError:
            pass
        self._queue.put(self.ENDED)

    def raw(self, timeout=20):
        """The next message of any kind, or ENDED."""
        try:
            return self._queue.get(timeout=timeout)
        except queue.Empty:
            raise AssertionError(f"nothing received in {timeout} s") from None

    def established(self, timeout=20):
        """Waits for the first message, which must be a heartbeat. Returns self."""
        first = self.raw(timeout)
        if first is self.ENDED:
            raise AssertionError(f"subscribe ended: {self.call.code()} {self.call.details()}")
        true(first.WhichOneof("kind") == "heartbeat", f"the first message is {first}")
        return self

    def next(self, timeout=20):
        """The next item or discontinuity; heartbeats are passed over, but lengthen no wait."""
        end = time.monotonic() + timeout
        while True:
            true(time.monotonic() < end, f"nothing but heartbeats in {timeout} s")
            received = self.raw(timeout)
            if received is self.ENDED:
                raise AssertionError(f"the stream ended: {self.call.code()} {self.call.details()}")
            kind = received.WhichOneof("kind")
            if kind != "heartbeat":
                return getattr(received, kind)

    def item(self, timeout=20):
        received = self.next(timeout)
        true(hasattr(received, "topic_sequence_number"), f"expected an item, got {received}")
        return received

    def quiet(self):
        """Demands that nothing but heartbeats comes before the second heartbeat from now."""
        for _ in range(2):
            received = self.raw(20)
            true(received is not self.ENDED and received.WhichOneof("kind") == "heartbeat",
                 f"expected silence, got {received}")

    def ended(self, timeout=20):
        """Waits for the end; (code, text). Messages before it are passed over."""
        while self.raw(timeout) is not self.ENDED:
            pass
        return self.call.code(), self.call.details()

    def cancel(self):
        self.call.cancel()


class UnthreadedSubscription(Subscription):
    """One that is read by who asks for its next message: thousands of threads would measure Python alone.
    Its call's own timeout ends a wait."""

    def _begin(self):
        pass

    def raw(self, timeout=20):
        try:
            return next(self.call)
        except (StopIteration, grpc.RpcError):
            return self.ENDED


def text_of(item):
    return item.value.text if item.value.WhichOneof("kind") == "text" else item.value.binary
