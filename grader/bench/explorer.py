"""What the explorer takes, and what it finds beside others: a part of `make bench`.

Schedules a second, in one process for many and in one for each, beside a bare
switch of fibres in the same rounds. How long all orders with at most two
preemptions take (exhausted.py). And for each planted bug: how many
schedules and seconds the explorer needs, in how many of 2,000 plain runs the
bug shows itself, and whether Helgrind and ThreadSanitizer report anything in
one run. Adds its rows to report/bench.json.
"""
import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from grader.bench import exhausted
from grader.bench.runs import ROOT, keep
from grader.explore.finding import parse
from grader.tests.planted.bugs import BUGS, Planted, source

EXPLORE = ROOT / "lab" / "explore"
QUEUE = [ROOT / "grader/scenarios/queue.c", ROOT / "solutions/pool/queue.c"]
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-g", "-O1", "-w", "-pthread", f"-I{ROOT / 'lab'}"]
RATES = {       # name -> words for explore-cc, schedules in a batch, schedules each alone
    "counter, 4 threads": (["-DTHREADS=4", "-DLOCKED", str(ROOT / "grader/scenarios/counter.c")], 100_000, 2000),
    "queue, 9 threads": (["-DPRODUCERS=4", "-DCONSUMERS=4", *map(str, QUEUE)], 30_000, 1000),
}
REACH = {"counter, 4 threads": 100_000, "queue, 9 threads": 15_000}
PLAIN, HUNG, PATIENCE = 2000, 5, 2.0        # runs; of them that may hang, and seconds until one has
SWITCH = "a switch of fibres"
HELGRIND = re.compile(r"Possible data race|lock order .* violated|still holding|Exiting thread still holds")
TSAN = re.compile(r"WARNING: ThreadSanitizer")


@dataclass(frozen=True)
class Beside:
    """What became of one bug. plain: runs that showed it, of how many."""

    schedules: int
    seconds: float
    plain: tuple[int, int]
    helgrind: bool
    tsan: bool


def explored(words: list[str], out: Path) -> Path:
    """Build with the explorer. Raises CalledProcessError."""
    subprocess.run([str(EXPLORE / "explore-cc"), "-o", str(out), f"-I{ROOT / 'lab'}", *words], check=True)
    return out


def natively(bug: Planted, out: Path, *more: str) -> Path:
    """The same program without the explorer."""
    subprocess.run(["gcc", *FLAGS, *bug.flags, *more, str(source(bug.file)), str(EXPLORE / "native.c"), "-o", str(out)],
                   check=True)
    return out


def seconds_of(program: Path, *options: str) -> float:
    begin = time.perf_counter()
    subprocess.run([str(program), *options], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def rates(rounds: int, into: Path) -> dict[str, list[float]]:
    """name -> nanoseconds of a switch, or of a schedule, round by round."""
    switch = into / "switch"
    subprocess.run([str(EXPLORE / "explore-cc"), "--library"], check=True)
    own = [str(path) for path in (ROOT / "build/explore").glob("*.o") if path.stem != "main"]
    subprocess.run(["gcc", *FLAGS, "-O2", "-fno-pie", "-no-pie", str(ROOT / "grader/bench/switch.c"), *own,
                    "-o", str(switch)], check=True)
    programs = {name: explored(words, into / f"rate-{n}") for n, (name, (words, *_)) in enumerate(RATES.items())}
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        told = subprocess.run([str(switch)], check=True, capture_output=True, text=True).stdout
        found.setdefault(SWITCH, []).append(float(told))
        for name, (_, many, few) in RATES.items():
            for how, n, batch in ("together", many, "500"), ("one by one", few, "1"):
                took = seconds_of(programs[name], "--exhaust", "-1", "--schedules", str(n), "--batch", batch)
                found.setdefault(f"{name}, {how}", []).append(took / n * 1e9)
    return found


def rate_rows(found: dict[str, list[float]]) -> list[dict]:
    """Rows of bench.json: schedules a second, and their price in switches."""
    rows = [{"name": SWITCH, "value": statistics.median(found[SWITCH]), "unit": "ns", "versus": None,
             "ratio": None, "low": min(found[SWITCH]), "high": max(found[SWITCH]), "n": len(found[SWITCH])}]
    for name, took in found.items():
        if name != SWITCH:
            prices = [t / s for t, s in zip(took, found[SWITCH])]
            rows.append({"name": name, "value": round(1e9 / statistics.median(took)), "unit": "schedules/s",
                         "versus": SWITCH, "ratio": round(statistics.median(prices)), "low": round(min(prices)),
                         "high": round(max(prices)), "n": len(took)})
    return rows


def plain_runs(program: Path) -> tuple[int, int]:
    """How many plain runs fail or hang, and of how many."""
    bad = hung = 0
    for n in range(PLAIN):
        if hung == HUNG:
            return bad, n
        child = subprocess.Popen([str(program)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 start_new_session=True)
        try:
            bad += child.wait(PATIENCE) != 0
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            bad, hung = bad + 1, hung + 1
    return bad, PLAIN


def reports(command: list[str], words: re.Pattern) -> bool:
    """Whether a tool says such words of one run. One that hangs is ended."""
    with tempfile.TemporaryFile("w+") as told:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=told, start_new_session=True)
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGTERM)
            child.wait()
        told.seek(0)
        return bool(words.search(told.read()))


def beside(bug: Planted, into: Path) -> Beside:
    """One bug, by all means."""
    program = explored([*bug.flags, str(source(bug.file))], into / "explored")
    begin = time.perf_counter()
    found = parse(subprocess.run([str(program), "--schedules", "4000"], capture_output=True, text=True).stdout)
    took = time.perf_counter() - begin
    native, tsan = natively(bug, into / "native"), natively(bug, into / "tsan", "-fsanitize=thread")
    return Beside(found.runs if found.failed else 0, took, plain_runs(native),
                  reports(["valgrind", "--tool=helgrind", str(native)], HELGRIND),
                  reports([str(tsan)], TSAN))


def print_rates(rows: list[dict]) -> None:
    print(f"{'':36} {'':>12} {'in switches':>12} {'least':>8} {'most':>8}")
    for row in rows:
        goal = next((f"   to reach: {n:,}/s" for name, n in REACH.items() if row["name"] == f"{name}, together"), "")
        price = "" if row["ratio"] is None else f"{row['ratio']:12,} {row['low']:8,} {row['high']:8,}"
        unit = "/s" if row["unit"] == "schedules/s" else " ns"
        print(f"{row['name']:36} {row['value']:10,.0f}{unit:3}{price}{goal}")


def print_bug(name: str, seen: Optional[Beside]) -> None:
    if seen is None:
        print(f"{'':34} {'schedules':>9} {'seconds':>8} {'plain runs':>13} {'Helgrind':>9} {'TSan':>6}")
        return
    print(f"{name:34} {seen.schedules or 'none':>9} {seen.seconds:8.3f} "
          f"{f'{seen.plain[0]} of {seen.plain[1]}':>13} {'reports' if seen.helgrind else '-':>9} "
          f"{'reports' if seen.tsan else '-':>6}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    if args.rounds < 1:
        parser.error("--rounds takes a number from 1 up")
    try:
        with tempfile.TemporaryDirectory(prefix="clk-bench-") as into:
            rows = rate_rows(rates(args.rounds, Path(into)))
            print_rates(rows)
            print()
            found = exhausted.measure(args.rounds, explored, Path(into))
            exhausted.tell(found)
            rows += exhausted.rows(found)
            print()
            print_bug("", None)
            for name, bug in BUGS.items():
                seen = beside(bug, Path(into))
                print_bug(name, seen)
                rows.append({"name": f"find: {name}", "value": seen.schedules, "unit": "schedules", "versus": "plain runs",
                             "ratio": None, "low": seen.plain[0], "high": seen.plain[1], "n": 1})
    except (subprocess.CalledProcessError, OSError, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    keep(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
