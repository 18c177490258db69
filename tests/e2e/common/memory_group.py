"""A cgroup with a memory limit, version 2 where its memory controller is there, else version 1."""

import itertools
import os
import time

from common.report import Skip

V2, V1 = "/sys/fs/cgroup", "/sys/fs/cgroup/memory"
_numbers = itertools.count(1)


def _read(path):
    with open(path) as file:
        return file.read()


class MemoryGroup:
    """`with MemoryGroup(256 << 20) as group: Hark(group=group)`; raises Skip where none can be made."""

    def __init__(self, limit):
        self.limit = limit
        name = f"hark-test-{os.getpid()}-{next(_numbers)}"
        controllers = os.path.join(V2, "cgroup.controllers")
        self._v2 = os.path.exists(controllers) and "memory" in _read(controllers).split()
        self.path = os.path.join(V2 if self._v2 else V1, name)
        try:
            if self._v2 and "memory" not in _read(os.path.join(V2, "cgroup.subtree_control")).split():
                self._write(os.path.join(V2, "cgroup.subtree_control"), "+memory")
            os.mkdir(self.path)
        except OSError as error:
            raise Skip(f"cannot make a cgroup: {error}") from None
        try:
            self._write(self._file("memory.max" if self._v2 else "memory.limit_in_bytes"), limit)
            try:  # without swap, where the kernel counts it: what does not fit has nowhere to go
                self._write(self._file("memory.swap.max" if self._v2 else "memory.memsw.limit_in_bytes"),
                            0 if self._v2 else limit)
            except OSError:
                pass
        except OSError as error:
            os.rmdir(self.path)
            raise Skip(f"cannot limit the memory of a cgroup: {error}") from None

    def _file(self, name):
        return os.path.join(self.path, name)

    @staticmethod
    def _write(path, value):
        with open(path, "w") as file:
            file.write(str(value))

    def wrap(self, command):
        """The command that runs `command` inside the group."""
        return ["sh", "-c", 'echo $$ > "$0" && exec "$@"', self._file("cgroup.procs"), *command]

    def peak(self):
        """The most bytes used so far, as the kernel counts (pages of files too); now's where it has no peak."""
        for name in ("memory.peak", "memory.current") if self._v2 else ("memory.max_usage_in_bytes",):
            if os.path.exists(self._file(name)):
                return int(_read(self._file(name)))
        return 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for _ in range(100):  # the kernel forgets the processes a little later
            try:
                os.rmdir(self.path)
                return
            except OSError:
                time.sleep(0.05)
