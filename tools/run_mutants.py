#!/usr/bin/python3
"""Plants one bug at a time in a copy of the engine and shows that the simulation catches each.

    tools/run_mutants.py [NAME...] [--list] [--histories N] [--jobs N]

The mutants stand in tests/mutants/mutants.py. The copy is build/mutants/tree, built in build/mutants/build; only
what a mutant touches is compiled again. A mutant whose anchor no longer stands exactly once in the source is a failure: it
has to be written anew for the code of today. The last line is "N passed, N failed": a mutant passes when it is caught.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TREE = ROOT / "build/mutants/tree"
BUILD = ROOT / "build/mutants/build"
COPIED = ("CMakeLists.txt", "cmake", "proto", "src", "tests/sim")

sys.path.insert(0, str(ROOT / "tests/mutants"))
import mutants  # noqa: E402


def copy_tree():
    """Brings the copy up to date, keeping the times of files that are the same."""
    wanted = set()
    for name in COPIED:
        source = ROOT / name
        for file in [source] if source.is_file() else (f for f in source.rglob("*") if f.is_file()):
            target = TREE / file.relative_to(ROOT)
            wanted.add(target)
            if target.exists() and target.read_bytes() == file.read_bytes():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    for file in [f for f in TREE.rglob("*") if f.is_file() and f not in wanted]:
        file.unlink()


def run(command, **kwargs):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          check=False, **kwargs)


def configure():
    command = ["cmake", "-S", str(TREE), "-B", str(BUILD), "-G", "Ninja", "-D", "CMAKE_BUILD_TYPE=None",
               "-D", "CMAKE_CXX_FLAGS=-O1", "-D", "HARK_TESTS=ON"]
    done = run(command)
    if done.returncode:
        sys.exit(done.stdout)


def compile_simulation(jobs):
    done = run(["nice", "ninja", "-C", str(BUILD), f"-j{jobs}", "hark_sim"])
    return done.returncode == 0, done.stdout


def simulate(histories, jobs):
    """What the simulation says first, or None."""
    done = run([str(BUILD / "tests/sim/hark_sim"), "--histories", str(histories), "--jobs", str(jobs), "--failures", "1",
                "--part"], timeout=900)
    found = re.search(r"^FAIL seed (\d+): ([^:]+): (.*)$", done.stdout, re.MULTILINE)
    return found.groups() if found else None


def plant(mutant):
    """The file's text before, or None when the anchor does not fit."""
    file = TREE / mutant.file
    before = file.read_text(encoding="utf-8")
    if before.count(mutant.anchor) != 1:
        return None
    file.write_text(before.replace(mutant.anchor, mutant.planted), encoding="utf-8")
    return before


def judge(mutant, options):
    before = plant(mutant)
    if before is None:
        return False, f"the anchor does not stand exactly once in {mutant.file}"
    try:
        compiled, output = compile_simulation(options.jobs)
        if not compiled:
            return False, "does not compile\n" + output[-2000:]
        caught = simulate(options.histories, options.jobs)
    finally:
        (TREE / mutant.file).write_text(before, encoding="utf-8")
    if not caught:
        return False, f"NOT caught in {options.histories} histories"
    seed, invariant, words = caught
    return True, f"caught by {invariant} at seed {seed}: {words[:100]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--histories", type=int, default=1000, help="histories until a mutant counts as not caught")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    options = parser.parse_args()
    chosen = [m for m in mutants.MUTANTS if not options.names or m.name in options.names]
    if options.list:
        for mutant in chosen:
            print(f"{mutant.name:34} {mutant.what}")
        return 0
    copy_tree()
    configure()
    compiled, output = compile_simulation(options.jobs)
    if not compiled:
        sys.exit("the engine itself does not compile\n" + output[-3000:])
    healthy = simulate(min(200, options.histories), options.jobs)
    if healthy:
        print(f"note: the engine without a mutant fails too: seed {healthy[0]}: {healthy[1]}: {healthy[2]}", flush=True)
    passed = failed = 0
    for number, mutant in enumerate(chosen, 1):
        start = time.monotonic()
        caught, words = judge(mutant, options)
        passed, failed = passed + caught, failed + (not caught)
        print(f"[{number}/{len(chosen)}] {'ok  ' if caught else 'FAIL'} {mutant.name}: {words} "
              f"({time.monotonic() - start:.0f} s)", flush=True)
    if healthy and not options.names:
        failed += 1  # what a broken engine trips over proves nothing about the mutants
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
