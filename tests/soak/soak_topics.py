"""Many topics, each by its number."""

from common.http2 import Connection
from common.report import equal


def name(number):
    return f"topic-{number}"


def publish_again(port, numbers, payload):
    """One message to each. (topic's number, its message number, page) by the trailers."""
    found = []
    with Connection(port) as connection:
        for number in numbers:
            answer = connection.answer(connection.publish("default", name(number), payload))
            equal(answer.get("grpc-status"), "0", f"publish ({answer})")
            found.append((number, int(answer["hark-sequence-number"]), int(answer["hark-sequence-page"])))
    return found
