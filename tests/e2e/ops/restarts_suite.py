"""Fifty restarts at random moments under load, which no client notices but by its own connection."""

import contextlib
import os
import random
import shutil
import tempfile
import time

from common.pubsub import Client
from common.report import Suite, equal, true
from common.server import Hark, workspace
from ops.restart_load import (EventFollower, GrpcFollower, GrpcPublisher, HttpPublisher, PollFollower, judge)

suite = Suite("ops/restarts")

RESTARTS = int(os.environ.get("HARK_RESTARTS", "50"))
TOPICS = [f"t{n}" for n in range(6)]
# Each message of a run is kept, so that a follower may begin with the first whenever it comes.
KEEP = ["--set", "limits.replay_messages_max=1000000", "--set", "limits.replay_bytes_max=64MiB"]


def marker_of(topic):
    return f"the last of {topic}"


def await_markers(followers, everybody):
    deadline = time.monotonic() + 20
    waiting = {(topic, follower) for topic, of in followers.items() for follower in of}
    while waiting:
        waiting = {(topic, follower) for topic, follower in waiting if not follower.has(marker_of(topic))}
        for worker in everybody:
            if worker.failed():
                raise worker.failed()
        true(time.monotonic() < deadline, f"not caught up: {[(t, type(f).__name__, f.slots[-1:]) for t, f in waiting]}")
        time.sleep(0.02)


@suite.test
def fifty_restarts_that_nobody_notices():
    seed = int(os.environ.get("HARK_RESTART_SEED", random.randrange(1 << 32)))
    chance = random.Random(seed)
    print(f"     ops/restarts: HARK_RESTART_SEED={seed}", flush=True)
    data = tempfile.mkdtemp(prefix="restarts-", dir=workspace())
    hark = Hark(cores=2, data_dir=data, arguments=KEEP)
    port, away = hark.port, []
    try:
        publishers = [GrpcPublisher(hark.target, f"grpc{n}", TOPICS, random.Random(seed + n)) for n in range(3)]
        publishers += [HttpPublisher(port, f"http{n}", TOPICS, random.Random(seed + 10 + n)) for n in range(2)]
        followers = {topic: [kind(port, topic)] for topic, kind in
                     zip(TOPICS, [GrpcFollower, EventFollower, PollFollower] * 2)}
        followers[TOPICS[0]] += [EventFollower(port, TOPICS[0]), PollFollower(port, TOPICS[0])]
        everybody = publishers + [follower for of in followers.values() for follower in of]
        for _ in range(RESTARTS):
            time.sleep(chance.uniform(0.02, 0.4))
            for worker in everybody:
                if worker.failed():
                    raise worker.failed()
            start = time.monotonic()
            hark.stop()
            hark = Hark(cores=chance.randint(1, 3), data_dir=data, arguments=KEEP, port=port)
            away.append(time.monotonic() - start)
        for publisher in publishers:
            publisher.stop()
        for publisher in publishers:
            publisher.join()
        with Client(hark.target) as client:
            for topic in TOPICS:
                client.publish("default", topic, marker_of(topic))
        await_markers(followers, everybody)
        for worker in everybody:
            worker.stop()
        for worker in everybody:
            worker.join()
        last = {topic: of[0].slots.pop() for topic, of in followers.items() if True}
        for topic, of in followers.items():
            for follower in of[1:]:
                follower.slots.pop()
            equal(last[topic].text, marker_of(topic), "the last of all")
        published, unknown = judge(publishers, followers)
        retries = sum(publisher.retries for publisher in publishers)
        true(published > 10 * RESTARTS, f"only {published} publishes: the test shows little")
        true(retries > 0, "no publish met a restart: the test shows nothing")
        away.sort()
        print(f"     ops/restarts: {RESTARTS} restarts, {published} publishes, {retries} tried again, {unknown} unknown; "
              f"away {away[len(away) // 2]:.2f} s in the middle, {away[-1]:.2f} s at most", flush=True)
        hark.stop()
    finally:
        with contextlib.suppress(Exception):
            hark.kill()
        shutil.rmtree(data, ignore_errors=True)


suite.main()
