"""make race-check: which data is touched without a common lock, where, and
what comes of it.

usage: race_check.py [--part PART] [--dir DIR]
Exit status: 0 nothing found, 1 races found, 2 usage or a program that does
not compile, 3 a tool is missing or not to be believed.
"""
import argparse
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Optional

from grader.witness.finding import LABEL, Finding, four_lines
from grader.witness import explorer, outcome, searches
from grader.witness.hearing import ACCUSER, Hearing, hear
from grader.witness.run import Program, Testimony, WitnessError

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "build" / "race-check"
LAB = "lab/main.c", "lab/net.c", "lab/http.c", "lab/echo.c"
MISSING, USAGE = 3, 2
BLIND = """\
Helgrind is blind here, so it is not asked. It keeps a shadow of the memory of
one process; each child of fork/ has a shadow of its own, in which an access is
never compared with one of another process. On counters that processes share it
is silent whether there is a lock or not, and so is every tool of its kind.
Delay shows what it cannot see: hold a process between its reading and its
writing of the counter while others count, and look at the sum."""
ALONE = "serial/ has one thread and one process: nobody to race with."


def program(part: str, directory: Path, out: Path) -> Program:
    """The server of a part, built from a student's directory into out."""
    sources = sorted((directory / part).glob("*.c"))

    def build(flags: tuple[str, ...]) -> Path:
        target = out / "-".join([part, *(f.strip("-").replace("=", "-") for f in flags)])
        out.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["gcc", "@compile_flags.txt", *flags, *LAB, *map(str, sources),
                               "-o", str(target)], cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise WitnessError(f"{part}/ does not compile:\n{done.stderr.strip()}")
        return target

    files = tuple(f"{part}/{p.name}" for p in (directory / part).glob("*.[ch]"))
    return Program(build, files, searches.here(directory, files, out / "explored", keep=True),
                   partial(outcome.numbers, part, directory), part)


def tell(hearing: Hearing, directory: str = "starter", part: str = "pool") -> int:
    """Print what was found. Returns the exit status."""
    found = hearing.findings + hearing.alone
    for finding in found:
        _show(finding)
    accuser = hearing.testimonies[ACCUSER]
    if not accuser.measured:
        print(f"race-check: not measured: {accuser.reason}")
        return MISSING
    for name, testimony in hearing.testimonies.items():
        if not testimony.measured:
            print(f"race-check: {LABEL.get(name, name)} was not heard: {testimony.reason}")
    if not found:
        print("race-check: nothing found. That proves nothing about orders that did not occur.")
        return MISSING if hearing.reason else 0
    print(f"race-check: {_count(len(found), 'finding')}, on {_names(found)}; "
          f"{sum(f.confirmed for f in found)} confirmed by a second witness")
    _how_to_see_it(found, part, "" if directory == "starter" else f" DIR={directory}")
    return 1


def _show(finding: Finding) -> None:
    first, *rest = four_lines(finding)
    print(first, *(f"    {line}" for line in rest), "", sep="\n")


def _how_to_see_it(found: list[Finding], part: str, where: str) -> None:
    """The commands by which what was found is seen again."""
    replays = list(dict.fromkeys(f.replay for f in found if f.replay))
    if replays:
        print(f"race-check: step by step: make replay ID={replays[0]} STEP=1")
    elif any(explorer.NAME in f.confirmed_by for f in found):
        kind = next(f.kind for f in found if explorer.NAME in f.confirmed_by)
        print(f"race-check: to step through it: make explore TASK={searches.TASKS[kind]}{where}, "
              "and then make replay with an ID that it prints")
    if any(f.outcome for f in found):
        print(f"race-check: the same bad luck again: make chaos PART={part}{where} SEED={outcome.SEED}")


def tell_processes(said: Testimony, directory: str) -> int:
    """Print what delay has shown of numbers that processes share. Returns the
    exit status."""
    where = "" if directory == "starter" else f" DIR={directory}"
    again = f"make chaos PART=fork{where} SEED={outcome.SEED}"
    if not said.measured:
        print(f"race-check: chaos was not heard: {said.reason}\nAll of its bad luck: {again}")
        return MISSING if outcome.CANNOT in said.reason else 0
    for finding in said.findings:
        print(f"    {finding.outcome}")
    print(f"Delay has shown {'this' if said.findings else 'nothing wrong'}. More of it: {again}")
    return 1 if said.findings else 0


def _names(found: list) -> str:
    names = list(dict.fromkeys(f.variable or f.kind for f in found))
    return ", ".join(names[:12]) + (" and others" if len(names) > 12 else "")


def _count(n: int, what: str) -> str:
    return f"{n} {what}" + ("" if n == 1 else "s")


def main(args: Optional[list[str]] = None) -> int:
    parser = argparse.ArgumentParser(prog="race-check")
    parser.add_argument("--part", default="pool")
    parser.add_argument("--dir", default="starter", type=Path)
    given = parser.parse_args(args)
    if given.part == "serial":
        print(ALONE)
        return 0
    directory = given.dir if given.dir.is_absolute() else Path.cwd() / given.dir
    if not list((directory / given.part).glob("*.c")):
        print(f"race-check: there are no C files in {given.dir / given.part}", file=sys.stderr)
        return USAGE
    if given.part == "fork":
        print(BLIND, flush=True)
        return tell_processes(outcome.numbers("fork", directory), str(given.dir))
    made = program(given.part, directory, OUT / directory.name)
    try:
        made.build(())
    except WitnessError as error:
        print(f"race-check: {error}", file=sys.stderr)
        return USAGE
    print(f"race-check: {given.part}/ of {given.dir} under Helgrind, other witnesses and bad luck", flush=True)
    return tell(hear(made, OUT), str(given.dir), given.part)


if __name__ == "__main__":
    sys.exit(main())
