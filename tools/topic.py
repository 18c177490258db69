#!/usr/bin/python3
"""Publishes to a topic and subscribes to it over gRPC, with nothing but Debian's python3-grpcio.

    tools/topic.py [--server HOST:PORT] publish NAMESPACE TOPIC TEXT
    tools/topic.py [--server HOST:PORT] subscribe NAMESPACE TOPIC [--from NUMBER] [--count N]

`subscribe` begins with the newest message; --from 1 with the oldest that is kept. It ends with Ctrl-C, or after
--count messages. Needs: python3-grpcio python3-protobuf protobuf-compiler.
"""

import argparse
import functools
import importlib
import os
import pathlib
import subprocess
import sys

os.environ.setdefault("GRPC_VERBOSITY", "NONE")
try:
    import grpc
except ImportError:
    sys.exit("topic: apt-get install python3-grpcio python3-protobuf protobuf-compiler")

ROOT = pathlib.Path(__file__).resolve().parent.parent


@functools.cache
def pubsub():
    """The messages of proto/cachepubsub.proto, generated into build/ when they are older than it."""
    out = ROOT / "build" / "python"
    sources = sorted((ROOT / "proto").glob("*.proto"))
    made = out / "cachepubsub_pb2.py"
    if not made.exists() or made.stat().st_mtime < max(s.stat().st_mtime for s in sources):
        out.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run(["protoc", f"--python_out={out}", "-I", ROOT / "proto", *sources], check=True)
        except FileNotFoundError:
            sys.exit("topic: apt-get install protobuf-compiler")
    sys.path.insert(0, str(out))
    return importlib.import_module("cachepubsub_pb2")


class Server:
    """A connection to hark."""

    def __init__(self, address):
        self._channel = grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])

    def publish(self, namespace, topic, text):
        """Returns once the message is numbered. The number and its page: (number, page)."""
        request = pubsub()._PublishRequest(cache_name=namespace, topic=topic)
        request.value.text = text
        call = self._channel.unary_unary("/cache_client.pubsub.Pubsub/Publish",
                                         request_serializer=lambda message: message.SerializeToString())
        _, answer = call.with_call(request, timeout=10, wait_for_ready=True)
        trailers = dict(answer.trailing_metadata() or ())
        return trailers.get("hark-sequence-number"), trailers.get("hark-sequence-page")

    def subscribe(self, namespace, topic, number=0):
        """Every message that hark sends, as it comes: items, discontinuities and heartbeats."""
        request = pubsub()._SubscriptionRequest(cache_name=namespace, topic=topic,
                                                resume_at_topic_sequence_number=number)
        call = self._channel.unary_stream("/cache_client.pubsub.Pubsub/Subscribe",
                                          request_serializer=lambda message: message.SerializeToString(),
                                          response_deserializer=pubsub()._SubscriptionItem.FromString)
        return call(request, wait_for_ready=True)


def describe(received):
    """One line of an item or a discontinuity; None of a heartbeat."""
    kind = received.WhichOneof("kind")
    if kind == "item":
        item = received.item
        value = item.value.text if item.value.WhichOneof("kind") == "text" else item.value.binary
        return f"{item.topic_sequence_number}: {value}"
    if kind == "discontinuity":
        notice = received.discontinuity
        return f"(numbers up to {notice.new_topic_sequence} of page {notice.new_sequence_page} will not come)"
    return None


def show(server, options):
    left = options.count
    for received in server.subscribe(options.namespace, options.topic, options.number):
        line = describe(received)
        if line is None:
            continue
        print(line, flush=True)
        left -= received.WhichOneof("kind") == "item"
        if left == 0:
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--server", default="127.0.0.1:8080", metavar="HOST:PORT")
    commands = parser.add_subparsers(dest="command", required=True)
    publish = commands.add_parser("publish")
    subscribe = commands.add_parser("subscribe")
    for command in (publish, subscribe):
        command.add_argument("namespace")
        command.add_argument("topic")
    publish.add_argument("text")
    subscribe.add_argument("--from", dest="number", type=int, default=0, help="the first number wanted")
    subscribe.add_argument("--count", type=int, default=-1, help="end after this many messages")
    options = parser.parse_args()
    server = Server(options.server)
    try:
        if options.command == "publish":
            number, _ = server.publish(options.namespace, options.topic, options.text)
            print(f"published as number {number}" if number else "published")
        else:
            show(server, options)
    except grpc.RpcError as error:
        sys.exit(f"topic: {error.code().name}: {error.details()}")
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
