#!/usr/bin/python3
"""Compiles each header of src/ and sdk/cpp/ alone: who includes one needs to include nothing before it.

    tools/check_headers.py BUILD_DIRECTORY [HEADER...]

The build directory is a configured one; its generated protobuf headers must have been made (hark_proto).
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys

WARNINGS = "-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Werror".split()
# As CMake and the packages' own files define them.
DEFINED = ["-DSPDLOG_COMPILED_LIB", "-DSPDLOG_FMT_EXTERNAL", '-DHARK_SOURCE_DIR="."', '-DHARK_VERSION="0"',
           '-DHARK_VERSION_DATE="0"']

# Where headers are included from. A public one of the client sees only its own folder and the standard library.
ROOTS = ("src", "sdk/cpp/src", "sdk/cpp/include")


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    build = pathlib.Path(sys.argv[1]).resolve()
    headers = [pathlib.Path(h).resolve() for h in sys.argv[2:]] or sorted(
        header for folder in ROOTS for header in (root / folder).rglob("*.h"))

    def compile_alone(header):
        # Not the header itself: `#pragma once in main file` would be a warning.
        base = next(root / folder for folder in ROOTS if header.is_relative_to(root / folder))
        text = f'#include "{header.relative_to(base)}"\n'
        public = base == root / ROOTS[-1]
        seen = [base] if public else [root / folder for folder in ROOTS] + [root]
        command = ["g++", "-std=c++20", "-fsyntax-only", *WARNINGS, *DEFINED,
                   *(word for folder in seen for word in ("-I", folder)), "-isystem", build / "proto", "-x", "c++", "-"]
        return header, subprocess.run(command, input=text, text=True, stderr=subprocess.PIPE)

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for header, done in pool.map(compile_alone, headers):
            if done.returncode != 0:
                failed += 1
                print(f"FAIL {header.relative_to(root)} does not compile alone:\n{done.stderr}")
    print(f"headers: {len(headers) - failed} compile alone, {failed} do not")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
