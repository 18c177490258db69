"""What operators and their tools see: liveness, readiness, metrics, over HTTP/1.1 on the same port."""

import shutil
import socket
import subprocess

from common.pubsub import Client, text_of
from common.report import Skip, Suite, equal, true
from common.server import SharedHark

suite = Suite("ops/http")
hark = SharedHark(suite, cores=2)


def curl(*arguments):
    if not shutil.which("curl"):
        raise Skip("curl is not installed")
    done = subprocess.run(["curl", "-sS", "--max-time", "10", "-w", "\n%{http_code} %{content_type}", *arguments],
                          capture_output=True, text=True, timeout=20)
    equal(done.returncode, 0, f"curl's exit code ({done.stderr})")
    body, last = done.stdout.rsplit("\n", 1)
    code, _, kind = last.partition(" ")
    return int(code), kind, body


@suite.test
def livez_and_readyz():
    for path in ("/livez", "/readyz"):
        equal(curl(f"http://{hark().target}{path}")[0], 200, path)


@suite.test
def unknown_paths_and_methods():
    equal(curl(f"http://{hark().target}/no/such")[0], 404, "an unknown path")
    true(curl("-X", "DELETE", f"http://{hark().target}/livez")[0] in (404, 405), "DELETE /livez")
    equal(curl("-I", f"http://{hark().target}/livez")[0], 200, "HEAD /livez")


@suite.test
def several_requests_on_one_connection():
    with socket.create_connection(("127.0.0.1", hark().port), 10) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" * 3
                           + b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        said = b""
        while data := connection.recv(65536):
            said += data
    equal(said.count(b"HTTP/1.1 200"), 4, "answers to four pipelined requests")


@suite.test
def metrics_are_what_promtool_accepts():
    with Client(hark().target) as client:
        client.subscribe("default", "measured").established()
        client.publish("default", "measured", "x")
        code, kind, text = curl(f"http://{hark().target}/metrics")
    equal(code, 200, "/metrics")
    true(kind.startswith("text/plain"), f"content type {kind}")
    if not shutil.which("promtool"):
        raise Skip("promtool (package prometheus) is not installed")
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=30)
    equal(done.returncode, 0, f"promtool: {done.stdout}{done.stderr}")


@suite.test
def metrics_tell_what_happened():
    server = hark()
    deliveries, subscriptions = "hark_deliveries_total", "hark_subscriptions"
    with Client(server.target) as client:
        before = server.metric(deliveries), server.metric(subscriptions)
        streams = [client.subscribe("default", "counted").established() for _ in range(5)]
        equal(server.metric(subscriptions) - before[1], 5, "subscriptions")
        for i in range(10):
            client.publish("default", "counted", f"{i}")
        for stream in streams:
            equal([text_of(stream.item()) for _ in range(10)], [f"{i}" for i in range(10)], "items")
        equal(server.metric(deliveries) - before[0], 50, "deliveries")
        true(server.metric("hark_connections") >= 1, "connections")
    cores = {name for name in server.metrics() if name.startswith("hark_connections{") and "core=" in name}
    equal(len(cores), 2, "samples of hark_connections, one a core")


@suite.test
def broken_http_is_refused():
    bad = [b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x00\x01\x02\x03" * 10, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
           b"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
           b"GET /livez HTTP/1.1\r\nHost : x\r\n\r\n", b"GET /livez HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n",
           b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + b"x" * 40]
    for request in bad:
        with socket.create_connection(("127.0.0.1", hark().port), 10) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            said = b""
            try:
                while data := connection.recv(65536):
                    said += data
            except ConnectionResetError:
                pass
            true(b"200 OK" not in said, f"{request[:40]!r} was answered with {said[:60]!r}")
    equal(curl(f"http://{hark().target}/livez")[0], 200, "afterwards")


suite.main()
