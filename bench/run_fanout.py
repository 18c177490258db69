#!/usr/bin/env python3
"""Fan-out side by side: hark, Debian's redis-server and a bare loop of send() calls.

One publisher, 1,000 subscribers, one core for the server and one for the load. See bench/README.md
for what is measured and how. Prints progress on stderr, the table on stdout, and writes JSON.
"""
import argparse
import json
import os
import platform
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
SUBSCRIBERS = 1000
SHAPES = [("floor", 1000), ("hark", 1000), ("events", 1000), ("redis", 1000), ("floor", 10), ("hark", 10)]
GOAL_RATIO = 0.55
GOAL_OUTSTANDING = 64
# Runs of one system differ by this much on a quiet machine; a smaller rise is not told from noise.
NOISE = 0.05
# Above this share of its core the load itself is what limits a row.
LOAD_BOUND = 0.95


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hark", type=Path, help="the program (default: build/release/hark)")
    parser.add_argument("--tools", type=Path, help="the folder of hark_bench_fanout and _floor")
    parser.add_argument("--seconds", type=float, default=3, help="measured a row (default 3)")
    parser.add_argument("--warm-up", type=float, default=0.5, help="seconds before a row")
    parser.add_argument("--rounds", type=int, default=3, help="of all systems in turn (default 3)")
    parser.add_argument("--outstanding", default="1,16,64,256", help="publishes, a row each")
    parser.add_argument("--payload", type=int, default=128, help="bytes (default 128)")
    parser.add_argument("--systems", default="floor,hark,events,redis", help="leave some out")
    parser.add_argument("--quick", action="store_true", help="one round of 1 s a row")
    parser.add_argument("--json", type=Path, default=REPOSITORY / "build/bench/fanout.json")
    arguments = parser.parse_args()
    arguments.outstanding = [int(n) for n in arguments.outstanding.split(",")]
    arguments.systems = arguments.systems.split(",")
    if arguments.quick:
        arguments.seconds, arguments.rounds, arguments.warm_up = 1, 1, 0.3
    return arguments


def find_program(name, given, *folders):
    for path in ([given] if given else [folder / name for folder in folders]):
        if path.is_file():
            return path.resolve()
    sys.exit(f"bench: no {name}: build it first (./dev bench fanout does), or name its place")


def allow_many_files():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < SUBSCRIBERS + 100:
        sys.exit(f"bench: needs {SUBSCRIBERS + 100} open files, the hard limit is {hard}")


def choose_cores():
    """One core for the server, another for the load; the same one where there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    return cores[0], cores[-1]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One fresh server of a system, pinned to a core, with a directory of its own."""

    def __init__(self, system, programs, core):
        self.directory = tempfile.mkdtemp(prefix="hark-bench-")
        self.port = free_port()
        self.log = open(Path(self.directory) / "log", "w+b")
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core)] + self.command(system, programs),
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        self.wait_until_ready(system)

    def command(self, system, programs):
        if system in ("hark", "events"):
            return [programs["hark"], "serve", "--dev", "--cores", "1",
                    "--listen", f"127.0.0.1:{self.port}", "--data-dir", f"{self.directory}/data"]
        if system == "redis":
            return [programs["redis"], "--port", str(self.port), "--bind", "127.0.0.1",
                    "--save", "", "--appendonly", "no", "--maxclients", "5000",
                    "--client-output-buffer-limit", "pubsub 0 0 0", "--dir", self.directory]
        return [programs["floor"], str(self.port)]

    def wait_until_ready(self, system):
        deadline = time.monotonic() + 15
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.log.seek(0)
                    words = self.log.read().decode(errors="replace")[-2000:]
                    self.stop()
                    sys.exit(f"bench: {system} does not listen on port {self.port}:\n{words}")
                time.sleep(0.02)

    def words(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-1500:]

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def run_rows(system, connections, programs, cores, arguments):
    """All rows of one system and shape on a fresh server. A row that fails says so."""
    server = Server(system, programs, cores[0])
    load = None
    rows = []
    try:
        load = subprocess.Popen(
            ["taskset", "-c", str(cores[1]), programs["load"], "--system", system,
             "--port", str(server.port), "--server-pid", str(server.process.pid),
             "--connections", str(connections), "--subscribers", str(SUBSCRIBERS),
             "--payload", str(arguments.payload), "--seconds", str(arguments.seconds),
             "--warm-up", str(arguments.warm_up),
             "--outstanding", *map(str, arguments.outstanding)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in load.stdout:
            row = json.loads(line)
            rows.append(row)
            print(f"  {system:6} {connections:5} connections {row['outstanding']:4} outstanding: "
                  f"{row['deliveries_per_second']:>10,} deliveries/s  "
                  f"{row['cpu_us_per_delivery']:.3f} us each", file=sys.stderr, flush=True)
        problem = load.stderr.read().strip()
        if load.wait() != 0:
            print(f"  {system} {connections}: FAILED: {problem}\n{server.words()}", file=sys.stderr)
            rows += [{"system": system, "connections": connections, "outstanding": n,
                      "failed": problem} for n in arguments.outstanding[len(rows):]]
    finally:
        if load and load.poll() is None:
            load.kill()
            load.wait()
        server.stop()
    return rows


def combine(rows):
    """The medians of one row over the rounds, with the least and the greatest CPU a delivery."""
    failures = [row["failed"] for row in rows if "failed" in row]
    if failures:
        return {**{key: rows[0][key] for key in ("system", "connections", "outstanding")},
                "failed": failures[0]}
    result = {}
    for key, value in rows[0].items():
        if isinstance(value, dict):
            result[key] = {part: statistics.median(row[key][part] for row in rows)
                           for part in value}
        elif isinstance(value, str):
            result[key] = value
        else:
            result[key] = statistics.median(row[key] for row in rows)
    cpu = [row["cpu_us_per_delivery"] for row in rows]
    result["cpu_us_least"], result["cpu_us_greatest"] = min(cpu), max(cpu)
    return result


COLUMNS = [  # title, width, how a row shows it
    ("system", 6, lambda row: row["system"]),
    ("conns", 6, lambda row: f"{row['connections']:,}"),
    ("outst.", 6, lambda row: row["outstanding"]),
    ("deliveries/s", 13, lambda row: f"{row['deliveries_per_second']:,.0f}"),
    ("CPU us each", 12, lambda row: f"{row['cpu_us_per_delivery']:.3f}"),
    ("least-most", 14, lambda row: f"{row['cpu_us_least']:.3f}-{row['cpu_us_greatest']:.3f}"),
    ("x redis", 8, lambda row: f"{row['ratio']:.2f}" if row["ratio"] else "n/a"),
    ("kernel", 7, lambda row: f"{row['system_share']:.0%}"),
    ("msgs/read", 10, lambda row: f"{row['messages_per_read']:.1f}"),
    ("server", 7, lambda row: f"{row['server_busy']:.0%}"),
    ("load", 6, lambda row: f"{row['client_busy']:.0%}"
     + ("*" if row["client_busy"] > LOAD_BOUND else " ")),
] + [(title, 9, lambda row, title=title: f"{row['latency_us'][title]:,.0f}")
     for title in ("p50", "p90", "p99", "p99.9", "max")]


def print_table(table, outstanding):
    print("latency percentiles in us; kernel: the part of the server's CPU time spent there\n")
    print(" ".join(f"{title:>{width}}" for title, width, _ in COLUMNS))
    for system, connections in sorted({key[:2] for key in table}, key=SHAPES.index):
        for count in outstanding:
            row = table[system, connections, count]
            if "failed" in row:
                print(f"{system:>6} {connections:6,} {count:6} FAILED: {row['failed']}")
                continue
            peer = table.get(("redis", connections, count), {"failed": True})
            row["ratio"] = (None if "failed" in peer else
                            row["cpu_us_per_delivery"] / peer["cpu_us_per_delivery"])
            print(" ".join(f"{show(row):>{width}}" for _, width, show in COLUMNS))
    print(" redis     10    n/a: a connection of redis holds one subscription to a channel")
    print("* the load's core was full: rate and latency are the load's, CPU a delivery still holds")


def print_bars(table, outstanding):
    print("\nserver CPU a delivery on 1,000 connections, us")
    rows = [(f"{system} {count}", row) for count in outstanding for system in
            ("floor", "hark", "events", "redis") for row in [table.get((system, 1000, count))]
            if row and "failed" not in row]
    widest = max((row["cpu_us_per_delivery"] for _, row in rows), default=1)
    for name, row in rows:
        cpu = row["cpu_us_per_delivery"]
        print(f"  {name:>10} {'#' * max(1, round(60 * cpu / widest))} {cpu:.3f}")


def judge_ratio(table, rounds, system):
    """The first goal for gRPC ("hark") or "events", as a line and whether it is met (None: cannot be said)."""
    line = (f"{system}: at {GOAL_OUTSTANDING} outstanding on 1,000 connections at most {GOAL_RATIO} x "
            "redis's CPU a delivery")
    keys = [(name, 1000, GOAL_OUTSTANDING) for name in (system, "redis")]
    if any(key not in table or "failed" in table[key] for key in keys):
        return f"{line}: cannot be said, a row is missing", None
    ours, theirs = (table[key]["cpu_us_per_delivery"] for key in keys)
    each = [mine["cpu_us_per_delivery"] / other["cpu_us_per_delivery"]
            for mine, other in zip(rounds[keys[0]], rounds[keys[1]])]
    met = ours / theirs <= GOAL_RATIO
    return (f"{line}: {'MET' if met else 'NOT MET'}: {ours / theirs:.2f} x ({ours:.3f} us of "
            f"{theirs:.3f} us; round by round {', '.join(f'{ratio:.2f}' for ratio in each)})"), met


def judge_rise(table, outstanding, connections):
    """The second goal for one shape, as a line and whether it is met."""
    line = f"CPU a delivery never rises with the number outstanding, {connections:,} connections"
    rows = [table.get(("hark", connections, count)) for count in sorted(outstanding)]
    if any(row is None or "failed" in row for row in rows):
        return f"{line}: cannot be said, a row is missing", None
    cpu = [row["cpu_us_per_delivery"] for row in rows]
    met = all(later <= earlier * (1 + NOISE) for earlier, later in zip(cpu, cpu[1:]))
    shown = " -> ".join(f"{value:.3f}" for value in cpu)
    return f"{line}: {'MET' if met else 'NOT MET'}: {shown} us (a rise below 5 % is noise)", met


def find_programs(arguments):
    tools = arguments.tools
    folders = [REPOSITORY / "build/bench/bench", REPOSITORY / "build/release/bench"]
    programs = {"load": find_program("hark_bench_fanout", tools and tools / "hark_bench_fanout",
                                     *folders)}
    if "floor" in arguments.systems:
        programs["floor"] = find_program("hark_bench_floor", tools and tools / "hark_bench_floor",
                                         *folders)
    if "hark" in arguments.systems or "events" in arguments.systems:
        programs["hark"] = find_program("hark", arguments.hark, REPOSITORY / "build/release")
    if "redis" in arguments.systems:
        programs["redis"] = shutil.which("redis-server") or sys.exit(
            "bench: no redis-server: apt-get install redis-server, or leave it out with --systems")
    return programs


def run_rounds(arguments, programs, cores):
    """Every row of every round, by (system, connections, outstanding)."""
    shapes = [shape for shape in SHAPES if shape[0] in arguments.systems]
    rounds = {}
    for number in range(arguments.rounds):
        print(f"round {number + 1} of {arguments.rounds}, load average {os.getloadavg()[0]:.2f}",
              file=sys.stderr, flush=True)
        # Each round begins with another system, so that no one always follows the same neighbour.
        first = number % len(shapes)
        for system, connections in shapes[first:] + shapes[:first]:
            for row in run_rows(system, connections, programs, cores, arguments):
                rounds.setdefault((system, connections, row["outstanding"]), []).append(row)
    return rounds


def judge(table, rounds, outstanding):
    return [judge_ratio(table, rounds, "hark"), judge_ratio(table, rounds, "events"), judge_rise(table, outstanding, 1000),
            judge_rise(table, outstanding, 10)]


def write_json(arguments, cores, table, rounds, goals):
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps({
        "machine": {"kernel": platform.release(), "cores": os.cpu_count(), "server_core": cores[0],
                    "load_core": cores[1], "load_average": os.getloadavg()},
        "settings": {"rounds": arguments.rounds, "seconds": arguments.seconds,
                     "payload": arguments.payload, "subscribers": SUBSCRIBERS},
        "goals": [{"goal": line, "met": met} for line, met in goals],
        "medians": list(table.values()),
        "rounds": [row for rows in rounds.values() for row in rows]}, indent=1) + "\n")
    print(f"\nwritten: {arguments.json}")


def main():
    arguments = parse_arguments()
    allow_many_files()
    cores = choose_cores()
    rounds = run_rounds(arguments, find_programs(arguments), cores)
    table = {key: combine(rows) for key, rows in rounds.items()}
    print(f"\nfan-out: 1 publisher, {SUBSCRIBERS:,} subscribers, {arguments.payload} bytes, server "
          f"on core {cores[0]}, load on core {cores[1]}, medians of {arguments.rounds} x "
          f"{arguments.seconds:g} s a row")
    if cores[0] == cores[1]:
        print("one core for both: latency and deliveries a second say little here")
    print_table(table, arguments.outstanding)
    print_bars(table, arguments.outstanding)
    goals = judge(table, rounds, arguments.outstanding) if "hark" in arguments.systems else []
    if goals:
        print("\ngoals")
    for line, _ in goals:
        print(f"  {line}")
    write_json(arguments, cores, table, rounds, goals)
    return 1 if any("failed" in row for row in table.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
