"""What a transport has to offer to be held to the contract, and how its driver is found."""

import glob
import importlib
import os
import socket
import time

from common.report import true
from conformance.contract import End, Gap, Item, Position


class Cut(Exception):
    """The connection ended where it must not, with nothing said."""


class Driver:
    """One client of a server. A file of drivers/ gives DRIVERS: a list of classes like this one.

    Names are str or bytes, so that what is no UTF-8 can be said, too. Refusals are raised as Refused.
    """

    name = None
    capabilities = None

    def __init__(self, hark):
        self.hark = hark

    @classmethod
    def late(cls, hark):
        """What asks a server that is shutting down: publish and subscribe."""
        return cls(hark)

    def subscribe(self, namespace, topic, start, receive_buffer=None):
        """A Subscription that the server has taken up: what is published from now on is its business.
        `receive_buffer`: bytes of the socket's, for a reader that is about to stop."""
        raise NotImplementedError

    def publish(self, namespace, topic, value):
        """(page, number). Text or bytes, as `value` is."""
        raise NotImplementedError

    def publish_all(self, namespace, topic, values):
        """Publishes in order over one connection without waiting for each answer; their (page, number)."""
        raise NotImplementedError

    def bad_requests(self):
        """(what, function) of each way to ask for nonsense that only this form has; each function must raise
        Refused("invalid_argument")."""
        return []

    def close(self):
        pass


class Subscription:
    """What one subscriber is told, in order. A form's own events are decoded strictly: what its
    specification does not allow is an AssertionError."""

    def next(self, timeout=20):
        """The next Position, Item, Gap or End. Heartbeats are passed over and lengthen no wait."""
        raise NotImplementedError

    def heartbeat(self, timeout):
        """Waits for the next sign of life of an idle stream; anything else is an error."""
        raise NotImplementedError

    def wait_for_more(self):
        """Asks for more in a form where that is a request of its own; whoever has a stream does nothing."""

    def resume(self):
        """The start rule by which this client comes back."""
        raise NotImplementedError

    def close(self):
        raise NotImplementedError


class Place:
    """What a client knows of where it stands, by all that it was told."""

    def __init__(self):
        self.page = self.last = None

    def took(self, event):
        if isinstance(event, Item):
            self.page, self.last = event.page, event.number
        elif isinstance(event, Gap):
            self.page, self.last = event.page, event.missed_to
        elif isinstance(event, Position):
            self.page, self.last = event
        return event


class Deadline:
    """A time to be done by."""

    def __init__(self, seconds, what):
        self._end, self._seconds, self._what = time.monotonic() + seconds, seconds, what

    def left(self):
        left = self._end - time.monotonic()
        true(left > 0, f"{self._what}: not within {self._seconds} s")
        return left

    def recv(self, connection, size=65536):
        """socket.recv within this time; b"" at the end of the connection, None when it was cut."""
        connection.settimeout(self.left())
        try:
            return connection.recv(size)
        except ConnectionResetError:
            return None
        except socket.timeout:
            raise AssertionError(f"{self._what}: not within {self._seconds} s") from None


def drivers():
    """All of them, in the order of their names."""
    found = []
    for path in glob.glob(os.path.join(os.path.dirname(__file__), "drivers", "*_driver.py")):
        found += importlib.import_module(f"conformance.drivers.{os.path.basename(path)[:-3]}").DRIVERS
    true(len(found) > 1, "no drivers: drivers/*_driver.py")
    return sorted(found, key=lambda driver: driver.name)


def until(subscription, is_last):
    """All events up to the first that `is_last`."""
    events = []
    while True:
        event = subscription.next()
        events.append(event)
        if is_last(event):
            return events
        true(not isinstance(event, End), f"the stream ended: {events[-5:]}")


def heard(subscription, is_last):
    """As until, without the positions, which not every form tells."""
    return [event for event in until(subscription, is_last) if not isinstance(event, Position)]
