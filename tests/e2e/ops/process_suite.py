"""The program as a process: how it starts, refuses to start, drains, dies, and comes back."""

import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from common import http2
from common.pubsub import Client, text_of
from common.report import Suite, equal, true, wait_until
from common.server import Hark, program, workspace

suite = Suite("ops/process")


def run(*arguments, timeout=20):
    """Starts hark, which is expected to refuse. (exit code, what it said)."""
    with tempfile.TemporaryDirectory(dir=workspace()) as data:
        command = [program(), "serve", *(a.replace("DATA", data) for a in arguments)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{arguments} did not refuse to start") from None
    return done.returncode, done.stdout + done.stderr


def refuses(arguments, words):
    code, said = run(*arguments)
    true(code in (64, 78), f"{arguments}: exit code {code}, saying {said!r}")
    lines = [line for line in said.splitlines() if line.strip()]
    true(1 <= len(lines) <= 3, f"{arguments}: one line was expected, got {said!r}")
    for word in words:
        true(word in said, f"{arguments}: {word!r} is not in {said!r}")


@suite.test
def refuses_to_start_without_dev():
    refuses(["--listen", "127.0.0.1:0", "--data-dir", "DATA"], ["--dev"])


@suite.test
def dev_listens_on_loopback_only():
    for address in ("0.0.0.0:0", "192.0.2.1:0"):
        refuses(["--dev", "--listen", address, "--data-dir", "DATA"], ["loopback", address.split(":")[0]])


@suite.test
def refuses_a_bad_listen_address():
    for address in ("nonsense", "127.0.0.1:70000", "127.0.0.1:x", "127.0.0.1:", "127.0.0.1"):
        refuses(["--dev", "--listen", address, "--data-dir", "DATA"], ["listen"])


@suite.test
def refuses_bad_numbers_and_unknown_options():
    for arguments in (["--cores", "-1"], ["--cores", "x"], ["--cores", "100000"], ["--no-such-option"]):
        code, said = run("--dev", "--listen", "127.0.0.1:0", "--data-dir", "DATA", *arguments)
        true(code in (64, 78, 105, 109) and code != 0, f"{arguments}: exit code {code}, saying {said!r}")
        true(said.strip(), f"{arguments}: said nothing")


@suite.test
def refuses_a_data_directory_that_another_uses():
    with Hark() as first:
        code, said = run("--dev", "--listen", "127.0.0.1:0", "--data-dir", first.data_dir)
        true(code != 0 and first.data_dir in said, f"exit code {code}, saying {said!r}")
        equal(first.get("/livez")[0], 200, "the first one")


@suite.test
def refuses_a_data_directory_that_it_cannot_write():
    code, said = run("--dev", "--listen", "127.0.0.1:0", "--data-dir", "/proc/no-such-place")
    true(code != 0 and "/proc/no-such-place" in said, f"exit code {code}, saying {said!r}")


@suite.test
def refuses_a_port_that_another_uses():
    with Hark() as first:
        code, said = run("--dev", "--listen", first.target, "--data-dir", "DATA")
        true(code != 0 and str(first.port) in said, f"exit code {code}, saying {said!r}")
        equal(first.get("/livez")[0], 200, "the first one")


@suite.test
def help_and_version():
    for arguments in (["--help"], ["serve", "--help"]):
        done = subprocess.run([program(), *arguments], capture_output=True, text=True, timeout=10)
        equal(done.returncode, 0, f"{arguments}")
    for option in ("--dev", "--listen", "--data-dir", "--cores"):
        true(option in done.stdout, f"{option} is not in the help of serve")


@suite.test
def says_that_dev_has_no_authentication():
    with Hark() as hark:
        said = hark.output()
        true("--dev" in said and re.search("authenticat|token", said), f"it said {said!r}")


@suite.test
def sigterm_with_live_streams():
    with Hark(cores=2) as hark:
        clients = [Client(hark.target) for _ in range(4)]
        streams = [c.subscribe("default", f"t{i % 7}").established() for i in range(100) for c in clients]
        for i in range(7):
            clients[0].publish("default", f"t{i}", "x")
        seconds = hark.stop()
        for stream in streams:
            code, text = stream.ended(15)
            equal(code.value[0], 14, f"status of a stream ({text})")
        for client in clients:
            client.close()
        true(seconds < 5, f"took {seconds:.1f} s although every stream could end")


class Held:
    """A subscriber that does not read its socket, with more under way than the kernel takes: it holds a drain open."""

    def __init__(self, hark):
        self.connection = http2.Connection(hark.port, receive_buffer=4096, settings=(
            (http2.ENABLE_PUSH, 0), (http2.INITIAL_WINDOW, (1 << 31) - 1)))
        self.connection.send(http2.WINDOW_UPDATE, 0, 0, ((1 << 31) - 1 - 65535).to_bytes(4, "big"))
        self.connection.subscribe("default", "held")
        self.connection.until(lambda f: f.kind == http2.DATA, "a heartbeat")
        with Client(hark.target) as client:
            for _ in range(40):
                client.publish("default", "held", b"x" * 1_000_000)


@suite.test
def draining_refuses_new_work_and_ends_within_ten_seconds():
    with Hark() as hark:
        held = Held(hark)
        with http2.Connection(hark.port) as open_before, Client(hark.target) as client:
            watched = client.subscribe("default", "watched").established()
            idle = socket.create_connection(("127.0.0.1", hark.port), 10)
            idle.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
            true(b" 200 " in idle.recv(65536), "ready before")
            start = time.monotonic()
            hark.terminate()
            equal(watched.ended()[0].value[0], 14, "a stream that can end")
            true(hark.process.poll() is None, "nothing held the drain open: the test shows nothing")
            # Not ready, on a connection from before and on a new one (which may also be refused).
            idle.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
            said = idle.recv(65536)
            true(b" 503 " in said or said == b"", f"/readyz while draining: {said[:80]!r}")
            try:
                equal(hark.get("/readyz")[0], 503, "/readyz on a new connection while draining")
            except OSError:
                pass
            try:
                answer = open_before.answer(open_before.publish("default", "t", "x"))
                true(answer.get("grpc-status") == "14" or answer.get("reset") == 7, f"a publish while draining: {answer}")
            except http2.Closed:
                pass
            equal(hark.wait(12), 0, "exit code")
            true(time.monotonic() - start <= 10, f"took {time.monotonic() - start:.1f} s")
            hark.no_bug()
            held.connection.close()


@suite.test
def clients_that_come_back_do_not_hold_a_drain_open():
    """SDKs reconnect as soon as their stream has ended: whoever comes during a drain is not waited for."""
    def come_back(hark, established, gone):
        while not gone.is_set():
            try:
                with http2.Connection(hark.port) as connection:
                    connection.subscribe("default", "busy")
                    connection.until(lambda f: f.kind in (http2.HEADERS, http2.GOAWAY), "an answer")
                    established.release()
                    connection.is_cut(20)
            except (OSError, http2.Closed, AssertionError):
                pass

    with Hark(cores=2) as hark:
        established, gone = threading.Semaphore(0), threading.Event()
        threads = [threading.Thread(target=come_back, args=(hark, established, gone), daemon=True) for _ in range(30)]
        for thread in threads:
            thread.start()
        for _ in threads:
            true(established.acquire(timeout=20), "not all clients were there")
        try:
            seconds = hark.stop()
        finally:
            gone.set()
        true(seconds < 5, f"took {seconds:.1f} s although every stream could end")


@suite.test
def a_second_sigterm_exits_at_once():
    with Hark() as hark:
        held = Held(hark)
        with Client(hark.target) as client:
            watched = client.subscribe("default", "watched").established()
            hark.terminate()
            watched.ended()
            true(hark.process.poll() is None, "nothing held the drain open: the test shows nothing")
            start = time.monotonic()
            hark.terminate()
            hark.wait(5)
            true(time.monotonic() - start < 1, f"took {time.monotonic() - start:.1f} s")
        hark.no_bug()
        held.connection.close()


@suite.test
def sigint_is_like_sigterm():
    with Hark() as hark:
        hark.process.send_signal(signal.SIGINT)
        equal(hark.wait(12), 0, "exit code")


@suite.test
def sigkill_begins_a_new_page_and_says_so():
    data = tempfile.mkdtemp(dir=workspace())
    pages = []
    try:
        for life in range(3):
            with Hark(data_dir=data) as hark, Client(hark.target) as client:
                if pages:  # as an SDK comes back: at the number after its last
                    stream = client.subscribe("default", "lives", 6, pages[-1]).established()
                    notice = stream.next()
                    true(hasattr(notice, "new_topic_sequence"), f"no discontinuity but {notice}")
                    true(notice.new_sequence_page > pages[-1], f"page {notice.new_sequence_page} after {pages[-1]}")
                    equal((notice.last_topic_sequence, notice.new_topic_sequence), (5, 0), "discontinuity")
                    client.publish("default", "lives", "after")
                    item = stream.item()
                    equal((item.topic_sequence_number, text_of(item)), (1, "after"), "first of the new page")
                    equal(item.sequence_page, notice.new_sequence_page, "page of the item")
                    for i in range(4):
                        client.publish("default", "lives", f"{i}")
                else:
                    for i in range(5):
                        client.publish("default", "lives", f"{i}")
                item = client.subscribe("default", "lives").established().item()
                equal(item.topic_sequence_number, 5, f"messages of life {life}")
                true(item.sequence_page < 1 << 53, "a page that JavaScript cannot hold")
                pages.append(item.sequence_page)
                hark.kill()
        equal(pages, sorted(set(pages)), "pages only grow")
    finally:
        shutil.rmtree(data, ignore_errors=True)


@suite.test
def idle_costs_nothing():
    with Hark(cores=2) as hark, Client(hark.target) as client:
        streams = [client.subscribe("default", f"idle-{i}").established() for i in range(50)]
        before, start = hark.cpu_seconds(), time.monotonic()
        for _ in range(3):
            streams[0].raw(5)
        used = hark.cpu_seconds() - before
        true(used < 0.15 * (time.monotonic() - start), f"{used:.2f} s of CPU while idle")


@suite.test
def closed_connections_are_forgotten():
    with Hark() as hark:
        wait_until(lambda: hark.metric("hark_connections") <= 1, "only our own connection")
        before = hark.descriptors()
        for _ in range(300):
            with socket.create_connection(("127.0.0.1", hark.port), 10):
                pass
        for _ in range(20):
            with Client(hark.target) as client:
                client.subscribe("default", "t").established()
        wait_until(lambda: hark.descriptors() <= before + 1, "descriptors are closed")
        wait_until(lambda: hark.metric("hark_subscriptions") == 0, "subscriptions are forgotten")


suite.main(workers=2)
