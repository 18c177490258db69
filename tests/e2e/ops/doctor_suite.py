"""hark doctor: what it finds on this machine, its exit codes, and its colours."""

import json
import os
import pty
import socket
import subprocess
import tempfile

from common.report import Skip, Suite, equal, true
from common.server import Hark, program, workspace

suite = Suite("ops/doctor")

CODES = {"good": 0, "unknown": 0, "warning": 1, "failure": 69}
ORDER = list(CODES)


def doctor(*arguments, wrap=(), **variables):
    """(exit code, what it says as JSON)."""
    done = subprocess.run([*wrap, program(), "doctor", "--json", *arguments], capture_output=True, text=True, timeout=30,
                          env={**os.environ, **variables})
    equal(done.stderr, "", "stderr")
    return done.returncode, json.loads(done.stdout)


def fresh():
    """Options with which the machine is all that doctor may complain of."""
    return ["--data-dir", tempfile.mkdtemp(prefix="doctor-", dir=workspace()), "--listen", "127.0.0.1:0", "--cores", "1"]


def finding(said, name):
    return next(f for f in said["findings"] if f["name"] == name)


@suite.test
def the_exit_code_is_that_of_the_worst():
    for wanted in ("1", "100000000"):
        code, said = doctor(*fresh(), "--connections", wanted)
        worst = max((f["state"] for f in said["findings"]), key=ORDER.index)
        equal(code, CODES[worst], f"the code for {worst} ({said})")
        equal(said["wanted"], int(wanted), "wanted")
        fewest = min(f["connections"] for f in said["findings"] if "connections" in f)
        equal(said["connections"], fewest, "connections")
        equal(finding(said, said["bound_by"])["connections"], fewest, "bound_by")
    equal(finding(said, "memory")["state"], "warning", "memory for 100 million connections")


@suite.test
def fewer_descriptors_are_seen():
    _, said = doctor(*fresh(), "--connections", "100", wrap=("prlimit", "--nofile=64:64"))
    found = finding(said, "descriptors")
    equal((found["state"], found["connections"]), ("warning", 58), "descriptors")


@suite.test
def the_command_for_more_descriptors_gives_them():
    if subprocess.run(["prlimit", "--nofile=64:64", "prlimit", "--nofile=65:65", "true"], capture_output=True).returncode:
        raise Skip("nobody here may raise a hard limit (CAP_SYS_RESOURCE)")
    _, said = doctor(*fresh(), "--connections", "100", wrap=("prlimit", "--nofile=64:64"))
    command = next(c for c in finding(said, "descriptors")["commands"] if "prlimit" in c).split("#")[0].replace("sudo ", "")
    done = subprocess.run(["prlimit", "--nofile=64:64", "sh", "-c", f"{command}; exec {program()} doctor --json "
                           f"--connections 100 {' '.join(fresh())}"], capture_output=True, text=True, timeout=30)
    equal(finding(json.loads(done.stdout), "descriptors")["state"], "good", f"after {command}: {done.stdout}{done.stderr}")


@suite.test
def what_keeps_hark_from_serving_is_a_failure():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code, said = doctor(*fresh()[:2], "--listen", address)
        equal((code, finding(said, "address")["state"]), (69, "failure"), "a taken port")
    code, said = doctor("--data-dir", workspace() + "/none/none")
    equal((code, finding(said, "data directory")["state"]), (69, "failure"), "a directory without one above it")
    code, said = doctor("--data-dir", program())
    equal(code, 69, "a file as the data directory")
    true("not a directory" in finding(said, "data directory")["says"], finding(said, "data directory"))


@suite.test
def a_hark_that_runs_is_no_failure():
    with Hark() as hark:
        code, said = doctor("--data-dir", hark.data_dir, "--listen", hark.target)
        true(code in (0, 1), f"exit code {code}: {said}")
        true("a hark runs" in finding(said, "address")["says"], finding(said, "address"))
        equal(hark.get("/readyz")[0], 200, "and it still serves")


@suite.test
def mistakes_are_told():
    for arguments, code in ((("--connections", "0"), 64), (("--connections", "many"), 64), (("--set", "coers=1"), 78)):
        done = subprocess.run([program(), "doctor", *arguments], capture_output=True, text=True, timeout=20)
        equal((done.returncode, done.stdout, done.stderr.count("\n")), (code, "", 1), f"{arguments}: {done.stderr}")


def on_a_terminal(**variables):
    """What doctor writes on a terminal."""
    ours, its = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
    child = subprocess.Popen([program(), "doctor", *fresh()], stdin=subprocess.DEVNULL, stdout=its, stderr=its,
                             env={**environment, **variables})
    os.close(its)
    text = b""
    while True:
        try:
            block = os.read(ours, 65536)
        except OSError:  # EIO: the other end is closed
            break
        if not block:
            break
        text += block
    os.close(ours)
    child.wait(20)
    return text


@suite.test
def colours_are_for_terminals_and_for_those_who_want_them():
    true(b"\x1b[32m" in on_a_terminal(TERM="xterm"), "a terminal")
    for variables in ({"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}, {}):
        text = on_a_terminal(**variables)
        true(b"\x1b" not in text and b"descriptors" in text, f"{variables}: {text[:80]!r}")
    true(b"\x1b[32m" in on_a_terminal(TERM="xterm", NO_COLOR=""), "an empty NO_COLOR says nothing")
    piped = subprocess.run([program(), "doctor", *fresh()], capture_output=True, timeout=30, env={**os.environ, "TERM": "xterm"})
    true(b"\x1b" not in piped.stdout, "a pipe")


suite.main()
