#!/usr/bin/python3
"""Runs what README shows against a real server: the demo and the example with the official Node SDK.

    tools/run_readme.py PROGRAM

Takes the SDK from tests/e2e/node, as its lock file has it. The last line is "N passed, N failed".
"""

import os
import pathlib
import subprocess
import sys
import time

from local_hark import LocalHark

ROOT = pathlib.Path(__file__).resolve().parent.parent
SDK = ROOT / "tests" / "e2e" / "node"


def run(command, **settings):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", timeout=180, cwd=ROOT, **settings)
    return done.returncode, done.stdout


def demo(program):
    code, output = run(["/usr/bin/python3", "tools/demo.py", program])
    return code == 0 and output.count("5: Bern: 15 degrees") == 3, output


def hello(program):
    if not (SDK / "node_modules" / "@gomomento").exists():
        code, output = run(["npm", "ci", "--prefix", SDK, "--ignore-scripts", "--no-audit", "--no-fund"])
        if code != 0:
            return False, output
    with LocalHark(program) as hark:
        code, output = run(["node", "docs/examples/hello.js"],
                           env={**os.environ, "HARK": hark.address, "NODE_PATH": str(SDK / "node_modules")})
    return code == 0 and "received: TopicItem: hello, world" in output, output


def topic(program):
    """tools/topic.py, which ./dev run tells its users to try."""
    with LocalHark(program) as hark:
        command = ["/usr/bin/python3", "tools/topic.py", "--server", hark.address]
        code, output = run([*command, "publish", "default", "news", "hello, world"])
        if code == 0:
            code, output = run([*command, "subscribe", "default", "news", "--from", "1", "--count", "1"])
    return code == 0 and output == "1: hello, world\n", output


def main():
    failed = 0
    tests = (demo, hello, topic)
    for test in tests:
        start = time.monotonic()
        try:
            good, output = test(sys.argv[1])
        except (Exception, SystemExit) as error:  # one that cannot run fails, and the others go on
            good, output = False, str(error)
        failed += not good
        print(f"{'ok  ' if good else 'FAIL'} readme/{test.__name__} ({time.monotonic() - start:.1f} s)", flush=True)
        if not good:
            print(output)
    print(f"{len(tests) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
