"""A scenario is written once and runs with every driver; a topic knows what its subscribers are owed."""

import json
import shutil
import tempfile
import threading

from common.pubsub import Client
from common.report import equal, true, wait_until
from common.server import Hark, SharedHark, workspace
from conformance.contract import Item, Kept, owed
from conformance.driver import drivers, until
from conformance.http_form import target


class Scenarios:
    """`@scenarios.each` makes a test of a function for every driver, DRIVER_FUNCTION; it is called with a Bench."""

    def __init__(self, suite, **server):
        self._suite = suite
        self._hark = SharedHark(suite, **server)

    def each(self, function):
        for driver in drivers():
            self._add(f"{driver.name}_{function.__name__}", function, driver)
        return function

    def each_alone(self, function):
        """As each, with a server of its own, which may be ended and started again (Life)."""
        for driver in drivers():
            self._add(f"{driver.name}_{function.__name__}", function, driver, Life)
        return function

    def _add(self, name, function, driver, life=None):
        def test():
            if life is None:
                with Bench(self._hark(), driver, name) as bench:
                    return function(bench)
            with Life() as hark, Bench(hark(), driver, name) as bench:
                return function(bench, hark)

        test.__name__ = name
        self._suite.test(test)

    def together(self, function):
        """A test that is called with a Bench for each driver."""
        def test():
            benches = [Bench(self._hark(), driver, function.__name__) for driver in drivers()]
            try:
                function(benches)
            finally:
                for bench in benches:
                    bench.close()

        test.__name__ = function.__name__
        self._suite.test(test)
        return function


class Life:
    """A server that comes back at the same port with the same data directory. `settings`: of Hark."""

    def __init__(self, **settings):
        self._data, self._settings = tempfile.mkdtemp(prefix="life-", dir=workspace()), settings
        self._hark = Hark(data_dir=self._data, **settings)

    def __call__(self):
        return self._hark

    def start_again(self):
        """Once it has ended. The new server."""
        true(self._hark.process.poll() is not None, "the server still runs")
        self._hark = Hark(data_dir=self._data, port=self._hark.port, **self._settings)
        return self._hark

    def __enter__(self):
        return self

    def __exit__(self, *error):
        try:
            self._hark.__exit__(*error)
        finally:
            shutil.rmtree(self._data, ignore_errors=True)


class Bench:
    """A driver at a server, with topics of its own."""

    def __init__(self, hark, driver_class, name):
        self.hark, self.name = hark, name
        self._class = driver_class
        self._open = []
        self._count, self._control = 0, None
        self.driver = self.another()

    def another(self, late=False):
        """One more client of the same kind."""
        self._open.append(self._class.late(self.hark) if late else self._class(self.hark))
        return self._open[-1]

    @property
    def capabilities(self):
        return self._class.capabilities

    def topic(self, values=(), namespace="default"):
        """A fresh topic, with `values` published."""
        self._count += 1
        return Topic(self.hark, self.driver, namespace, f"{self.name} {self._count}", values)

    def subscribe(self, topic, start, driver=None, **options):
        """A Subscription that is closed with the bench."""
        self._open.append((driver or self.driver).subscribe(topic.namespace, topic.name, start, **options))
        return self._open[-1]

    def moved_to(self, hark):
        """Clients of another server, which stands for the same one."""
        self.hark, self.driver = hark, self._class(hark)
        self._open.append(self.driver)

    def control(self, method, namespace):
        if self._control is None:
            self._control = Client(self.hark.target)
            self._open.append(self._control)
        equal(self._control.control(method, namespace).code.value[0], 0, f"{method} {namespace}")

    def close(self):
        for one in reversed(self._open):
            one.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Topic:
    """What was published to a topic, and so what is kept of it."""

    def __init__(self, hark, driver, namespace, name, values=()):
        self.namespace, self.name, self._driver = namespace, name, driver
        self._lock = threading.Lock()
        self._markers = 0
        self._hark, self.kept = hark, None
        self._begin(values)

    def _begin(self, values):
        page = self._next()["sequence_page"]
        if self.kept is None or self.kept.page != page:
            self.kept = Kept(page)
        self.publish(*values)

    def goes_on(self, bench, *values):
        """Its server or its namespace began again: the same page, or another. Publishes `values` there."""
        self._hark, self._driver = bench.hark, bench.driver
        self._begin(values)

    def _next(self):
        """What would come next, as one core sees it now."""
        status, body = self._hark.get(target(self.namespace, self.name, "wait=0&start=new"))
        true(status == 200, f"{status} {body}")
        return json.loads(body)["next"]

    def settle(self):
        """Waits until what was published has come to where it is read, on a server of one core: who subscribes
        before sees a place of a moment ago."""
        wait_until(lambda: self._next()["sequence_number"] == self.kept.head + 1, "all that was published", every=0)

    def publish(self, *values, driver=None):
        """Publishes in order; each must get the number behind the last one."""
        with self._lock:
            driver = driver or self._driver
            slots = driver.publish_all(self.namespace, self.name, values) if len(values) > 1 else \
                [driver.publish(self.namespace, self.name, value) for value in values]
            first = self.kept.head + 1
            equal(slots, [(self.kept.page, first + i) for i in range(len(values))], "slots")
            for value in values:
                self.kept.add(value)

    def owed(self, start, capabilities):
        return owed(self.kept, start, capabilities)

    def marker(self):
        """Publishes something that is known to be the last. Its Item."""
        self._markers += 1
        self.publish(f"marker {self._markers}")
        return Item(self.kept.page, self.kept.head, f"marker {self._markers}")

    def reads(self, subscription, expected, what, capabilities):
        """Demands that a subscription is told `expected`, then what is published now, and nothing else."""
        marker = self.marker()
        same(until(subscription, lambda event: event == marker), capabilities.all_told(expected) + [marker], what)


def short(event):
    """For words about what went wrong."""
    value = getattr(event, "value", None)
    long = value is not None and len(value) > 60
    return event._replace(value=value[:30] + value[:0].join([b"..." if isinstance(value, bytes) else "..."]) + value[-20:]) \
        if long else event


def same(actual, expected, what):
    """`actual` events against `expected`: where they part, and what stands there."""
    if actual == expected:
        return
    at = next((i for i, pair in enumerate(zip(actual, expected)) if pair[0] != pair[1]), min(len(actual), len(expected)))
    raise AssertionError(f"{what}: {len(actual)} events, expected {len(expected)}; from event {at + 1} on they are "
                         f"{[short(e) for e in actual[at:at + 3]]}, expected {[short(e) for e in expected[at:at + 3]]}")
