"""A real headless Chromium, driven over its own pipe (the DevTools protocol, JSON ended by NUL): no driver, no port."""

import fcntl
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from common.report import Skip, true
from common.server import workspace

PROGRAM = "/usr/bin/chromium"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
             "--disable-default-apps", "--remote-debugging-pipe"]
# A page says what it hears by told(...), and ready() of a promise that something asked for.
BINDING = "told"


class Chromium:
    """One browser for a suite; `page(address)` opens a tab of its own."""

    def __init__(self):
        if not os.access(PROGRAM, os.X_OK):
            raise Skip(f"there is no {PROGRAM}")
        self._profile = tempfile.mkdtemp(prefix="chromium-", dir=workspace())
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        # The browser wants them as 3 and 4; high numbers first, so that neither is in the other's way.
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 20) for fd in (to_browser, from_browser)]
        script = f'exec "$0" "$@" 3<&{high[0]} 4>&{high[1]}'
        self.process = subprocess.Popen(
            ["bash", "-c", script, PROGRAM, *ARGUMENTS, f"--user-data-dir={self._profile}", "about:blank"],
            pass_fds=high, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, env={**os.environ, "HOME": self._profile})
        for fd in (to_browser, from_browser, *high):
            os.close(fd)
        self._lock, self._last_id = threading.Lock(), 0
        self._answers, self._pages = {}, {}
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        buffer = b""
        while data := os.read(self._read, 1 << 20):
            *messages, buffer = (buffer + data).split(b"\0")
            for message in map(json.loads, messages):
                if "id" in message:
                    self._answers.pop(message["id"]).put(message)
                elif message["method"] == "Runtime.bindingCalled" and message.get("sessionId") in self._pages:
                    self._pages[message["sessionId"]].put(json.loads(message["params"]["payload"]))
        for answer in list(self._answers.values()):
            answer.put({"error": "the browser has ended"})

    def call(self, method, session=None, timeout=60, **parameters):
        """The result of a command."""
        answer = queue.Queue()
        with self._lock:
            self._last_id += 1
            self._answers[self._last_id] = answer
            message = {"id": self._last_id, "method": method, "params": parameters}
            if session:
                message["sessionId"] = session
            os.write(self._write, json.dumps(message).encode() + b"\0")
        try:
            said = answer.get(timeout=timeout)
        except queue.Empty:
            raise AssertionError(f"the browser does not answer {method} in {timeout} s") from None
        true("result" in said, f"{method}: {said.get('error')}")
        return said["result"]

    def page(self, address):
        return Page(self, address)

    def listen_to(self, session):
        self._pages[session] = queue.Queue()
        return self._pages[session]

    def stop(self):
        """Ends it, with all of its processes."""
        try:
            self.call("Browser.close", timeout=10)
            self.process.wait(10)
        except (AssertionError, subprocess.TimeoutExpired):
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for _ in range(3):  # its last process may still write there
            shutil.rmtree(self._profile, ignore_errors=True)


class Page:
    """A tab. Its script calls told(JSON text) to say what it hears."""

    def __init__(self, browser, address):
        self._browser = browser
        self._target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.call("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        self._told = browser.listen_to(self._session)
        browser.call("Runtime.enable", self._session)
        browser.call("Runtime.addBinding", self._session, name=BINDING)
        went = browser.call("Page.navigate", self._session, url=address)
        true("errorText" not in went, f"{address}: {went}")
        self._settled(address)

    def _settled(self, address):
        """Waits for the document: before, a script would run in the one that is left."""
        end = time.monotonic() + 30
        while self.run("location.href + ' ' + document.readyState") != f"{address} complete":
            true(time.monotonic() < end, f"{address} is not loaded")

    def run(self, script):
        """The value of an expression; of a promise, once it is there."""
        said = self._browser.call("Runtime.evaluate", self._session, expression=script, awaitPromise=True,
                                  returnByValue=True)
        true("exceptionDetails" not in said, f"{script[:100]}: {said.get('exceptionDetails')}")
        return said["result"].get("value")

    def next(self, timeout=20):
        """The next thing that the page tells."""
        try:
            return self._told.get(timeout=timeout)
        except queue.Empty:
            raise AssertionError(f"the page tells nothing in {timeout} s") from None

    def close(self):
        self._browser.call("Target.closeTarget", targetId=self._target)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
