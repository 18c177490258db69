"""A suite of tests that prints one line a test: `ok`, `FAIL` or `skip`, its name, its time.

A suite is a program: it runs the tests whose full name (suite/test) contains one of the words of
HARK_E2E_FILTER (all when empty), and exits 1 when one failed.
"""

import concurrent.futures
import os
import sys
import threading
import time
import traceback


class Skip(Exception):
    """Raised by a test that cannot run here; its text is the reason."""


class Suite:
    def __init__(self, name):
        self.name = name
        self._tests = []
        self._print = threading.Lock()
        self._finals = []

    def test(self, function):
        """Registers a test; its name is the function's, its first docstring line is for readers."""
        self._tests.append(function)
        return function

    def finally_do(self, function):
        """Something to run after the tests; it may fail the suite (a server that did not stop well)."""
        self._finals.append(function)

    def _line(self, verdict, name, seconds, detail=""):
        with self._print:
            print(f"{verdict:4} {self.name}/{name} ({seconds:.1f} s){detail}", flush=True)

    def _run_one(self, function, name=None):
        name = name or function.__name__
        start = time.monotonic()
        try:
            function()
        except Skip as reason:
            self._line("skip", name, time.monotonic() - start, f": {reason}")
            return True
        except BaseException as error:  # a failing test must not end the others
            text = traceback.format_exc().rstrip().replace("\n", "\n     | ")
            self._line("FAIL", name, time.monotonic() - start, f": {error}\n     | {text}")
            return False
        self._line("ok", name, time.monotonic() - start)
        return True

    def main(self, workers=1):
        """Runs the tests, `workers` at a time, then the finals; ends the process."""
        words = os.environ.get("HARK_E2E_FILTER", "").split()
        wanted = [
            t for t in self._tests
            if not words or any(w in f"{self.name}/{t.__name__}" for w in words)
        ]
        if not wanted:
            sys.exit(0)
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            results = list(pool.map(self._run_one, wanted))
        for final in self._finals:
            results.append(self._run_one(final, "the_server_ends_well"))
        sys.stdout.flush()
        # Client libraries keep threads; the verdict is known, so end at once.
        os._exit(0 if all(results) else 1)


def equal(actual, expected, what="value"):
    if actual != expected:
        raise AssertionError(f"{what}: got {actual!r}, expected {expected!r}")


def true(condition, what):
    if not condition:
        raise AssertionError(what)


def wait_until(condition, what, timeout=20.0, every=0.02):
    """Polls `condition` until it holds; for things outside this process that send no event."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout} s: {what}")
        time.sleep(every)
