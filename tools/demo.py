#!/usr/bin/python3
"""./dev demo: a bus on a free port, three subscribers, a publisher, and what each of them received.

    tools/demo.py PROGRAM

Two subscribers listen from the start; one comes late and asks for everything that is kept. Exit code 0 when
each received every message once and in order.
"""

import sys
import threading

import grpc

from local_hark import LocalHark
from topic import Server, describe

NAMESPACE, TOPIC = "default", "weather"
MESSAGES = ["Bern: 14 degrees", "Oslo: 3 degrees", "Lima: 21 degrees", "Accra: 30 degrees", "Bern: 15 degrees"]


class Subscriber:
    """Reads in a thread of its own until it has all messages."""

    def __init__(self, name, address, number=0):
        self.name, self.lines, self.error = name, [], None
        self.listening = threading.Event()
        self._stream = Server(address).subscribe(NAMESPACE, TOPIC, number)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        try:
            for received in self._stream:
                # The first heartbeat tells that the subscription stands: nothing published from now on is missed.
                self.listening.set()
                if line := describe(received):
                    self.lines.append(line)
                if len(self.lines) == len(MESSAGES):
                    break
        except grpc.RpcError as error:
            self.error = f"{error.code().name}: {error.details()}"
        self.listening.set()

    def finish(self):
        self._thread.join(20)
        return self.lines


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with LocalHark(sys.argv[1]) as hark:
        print(f"hark listens on {hark.address}\n")
        subscribers = [Subscriber(name, hark.address) for name in ("Ada", "Grace")]
        for subscriber in subscribers:
            if not subscriber.listening.wait(20):
                sys.exit(f"demo: {subscriber.name} could not subscribe in 20 s")
        publisher = Server(hark.address)
        for text in MESSAGES:
            publisher.publish(NAMESPACE, TOPIC, text)
            print(f"published to {NAMESPACE}/{TOPIC}: {text}")
        subscribers.append(Subscriber("Late Linus, from number 1", hark.address, number=1))
        good = True
        for subscriber in subscribers:
            received = subscriber.finish()
            good = good and received == [f"{n}: {text}" for n, text in enumerate(MESSAGES, 1)]
            print(f"\n{subscriber.name} received" + (f" (then {subscriber.error})" if subscriber.error else ""))
            for line in received:
                print(f"  {line}")
    print("\nEach received every message, once and in order." if good else "\ndemo: something is missing")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
