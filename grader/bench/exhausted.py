"""All orders with at most one or two preemptions: how many, and how long they take.
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
from grader.explore.scenarios import SCENARIOS, find

QUEUE = [str(SCENARIOS / "queue.c"), str(ROOT / "solutions/pool/queue.c"), "-DANY_ORDER"]
MOST = 400_000                      # runs of a search that leaves nothing out


@dataclass(frozen=True)
class Asked:
    """What a program is built of, how many preemptions, and the seconds in
    which that should be done."""

    words: list[str]
    preemptions: int = 2
    reach: float = 5.0


def _server(scenario: str) -> list[str]:
    """EchoCo's pool, whole, in a scenario."""
    asked = find(scenario)
    plain = [word for name in asked.given for word in ("--plain", str(ROOT / "lab" / name))]
    part = ROOT / "solutions" / "pool"
    return [f"-I{part}", *asked.flags, *plain, str(asked.file), *map(str, sorted(part.glob("*.c")))]


PROGRAMS = {
    "counter with a lock": Asked([str(SCENARIOS / "counter.c"), "-DLOCKED"]),
    "flag": Asked([str(SCENARIOS / "flag.c")]),
    "two locks in one order": Asked([str(SCENARIOS / "locks.c")]),
    "queue, 1 puts and 1 takes": Asked([*QUEUE]),
    "queue, 2 put and 1 takes": Asked([*QUEUE, "-DPRODUCERS=2"]),
    "queue, 2 put and 2 take": Asked([*QUEUE, "-DPRODUCERS=2", "-DCONSUMERS=2"]),
    "server, 3 clients, stop last": Asked(_server("serve"), 2, 10.0),
    "server, 3 clients, stop any time": Asked(_server("serve-stopped"), 1, 10.0),
}


@dataclass(frozen=True)
class Exhausted:
    """bound: of which all orders were tried, or -1. every: the runs without
    leaving any out, at most MOST."""

    name: str
    bound: int
    runs: int
    seconds: list[float]
    every: int


def _search(program: Path, preemptions: int, *options: str) -> tuple[int, int, float]:
    """Runs, the bound that was exhausted (-1: none), seconds. Raises
    ValueError where something is found, which is not the explorer's job here."""
    begin = time.perf_counter()
    done = subprocess.run([str(program), "--only", str(preemptions), *options], capture_output=True, text=True)
    took, found = time.perf_counter() - begin, parse(done.stdout)
    if found.failed:
        raise ValueError(f"a right program fails: {found.text}")
    return found.runs, found.exhausted, took


def measure(rounds: int, build: Callable[[list[str], Path], Path], into: Path) -> list[Exhausted]:
    """Search them all, so many times. Raises ValueError, or CalledProcessError
    where one cannot be built."""
    programs = {name: build(asked.words, into / f"all-{n}") for n, (name, asked) in enumerate(PROGRAMS.items())}
    bound = {name: asked.preemptions for name, asked in PROGRAMS.items()}
    seen: dict[str, list[tuple[int, int, float]]] = {}
    for _ in range(rounds):
        for name, program in programs.items():
            seen.setdefault(name, []).append(_search(program, bound[name], "--schedules", "10000000"))
    every = {name: _search(program, bound[name], "--every", "--schedules", str(MOST))[0] for name, program in programs.items()}
    return [Exhausted(name, runs[0][1], runs[0][0], [r[2] for r in runs], every[name]) for name, runs in seen.items()]


def tell(found: list[Exhausted]) -> None:
    print(f"{'all orders with few preemptions':36} {'exhausted':>9} {'runs':>9} {'s':>7} {'least':>7} {'most':>7} {'of all':>10}")
    for e in found:
        of = f"{e.every:,}" if e.every < MOST else f"> {MOST:,}"
        print(f"{e.name:36} {f'at {e.bound}' if e.bound >= 0 else 'no':>9} {e.runs:9,} {statistics.median(e.seconds):7.2f} "
              f"{min(e.seconds):7.2f} {max(e.seconds):7.2f} {of:>10}   to reach: {PROGRAMS[e.name].reach:g} s")


def rows(found: list[Exhausted]) -> list[dict]:
    """Rows of bench.json."""
    return [{"name": f"exhaust: {e.name}", "value": round(statistics.median(e.seconds), 2), "unit": "s",
             "versus": None, "ratio": None, "low": min(e.seconds), "high": max(e.seconds), "n": len(e.seconds)}
            for e in found]
