"""How often does a check that times say what? `make bench-pace`.

Again and again the reference is graded by 1a.pace and 2d.pace, which must
never fail it; and in every fifth round what must never pass: a copy that
sleeps 10 ms more in each request, and the serial server handed in for both.
Idle, or with --load beside two processes that burn CPU. Prints how often each
outcome came, and why, where it was a wrong one; that makes the exit status 1.
Adds its rows to report/bench.json.
"""
import argparse
import shutil
import sys
import tempfile
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

from grader.bench.flake import burning
from grader.bench.runs import ROOT, grade, keep

CHECKS = "1a.pace", "2d.pace"
REFERENCE, SLOWER, SERIAL = "reference", "slower", "serial"
# The serial one is blocked: it is not asked for its pace before it can overlap.
NEVER = {REFERENCE: ("fail", "blocked"), SLOWER: ("pass", "blocked"), SERIAL: ("pass",)}
EVERY = 5           # rounds: one of them asks those that must not pass
OUTCOMES = "pass", "fail", "not-measured", "blocked"
SERVES = "echo_client(conn,"
SLEEPS = "nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL), "

Counts = dict[str, dict[str, Counter]]      # submission -> check -> outcome


def slower(submission: Path, into: Path) -> Path:
    """A copy whose processes and workers sleep 10 ms before each client.
    Raises ValueError where the code is no longer as it was."""
    copy = Path(shutil.copytree(submission, into / SLOWER))
    for part in "fork", "pool":
        path = copy / part / "serve.c"
        text = path.read_text("utf-8")
        if f"        {SERVES}" not in text:
            raise ValueError(f"{part}/serve.c does not serve where it did")
        path.write_text("#include <time.h>\n" + text.replace(f"        {SERVES}", f"        {SLEEPS}{SERVES}", 1), "utf-8")
    return copy


def serial(submission: Path, into: Path) -> Path:
    """A copy that serves one client at a time in both parts."""
    copy = Path(shutil.copytree(submission, into / SERIAL))
    for part in "fork", "pool":
        shutil.copy(ROOT / "lab/serial.c", copy / part / "serve.c")
    return copy


def count(trees: dict[str, Path], times: int) -> tuple[Counts, list[str]]:
    """The outcomes, and what each wrong one has said. Raises RuntimeError."""
    found: Counts = {name: {check: Counter() for check in CHECKS} for name in trees}
    wrong = []
    for n in range(times):
        for name, tree in trees.items():
            if name != REFERENCE and n % EVERY:
                continue
            print(f"\rround {n + 1} of {times}: {name:12}", end="", file=sys.stderr, flush=True)
            result = grade(tree, *(word for check in CHECKS for word in ("--task", check)))
            for record in result["checks"]:
                if record["check"] in CHECKS:
                    found[name][record["check"]][record["outcome"]] += 1
                    if record["outcome"] in NEVER[name]:
                        wrong.append(f"{name}: {record['check']} is {record['outcome']}: {record['observed']}")
    print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
    return found, wrong


def rows(found: Counts, when: str) -> list[dict]:
    """Of bench.json: in how many of the runs each outcome came."""
    return [{"name": f"{check} of the {name}, {when}, {outcome}", "value": counts[outcome], "unit": "runs",
             "versus": None, "ratio": counts[outcome] / counts.total(), "low": None, "high": None, "n": counts.total()}
            for name, by_check in found.items() for check, counts in by_check.items() for outcome in OUTCOMES]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--load", action="store_true", help="beside two processes that burn CPU")
    args = parser.parse_args()
    if args.times < 1:
        parser.error("--times takes a number from 1 up")
    when = "beside load" if args.load else "idle"
    try:
        with tempfile.TemporaryDirectory(prefix="clk-bench-") as into, burning() if args.load else nullcontext():
            trees = {REFERENCE: ROOT / "solutions", SLOWER: slower(ROOT / "solutions", Path(into)),
                     SERIAL: serial(ROOT / "solutions", Path(into))}
            found, wrong = count(trees, args.times)
    except (RuntimeError, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    for name, by_check in found.items():
        for check, counts in by_check.items():
            print(f"{check:8} {name:10} {when:12} " + ", ".join(f"{o} {counts[o]}" for o in OUTCOMES))
    print(*wrong, sep="\n", end="\n" * bool(wrong))
    keep(rows(found, when))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
