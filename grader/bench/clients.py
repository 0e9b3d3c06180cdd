"""What the load tool itself costs, beside other clients: a part of `make bench`.

One server that always says the same answers each client in turn, in shuffled
order, a counted number of requests on connections that are kept. Compared is
the client's own CPU a request, round by round; the bare client (bare.c) is the
measure, and runs twice. Adds its rows to report/bench.json.
"""
import argparse
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Callable

from grader.bench.runs import ROOT, keep
from grader.pace.tool import CannotMeasure, build_load, compile_c

BARE, AGAIN, OURS = "bare", "bare again", "load"
OTHERS = "ab", "h2load", "wrk"
CLIENTS = 100, 1000
REQUESTS = 40_000
REACH = 1.15        # ours to the bare one's, at most

Command = Callable[[int, int], list[str]]   # of port and clients


def commands(into: Path) -> dict[str, Command]:
    """The clients that are here, by name. Raises CannotMeasure."""
    load = str(build_load(into))
    bare = str(compile_c([ROOT / "grader/bench/bare.c"], into / "bare", f"-I{ROOT / 'lab'}"))
    found: dict[str, Command] = {
        BARE: lambda port, c: [bare, str(port), str(c), str(REQUESTS)],
        AGAIN: lambda port, c: [bare, str(port), str(c), str(REQUESTS)],
        OURS: lambda port, c: [load, f"127.0.0.1:{port}", "-k", "--size", "0", "-c", str(c), "-n", str(REQUESTS)],
        "ab": lambda port, c: ["ab", "-k", "-q", "-c", str(c), "-n", str(REQUESTS), f"http://127.0.0.1:{port}/"],
        "h2load": lambda port, c: ["h2load", "--h1", "-c", str(c), "-n", str(REQUESTS), f"http://127.0.0.1:{port}/"],
        "wrk": lambda port, c: ["wrk", "-t", "1", "-c", str(c), "-d", "1", f"http://127.0.0.1:{port}/"],
    }
    return {name: command for name, command in found.items()
            if name not in OTHERS or shutil.which(name)}


def requests_in(name: str, text: str) -> int:
    """How many requests a client has made: wrk makes as many as it can.
    Raises ValueError where it does not say."""
    if name != "wrk":
        return REQUESTS
    words = text.split()
    if "requests" not in words:
        raise ValueError(f"wrk does not say how many requests it made: {text[:200]}")
    return int(words[words.index("requests") - 1])


def cost(name: str, words: list[str], core: int) -> float:
    """Microseconds of the client's CPU a request. Raises ValueError where
    a client fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(words, capture_output=True, text=True, timeout=60,
                          preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise ValueError(f"{name} ended with status {done.returncode}: {done.stdout[-300:]}{done.stderr[-300:]}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used * 1e6 / requests_in(name, done.stdout)


def measure(rounds: int, into: Path, seed: int) -> dict[int, dict[str, list[float]]]:
    """clients -> name -> microseconds in each round."""
    server = compile_c([ROOT / "grader/bench/fixed.c", ROOT / "lab/net.c"], into / "fixed", f"-I{ROOT / 'lab'}")
    cores = sorted(os.sched_getaffinity(0))
    shuffle = random.Random(seed).shuffle
    found: dict[int, dict[str, list[float]]] = {}
    for clients in CLIENTS:
        with subprocess.Popen([str(server)], stdout=subprocess.PIPE, text=True,
                              preexec_fn=lambda: os.sched_setaffinity(0, {cores[-1]})) as fixed:
            try:
                port = int(fixed.stdout.readline())
                runs = commands(into)
                seen: dict[str, list[float]] = {name: [] for name in runs}
                for _ in range(rounds):
                    order = list(runs)
                    shuffle(order)
                    for name in order:
                        seen[name].append(cost(name, runs[name](port, clients), cores[0]))
                found[clients] = seen
            finally:
                fixed.kill()
    return found


def rows(found: dict[int, dict[str, list[float]]]) -> list[dict]:
    """Of bench.json: the ratios are those within a round, to the bare client."""
    table = []
    for clients, seen in found.items():
        for name, costs in seen.items():
            ratios = [a / b for a, b in zip(costs, seen[BARE])]
            low, middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
            table.append({"name": f"client {name}, {clients} connections", "value": round(statistics.median(costs), 3),
                          "unit": "us/request", "versus": BARE, "ratio": round(middle, 3), "low": round(low, 3),
                          "high": round(high, 3), "n": len(ratios)})
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=17)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.rounds < 1:
        parser.error("--rounds takes a number from 1 up")
    try:
        with tempfile.TemporaryDirectory(prefix="clk-bench-") as into:
            table = rows(measure(args.rounds, Path(into), args.seed))
    except (CannotMeasure, subprocess.SubprocessError, OSError, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(f"{'':36} {'us/request':>10} {'to bare':>9}   middle half, {args.rounds} rounds, seed {args.seed}")
    for row in table:
        goal = f"   to reach: {REACH}" if f" {OURS}," in row["name"] else ""
        print(f"{row['name']:36} {row['value']:10.2f} {row['ratio']:9.3f}   {row['low']:.3f} to {row['high']:.3f}{goal}")
    for name in OTHERS:
        if not shutil.which(name):
            print(f"{f'client {name}':36} not measured: {name} is not installed")
    keep(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
