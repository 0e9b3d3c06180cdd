"""make doctor: say what this machine can measure, and what it cannot.

A line a question: ok, or lacks with what to do about it. At the end the one
line that installs what is missing, and the checks that stay unmeasured here,
with their points. Nobody fails for these: the course's grader measures them.
Exit status 3 when not even building and checking is possible.
"""

import sys
import tempfile
from pathlib import Path
from typing import Iterator, List

from grader.doctor import course, machine, points, witnesses
from grader.doctor.answer import Answer, header, module, run, tool

NEED = Path(__file__).resolve().parents[1] / "need"
INSTRUCTOR = NEED.with_name("instructor.mk")    # students have the course's rubric already


def questions(directory: Path) -> Iterator[Answer]:
    """The answers, one after the other; after the first only on Linux."""
    yield machine.system()
    if sys.platform != "linux":
        return
    yield machine.python()
    yield tool("gcc", "gcc libc6-dev", fatal=True)
    yield tool("make", "make", fatal=True)
    yield module("pytest", "python3-pytest", fatal=True)
    yield module("pytest_timeout", "python3-pytest-timeout", fatal=True)
    yield module("jinja2", "python3-jinja2", "no pages of reports")
    yield header("curl/curl.h", "libcurl4-openssl-dev", "no make load")
    yield header("criterion/criterion.h", "libcriterion-dev",
                 "no unit tests; these diagnose and never decide")
    yield tool("curl", "curl", "the handout's clients")
    yield tool("gdb", "gdb", "no make stuck, no make replay GDB=1")
    yield machine.looking()
    yield witnesses.helgrind(directory)
    yield witnesses.tsan(directory)
    yield witnesses.explorer(directory)
    yield machine.cores()
    yield machine.load()
    yield machine.limits()
    yield machine.port()
    yield machine.namespaces()
    if INSTRUCTOR.exists():
        yield course.decided()


def say(answer: Answer) -> None:
    """One question: a line, and what to do below it."""
    print(f"{'ok' if answer.fine else 'lacks':6}{answer.what}", flush=True)
    if answer.fine:
        return
    packages = f"package {answer.packages}" if answer.packages else ""
    for line in [*answer.then.splitlines(), *filter(None, [packages])]:
        print(f"{'':8}{line}")


def say_what_installs() -> None:
    """The one line for whatever is missing, as grader/need has it."""
    done = run(str(NEED), "grade", "--tell")
    if done and done.returncode == 3:
        print("\nTo install what is missing:\n"
              f"{done.stdout.rstrip().splitlines()[-1]}")


def say_what_is_left(lacking: List[Answer]) -> None:
    """The points that this machine cannot give or take."""
    worth = points.checks()
    total = sum(c.points for c in worth.values())
    left = points.left_out(c for a in lacking for c in a.checks)
    if not left:
        print(f"\nAll {total:g} points can be measured here.")
        return
    lost = sum(worth[c].points for c in left)
    print(f"\nNot measured here: {', '.join(left)} ({lost:g} of {total:g} points)."
          " The course's grader does.")


def main() -> int:
    lacking = []
    with tempfile.TemporaryDirectory() as name:
        for answer in questions(Path(name)):
            say(answer)
            if not answer.fine:
                lacking.append(answer)
    if any(a.packages for a in lacking):
        say_what_installs()
    if any(a.fatal for a in lacking):
        print("\nNothing can be checked here before that is mended.")
        return 3
    say_what_is_left(lacking)
    return 0


if __name__ == "__main__":
    sys.exit(main())
