"""How often is a verdict wrong? `make flake MINUTES=60 JOBS=2`, resumable.

Grades the right designs of the corpus and, with the checks that must fail it,
each mutant: round robin, whoever has been graded least comes first, half of it
beside two processes that burn CPU. Each run adds to grader/corpus/counts.jsonl,
whose lines stand as long as the check's files and the subject's code do, and
to RESULTS.md. Whatever is not as its case.toml says is kept in
build/flake/failures, printed at the end, and makes the exit status 1.
"""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Optional

from grader.core import build
from grader.corpus import counts as counting, measure, results, verify
from grader.corpus.counts import CLEAN, IDLE, LOAD, MUTANT, Count
from grader.corpus.measure import Bench, Stopped, stoppable
from grader.corpus.mutant import ROOT, Broken, Case, load_all, load_rubrics, make_tree
from grader.corpus.selftest import reference
from grader.corpus.tally import counted, hashes

OUT = ROOT / "build" / "flake"
GOES_ON = "flake: stopped; the same command goes on"
GOAL = {CLEAN: 50, MUTANT: 5}       # runs idle, and as many beside load
BLOCK = 240                         # seconds until idle and load may change places
BURN = "(while :; do :; done) & (while :; do :; done) & read end; kill -9 0"


@contextmanager
def burning() -> Iterator[None]:
    """Two processes that burn CPU, gone afterwards, and when we are."""
    burner = subprocess.Popen(["/bin/sh", "-c", BURN], stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(burner.pid, signal.SIGKILL)
        burner.wait()
        burner.stdin.close()


@dataclass(frozen=True)
class Run:
    """One grade to be made."""

    case: Case
    load: str
    wants: tuple[str, ...]      # () for all of the part


class Schedule:
    """Who is graded next: whoever is farthest from the goal."""

    def __init__(self, cases: list[Case], counts: list[Count]):
        self.mutants = [c for c in cases if not c.design]
        self.designs: dict[str, list[Case]] = {}
        for case in cases:
            if case.design:
                self.designs.setdefault(case.measured_part, []).append(case)
        self._tried: dict[tuple[str, ...], int] = {}
        for c in counts:
            self._add((c.kind, c.load, c.check, c.subject), c.runs)
            self._add((c.kind, c.load, c.check), c.runs)

    def _add(self, key: tuple[str, ...], n: int = 1) -> None:
        self._tried[key] = self._tried.get(key, 0) + n

    def checks(self, part: str) -> list[str]:
        """Those that a design of the part can be measured by."""
        return [c for c in self.designs[part][0].checks()
                if not all(c in d.unknown for d in self.designs[part])]

    def of_part(self, part: str, load: str) -> int:
        """The runs of the check of a part that has fewest."""
        return min(self._tried.get((CLEAN, load, c), 0) for c in self.checks(part))

    def of_mutant(self, case: Case, load: str) -> int:
        return min(self._tried.get((MUTANT, load, c, case.name), 0) for c in case.must_fail)

    def least(self, load: str) -> float:
        """How near the goal the farthest is."""
        return min([self.of_part(p, load) / GOAL[CLEAN] for p in self.designs]
                   + [self.of_mutant(m, load) / GOAL[MUTANT] for m in self.mutants], default=1.0)

    def next(self, load: str) -> Run:
        """Choose, and count it as tried."""
        parts = [(self.of_part(p, load) / GOAL[CLEAN], p) for p in self.designs]
        mutants = [(self.of_mutant(m, load) / GOAL[MUTANT], m.name, m) for m in self.mutants]
        if mutants and (not parts or min(mutants)[0] < min(parts)[0]):
            case = min(mutants)[2]
            for check in case.must_fail:
                self._add((MUTANT, load, check, case.name))
            return Run(case, load, case.must_fail)
        return self._clean(min(parts)[1], load)

    def _clean(self, part: str, load: str) -> Run:
        """The design that was graded least, on the checks that lag behind."""
        checks = self.checks(part)
        lag = [c for c in checks if self._tried.get((CLEAN, load, c), 0) < GOAL[CLEAN]] or checks
        case = min(self.designs[part], key=lambda d: max(
            self._tried.get((CLEAN, load, c, d.name), 0) for c in lag))
        for check in lag:
            self._add((CLEAN, load, check))
            self._add((CLEAN, load, check, case.name))
        return Run(case, load, () if lag == checks else tuple(lag))


class Session:
    """The runs of one call: counts, failures, and who may write them."""

    def __init__(self, cases: list[Case], out: Path = OUT, path: Path = counting.COUNTS, root: Path = ROOT):
        self.cases, self.out, self.path, self.root = cases, out, path, root
        self.kit = build.kit_hash()
        self.hashes = {case.name: hashes(case, self.out / "code", root) for case in cases}
        self.counts = self._standing(cases)
        self.schedule = Schedule(cases, self.counts)
        self.failures: list[str] = []
        self.runs = 0
        self.stop = ""                  # why no further run may begin
        self._lock = threading.Lock()

    def _standing(self, cases: list[Case]) -> list[Count]:
        """The stored counts that are still about these files and this code."""
        kind = {case.name: CLEAN if case.design else MUTANT for case in cases}
        return [c for c in counting.read(self.path)
                if c.kind == kind.get(c.subject) and self.hashes[c.subject].get(c.check) == c.hash]

    def block(self, load: str, end: float, jobs: int) -> None:
        """Grade until `end`, so many at a time."""
        with burning() if load == LOAD else nullcontext(), ThreadPoolExecutor(jobs) as pool:
            try:
                for task in [pool.submit(self._slot, n, load, end) for n in range(jobs)]:
                    task.result()
            except BaseException:       # leaving the pool waits for the slots
                self.stop = self.stop or "stopped"
                raise

    def _slot(self, n: int, load: str, end: float) -> None:
        while time.monotonic() < end and not self.stop:
            with self._lock:
                run = self.schedule.next(load)
            place = self.out / f"slot-{n}"
            shutil.rmtree(place, ignore_errors=True)
            begin = time.monotonic()
            try:
                result = Bench(place, self.kit, self.root).measure(run.case, run.wants).result
            except Stopped:
                self.stop = "stopped"
                return
            except (Broken, RuntimeError, OSError) as error:
                result = {"error": str(error), "checks": []}
            with self._lock:
                self.finish(run, result, time.monotonic() - begin)

    def finish(self, run: Run, result: dict, seconds: float) -> None:
        """Count a result, keep what is wrong with it, and say so."""
        if build.kit_hash() != self.kit:
            self.stop = "the kit was changed meanwhile; that run is not counted"
            return
        self.runs += 1
        wrong = verify.mismatches(run.case.expectation(), result)
        self.counts = counting.add(self.counts, counted(
            run.case, result, run.load, self.hashes[run.case.name]))
        counting.write(self.counts, self.path)
        if wrong:
            self._keep(run, result, wrong)
        print(f"{run.load} {run.case.name:32} {seconds:5.1f} s  {'; '.join(wrong) or 'as expected'}", flush=True)

    def _keep(self, run: Run, result: dict, wrong: list[str]) -> None:
        """The run with the records that are off, in a file of its own."""
        concerned = {w.split()[0] for w in wrong} | set(run.case.must_fail)
        told = {"subject": run.case.name, "load": run.load, "wrong": wrong, "kit": self.kit,
                "records": [r for r in result["checks"] if r["check"] in concerned]}
        directory = self.out / "failures"
        directory.mkdir(parents=True, exist_ok=True)
        number = len(list(directory.glob("*.json"))) + 1
        path = directory / f"{run.case.name}-{number}.json"
        path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
        self.failures.append(f"{run.case.name}, {run.load}: {'; '.join(wrong)} ({path.relative_to(self.out.parent)})")

    def summary(self) -> list[str]:
        """How far the goal is, and all that was ever off as things stand."""
        lines, schedule = [], Schedule(self.cases, self.counts)     # what was tried may have been stopped
        for kind, what in (CLEAN, "clean runs of each check"), (MUTANT, "runs of each mutant's own checks"):
            least = {load: min([schedule.of_part(p, load) for p in schedule.designs] if kind == CLEAN else
                               [schedule.of_mutant(m, load) for m in schedule.mutants], default=0)
                     for load in (IDLE, LOAD)}
            lines.append(f"at least {least[IDLE]} {what} idle and {least[LOAD]} beside load; "
                         f"the goal is {GOAL[kind]} each")
        bad = [c for c in self.counts if c.wrong or c.lost]
        return lines + [f"{c.check} on {c.subject}, {c.load}: {c.wrong} wrong of {c.runs}, "
                        f"{c.lost} not measured" for c in bad] + self.failures


def run(session: Session, minutes: float, jobs: int) -> int:
    """Grade for so long, by turns idle and beside load. Returns the exit status,
    130 when it was interrupted."""
    end = time.monotonic() + 60 * minutes
    try:
        while time.monotonic() < end and not session.stop:
            load = min((IDLE, LOAD), key=session.schedule.least)
            session.block(load, min(end, time.monotonic() + BLOCK), jobs)
    except KeyboardInterrupt:
        session.stop = "stopped"
    print(f"\n{session.runs} runs", *session.summary(), sep="\n", flush=True)
    if measure.RUNNING.stopped:
        return measure.STOPPED
    if session.stop:
        print(f"flake: {session.stop}", file=sys.stderr)
    bad = session.stop or session.failures or any(c.wrong or c.lost for c in session.counts)
    return 1 if bad else 0


def main(argv: Optional[list[str]] = None) -> int:
    parser = argparse.ArgumentParser(prog="flake", description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("name", nargs="*", help="only these mutants and designs")
    args = parser.parse_args(argv)
    if args.jobs < 1 or args.minutes <= 0:
        parser.error("--jobs takes a number from 1 up, --minutes one above 0")
    try:
        with stoppable():
            return play(args)
    except KeyboardInterrupt:
        print(GOES_ON, file=sys.stderr)
    except OSError:                 # the terminal is gone, and nobody reads this
        if not measure.RUNNING.stopped:
            raise
    return measure.STOPPED


def play(args: argparse.Namespace) -> int:
    """Choose, grade and tell. Returns the exit status."""
    cases, broken = choose(args.name)
    for name, why in broken.items():
        print(f"flake: {name}: {why}", file=sys.stderr)
    if not cases:
        print("flake: there is nothing to grade", file=sys.stderr)
        return 1
    status = run(Session(cases), args.minutes, args.jobs)
    if results.MATRIX.exists():
        results.write()
    return 1 if broken and status == 0 else status


def choose(names: list[str]) -> tuple[list[Case], dict[str, str]]:
    """The cases of the corpus, or those named, and why others cannot be used."""
    known = load_rubrics()
    cases, broken = load_all(known)
    for case in cases:
        try:
            make_tree(case, OUT / "code")
        except Broken as why:
            broken[case.name] = str(why)
    cases = [c for c in reference(known) + cases if c.name not in broken]
    return ([c for c in cases if not names or c.name in names],
            {name: why for name, why in broken.items() if not names or name in names})


if __name__ == "__main__":
    sys.exit(main())
