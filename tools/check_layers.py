#!/usr/bin/python3
"""Holds the layers of src/: a file includes only its own folder and folders with a lower number.

    tools/check_layers.py              checks src/; exit code 1 and one line a violation
    tools/check_layers.py --self-test  plants each kind of violation and shows that it is found

Also kept here: what must stay in one layer (locks, system calls, clocks).
"""

import pathlib
import re
import sys
import tempfile

# The one table of layers. Equal numbers do not know each other; they meet in server/.
LAYERS = {
    "base": 0,
    "model": 1,
    "runtime": 2,
    "config": 2,
    "topic": 2,
    "protocol": 2,
    "fabric": 4,
    "gateway": 5,
    "control": 5,
    "server": 6,
    "cli": 7,
}

# What only some folders may use: (what it is, the pattern of a line, the folders, why).
KEPT = [
    ("a lock or an atomic",
     re.compile(r"#include <(mutex|shared_mutex|atomic|condition_variable|future|semaphore|latch|barrier)>"
                r"|\bstd::(atomic|mutex|shared_mutex|condition_variable)\b"),
     {"base", "runtime"}, "a core shares nothing; mailboxes and counters are in base/ and runtime/"),
    ("a thread",
     re.compile(r"#include <thread>|\bstd::(jthread|thread)\b"),
     {"runtime", "server"}, "server/ starts one a core, nobody else"),
    ("a header of system calls",
     re.compile(r"#include <(sys/(?!types\.h|uio\.h)\w+\.h|unistd\.h|fcntl\.h|poll\.h|netdb\.h|sched\.h|pthread\.h"
                r"|signal\.h|csignal|netinet/\w+\.h|arpa/\w+\.h|linux/[\w/]+\.h|dirent\.h|filesystem|fstream)>"),
     {"runtime"}, "all system calls are in runtime/"),
    ("a clock",
     re.compile(r"\b(clock_gettime|gettimeofday)\s*\(|\b(steady|system|high_resolution|file|utc|tai)_clock\b"
                r"|\bstd::time\s*\(|(?<![\w:.>])time\(\s*(nullptr|NULL|0|&)"),
     {"runtime"}, "`now` comes in as an argument, read once a turn by runtime/"),
    ("a random number",
     re.compile(r"#include <random>|\bstd::random_device\b|(?<![\w:])s?rand\(\)?"),
     set(), "a simulation that is repeated must do the same again"),
]

# Files that may do what their folder may not, each with its reason.
EXCEPTIONS = {
    ("src/server/serve.cpp", "a header of system calls"): "makes the data directory's parents before any core runs",
}

# The C++ client: its sources use these folders of src/, its public headers the standard library alone, and of
# src/ only the command line uses it, by its public headers.
CLIENT_USES = {"base", "model", "protocol", "runtime"}
CLIENT_HEADERS = "hark/client/"
CLIENT_USERS = {"cli"}

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def is_test(path):
    """Tests may use what they like of the system; the layers bind them too."""
    return path.stem.endswith(("_test", "_for_test")) or "testing" in path.parts


def violations(root):
    """One line each: file, line, what is wrong and why."""
    found = list(violations_of_client(root))
    source = root / "src"
    if not source.exists():
        return found
    for folder in sorted(p for p in source.iterdir() if p.is_dir()):
        if folder.name not in LAYERS:
            found.append(f"src/{folder.name}: the folder has no number in tools/check_layers.py")
    for path in sorted(p for p in source.rglob("*") if p.suffix in (".h", ".cpp", ".S")):
        layer = path.relative_to(source).parts[0]
        if layer in LAYERS:
            found += violations_of(path, root, layer)
    return found


def violations_of(path, root, layer):
    name = path.relative_to(root)
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{name}:{number}"
        if include := INCLUDE.match(line):
            target = include.group(1).split("/")[0]
            if target == layer or (target == "tests" and is_test(path)):
                continue
            if target.endswith(".pb.h") and (layer == "protocol" or is_test(path)):
                continue  # generated from proto/; no header of protocol/ hands it on
            if include.group(1).startswith(CLIENT_HEADERS) and layer in CLIENT_USERS:
                continue
            if "/" not in include.group(1) or target not in LAYERS:
                yield f'{where}: "{include.group(1)}" is in no layer; write its path below src/'
            elif LAYERS[target] >= LAYERS[layer]:
                yield f"{where}: {layer}/ ({LAYERS[layer]}) includes {target}/ ({LAYERS[target]}), which is not lower"
        code = re.sub(r'//.*|"(\\.|[^"\\])*"', "", line)
        if is_test(path):
            continue
        for what, pattern, folders, why in KEPT:
            if layer not in folders and pattern.search(code) and (str(name), what) not in EXCEPTIONS:
                yield f"{where}: {what} in {layer}/: {why}"


def violations_of_client(root):
    """As violations(), of sdk/cpp."""
    include = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
    for path in sorted(p for p in (root / "sdk" / "cpp").rglob("*") if p.suffix in (".h", ".cpp")):
        part = path.relative_to(root / "sdk" / "cpp").parts[0]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = include.match(line)
            if not found or found[2].startswith(CLIENT_HEADERS):
                continue
            where = f"{path.relative_to(root)}:{number}: {found[1]}{found[2]}"
            if part == "include" and (found[1] == '"' or not re.fullmatch(r"[a-z_]+", found[2])):
                yield f"{where}: a public header of the client includes only the standard library"
            if part == "src" and found[1] == '"' and found[2].split("/")[0] not in CLIENT_USES | {"client"}:
                yield f"{where}: the client uses only {', '.join(sorted(CLIENT_USES))}"


def self_test():
    """Each planted file must be found out, and each good one must not."""
    bad = {
        "src/model/up.h": '#include "topic/topic.h"',
        "src/topic/beside.h": '#include "runtime/fd.h"',
        "src/stranger/x.h": "",
        "src/topic/nowhere.h": '#include "elsewhere/x.h"',
        "src/gateway/lock.cpp": "#include <mutex>",
        "src/fabric/atomic.cpp": "  std::atomic<int> count;",
        "src/protocol/http1/socket.cpp": "#include <sys/socket.h>",
        "src/topic/clock.cpp": "  const auto now = std::chrono::steady_clock::now();",
        "src/server/file.cpp": "#include <fstream>",
        "src/fabric/dice.cpp": "#include <random>",
        "src/gateway/guest.cpp": '#include "hark/client/client.h"',
        "sdk/cpp/include/hark/client/system.h": "#include <sys/socket.h>",
        "sdk/cpp/include/hark/client/library.h": "#include <nghttp2/nghttp2.h>",
        "sdk/cpp/include/hark/client/inner.h": '#include "base/result.h"',
        "sdk/cpp/src/client/up.cpp": '#include "gateway/session.h"',
    }
    good = {
        "src/fabric/down.h": '#include "topic/topic.h"\n#include "fabric/other.h"',
        "src/runtime/socket.cpp": "#include <sys/socket.h>\n#include <atomic>\nclock_gettime(a, b);",
        "src/topic/comment.h": "// std::mutex is not used here; steady_clock neither",
        "src/topic/ring_test.cpp": '#include <thread>\n#include "tests/sim/model.h"',
        "src/base/gather.h": "#include <sys/uio.h>",
        "src/cli/guest.cpp": '#include "hark/client/client.h"',
        "sdk/cpp/include/hark/client/good.h": '#include <string>\n#include "hark/client/result.h"',
        "sdk/cpp/src/client/good.cpp": '#include "client/x.h"\n#include "runtime/fd.h"\n#include <sys/socket.h>',
    }
    for files, wanted in ((bad, 1), (good, 0)):
        for name, text in files.items():
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / name
                path.parent.mkdir(parents=True)
                path.write_text(text, encoding="utf-8")
                found = violations(pathlib.Path(folder))
            if len(found) != wanted:
                sys.exit(f"check_layers: self-test: {name}: expected {wanted} violations, found {found}")


def main():
    self_test()
    if "--self-test" in sys.argv[1:]:
        return
    found = violations(pathlib.Path(__file__).resolve().parent.parent)
    print("\n".join(found) if found else "layers: every include goes down")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
