"""Helgrind as a witness.

The verdict comes from the report: a server ended by a signal never has the
exit status that means "errors". The two must not contradict each other, and a
silent report is put to the test by a run that ends at the first error, whose
status the server cannot talk away.
"""
import re
import shutil
import subprocess
from pathlib import Path
from typing import Optional

from grader.witness import canaries
from grader.witness.finding import merge
from grader.witness.helgrind_text import NAME, Report, read, told
from grader.witness.run import (Launch, Observation, Program, Testimony, WitnessError, finish,
                                observe, plain)
from grader.witness.symbols import Symbols

RUNS = 3
ERRORS = 77             # exit status when there were errors
OPTIONS = ["--tool=helgrind", "--command-line-only=yes", "--vgdb=no", "--trace-children=no",
           "--child-silent-after-fork=yes", "--history-level=full", "--fullpath-after=",
           f"--error-exitcode={ERRORS}"]
STRICT = ["--exit-on-first-error=yes"]
SICK = re.compile(r"the 'impossible' happened|Assertion '.*' failed|Cannot continue -- exiting")


def available() -> Optional[str]:
    """None, or what has to be installed."""
    if not shutil.which("valgrind"):
        return "valgrind is not installed: apt-get install valgrind libc6-dbg"
    return None


def version() -> str:
    return subprocess.run(["valgrind", "--version"], capture_output=True, text=True).stdout.strip()


def canary(scratch: Path, launch: Launch = plain) -> Optional[str]:
    """None, or why Helgrind is not believed here."""
    def saw(program: Path) -> set[str]:
        seen = finish(_argv(program), launch, {})
        report = read(seen.text)
        found = {f.variable or "?" for f in told(report, Program(lambda _: program, canaries.FILES),
                                                 Symbols(program))}
        _healthy(seen, report)
        return found or ({"?"} if report.errors else set())
    return canaries.sing(NAME, version(), scratch, (), saw)


def testify(program: Program, scratch: Path, launch: Launch = plain, runs: int = RUNS) -> Testimony:
    """What Helgrind says of a server in some runs under load."""
    why = available() or canary(scratch, launch)
    if why:
        return Testimony([], False, why)
    try:
        server = program.build(())
        symbols, findings, errors, unheard = Symbols(server), [], 0, ""
        for _ in range(runs):
            seen = observe(_argv(server) + ["-p", "0"], launch, {}, program.part)
            report = read(seen.text)
            _healthy(seen, report)
            findings += told(report, program, symbols)
            errors += report.errors or 0
            unheard = seen.unheard()
            if unheard:                 # the next run would only hang again
                break
        if not errors and not unheard:
            _contradiction(observe(_argv(server, STRICT) + ["-p", "0"], launch, {}, program.part))
    except WitnessError as error:
        return Testimony([], False, str(error))
    if unheard and not findings:
        return Testimony([], False, f"{unheard}: silence would prove nothing")
    return Testimony(merge(findings), True)


def _argv(program: Path, more: list[str] = []) -> list[str]:
    return [shutil.which("valgrind") or "valgrind", *OPTIONS, *more, str(program)]


def _healthy(seen: Observation, report: Report) -> None:
    """Raise WitnessError unless the report is whole and believable."""
    sick = SICK.search(seen.text)
    if sick:
        raise WitnessError(f"Helgrind itself failed: {sick[0]}")
    if report.errors is None:
        raise WitnessError("Helgrind's report is not complete")
    if seen.status and seen.status.kind == "exit" and (seen.status.value == ERRORS) != (report.errors > 0):
        raise WitnessError(f"Helgrind's report ({report.errors} errors) and its exit status "
                           f"({seen.status.value}) contradict each other")


def _contradiction(seen: Observation) -> None:
    if seen.status and seen.status.kind == "exit" and seen.status.value == ERRORS:
        raise WitnessError("Helgrind's report is silent and its exit status is not")
