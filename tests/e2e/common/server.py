"""A hark process under test: started on a free port, watched, stopped, its last words judged."""

import http.client
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from common.report import true

BUG = re.compile(r"hark: bug:|Sanitizer|runtime error:|terminate called|Segmentation fault")
LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")
MIB = 1 << 20


def program():
    return os.environ["HARK_E2E_PROGRAM"]


def workspace():
    """A directory inside the tree's ignored build folder, for data directories and generated code."""
    return os.environ["HARK_E2E_WORK"]


def sanitized():
    """Whether the program was built with a sanitizer: its memory and speed are then no measure."""
    return os.environ.get("HARK_E2E_SANITIZED") == "1"


def types_checked():
    """Whether UBSan checks virtual tables: it opens a pipe for each look, so it errs without descriptors."""
    return os.environ.get("HARK_E2E_TYPES_CHECKED") == "1"


class Hark:
    """`with Hark(cores=2) as hark:` gives a running server; leaving it demands a clean end."""

    def __init__(self, cores=1, data_dir=None, arguments=(), nofile=None, address_space=None, group=None, port=0):
        """`address_space`: bytes (RLIMIT_AS); `group`: a MemoryGroup to run in; `port`: of a server that is gone, to
        come back at its address."""
        self._own_dir = data_dir is None
        self.data_dir = data_dir or tempfile.mkdtemp(prefix="data-", dir=workspace())
        command = [program(), "serve", "--dev", "--listen", f"127.0.0.1:{port}", "--data-dir", self.data_dir,
                   "--cores", str(cores), *arguments]
        if nofile:
            command = ["prlimit", f"--nofile={nofile}:{nofile}", *command]
        if address_space:
            command = ["prlimit", f"--as={address_space}:{address_space}", *command]
        if group:
            command = group.wrap(command)
        self.lines = []
        self._listening = threading.Event()
        self.port = None
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, errors="replace")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._listening.wait(30) or self.port is None:
            self.kill()
            raise AssertionError("hark did not say that it listens; it said:\n" + self.output())

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            found = LISTENING.search(line)
            if found and self.port is None:
                self.port = int(found.group(1))
                self._listening.set()
        self._listening.set()  # the end of the output: whoever waits, stops

    def output(self):
        return "".join(self.lines)

    @property
    def pid(self):
        return self.process.pid

    @property
    def target(self):
        return f"127.0.0.1:{self.port}"

    def rss(self):
        """Resident bytes."""
        with open(f"/proc/{self.pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS: the server is gone")

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def get(self, path, timeout=10):
        """(status, body) of a GET over HTTP/1.1."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def metrics(self):
        """Every sample of /metrics as {"name{labels}": value}."""
        status, text = self.get("/metrics")
        true(status == 200, f"/metrics answered {status}")
        samples = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                samples[name] = float(value)
        return samples

    def metric(self, family, **labels):
        """The sum of a family's samples (over cores), of those that have `labels`."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        found = [value for name, value in self.metrics().items()
                 if name.split("{")[0] == family and all(w in name for w in wanted)]
        true(found, f"/metrics has no {family} {labels}")
        return sum(found)

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self, timeout=15):
        self.process.wait(timeout)
        self._reader.join(5)
        return self.process.returncode

    def kill(self):
        self.process.kill()
        self.process.wait()
        self._reader.join(5)

    def stop(self):
        """SIGTERM, exit code 0 within 10 s, and no word of a bug. Seconds that it took."""
        if self.process.poll() is not None:
            raise AssertionError(f"hark ended by itself ({self.process.returncode}):\n{self.output()[-3000:]}")
        start = time.monotonic()
        self.terminate()
        try:
            code = self.wait(12)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("hark did not end within 12 s of SIGTERM:\n" + self.output()[-3000:]) from None
        seconds = time.monotonic() - start
        self.remove_data()
        true(code == 0, f"exit code {code} after SIGTERM:\n{self.output()[-3000:]}")
        self.no_bug()
        true(seconds <= 10, f"took {seconds:.1f} s to end after SIGTERM")
        return seconds

    def no_bug(self):
        true(not BUG.search(self.output()), "hark reported a bug:\n" + self.output()[-3000:])

    def remove_data(self):
        if self._own_dir:
            shutil.rmtree(self.data_dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            if self.process.poll() is None:
                self.stop()
            else:
                self.no_bug()
                self.remove_data()
            return
        gone = self.process.poll() is not None
        if not gone:
            self.kill()
        said = self.output()[-3000:]
        self.remove_data()
        if gone or BUG.search(said):
            raise AssertionError(f"{value}\nand hark had ended ({self.process.returncode}), saying:\n{said}") from value


class SharedHark:
    """One server for a whole suite, started by the first test that asks; stopped by the suite's end."""

    def __init__(self, suite, **settings):
        self._settings = settings
        self._hark = None
        self._lock = threading.Lock()
        suite.finally_do(self._stop)

    def __call__(self):
        with self._lock:
            if self._hark is None:
                self._hark = Hark(**self._settings)
            return self._hark

    def _stop(self):
        if self._hark is not None:
            self._hark.stop()
