"""Restarts that nobody notices, and those that subscribers are told of."""

import os
import resource
import shutil
import tempfile
import time
from contextlib import contextmanager

from common.pubsub import Client, text_of
from common.report import Suite, equal, true
from common.server import Hark, workspace

suite = Suite("ops/restart")


@contextmanager
def directory():
    data = tempfile.mkdtemp(dir=workspace())
    try:
        yield data
    finally:
        shutil.rmtree(data, ignore_errors=True)


def fill(client, topics, count):
    for topic in range(topics):
        for i in range(count):
            client.publish("default", f"t{topic}", f"{topic}-{i}")


def first_page(client, topic):
    return client.subscribe("default", topic).established().item().sequence_page


@suite.test
def same_page_and_numbers_whatever_the_number_of_cores():
    with directory() as data:
        pages = {}
        for life, cores in enumerate((1, 2, 1, 3)):
            with Hark(cores=cores, data_dir=data) as hark, Client(hark.target) as client:
                for topic in range(20):
                    name = f"t{topic}"
                    if life:  # as an SDK comes back: the number after its last, which it has yet to see
                        stream = client.subscribe("default", name, life, pages[name]).established()
                    client.publish("default", name, f"{name} {life}")
                    if life:
                        kept, item = stream.item(), stream.item()
                        equal((kept.topic_sequence_number, text_of(kept)), (life, f"{name} {life - 1}"), "kept")
                        equal((item.topic_sequence_number, item.sequence_page), (life + 1, pages[name]), "goes on")
                    pages[name] = first_page(client, name)
                equal(hark.stop() < 10, True, "ends in time")


@suite.test
def after_a_kill_nothing_of_an_old_export_comes_back():
    with directory() as data:
        with Hark(data_dir=data) as hark, Client(hark.target) as client:
            fill(client, 1, 5)
            page = first_page(client, "t0")
        with Hark(data_dir=data) as hark, Client(hark.target) as client:
            equal(first_page(client, "t0"), page, "page after a clean end")
            client.publish("default", "t0", "numbered 6, then lost")
            hark.kill()
        with Hark(data_dir=data) as hark, Client(hark.target) as client:
            notice = client.subscribe("default", "t0", 7, page).established().next()
            true(hasattr(notice, "new_topic_sequence"), f"no discontinuity but {notice}")
            true(notice.new_sequence_page > page, f"page {notice.new_sequence_page} after {page}")


@suite.test
def namespaces_stay_and_those_deleted_stay_away():
    with directory() as data:
        with Hark(cores=2, data_dir=data) as hark, Client(hark.target) as client:
            for name in ("stays", "goes"):
                client.control("CreateCache", name)
                client.publish(name, "t", "x")
            client.control("DeleteCache", "goes")
            page = client.subscribe("stays", "t").established().item().sequence_page
        with Hark(cores=2, data_dir=data) as hark, Client(hark.target) as client:
            equal(client.subscribe("stays", "t").established().item().sequence_page, page, "page")
            client.control("CreateCache", "goes")
            client.publish("goes", "t", "new")
            item = client.subscribe("goes", "t", 1, 0).established().item()
            equal((item.topic_sequence_number, text_of(item)), (1, "new"), "first of the new life")


def spoil(path, how):
    with open(path, "rb") as file:
        good = file.read()
    bad = {"cut": good[:-1], "flipped": good[:-5] + bytes([good[-5] ^ 1]) + good[-4:], "foreign": b"hello\n" * 9,
           "empty": b"", "older": good.replace(b"export 2", b"export 1"), "longer": good + b"x"}[how]
    with open(path, "wb") as file:
        file.write(bad)


@suite.test
def a_damaged_export_is_set_aside_and_told():
    for name in ("export-complete", "topics-0", "topics-1"):
        for how in ("cut", "flipped", "foreign", "empty", "older", "longer"):
            with directory() as data:
                with Hark(cores=2, data_dir=data) as hark, Client(hark.target) as client:
                    fill(client, 8, 2)
                    page = first_page(client, "t0")
                spoil(os.path.join(data, name), how)
                with Hark(cores=2, data_dir=data) as hark, Client(hark.target) as client:
                    notice = client.subscribe("default", "t0", 3, page).established().next()
                    true(getattr(notice, "new_sequence_page", 0) > page, f"{name} {how}: {notice}")
                    true(f"{name} is set aside as {name}.set-aside-1" in hark.output(), f"it said {hark.output()}")
                    true(os.path.exists(os.path.join(data, f"{name}.set-aside-1")), "set aside")


@suite.test
def an_export_that_cannot_be_written_is_told_and_the_end_is_clean():
    with directory() as data:
        with Hark(data_dir=data) as hark, Client(hark.target) as client:
            fill(client, 1, 1)
            page = first_page(client, "t0")
            os.mkdir(os.path.join(data, "topics-0.tmp"))  # in the way, also for root
            hark.stop()
            true("topics are not kept" in hark.output(), f"it said {hark.output()}")
        true(not os.path.exists(os.path.join(data, "export-complete")), "no half export")
        with Hark(data_dir=data) as hark, Client(hark.target) as client:
            notice = client.subscribe("default", "t0", 2, page).established().next()
            true(getattr(notice, "new_sequence_page", 0) > page, f"{notice}")


@suite.test
def a_disk_that_hangs_does_not_hold_the_end_up():
    with directory() as data:
        with Hark(data_dir=data) as hark, Client(hark.target) as client:
            fill(client, 1, 1)
            page = first_page(client, "t0")
            os.mkfifo(os.path.join(data, "topics-0.tmp"))  # who opens it waits for a reader for ever
            start = time.monotonic()
            hark.terminate()
            equal(hark.wait(12), 74, "exit code")
            true(time.monotonic() - start < 10, "it ended within ten seconds")
            true("the disk of the data directory does not answer" in hark.output(), f"it said {hark.output()}")
        os.remove(os.path.join(data, "topics-0.tmp"))
        with Hark(data_dir=data) as hark, Client(hark.target) as client:
            notice = client.subscribe("default", "t0", 2, page).established().next()
            true(getattr(notice, "new_sequence_page", 0) > page, f"{notice}")


@suite.test
def a_disk_that_is_full_is_told_and_nothing_half_is_used():
    """The kernel gives no file more than so many bytes, as a full disk would."""
    with directory() as data:
        with Hark(data_dir=data) as hark, Client(hark.target) as client:
            for _ in range(40):
                client.publish("default", "t0", "x" * 10_000)
            page = first_page(client, "t0")
            resource.prlimit(hark.pid, resource.RLIMIT_FSIZE, (100_000, 100_000))
            hark.stop()
            true("topics are not kept" in hark.output(), f"it said {hark.output()}")
        equal(sorted(name for name in os.listdir(data) if "topics" in name or "export" in name), [], "what is left")
        with Hark(data_dir=data) as hark, Client(hark.target) as client:
            notice = client.subscribe("default", "t0", 2, page).established().next()
            true(getattr(notice, "new_sequence_page", 0) > page, f"{notice}")


suite.main(workers=2)
