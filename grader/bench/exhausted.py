"""All orders with at most two preemptions: how many, and how long they take.
A part of `make bench`.

Each program is searched as it is, and again without leaving out what comes to
a state that was reached before.
"""
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from grader.bench.runs import ROOT
from grader.explore.finding import parse

SCENARIOS = ROOT / "grader" / "scenarios"
QUEUE = [str(SCENARIOS / "queue.c"), str(ROOT / "solutions/pool/queue.c"), "-DANY_ORDER"]
PROGRAMS = {
    "counter with a lock": [str(SCENARIOS / "counter.c"), "-DLOCKED"],
    "flag": [str(SCENARIOS / "flag.c")],
    "two locks in one order": [str(SCENARIOS / "locks.c")],
    "queue, 1 puts and 1 takes": [*QUEUE],
    "queue, 2 put and 1 takes": [*QUEUE, "-DPRODUCERS=2"],
    "queue, 2 put and 2 take": [*QUEUE, "-DPRODUCERS=2", "-DCONSUMERS=2"],
}
PREEMPTIONS, REACH = 2, 5.0         # seconds
MOST = 400_000                      # runs of a search that leaves nothing out


@dataclass(frozen=True)
class Exhausted:
    """bound: of which all orders were tried, or -1. every: the runs without
    leaving any out, at most MOST."""

    name: str
    bound: int
    runs: int
    seconds: list[float]
    every: int


def _search(program: Path, *options: str) -> tuple[int, int, float]:
    """Runs, the bound that was exhausted (-1: none), seconds. Raises
    ValueError where something is found, which is not the explorer's job here."""
    begin = time.perf_counter()
    done = subprocess.run([str(program), "--only", str(PREEMPTIONS), *options], capture_output=True, text=True)
    took, found = time.perf_counter() - begin, parse(done.stdout)
    if found.failed:
        raise ValueError(f"a right program fails: {found.text}")
    return found.runs, found.exhausted, took


def measure(rounds: int, build: Callable[[list[str], Path], Path], into: Path) -> list[Exhausted]:
    """Search them all, so many times. Raises ValueError, or CalledProcessError
    where one cannot be built."""
    programs = {name: build(words, into / f"all-{n}") for n, (name, words) in enumerate(PROGRAMS.items())}
    seen: dict[str, list[tuple[int, int, float]]] = {}
    for _ in range(rounds):
        for name, program in programs.items():
            seen.setdefault(name, []).append(_search(program, "--schedules", "10000000"))
    every = {name: _search(program, "--every", "--schedules", str(MOST))[0] for name, program in programs.items()}
    return [Exhausted(name, runs[0][1], runs[0][0], [r[2] for r in runs], every[name]) for name, runs in seen.items()]


def tell(found: list[Exhausted]) -> None:
    print(f"{'at most two preemptions':36} {'exhausted':>9} {'runs':>9} {'s':>7} {'least':>7} {'most':>7} {'of all':>10}")
    for e in found:
        of = f"{e.every:,}" if e.every < MOST else f"> {MOST:,}"
        print(f"{e.name:36} {f'at {e.bound}' if e.bound >= 0 else 'no':>9} {e.runs:9,} {statistics.median(e.seconds):7.2f} "
              f"{min(e.seconds):7.2f} {max(e.seconds):7.2f} {of:>10}   to reach: {REACH:g} s")


def rows(found: list[Exhausted]) -> list[dict]:
    """Rows of bench.json."""
    return [{"name": f"exhaust: {e.name}", "value": round(statistics.median(e.seconds), 2), "unit": "s",
             "versus": None, "ratio": None, "low": min(e.seconds), "high": max(e.seconds), "n": len(e.seconds)}
            for e in found]
