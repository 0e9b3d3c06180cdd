"""The tools that testify: each has to see a race that is there.

The checks that only one of them can speak for are named here; which others
come after those, the rubric says.
"""

import os
from pathlib import Path

from grader.doctor.answer import Answer, run, version

GRADER = Path(__file__).resolve().parents[1]
RACY = GRADER / "witness/canary/racy.c"
COUNTER = GRADER / "scenarios/counter.c"
EXPLORE = GRADER.parent / "lab/explore/explore-cc"
HELGRIND = "2a.report", "2b.race-check"
EXPLORER = ("2a.schedule", "2b.exact", "2b.zoo", "2c.exact", "2e.exhausted",
            "3a.cycle", "3a.schedule", "3a.no-deadlock", "3b.bounded", "3c.exact")


def compiled(program: Path, *flags: str) -> bool:
    """Compile the racy program; whether that worked."""
    done = run("gcc", "-g", "-O1", "-pthread", *flags, str(RACY), "-o",
               str(program))
    return bool(done and done.returncode == 0)


def helgrind(directory: Path) -> Answer:
    """Helgrind has to see the race of a program that has one."""
    number = version("valgrind")
    if not number:
        return Answer(False, "valgrind", "make race-check has nobody to ask",
                      "valgrind libc6-dbg", HELGRIND)
    program = directory / "racy"
    if not compiled(program):
        return Answer(False, "helgrind (nothing to try it on)", checks=HELGRIND)
    done = run("valgrind", "--tool=helgrind", "--error-exitcode=9", str(program))
    if done and done.returncode == 9:
        return Answer(True, f"valgrind {number}: helgrind sees a race")
    if done and "Fatal error at startup" in done.stdout:
        return Answer(False, f"valgrind {number} cannot start", "",
                      "libc6-dbg", HELGRIND)
    return Answer(False, f"valgrind {number}: helgrind misses a race",
                  "is this an emulated machine, such as an x86-64 image on an"
                  " arm64 Mac?", checks=HELGRIND)


def tsan(directory: Path) -> Answer:
    """A second witness; where it cannot run, the explorer is the only other."""
    program = directory / "tsan"
    if not compiled(program, "-fsanitize=thread"):
        return Answer(False, "ThreadSanitizer cannot be linked",
                      "it comes with Debian's gcc")
    environment = {**os.environ, "TSAN_OPTIONS": "exitcode=66"}
    for prefix in ((), ("setarch", "-R")):
        done = run(*prefix, str(program), env=environment)
        if done and done.returncode == 66:
            how = " (without address randomisation)" if prefix else ""
            return Answer(True, f"ThreadSanitizer sees a race{how}")
    return Answer(False, "ThreadSanitizer does not run",
                  "a race needs two witnesses to cost points; Helgrind and the"
                  " explorer are left")


def explorer(directory: Path) -> Answer:
    """The explorer has to find an order in which a counter loses an update."""
    program = directory / "counter"
    lacks = Answer(False, "the explorer", "make explore, replay and schedule"
                   " do not work either", checks=EXPLORER)
    made = run(str(EXPLORE), "-o", str(program), str(COUNTER))
    if made is None or made.returncode:
        said = (made.stdout.strip().splitlines() if made else []) or ["it cannot be run"]
        return lacks._replace(what=f"the explorer cannot build: {said[-1]}")
    done = run(str(program), "--schedules", "1000", "--seed", "1")
    if done and '"verdict":"wrong-result"' in done.stdout:
        return Answer(True, "the explorer finds an order that loses an update")
    return lacks._replace(what="the explorer misses a lost update")
