#!/usr/bin/python3
"""Finds words that must not be in the tree: hosts of package registries, paths of one machine, secrets.

    tools/check_words.py

Looks at every file that git tracks. A lock file that names a registry, for example, makes a fresh clone
depend on a host that its user may not reach.
"""

import pathlib
import re
import subprocess
import sys

# Split, so that this file does not contain what it looks for.
WORDS = {
    "a registry's host": r"registry\.(?:npmjs|yarnpkg)|artifact" + r"registry|pkg\.dev|node" + r"source|"
                         r"files\.pythonhosted|\b(?:npm|pypi|proxy)\.[a-z0-9.-]+\.(?:com|net|io|internal)\b",
    "a path of one machine": r"(?<![\w.])/(?:wo" + r"rk|home/\w+|Users/\w+|root/\w+)/|/tmp/[\w]+\.sh\b",
    "a private key": r"BEGIN (?:[A-Z]+ )?PRIVATE" + r" KEY",
    "a merge conflict": r"^(?:<{7}|>{7}) ",
    "a tab or a space at the end of a line": r"[ \t]+$",
}
GENERATED = {"package-lock.json"}


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, stdout=subprocess.PIPE)
    found = 0
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = root / name
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue  # a binary of a corpus, or a file that is being moved
        for what, pattern in WORDS.items():
            if name.endswith(tuple(GENERATED)) and "space" in what:
                continue
            for match in re.finditer(pattern, text, re.MULTILINE):
                line = text.count("\n", 0, match.start()) + 1
                print(f"{name}:{line}: {what}: {match.group(0).strip()!r}")
                found += 1
    print(f"words: {found} found that must not be here")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
