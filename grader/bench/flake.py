"""Is the verdict the same every time? `make flake RUNS=30 LOAD=10`.

Grades the reference RUNS times on the machine as it is and LOAD times beside
stress-ng. Anything but full marks with everything measured is printed, with
what was observed, and makes the exit status 1.
"""
import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from grader.bench.runs import ROOT, grade


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--load", type=int, default=10)
    parser.add_argument("--dir", type=Path, default=ROOT / "solutions")
    args = parser.parse_args()
    if args.load and not shutil.which("stress-ng"):
        parser.error("stress-ng is missing; install it, or say --load 0")
    bad = repeat(args.runs, args.dir.resolve(), "idle")
    if args.load:
        with load():
            bad += repeat(args.load, args.dir.resolve(), "beside stress-ng --cpu 2")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
