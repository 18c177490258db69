#!/usr/bin/python3
"""Says which files and functions have grown too long to read at once.

    tools/check_sizes.py

A source above 300 lines, a header above 150 and a function above 50 are named (tests may be longer); a file
above 500 lines or a function above 100 fails. Functions are found by indentation, as clang-format leaves it.
"""

import pathlib
import re
import sys

SOURCE_LINES, HEADER_LINES, FUNCTION_LINES = 300, 150, 50
FILE_LINES_MAX, FUNCTION_LINES_MAX = 500, 100
FOLDERS = ("src", "sdk", "tests", "bench", "tools")
# What opens a block at the margin and is no function.
NO_FUNCTION = re.compile(r"^\s*(namespace|class|struct|union|enum|extern|#|//|constexpr .*=|const .*=|inline const.*=)")


def functions(lines):
    """(name, first line, line count) of each function definition of a C++ file."""
    start = None
    for number, line in enumerate(lines):
        if start is None:
            opens = re.match(r"^( {0,2})\S.*\{$", line)
            if opens and not NO_FUNCTION.match(line) and "(" in line or re.match(r"^( {0,2}).*\) (const )?(noexcept )?(override )?\{$", line):
                start, indent = number, len(line) - len(line.lstrip(" "))
                while indent > 2 and start > 0:  # the last line of a long head
                    start -= 1
                    indent = len(lines[start]) - len(lines[start].lstrip(" "))
        elif re.match(rf"^ {{{indent}}}\}}", line):
            yield lines[start].strip(), start + 1, number - start + 1
            start = None


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    notes, failures = [], []
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in (".h", ".cpp", ".py", ".sh", ".js") or "node_modules" in path.parts:
                continue
            lines = path.read_text(encoding="utf-8").splitlines()
            name = path.relative_to(root)
            test = path.stem.endswith("_test") or folder == "tests"
            limit = HEADER_LINES if path.suffix == ".h" else SOURCE_LINES
            if len(lines) > FILE_LINES_MAX:
                failures.append(f"{name}: {len(lines)} lines, {FILE_LINES_MAX} at most")
            elif len(lines) > limit and not test:
                notes.append(f"{name}: {len(lines)} lines, aim at {limit}")
            if path.suffix not in (".h", ".cpp") or test:
                continue
            for head, first, count in functions(lines):
                if count > FUNCTION_LINES_MAX:
                    failures.append(f"{name}:{first}: {count} lines, {FUNCTION_LINES_MAX} at most: {head}")
                elif count > FUNCTION_LINES:
                    notes.append(f"{name}:{first}: {count} lines, aim at {FUNCTION_LINES}: {head}")
    for note in notes:
        print(f"note: {note}")
    for failure in failures:
        print(f"FAIL {failure}")
    print(f"sizes: {len(failures)} too long, {len(notes)} to look at")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
