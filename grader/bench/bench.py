"""What a grade takes, check by check: `make bench`.

Grades the reference several times, whole and part by part in turn, and prints
the median of each check's seconds. Writes report/bench.json.
"""
import argparse
import json
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

from grader.bench.runs import ROOT, grade
from grader.core.rubric import load

WHOLE = "grade"
REACH = {WHOLE: 25.0}       # seconds on two cores; 8 for a part


def measure(rounds: int, submission: Path) -> dict[str, list[float]]:
    """name -> seconds in each round: a whole grade, `make check` of each part
    (both from outside), and within the whole grade each check."""
    seconds: dict[str, list[float]] = defaultdict(list)
    runs = {WHOLE: [], **{f"check {p}": ["--part", p] for p in load().parts}}
    for n in range(rounds):
        for name, options in runs.items():
            print(f"\rround {n + 1} of {rounds}: {name:20}", end="", file=sys.stderr, flush=True)
            begin = time.monotonic()
            result = grade(submission, *options)
            seconds[name].append(time.monotonic() - begin)
            if name == WHOLE:
                for record in result["checks"]:
                    seconds[record["check"]].append(record["seconds"])
    print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
    return seconds


def rows(seconds: dict[str, list[float]]) -> list[dict]:
    """The rows of bench.json."""
    return [{"name": name, "value": round(statistics.median(s), 3), "unit": "s", "versus": None,
             "ratio": None, "low": round(min(s), 3), "high": round(max(s), 3), "n": len(s)}
            for name, s in seconds.items()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dir", type=Path, default=ROOT / "solutions")
    args = parser.parse_args()
    if args.rounds < 1 or not args.dir.is_dir():
        parser.error("--rounds takes a number from 1 up, --dir a submission")
    try:
        table = rows(measure(args.rounds, args.dir.resolve()))
    except RuntimeError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(f"{'':20} {'median':>8} {'least':>8} {'most':>8}   seconds, {args.rounds} rounds")
    for row in table:
        goal = REACH.get(row["name"], 8.0 if row["name"].startswith("check ") else None)
        note = f"   to reach: {goal:g}" if goal else ""
        print(f"{row['name']:20} {row['value']:8.2f} {row['low']:8.2f} {row['high']:8.2f}{note}")
    (ROOT / "report").mkdir(exist_ok=True)
    (ROOT / "report" / "bench.json").write_text(json.dumps(table, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
