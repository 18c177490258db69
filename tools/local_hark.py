"""A hark process for the length of a `with` block: on a free port of loopback, with a directory of its own."""

import queue
import re
import subprocess
import sys
import tempfile
import threading


class LocalHark:
    """Starts `program serve --dev`; leaving the block ends it with SIGTERM and demands exit code 0."""

    def __init__(self, program, cores=2):
        self._directory = tempfile.TemporaryDirectory(prefix="hark-")
        self.said = []
        self._process = subprocess.Popen(
            [program, "serve", "--dev", "--listen", "127.0.0.1:0", "--data-dir", self._directory.name,
             "--cores", str(cores)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        listening = queue.Queue()
        self._reader = threading.Thread(target=self._read, args=(listening,), daemon=True)
        self._reader.start()
        try:
            self.address = listening.get(timeout=30)
        except queue.Empty:
            self.address = None
        if self.address is None:
            self._process.kill()
            sys.exit("hark did not say that it listens; it said:\n" + "".join(self.said))

    def _read(self, listening):
        for line in self._process.stdout:
            self.said.append(line)
            if found := re.search(r"listening on (127\.0\.0\.1:\d+)", line):
                listening.put(found.group(1))
        listening.put(None)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self._process.terminate()
        try:
            code = self._process.wait(12)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = "none within 12 s of SIGTERM"
        self._reader.join(5)
        self._directory.cleanup()
        if code != 0 and failure[0] is None:
            raise RuntimeError(f"hark's exit code: {code}; it said:\n{''.join(self.said)}")
