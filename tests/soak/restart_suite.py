"""A restart with 100,000 topics: how long nobody serves, and that every topic goes on."""

import os
import random
import shutil
import tempfile
import time

from common.pipe import Pipe
from common.report import Suite, equal
from common.server import MIB, Hark, workspace
from soak import Progress
from soak_topics import name, publish_again

suite = Suite("soak/restart")
TOPICS, MESSAGES, PAYLOAD = 100_000, 5, "x" * 200
RESTARTS = 5


@suite.test
def a_restart_with_a_hundred_thousand_topics():
    progress = Progress("restart")
    data = tempfile.mkdtemp(prefix="restart-", dir=workspace())
    hark = Hark(cores=2, data_dir=data)
    try:
        with Pipe(hark.port) as pipe:
            for _ in range(MESSAGES):
                for number in range(TOPICS):
                    pipe.publish(name(number), PAYLOAD)
                pipe.settle()
                progress(f"{sum(pipe.answers.values())} messages")
        chance = random.Random(1)
        chosen = chance.sample(range(TOPICS), 200)
        pages = {number: page for number, _, page in publish_again(hark.port, chosen, PAYLOAD)}
        for life in range(RESTARTS):
            start = time.monotonic()
            hark.stop()
            down = time.monotonic()
            size = sum(os.path.getsize(os.path.join(data, name)) for name in os.listdir(data))
            hark = Hark(cores=2, data_dir=data, port=hark.port)
            up = time.monotonic()
            print(f"     restart {life + 1}: away {up - start:.2f} s, of it {down - start:.2f} s to end, {up - down:.2f} s "
                  f"to begin; {size / MIB:.0f} MiB on disk, {hark.rss() / MIB:.0f} MiB resident", flush=True)
            equal(hark.metric("hark_topics"), TOPICS, "topics that continue")
            for number, message, page in publish_again(hark.port, chosen, PAYLOAD):
                equal((message, page), (MESSAGES + 2 + life, pages[number]), f"{name(number)} after restart {life + 1}")
        hark.stop()
    finally:
        hark.kill()
        shutil.rmtree(data, ignore_errors=True)


suite.main()
