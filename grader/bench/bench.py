"""What a grade takes, check by check: `make bench`.

Grades the reference several times, whole, without part 3, and part by part in
turn, and prints the median of each check's seconds, and what of the whole is
spent on the race: tasks 2a and 2b, and whatever searches orders. Between these
it grades submissions that hang: the reference with a mutant's queue or
numbers, whose clients wait for ever. Writes report/bench.json.
"""
import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from grader.bench.runs import ROOT, grade, keep
from grader.core.rubric import load
from grader.corpus.mutant import Broken, load as load_case, load_rubrics, make_tree
from grader.explore.scenarios import of_check

WHOLE, TIMED, EARLIER, HANGS, RACE = "grade", "grade, with speeds", "grade, parts 1 and 2", "hangs: ", "the race"
# Nothing ever comes out of the queue; the acceptor holds the lock that all
# wait for; the first client takes the lock of the numbers with it.
HANGING = "sem_slots_starts_at_0", "sem_mutex_before_slots", "stats_return_locked"
PART, HANG = 8.0, 90.0
# Seconds on two cores; speeds may be compared in 20 more.
REACH = {WHOLE: 45.0, TIMED: 65.0, EARLIER: 40.0, **{HANGS + name: HANG for name in HANGING}}


def hanging(name: str, submission: Path, into: Path) -> Path:
    """A whole submission with a mutant's part in it. Raises RuntimeError."""
    target = into / name
    shutil.copytree(submission, target)
    try:
        case = load_case(ROOT / "grader" / "corpus" / "mutants" / name, load_rubrics())
        tree = make_tree(case, into / f"{name}.part")
    except Broken as why:
        raise RuntimeError(f"{name}: {why}") from why
    shutil.rmtree(target / case.part)
    shutil.copytree(tree / case.part, target / case.part)
    return target


def of_the_race(check: str) -> bool:
    """Whether a check is about the race, or searches orders."""
    return check.startswith(("2a.", "2b.")) or bool(of_check(check))


def without_locks(submission: Path, into: Path) -> Path:
    """A submission that has not begun with part 3."""
    return shutil.copytree(submission, into / "earlier", ignore=shutil.ignore_patterns("locks"))


def measure(rounds: int, submission: Path, into: Path, only: str = "") -> dict[str, list[float]]:
    """name -> seconds in each round: a whole grade, one that compares speeds
    too (the others do not), one without part 3, those of hanging submissions,
    `make check` of each part (all from outside), and within the whole grade
    each check, and those of the race together. Raises RuntimeError where
    something cannot be graded."""
    seconds: dict[str, list[float]] = defaultdict(list)
    untimed = ["--no-timing"]
    runs = {WHOLE: (submission, untimed), TIMED: (submission, []), EARLIER: (without_locks(submission, into), untimed),
            **{f"check {p}": (submission, ["--quick", "--part", p]) for p in load().parts},
            **{HANGS + name: (hanging(name, submission, into), untimed) for name in HANGING}}
    runs = {name: run for name, run in runs.items() if only in ("", name)}
    for n in range(rounds):
        for name, (path, options) in runs.items():
            print(f"\rround {n + 1} of {rounds}: {name:32}", end="", file=sys.stderr, flush=True)
            begin = time.monotonic()
            result = grade(path, *options)
            if name.startswith(HANGS) and result["score"] == result["max"]:
                raise RuntimeError(f"{name}: full marks, so it does not hang")
            seconds[name].append(time.monotonic() - begin)
            if name == WHOLE:
                for record in result["checks"]:
                    seconds[record["check"]].append(record["seconds"])
                seconds[RACE].append(sum(r["seconds"] for r in result["checks"] if of_the_race(r["check"])))
    print("\r" + " " * 52 + "\r", end="", file=sys.stderr)
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
    parser.add_argument("--only", metavar="ROW", default="", help=f'of all that is graded just this: "{WHOLE}"')
    args = parser.parse_args()
    if args.rounds < 1 or not args.dir.is_dir():
        parser.error("--rounds takes a number from 1 up, --dir a submission")
    try:
        with tempfile.TemporaryDirectory(prefix="clk-bench-") as into:
            table = rows(measure(args.rounds, args.dir.resolve(), Path(into), args.only))
    except RuntimeError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    if not table:
        parser.error(f"--only: nothing that is graded is called '{args.only}'")
    print(f"{'':30} {'median':>8} {'least':>8} {'most':>8}   seconds, {args.rounds} rounds")
    for row in table:
        goal = REACH.get(row["name"], PART if row["name"].startswith("check ") else None)
        note = f"   to reach: {goal:g}" if goal else ""
        if row["name"] == RACE:
            note = f"   {row['value'] / table[0]['value']:.0%} of the grade"
        print(f"{row['name']:30} {row['value']:8.2f} {row['low']:8.2f} {row['high']:8.2f}{note}")
    keep(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
