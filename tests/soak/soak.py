"""What the suites share: how long, what is told on the way, and samples of the server's figures."""

import os
import threading
import time

from common.report import true
from common.server import MIB, sanitized

SECONDS = float(os.environ.get("HARK_SOAK_SECONDS", "60"))
TELL_EVERY = 5.0  # seconds
# The defaults of src/model/limits.h, a core; the program lowers them on a small machine.
PINNED_MAX, FRAMED_MAX, INBOUND_MAX = 64 * MIB, 256 * MIB, 64 * MIB


class Progress:
    """`progress(text)` prints where a suite is, at most every TELL_EVERY seconds."""

    def __init__(self, name):
        self._name = name
        self._start = time.monotonic()
        self._next = self._start

    def __call__(self, text, at_once=False):
        now = time.monotonic()
        if at_once or now >= self._next:
            self._next = now + TELL_EVERY
            print(f"     {self._name} {now - self._start:4.0f} s: {text}", flush=True)


def family(samples, name, **labels):
    """The sum of a family's samples over the cores."""
    wanted = [f'{key}="{value}"' for key, value in labels.items()]
    return sum(value for key, value in samples.items() if key.split("{")[0] == name and all(w in key for w in wanted))


def largest(samples, name):
    return max(value for key, value in samples.items() if key.split("{")[0] == name)


class Samples:
    """`with Samples(hark) as samples:` looks at /metrics twice a second: `rows` of (seconds, figures), `most` of each."""

    FIGURES = ("hark_resident_bytes", "hark_pinned_bytes", "hark_framed_bytes", "hark_topics_bytes", "hark_inbound_bytes",
               "hark_connections", "hark_subscriptions", "hark_views", "hark_topics", "hark_topics_evicted_total",
               "hark_turns_cut_total", "hark_discontinuities_total", "hark_connections_cut_total")

    def __init__(self, hark):
        self._hark = hark
        self._stop = threading.Event()
        self._error = None
        self.rows = []
        self.longest_turn = 0.0
        self._start = time.monotonic()
        self._look()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _look(self):
        samples = self._hark.metrics()
        self.longest_turn = max(self.longest_turn, largest(samples, "hark_turn_longest_seconds"))
        self.rows.append((time.monotonic() - self._start, {name: family(samples, name) for name in self.FIGURES}))

    def _run(self):
        try:
            while not self._stop.wait(0.5):
                self._look()
        except Exception as error:
            self._error = error

    @property
    def last(self):
        return self.rows[-1][1]

    def most(self, name):
        return max(figures[name] for _, figures in self.rows)

    def between(self, name, begin, end):
        """The greatest value between two shares (0 to 1) of the time that has passed."""
        span = self.rows[-1][0]
        return max(figures[name] for at, figures in self.rows if begin * span <= at <= end * span)

    def words(self):
        figures = self.last
        return (f"resident {figures['hark_resident_bytes'] / MIB:.0f} MiB, topics {figures['hark_topics_bytes'] / MIB:.0f}, "
                f"framed {figures['hark_framed_bytes'] / MIB:.0f}, pinned {figures['hark_pinned_bytes'] / MIB:.0f}")

    def within_budgets(self, cores):
        for name, budget in (("hark_pinned_bytes", PINNED_MAX), ("hark_framed_bytes", FRAMED_MAX),
                             ("hark_inbound_bytes", INBOUND_MAX)):
            true(self.most(name) <= budget * cores, f"{name} reached {self.most(name) / MIB:.1f} MiB")

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, kind, *_):
        self._stop.set()
        self._thread.join(20)
        if kind is None and self._error:
            raise AssertionError(f"/metrics: {self._error}") from self._error


def grew_at_most(before, after, bytes_max, what):
    """Demands it, but not of a sanitized program, which keeps what was freed."""
    true(sanitized() or after - before <= bytes_max,
         f"{what} grew from {before / MIB:.1f} to {after / MIB:.1f} MiB, {bytes_max / MIB:.0f} are allowed")
