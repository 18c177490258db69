"""Settings: who wins, what is said of a mistake, and what a SIGHUP takes."""

import http.client
import json
import os
import signal
import subprocess
import tempfile
import time

from common.report import Suite, equal, true
from common.server import Hark, program, workspace

suite = Suite("ops/config")


def run(*arguments, **variables):
    environment = {**os.environ, **variables}
    done = subprocess.run([program(), *arguments], capture_output=True, text=True, timeout=20, env=environment)
    return done.returncode, done.stdout, done.stderr


def file_of(text):
    handle, path = tempfile.mkstemp(suffix=".toml", dir=workspace())
    with os.fdopen(handle, "w") as file:
        file.write(text)
    return path


@suite.test
def flags_win_over_the_environment_and_that_over_the_file():
    path = file_of("cores = 1\nlisten = \"127.0.0.1:1111\"\n[log]\nlevel = \"error\"\n")
    code, out, err = run("config", "show", "--json", "--config", path, "--cores", "3", HARK_CORES="2",
                         HARK_LOG_LEVEL="warn")
    equal((code, err), (0, ""), "config show")
    shown = json.loads(out)
    equal((shown["cores"]["value"], shown["cores"]["from"]), (3, "--cores"), "cores")
    equal((shown["log.level"]["value"], shown["log.level"]["from"]), ("warn", "HARK_LOG_LEVEL"), "log.level")
    equal((shown["listen"]["value"], shown["listen"]["from"]), ("127.0.0.1:1111", f"{path}:2"), "listen")
    equal(shown["limits.topics_max"]["from"], "default", "limits.topics_max")


@suite.test
def the_file_that_doc_prints_is_good():
    code, text, _ = run("config", "doc")
    equal(code, 0, "config doc")
    code, out, err = run("config", "check", "--config", file_of(text))
    equal((code, out), (0, ""), f"config check ({err})")
    true("is good" in err, err)


@suite.test
def every_mistake_is_a_line_and_the_code_is_78():
    path = file_of("coers = 2\n[limits]\nmesage_bytes_max = 1\ntopics_max = \"many\"\n")
    for command in (("config", "check"), ("config", "show"), ("serve", "--dev", "--listen", "127.0.0.1:0")):
        code, out, err = run(*command, "--config", path, HARK_CORES="two")
        equal((code, out), (78, ""), f"{command}: {err}")
        lines = err.splitlines()
        equal(len(lines), 4, err)
        for line, words in zip(lines, ("there is no setting coers; did you mean cores?", "did you mean limits.message_bytes_max",
                                       "limits.topics_max is a whole number, not \"many\"", "HARK_CORES: cores is a whole number")):
            true(line.startswith("hark: ") and words in line, line)


@suite.test
def files_that_are_none():
    directory = tempfile.mkdtemp(dir=workspace())
    large = file_of("# " + "x" * (1 << 20))
    for path, words in ((directory, "is a directory"), (directory + "/none", "No such file"), (large, "more than 1048576 bytes"),
                        (file_of("a = \n"), ".toml:1: "), (file_of("cores = 1\ncores = 2\n"), ".toml:2: "),
                        (file_of("a = " + "[" * 10_000), ".toml:1: ")):
        code, _, err = run("config", "check", "--config", path)
        equal(code, 78, err)
        true(words in err and len(err.splitlines()) == 1, err)


@suite.test
def a_buffer_smaller_than_four_messages_is_refused():
    code, _, err = run("serve", "--dev", "--set", "limits.message_bytes_max=2MiB")
    equal(code, 78, err)
    true("limits.replay_bytes_max (4MiB) is at least four times limits.message_bytes_max (2MiB)" in err, err)


@suite.test
def a_limit_that_was_set_holds():
    with Hark(arguments=["--set", "limits.message_bytes_max=10"]) as hark:
        connection = http.client.HTTPConnection("127.0.0.1", hark.port, timeout=20)
        for size, status in ((10, 204), (11, 413)):
            connection.request("POST", "/topics/default/limited", "x" * size)
            answer = connection.getresponse()
            answer.read()
            equal(answer.status, status, f"{size} bytes")
        connection.close()


def status_for(hark, origin):
    connection = http.client.HTTPConnection("127.0.0.1", hark.port, timeout=20)
    connection.request("POST", "/topics/default/origins", "x", {"Origin": origin})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.headers.get("access-control-allow-origin")


def wait_for_line(hark, words):
    deadline = time.monotonic() + 10
    while not any(words in line for line in hark.lines):
        true(time.monotonic() < deadline, f"no line with {words!r}:\n{hark.output()[-2000:]}")
        time.sleep(0.01)


@suite.test
def sighup_takes_what_it_may_and_tells_what_waits():
    path = file_of("[http]\nallowed_origins = [\"https://one.example\"]\n")
    with Hark(cores=2, arguments=["--config", path]) as hark:
        equal(status_for(hark, "https://one.example"), (204, "https://one.example"), "an allowed origin")
        equal(status_for(hark, "https://two.example"), (403, None), "another")
        with open(path, "w") as file:
            file.write("[http]\nallowed_origins = [\"https://two.example\"]\n[limits]\ntopics_max = 7\n")
        hark.process.send_signal(signal.SIGHUP)
        wait_for_line(hark, "SIGHUP: http.allowed_origins: https://one.example -> https://two.example")
        wait_for_line(hark, "SIGHUP: limits.topics_max: 1000000 -> 7 takes a new start")
        deadline = time.monotonic() + 10
        while status_for(hark, "https://two.example")[0] != 204:
            true(time.monotonic() < deadline, "a core did not take the new settings")
        with open(path, "w") as file:
            file.write("[http]\nallowed_origin = []\n")
        hark.process.send_signal(signal.SIGHUP)
        wait_for_line(hark, "SIGHUP: nothing was changed")
        true("did you mean http.allowed_origins?" in hark.output(), "the mistake is told")
        equal(status_for(hark, "https://two.example"), (204, "https://two.example"), "what held still holds")


suite.main()
