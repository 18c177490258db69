"""The C++ client in a process of its own, asked line by line (probe.cpp)."""

import os
import subprocess
import threading

from common.report import equal, true
from common.server import program


def path():
    """Built beside the program under test: hark_client_probe."""
    probe = os.path.join(os.path.dirname(program()), "sdk", "cpp", "hark_client_probe")
    true(os.access(probe, os.X_OK), f"{probe} is missing: cmake --build {os.path.dirname(program())} --target "
                                    "hark_client_probe")
    return probe


class Probe:
    """`with Probe(port) as client:` then client.ask("publish default t hello")."""

    def __init__(self, target, options=""):
        self._process = subprocess.Popen([path()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                         errors="replace")
        self.good(f"open http://{target} {options}")

    def ask(self, line, timeout=60):
        """The answer to a command; the process ends when it takes longer than `timeout` seconds."""
        timer = threading.Timer(timeout, self._process.kill)
        timer.start()
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline().rstrip("\n")
        finally:
            timer.cancel()
        true(answer, f"the client ended, or did not answer within {timeout} s: {line}")
        return answer

    def good(self, line):
        """As ask(); the answer begins with ok. What follows it."""
        answer = self.ask(line)
        true(answer.split()[0] == "ok", f"{line}: {answer}")
        return answer[3:]

    def number(self, line):
        """Of the slot that a publish answers."""
        return int(self.good(line).split(":")[1])

    def subscribe(self, name, topic, start="new", options="", space="default"):
        self.good(f"subscribe {name} {space} {topic} {start} {options}")
        self.good(f"ready {name} 10000")

    def collect(self, name, count, within=30_000, pause=0):
        """{"items": ..., "missed": ..., "gaps": ..., "holes": ..., "pages": ..., "first": ..., "last": ...}"""
        words = self.ask(f"collect {name} {count} {within} {pause}", timeout=within / 1000 + 30).split()
        equal(len(words), 14, f"words of collect, which ended early: {' '.join(words)}")
        return {key: int(value) for key, value in zip(words[::2], words[1::2])}

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self._process.stdin.close()
        try:
            code = self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if kind is None:
            equal(code, 0, "exit code of the client's process")
