"""Four threads count a million each. How many of the 4,000,000 are lost?

Nine ways to count, of which three are right; each is compiled as it says and
run RUNS times on all processors, and as often on one of them alone. On a
terminal every line waits for your own guess.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import List, Tuple

SOURCE = os.path.join(os.path.dirname(__file__), "counter.c")
ALL = 4_000_000
RUNS = 12       # where others are busy, the threads of most runs take turns


@dataclass
class Way:
    """One way to count: what is said of it, and the flags that make it."""

    words: str
    flags: Tuple[str, ...]


WAYS = (
    Way("int, gcc -O0", ("-O0", "-DPLAIN")),
    Way("int, gcc -O2", ("-O2", "-DPLAIN")),
    Way("volatile int, gcc -O2", ("-O2", "-DVOLATILE")),
    Way("int, one instruction", ("-O2", "-DONE_INSTRUCTION")),
    Way("atomic, served = served + 1", ("-O2", "-DATOMIC_SPLIT")),
    Way("semaphore that begins at 2", ("-O2", "-DSEMAPHORE=2")),
    Way("atomic, served++", ("-O2", "-DATOMIC")),
    Way("mutex", ("-O2", "-DMUTEX")),
    Way("semaphore that begins at 1", ("-O2", "-DSEMAPHORE=1")),
)


def build(way: Way, program: str) -> bool:
    """Whether this machine has such a way."""
    command = ["gcc", "-std=c11", "-D_GNU_SOURCE", "-pthread", "-Ilab",
               *way.flags, SOURCE, "-o", program]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if done.returncode and "#error" not in done.stderr:
        raise SystemExit(f"try: the counter does not compile:\n{done.stderr}")
    return done.returncode == 0


def run(program: str, cpus: List[int]) -> Tuple[int, float]:
    """How many were lost, and nanoseconds for each that was counted."""
    told = subprocess.run([program], stdout=subprocess.PIPE, text=True,
                          check=True, timeout=60,
                          preexec_fn=lambda: os.sched_setaffinity(0, cpus))
    lost, took = told.stdout.split()
    return int(lost), float(took)


def span(lost: List[int]) -> str:
    """The fewest and the most of several runs."""
    low, high = min(lost), max(lost)
    return f"{low:,}" if low == high else f"{low:,} - {high:,}"


def guess(way: Way) -> None:
    """Let somebody who sits there say a number first."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        print(f"{way.words}: how many are lost? ", end="", flush=True)
        sys.stdin.readline()


def main(_: str) -> int:
    cpus = sorted(os.sched_getaffinity(0))
    print(f"4 threads, {ALL:,} in all; lost in {RUNS} runs, least - most\n")
    print(f"{'':28} {f'on {len(cpus)} CPUs':>21} {'on one CPU':>21}"
          f" {'a count':>9}")
    with tempfile.TemporaryDirectory(prefix="clk-try-") as made:
        for way in WAYS:
            guess(way)
            program = os.path.join(made, "counter")
            if not build(way, program):
                print(f"{way.words:28} not on this machine")
                continue
            here = [run(program, cpus) for _ in range(RUNS)]
            alone = [run(program, cpus[:1]) for _ in range(RUNS)]
            took = sorted(ns for _, ns in here)[RUNS // 2]
            print(f"{way.words:28} {span([n for n, _ in here]):>21}"
                  f" {span([n for n, _ in alone]):>21} {took:6.1f} ns",
                  flush=True)
    return 0
