"""Following a topic with the real curl: server-sent events and long polls, over HTTP/1.1 and HTTP/2."""

import shutil
import subprocess
import threading

from common.pubsub import Client
from common.report import Skip, Suite, equal
from common.server import Hark, SharedHark
from conformance import elements
from conformance.contract import At, Fresh, Item
from conformance.driver import heard
from conformance.drivers.long_poll_driver import LongPollDriver
from conformance.event_stream import EventStream

suite = Suite("ops/follow")
hark = SharedHark(suite, cores=2)
MANY = 10_000


def url(server, topic, query=""):
    return f"http://{server.target}/topics/default/{topic}?{query}"


def curl(*arguments):
    if not shutil.which("curl"):
        raise Skip("curl is not installed")
    return subprocess.Popen(["curl", "-sS", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def output(*arguments):
    process = curl("--max-time", "60", *arguments)
    out, words = process.communicate(timeout=70)
    equal(process.returncode, 0, f"curl's exit code ({words.decode()})")
    return out


class Follower:
    """curl -N on a stream of events."""

    def __init__(self, version, address):
        self.process = curl("-N", version, "-H", "Accept: text/event-stream", address)
        self.stream, self._blocks = EventStream(), []
        timer = threading.Timer(60, self.process.kill)  # so that no read waits for ever
        timer.daemon = True
        timer.start()
        self.block()  # the first one: it is there

    def block(self):
        """The next block; an error at the end of the output."""
        while not self._blocks:
            data = self.process.stdout.read1(65536)
            if not data:
                raise AssertionError(f"curl has ended: {self.process.stderr.read().decode()}")
            self._blocks += self.stream.feed(data)
        return self._blocks.pop(0)

    def last_words(self):
        """The last block, at the end of the output; and how curl ended."""
        self._blocks += self.stream.feed(self.process.stdout.read())
        return self._blocks[-1], self.process.wait(10), self.process.stderr.read()

    def item(self):
        while not (block := self.block()).event:
            pass
        return elements.element(elements.decode(block.event.data))


def curl_publishes_and_follows(version):
    with Hark(cores=2) as server:
        follower = Follower(version, url(server, "curl"))
        texts = [f"message {i}, ä🎉" for i in range(20)]
        for number, text in enumerate(texts, 1):
            page = output(version, "-d", text, "-o", "/dev/null", "-w", "%header{hark-sequence-page}", url(server, "curl"))
            equal(follower.item(), Item(int(page), number, text), "followed")
        server.stop()
        last, code, words = follower.last_words()
        equal([name for name, _ in last.lines], ["retry"], "the last word before a restart")
        equal((code, words), (0, b""), "curl's end")


@suite.test
def curl_publishes_and_follows_events():
    curl_publishes_and_follows("--http1.1")


@suite.test
def curl_publishes_and_follows_events_over_http_2():
    curl_publishes_and_follows("--http2-prior-knowledge")


def publishing(topic, values):
    """A thread that publishes all of them, over one connection of gRPC."""
    def publish():
        with Client(hark().target) as client:
            client.publish_all("default", topic, values, 64)

    thread = threading.Thread(target=publish)
    thread.start()
    return thread


@suite.test
def a_long_poll_reads_ten_thousand_while_they_are_published():
    values = [f"message {i}" for i in range(MANY)]
    subscription = LongPollDriver(hark()).subscribe("default", "polled", Fresh())
    thread = publishing("polled", values)
    events = heard(subscription, lambda event: isinstance(event, Item) and event.number == MANY)
    thread.join()
    equal([(event.number, event.value) for event in events], list(enumerate(values, 1)), "what was read")
    equal({event.page for event in events}, {subscription.resume().page}, "pages")
    equal(subscription.resume(), At(MANY + 1, events[0].page), "where it goes on")
    subscription.close()


def curl_polls(version, topic):
    """As a shell script would: a process and a connection for each poll."""
    values = [f"message {i}" for i in range(MANY)]
    thread = publishing(topic, values)
    events, following = [], {"sequence_number": 1, "sequence_page": 0}
    while len(events) < MANY:
        query = "&".join(f"{name}={value}" for name, value in following.items())
        said = elements.decode(output(version, url(hark(), topic, query)))
        events += map(elements.element, said["items"])
        following = said["next"]
    thread.join()
    equal([(event.number, event.value) for event in events], list(enumerate(values, 1)), "what was read")
    equal(following, {"sequence_number": MANY + 1, "sequence_page": events[0].page}, "next")


@suite.test
def curl_polls_ten_thousand_while_they_are_published():
    curl_polls("--http1.1", "by-curl")


@suite.test
def curl_polls_ten_thousand_over_http_2():
    curl_polls("--http2-prior-knowledge", "by-curl-2")


suite.main(workers=2)
