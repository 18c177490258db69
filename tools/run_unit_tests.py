#!/usr/bin/python3
"""Runs unit test programs (GoogleTest), several at a time: one line a program, its output when it fails.

    tools/run_unit_tests.py FILE [NAME...]

FILE lists the programs, one path a line; a NAME ("topic_test") chooses some. The last line is
"N passed, N failed" (and ", N skipped"). A program that dies or hangs counts as a failed test.
"""

import concurrent.futures
import os
import re
import subprocess
import sys
import time

SECONDS_MAX = 300


def count(pattern, text):
    found = re.search(pattern, text, re.MULTILINE)
    return int(found.group(1)) if found else 0


def run(program):
    """(passed, failed, skipped, seconds, output) of one program."""
    start = time.monotonic()
    try:
        done = subprocess.run([program, "--gtest_color=no"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", timeout=SECONDS_MAX)
        output, code = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        output, code = (late.stdout or b"").decode(errors="replace") + f"\nno end within {SECONDS_MAX} s", 1
    except OSError as error:
        output, code = str(error), 1
    passed = count(r"^\[  PASSED  \] (\d+) test", output)
    failed = count(r"^\[  FAILED  \] (\d+) test", output)
    skipped = count(r"^\[  SKIPPED \] (\d+) test", output)
    if code != 0 and failed == 0:
        passed, failed, skipped = 0, 1, 0  # it died: what it did before is not known to be whole
        output += f"\n{program}: exit code {code}"
    if code == 0 and passed + skipped == 0:
        failed, output = 1, output + f"\n{program}: it ran no test"
    return passed, failed, skipped, time.monotonic() - start, output


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        programs = file.read().split()
    if sys.argv[2:]:
        programs = [p for p in programs if os.path.basename(p) in sys.argv[2:]]
    totals = [0, 0, 0]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        work = {pool.submit(run, program): program for program in programs}
        for done, future in enumerate(concurrent.futures.as_completed(work), 1):
            passed, failed, skipped, seconds, output = future.result()
            totals = [a + b for a, b in zip(totals, (passed, failed, skipped))]
            name = os.path.basename(work[future])
            if failed:
                print(output)
            print(f"[{done}/{len(programs)}] {'FAIL' if failed else 'ok  '} {name}: {passed} passed, "
                  f"{failed} failed ({seconds:.1f} s)", flush=True)
    passed, failed, skipped = totals
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed or passed == 0 else 0)


if __name__ == "__main__":
    main()
