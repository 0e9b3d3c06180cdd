"""The corpus against the grader: `make selftest`, `make selftest FULL=1`.

    python3 -m grader.corpus.selftest [--full] [--share N] [--seed N] [--jobs N] [--fresh] [NAME...]

Each mutant is graded with its must_fail and two other checks of its part,
chosen by the seed; with --full, with all of them. Each right design, and the
reference, is graded in full on its part, and so is the starter, which has 0
points. With --full the twins of mutants are right designs as well. With --share
N one case of N is graded, by the seed, and the reference. Every cell that is
not as case.toml says is printed, at the end once more, and makes the exit
status 1. What was measured is kept in build/selftest by (code, kit, checks),
and --fresh forgets it. --full adds to the counts of `make flake` and writes
RESULTS.md.
"""
import argparse
import random
import shutil
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator, Optional

from grader.core import build
from grader.core.rubric import Rubric
from grader.corpus import feedback, measure, mistakes, results, tally, verify
from grader.corpus.measure import Bench, Measured, Stopped, stoppable
from grader.corpus.mutant import ROOT, Broken, Case, load_all, load_rubrics, twins

OUT = ROOT / "build" / "selftest"
OTHERS = 2          # further checks for each mutant


@dataclass(frozen=True)
class Plan:
    """What a call of the selftest grades."""

    cases: list[Case]
    broken: dict[str, str]
    full: bool = False
    seed: int = 1

    def wants(self, case: Case) -> list[str]:
        """The checks to ask for; none for all of the part."""
        if self.full or case.design:
            return []
        chance = random.Random(f"{self.seed} {case.name}")
        others = [c for c in case.checks() if not case.rubric.checks[c].guard
                  and c not in case.must_fail + case.may_fail + case.unknown]
        return [*case.must_fail, *chance.sample(others, min(OTHERS, len(others)))]


@dataclass
class Outcome:
    """What came of one case."""

    case: Optional[Case]        # None for one that cannot be used
    name: str
    wrong: list[str] = field(default_factory=list)
    result: Optional[dict] = None
    note: str = ""
    new: bool = False           # measured now, and not kept from another call

    def line(self) -> str:
        cells = results.told(self.case, self.result) if self.case and self.result else ""
        return f"{'ok   ' if not self.wrong else 'WRONG'} {self.name:32} {cells}{self.note}"


def reference(known: dict[str, Rubric], root: Path = ROOT) -> list[Case]:
    """solutions/ as a right design for each part, and as anybody's program."""
    cases, models = [], {"fork": "fork", "pool": "pool --workers 8 --capacity 16"}
    for part in known["submission"].parts:
        if (root / "solutions" / part).is_dir():
            cases.append(Case(f"solutions-{part}", root / "solutions", "the reference", part, known["submission"]))
        if "program" in known and part in models:
            cases.append(Case(f"program-{part}", root / "solutions", "the reference, from outside", part,
                              known["program"], mode="program", model=models[part]))
    return cases


def chosen(cases: list[Case], share: int, seed: int) -> list[Case]:
    """One of so many, by the seed, and all of the reference."""
    return [c for c in cases if c.path.name == "solutions"
            or random.Random(f"{seed} share {c.name}").randrange(share) == 0]


def judge(case: Case, measured: Measured) -> list[str]:
    """What of a result is off the expectation."""
    result = measured.result
    wrong = verify.mismatches(case.expectation(), result)
    if case.design and "error" not in result and not result["score"] == result["measured_max"] > 0:
        wrong.append(f"full marks expected: {result['score']:g} of {result['measured_max']:g} of {result['max']:g}")
    return wrong + feedback.mismatches(case.expectation(), result, measured.directory, case.rubric.causes)


def run_one(case: Case, bench: Bench, plan: Plan) -> Outcome:
    begin = time.monotonic()
    try:
        measured = bench.measure(case, plan.wants(case))
        wrong = judge(case, measured)
    except (Broken, RuntimeError, OSError) as error:
        return Outcome(case, case.name, [str(error)])
    took = "kept" if measured.kept else f"{time.monotonic() - begin:.0f} s"
    return Outcome(case, case.name, wrong, measured.result, f"  [{took}]", not measured.kept)


def run(plan: Plan, bench: Bench, jobs: int = 2) -> Iterator[Outcome]:
    """Every case, so many at a time, each as it is done; nothing stops at an error."""
    for name, why in plan.broken.items():
        yield Outcome(None, name, [why])
    with ThreadPoolExecutor(jobs) as pool:
        try:
            tasks: list[Future] = [pool.submit(run_one, case, bench, plan) for case in plan.cases]
            for task in as_completed(tasks):
                yield task.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def starter(bench: Bench, rubric: Rubric) -> list[str]:
    """What is wrong with the starter's grade: it has nothing, and all is measured."""
    parts = [p.name for p in sorted((ROOT / "starter").iterdir()) if p.is_dir()]
    wrong = []
    for part in parts:
        case = Case(f"starter-{part}", ROOT / "starter", "the starter", part, rubric)
        try:
            result = bench.measure(case).result
        except (Broken, RuntimeError, OSError) as error:
            wrong.append(str(error))
            continue
        if "error" in result or result["score"] or not result["complete"]:
            wrong.append(f"{part}: 0 points and all measured expected: "
                         f"{result.get('error') or format(result['score'], 'g')}")
    return wrong


def arguments(argv: Optional[list[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="selftest", description=__doc__.split("\n")[0])
    parser.add_argument("name", nargs="*", help="only these mutants and designs")
    parser.add_argument("--full", action="store_true", help="all checks of each mutant's part")
    parser.add_argument("--seed", type=int, help="repeats a choice of checks")
    parser.add_argument("--share", type=int, default=1, help="one case of so many")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
    args = parser.parse_args(argv)
    if args.jobs < 1 or args.share < 1:
        parser.error("--jobs and --share take a number from 1 up")
    if args.full and args.share > 1:
        parser.error("--full is all of it, and --share a part")
    return args


def main(argv: Optional[list[str]] = None) -> int:
    args = arguments(argv)
    try:
        with stoppable():
            return play(args)
    except KeyboardInterrupt:
        print("selftest: stopped; the same command goes on", file=sys.stderr)
    except (OSError, Stopped):      # the terminal is gone, and nobody reads this
        if not measure.RUNNING.stopped:
            raise
    return measure.STOPPED


def play(args: argparse.Namespace) -> int:
    """Grade what was asked for and tell. Returns the exit status."""
    if args.fresh:
        shutil.rmtree(OUT, ignore_errors=True)
    known, seed = load_rubrics(), args.seed if args.seed is not None else random.randrange(10 ** 6)
    cases, broken = load_all(known)
    cases = reference(known) + cases
    if args.name:
        unknown = set(args.name) - {c.name for c in cases} - set(broken)
        if unknown:
            print(f"selftest: there is no {', '.join(sorted(unknown))}", file=sys.stderr)
            return 2
        cases = [c for c in cases if c.name in args.name]
        broken = {n: why for n, why in broken.items() if n in args.name}
    cases = chosen(cases, args.share, seed)
    stored = {c.name for c in cases}        # twins are not counted
    if args.full:
        cases += twins(cases)
    plan = Plan(cases, broken, args.full, seed)
    bench = Bench(OUT, build.kit_hash())
    how = "all checks of its part" if args.full else f"its own checks and {OTHERS} others (SEED={seed})"
    share = f"one case of {args.share} (SEED={seed}): " if args.share > 1 else ""
    print(f"{share}{sum(not c.design for c in cases)} mutants, each against {how}; "
          f"{sum(c.design for c in cases)} right designs, each in full", flush=True)
    done = []
    with closing(run(plan, bench, args.jobs)) as outcomes:
        for outcome in outcomes:
            print(outcome.line(), *(f"      {w}" for w in outcome.wrong), sep="\n", flush=True)
            done.append(outcome)
    empty = [] if args.name else starter(bench, known["submission"])
    if not args.name:
        print(f"{'WRONG' if empty else 'ok   '} {'starter':32} 0 points expected", flush=True)
    if args.full:
        tally.keep([(o.case, o.result) for o in done if o.new and o.case.name in stored], OUT / "code")
    return report(done, empty, args.full and not args.name)


def report(done: list[Outcome], of_starter: list[str], write: bool) -> int:
    """Say what was off, once more, and write RESULTS.md and MISTAKES.md. Returns the exit status."""
    wrong = {o.name: o.wrong for o in done if o.wrong}
    good = len(done) - len(wrong)
    wrong.update({"starter": of_starter} if of_starter else {})
    if write:
        graded = [(o.case, o.result, not o.wrong) for o in done if o.case and o.result]
        results.write(results.matrix(graded))
        mistakes.write(mistakes.observed(graded))
    print(f"\n{good} of {len(done)} are as they should be")
    for name, why in wrong.items():
        print(f"  {name}: {'; '.join(why)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
