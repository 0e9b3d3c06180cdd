"""grader/grade: the command line."""
import argparse
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Optional

from grader.box.box import Box, BoxError
from grader.core import beside, build, changes, grade, marks, reading, recheck, rubric as rubrics
from grader.core.alone import alone_in
from grader.core.hidden import with_hidden
from grader.core.members import SUFFIXES
from grader.core.submission import safe_name
from grader.core.subject import closure
from grader.course import handed_in, read as course
from grader.program import RUBRIC, run as program
from grader.program.subject import Claim
from grader.report import formats, terminal
from grader.report.reminders import Reminders, read as reminders_of
from grader.report.text import clean

DONE, SOME_FAILED, USAGE, STOPPED = 0, 1, 2, 130


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="grader/grade", description="Grade submissions of the Concurrency Lab.",
        epilog="Results: DIR/NAME/result.json and index.html, DIR/summary.csv, DIR/index.html, "
               "and DIR/predictions.csv where five or more have predicted. "
               "Exit status: 0 every submission was graded; 1 some could not be; 2 wrong usage; "
               "3 something must be installed first; 130 stopped by Ctrl-C (what was finished is kept).")
    p.add_argument("submission", nargs="*", type=Path,
                   help="a directory shaped like starter/, or an archive of one")
    p.add_argument("--class", dest="klass", metavar="DIR", type=Path, help="grade every submission in DIR")
    p.add_argument("--out", metavar="DIR", type=Path, default=Path("report/grade"),
                   help="where the results go (default: %(default)s)")
    p.add_argument("--jobs", metavar="N", type=int, default=1, help="submissions at a time (default: 1)")
    p.add_argument("--part", metavar="P", action="append", default=[], help="only this part: fork, pool, locks, answers")
    p.add_argument("--task", metavar="T", action="append", default=[],
                   help="only this task or check, and what it needs: 2c, 2c.order")
    p.add_argument("--quick", action="store_true", help="fewer repetitions than a grade: a student's first look")
    p.add_argument("--own", action="store_true",
                   help="it is your own: show in the terminal what answers.toml predicts, beside what was seen")
    p.add_argument("--no-timing", action="store_true",
                   help="without the checks that compare speeds, for when other things run here meanwhile")
    p.add_argument("--level", metavar="L", help="the box: uid or practice (default: the best there is)")
    p.add_argument("--mark", metavar="FILE", type=Path,
                   help="read the explanations in --out, without names, and keep your marks (0, 1, 2) in FILE")
    p.add_argument("--marks", metavar="FILE", type=Path, help="grade with the marks that --mark has kept in FILE")
    p.add_argument("--recheck", metavar="CHECK",
                   help="measure this check of a submission whose result lies in --out again, and show both records")
    p.add_argument("--hidden", metavar="DIR", type=Path,
                   help="measure the checks that DIR/rubric.toml describes as well, after the others")
    program.add_options(p)
    return p


def main(argv: Optional[list[str]] = None) -> int:
    """Run the command. Returns its exit status."""
    args = parser().parse_args(argv)
    try:
        if args.mark:
            return _mark(args)
        claim = program.claim_of(args)
        if claim and args.hidden:
            raise ValueError("--hidden is about submissions, and not about a program")
        paths = [] if claim else _submissions(args)
        untimed = _untimed(args, len(paths))
        rubric = rubrics.load(RUBRIC if claim else rubrics.RUBRIC, timing=not untimed)
        of = course.read()
        args.hidden = args.hidden or (None if claim else of.hidden)
        rubric = with_hidden(rubric, args.hidden) if args.hidden else rubric
        old = _earlier(args) if args.recheck else None
        plan = _plan(args, rubric, len(paths) or 1, untimed, of)
        if old:
            recheck.must_be_in(old, args.recheck, rubric)
    except OSError as error:
        print(f"grade: {error.filename}: {error.strerror}", file=sys.stderr)
        return USAGE
    except (ValueError, BoxError) as error:
        print(f"grade: {error}", file=sys.stderr)
        return USAGE
    grade.sweep()
    stop = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    if old:
        return _recheck(paths[0], args.recheck, old, plan, stop)
    results = _grade_one(claim, plan, stop) if claim else _grade_all(paths, plan, args.jobs, stop)
    if stop.is_set():
        kept = f"; {len(results)} of {len(paths)} submissions are finished and kept. The same command goes on " \
               "with the rest."
        print("grade: stopped" + ("" if claim else kept), file=sys.stderr)
        return STOPPED
    own = paths[0] if args.own and len(paths) == 1 else None
    told = Reminders() if claim else reminders_of(build.ROOT / "handout.md", rubric.scored(), own)
    notes = handed_in.nobodys(of, plan.longer, {r.get("extended") for r in results}) if args.klass else []
    status = _report(results, plan, told, notes)
    said = changes.table(results, plan.out) if (args.klass or len(paths) > 1) and not plan.quick else []
    if said:
        print("", *said, sep="\n")
    return status


def _earlier(args: argparse.Namespace) -> dict:
    """The result that --recheck is about; what follows from it is put into
    args. Raises ValueError."""
    if args.program or len(args.submission) != 1 or args.klass or args.part or args.task or args.quick:
        raise ValueError("--recheck takes one submission, and neither --class, --part, --task, "
                         "--quick nor --program")
    old = recheck.earlier(args.out, args.submission[0])
    args.task = [args.recheck]
    args.level = args.level or old["level"]
    return old


def _recheck(path: Path, check: str, old: dict, plan: grade.Plan, stop: threading.Event) -> int:
    """Measure one check again and show both records."""
    print(f"grade: {check} is measured again, with what it needs first", file=sys.stderr)
    try:
        new = recheck.again(path, check, old, plan, stop)
    except grade.Stopped:
        print("grade: stopped; the earlier result is as it was", file=sys.stderr)
        return STOPPED
    if "error" in new:
        print(f"grade: {new['error']}", file=sys.stderr)
        return SOME_FAILED
    print("\n".join(beside.side_by_side(old, new, check)))
    print(f"\nThe page: {_shown(recheck.place(plan.out, old['submission'], check))}/index.html")
    return DONE


def _mark(args: argparse.Namespace) -> int:
    """Let a person read. Raises ValueError, OSError."""
    if args.submission or args.klass:
        raise ValueError("--mark reads the results that lie in --out; grade first, then mark, without a submission")
    try:
        reading.read(args.out, args.mark, sys.stdin, sys.stdout)
    except KeyboardInterrupt:
        print("\ngrade: stopped; what was read is kept", file=sys.stderr)
        return STOPPED
    return DONE


def _submissions(args: argparse.Namespace) -> list[Path]:
    """The paths to grade. Raises ValueError for what cannot be meant."""
    paths = list(args.submission)
    if args.klass:
        if not args.klass.is_dir():
            raise ValueError(f"{args.klass} is not a directory")
        paths += [p for p in sorted(args.klass.iterdir()) if not p.name.startswith(".")
                  and (p.is_dir() or p.name.lower().endswith(tuple(SUFFIXES)))]
    if not paths:
        raise ValueError(f"there is no submission in {args.klass}" if args.klass else
                         "name a submission, or a class with --class; see --help")
    if args.jobs < 1:
        raise ValueError("--jobs takes a number from 1 up")
    seen: dict[str, Path] = {}
    for path in paths:
        other = seen.setdefault(safe_name(path), path)
        if other is not path:
            raise ValueError(f"two submissions would both be called {safe_name(path)}: "
                             f"{other} and {path}; rename one")
    return paths


def _untimed(args: argparse.Namespace, n: int) -> str:
    """Why speeds cannot be compared with EchoCo's in this call, or ""."""
    why = "it was told so (--no-timing)" if args.no_timing else \
        "a quick look (without FULL=1) measures several things at the same time" if args.quick else \
        "several submissions were graded at the same time (--jobs)" if min(args.jobs, n) > 1 else \
        "EchoCo's servers are not here" if not (build.ROOT / "solutions").is_dir() else ""
    return why and f"speeds were not compared with EchoCo's: {why}"


def _plan(args: argparse.Namespace, rubric: rubrics.Rubric, n: int, untimed: str,
          of: course.Course) -> grade.Plan:
    """Raises ValueError, BoxError, or OSError where --out cannot be written."""
    unknown = [p for p in args.part if p not in rubric.parts]
    if unknown:
        raise ValueError(f"there is no part '{unknown[0]}'; the parts are: {', '.join(rubric.parts)}")
    wants = [c.id for c in rubric.checks.values() if c.part in args.part] + args.task
    try:
        closure(rubric, wants)
    except KeyError as error:
        if untimed and error.args[0] in rubrics.load(timing=True).checks:
            raise ValueError(f"{error.args[0]}: {untimed}") from error
        tasks = sorted({c.task for c in rubric.checks.values() if c.task})
        raise ValueError(f"there is no task or check {error}; the tasks are: {', '.join(tasks)}") from error
    args.out.mkdir(parents=True, exist_ok=True)
    args.alone = alone_in(args.out)     # kept open until we end
    return grade.Plan(args.out.resolve(), rubric, build.kit_hash(), Box.probe(args.level), _tools(),
                      tuple(wants), args.level, args.quick, progress=n == 1, untimed=untimed,
                      marks=marks.load(args.marks) if args.marks else {}, course=of, longer=handed_in.extended(of),
                      hidden=args.hidden.resolve() if args.hidden else None)


def _tools() -> dict[str, str]:
    """The versions of what takes part."""
    found = {"python": sys.version.split()[0]}
    for tool in "gcc", "valgrind":
        try:
            said = subprocess.run([tool, "--version"], capture_output=True, text=True, timeout=20).stdout
            found[tool] = said.split("\n")[0].split()[-1].removeprefix(f"{tool}-")
        except (OSError, IndexError, subprocess.TimeoutExpired):
            found[tool] = "missing"
    return found


def _grade_one(claim: Claim, plan: grade.Plan, stop: threading.Event) -> list[dict]:
    try:
        return [program.grade_program(claim, plan, stop)]
    except grade.Stopped:
        return []


def _grade_all(paths: list[Path], plan: grade.Plan, jobs: int, stop: threading.Event) -> list[dict]:
    """Grade them, so many at a time, and say each as it is done."""
    results: dict[Path, dict] = {}
    with ThreadPoolExecutor(jobs) as pool:
        tasks = {pool.submit(grade.grade, path, plan, stop): path for path in paths}
        for task in as_completed(tasks):
            try:
                result = results[tasks[task]] = task.result()
            except grade.Stopped:
                continue
            if len(paths) > 1:
                said = result.get("error") or f"{result['score']:g} of {result['max']:g}"
                print(f"{result['submission']:32} {said}", flush=True)
    return [results[p] for p in paths if p in results]


def _report(results: list[dict], plan: grade.Plan, told: Reminders, notes: list[str]) -> int:
    """Say what came of it. Returns the exit status."""
    colour = terminal.want_colour(sys.stdout)
    status = SOME_FAILED if any("error" in r for r in results) else DONE
    try:
        formats.write_class(results, plan.out, notes)
    except OSError as error:
        print(f"grade: the class pages could not be written: {error}", file=sys.stderr)
        status = SOME_FAILED
    shown = _shown(plan.out)
    if plan.progress:
        terminal.print_result(grade.told(results[0], plan.course), sys.stdout, colour, brief=True, reminders=told)
        terminal.print_notes(clean(notes), sys.stdout)
        print(f"\nThe page: {shown}/{results[0]['submission']}/index.html")
    else:
        terminal.print_class(results, sys.stdout, colour)
        terminal.print_notes(clean(notes), sys.stdout)
        print(f"\nThe pages: {shown}/index.html")
    return status


def _shown(out: Path) -> str:
    """Where the results are, as short as it can be said."""
    near = os.path.relpath(out)
    return near if near[:2] != ".." else str(out)
