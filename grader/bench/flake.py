"""Is the verdict the same every time? `make flake RUNS=30 LOAD=10 RACE=20`.

Asks the witnesses RACE times about the starter's pool and the reference's,
then grades the reference RUNS times on the machine as it is and LOAD times
beside stress-ng. Anything but a full accusation of the one, silence about the
other, and full marks with everything measured is printed, with what was
observed, and makes the exit status 1.
"""
import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from grader.bench.runs import ROOT, grade
from grader.witness.hearing import hear
from grader.witness.race_check import program

RACY = ["all.active", "all.bytes", "all.peak", "all.served"]    # of starter/pool/stats.c


@contextmanager
def load() -> Iterator[None]:
    """Two processes that burn CPU, surely gone afterwards."""
    burner = subprocess.Popen(["stress-ng", "--cpu", "2", "--quiet"], start_new_session=True)
    try:
        yield
    finally:
        os.killpg(burner.pid, signal.SIGKILL)
        burner.wait()


def wrong(result: dict) -> list[str]:
    """What is not as it should be for a right submission."""
    return [f"{c['check']} {c['outcome']}: {c['observed']}" for c in result["checks"]
            if c["outcome"] != "pass"]


def repeat(n: int, submission: Path, how: str) -> int:
    """Grade n times. Returns how many were not full marks."""
    bad, seconds = 0, []
    for i in range(n):
        begin = time.monotonic()
        faults = wrong(grade(submission))
        seconds.append(time.monotonic() - begin)
        bad += bool(faults)
        print(f"{how} {i + 1:3} of {n}: {seconds[-1]:5.1f} s  {'; '.join(faults) or 'full marks'}", flush=True)
    if n:
        print(f"{how}: {n - bad} of {n} full marks, nothing not-measured in those; "
              f"median {statistics.median(seconds):.1f} s")
    return bad


def accused(tree: str) -> list[str]:
    """The variables of the pool that two witnesses accuse, with both lines and
    both threads' roles. Raises RuntimeError if they could not be heard."""
    with tempfile.TemporaryDirectory(prefix="clk-race-") as out:
        heard = hear(program("pool", ROOT / tree, Path(out)), Path(out))
    if heard.reason:
        raise RuntimeError(heard.reason)
    whole = [f for f in heard.confirmed if len(f.accesses) == 2 and all(a.line and a.role for a in f.accesses)]
    return sorted({f.variable or "?" for f in whole})


def race(n: int) -> int:
    """Hear the witnesses n times on both trees. Returns how often they erred."""
    bad = 0
    for tree, expected in ("starter", RACY), ("solutions", []):
        good = 0
        for i in range(n):
            try:
                found = accused(tree)
            except RuntimeError as error:
                found = [f"not measured: {error}"]
            good += found == expected
            if found != expected:
                print(f"race-check of {tree} {i + 1} of {n}: {', '.join(found) or 'silent'}", flush=True)
        if n:
            print(f"race-check of {tree}: {good} of {n} {'name ' + ', '.join(expected) if expected else 'silent'}",
                  flush=True)
        bad += n - good
    return bad


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--load", type=int, default=10)
    parser.add_argument("--race", type=int, default=20)
    parser.add_argument("--dir", type=Path, default=ROOT / "solutions")
    args = parser.parse_args()
    if args.load and not shutil.which("stress-ng"):
        parser.error("stress-ng is missing; install it, or say --load 0")
    bad = race(args.race)
    bad += repeat(args.runs, args.dir.resolve(), "idle")
    if args.load:
        with load():
            bad += repeat(args.load, args.dir.resolve(), "beside stress-ng --cpu 2")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
