"""DRD as a witness of semaphores, and of nothing else.

To Helgrind a semaphore is a lock, whatever it starts at; DRD lets so many
waits of it order nothing as it started with, and so sees two threads in a
section that was meant for one. About atomics it is wrong wherever Helgrind is:
it testifies and never decides (DESIGN.md, evidence 3).

It remembers no second access, only where the other thread's stretch between
two calls that synchronise begins and ends, and it names no variable.
"""
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple, Optional

from grader.witness import canaries
from grader.witness.finding import Access, Finding, merge
from grader.witness.helgrind_text import QUOTED, Clause, Frame, frame_of
from grader.witness.run import (Launch, Observation, Program, Testimony, WitnessError, finish,
                                observe, plain)
from grader.witness.symbols import Symbols

NAME = "drd"
DECIDES = False
ERRORS = 77
OPTIONS = ["--tool=drd", "--command-line-only=yes", "--vgdb=no", "--trace-children=no",
           "--child-silent-after-fork=yes", "--check-stack-var=yes", "--fullpath-after=",
           f"--error-exitcode={ERRORS}"]
PAGE = 4096
UNTOLD = ("DRD does not say",)      # which locks were held

LINE = re.compile(r"==\d+== ?(.*)")
CONFLICT = re.compile(r"Conflicting (load|store) by thread (\d+) at 0x(\w+) size (\d+)")
OTHER = re.compile(r"Other segment (start|end) \(thread (\d+)\)")
SUMMARY = re.compile(r"ERROR SUMMARY: (\d+) errors")
SICK = re.compile(r"the 'impossible' happened|Assertion '.*' failed|Cannot continue -- exiting")


class Report(NamedTuple):
    """The text of one run: each conflict with what is told of it. errors
    None: the report is not complete."""

    conflicts: list[list[Clause]]
    errors: Optional[int]


def available() -> Optional[str]:
    """None, or what has to be installed."""
    return None if shutil.which("valgrind") else "valgrind is not installed: apt-get install valgrind"


def version() -> str:
    return subprocess.run(["valgrind", "--version"], capture_output=True, text=True).stdout.strip()


def canary(scratch: Path, launch: Launch = plain) -> Optional[str]:
    """None, or why DRD is not believed here: it must know a semaphore that
    starts at 2 from one that starts at 1."""
    def saw(program: Path) -> set[str]:
        seen = finish(_argv(program), launch, {})
        report = read(seen.text)
        _healthy(seen, report)
        found = told(report, Program(lambda _: program, canaries.FILES), Symbols(program))
        return {f.variable or "?" for f in found} or ({"?"} if report.errors else set())
    return canaries.sing(NAME, version(), scratch, (), saw, canaries.SEMAPHORES)


def testify(program: Program, scratch: Path, launch: Launch = plain, runs: int = 1) -> Testimony:
    """What DRD says of a server's semaphores. One run is enough, however many
    are asked for: what it sees of these depends on no luck."""
    why = available() or canary(scratch, launch)
    if why:
        return Testimony([], False, why)
    try:
        server = program.build(())
        seen = observe(_argv(server) + ["-p", "0"], launch, {}, program.part)
        report = read(seen.text)
        _healthy(seen, report)
    except WitnessError as error:
        return Testimony([], False, str(error))
    findings = told(report, program, Symbols(server))
    if seen.unheard() and not findings:
        return Testimony([], False, f"{seen.unheard()}: silence would prove nothing")
    return Testimony(merge(findings), True, races_in=())


def _argv(program: Path) -> list[str]:
    return [shutil.which("valgrind") or "valgrind", *OPTIONS, str(program)]


def _healthy(seen: Observation, report: Report) -> None:
    """Raise WitnessError unless the report is whole and believable."""
    sick = SICK.search(seen.text)
    if sick or report.errors is None:
        raise WitnessError(f"DRD itself failed: {sick[0]}" if sick else "DRD's report is not complete")
    if seen.status and seen.status.kind == "exit" and (seen.status.value == ERRORS) != (report.errors > 0):
        raise WitnessError(f"DRD's report ({report.errors} errors) and its exit status "
                           f"({seen.status.value}) contradict each other")


# -- reading

def read(text: str) -> Report:
    """Take a report apart. Lines of the program's own are left out."""
    conflicts: list[list[Clause]] = []
    clauses: Optional[list[Clause]] = None      # of the conflict that is being told
    errors = None
    for line in (found[1].strip() for found in map(LINE.search, text.splitlines()) if found):
        frame = frame_of(line)
        if summary := SUMMARY.match(line):
            errors = int(summary[1])
        elif CONFLICT.match(line):
            clauses = [Clause(line, [])]
            conflicts.append(clauses)
        elif not line:
            clauses = None
        elif frame and clauses:
            clauses[-1].frames.append(frame)
        elif clauses:
            clauses.append(Clause(line, []))
    return Report(conflicts, errors)


def told(report: Report, program: Program, symbols: Symbols) -> list[Finding]:
    """The conflicts in the student's files that a semaphore was to prevent."""
    made = (_Teller(clauses, program, symbols).finding() for clauses in report.conflicts)
    return [f for f in made if f]


class _Teller:
    """Makes one finding of one conflict."""

    def __init__(self, clauses: list[Clause], program: Program, symbols: Symbols):
        self.clauses, self.program, self.symbols = clauses, program, symbols

    def finding(self) -> Optional[Finding]:
        now, found = self.clauses[0], CONFLICT.match(self.clauses[0].text)
        frame = self._theirs(now.frames)
        file = frame and self.program.shown(frame.file)
        others = [(m, c) for c in self.clauses if (m := OTHER.match(c.text))]
        if not file or not any(self._is_semaphore(c, file) for _, c in others):
            return None
        op = {"load": "read", "store": "write"}[found[1]]
        accesses = [self._access(op, int(found[2]), now)]
        accesses += [self._access("a stretch that ends", int(m[2]), c) for m, c in others if m[1] == "end"]
        name, declared = self._variable(int(found[3], 16), int(found[4]))
        return Finding(NAME, "race", name, declared, accesses, self._text())

    def _is_semaphore(self, clause: Clause, file: str) -> bool:
        """Whether that thread called one there, in the same file."""
        frame = self._theirs(clause.frames)
        return (bool(clause.frames) and clause.frames[0].function.startswith("sem_")
                and frame is not None and self.program.shown(frame.file) == file)

    def _access(self, op: str, thread: int, clause: Clause) -> Access:
        frame = self._theirs(clause.frames)
        return Access(op, frame and frame.function, frame and self.program.shown(frame.file),
                      frame and frame.line, thread, None, UNTOLD)

    def _theirs(self, frames: list[Frame]) -> Optional[Frame]:
        return next((f for f in frames if self.program.shown(f.file)), None)

    def _variable(self, address: int, size: int) -> tuple[Optional[str], Optional[str]]:
        """What lies there, and where it is declared."""
        bias = _bias(self.symbols.program, self.clauses[0].frames)
        variable = None if bias is None else self.symbols.at(address - bias)
        if not variable:
            return None, None
        file, _, line = variable.declared.rpartition(":")
        shown = self.program.shown(file) or file.rsplit("/", 1)[-1]
        return " and ".join(self.symbols.fields(variable, address - bias - variable.address, size)), f"{shown}:{line}"

    def _text(self) -> str:
        lines = []
        for clause in self.clauses:
            lines.append(clause.text)
            lines += [f"   {f.function} ({self.program.shown(f.file) or f.file.rsplit('/', 1)[-1]}:{f.line})"
                      for f in clause.frames if f.file]
        return "\n".join(lines)[:QUOTED]


def _bias(program: Path, frames: list[Frame]) -> Optional[int]:
    """How much further up than it was linked a program lies: so many whole
    pages that each frame is in the function it names."""
    done = subprocess.run(["nm", "-S", str(program)], capture_output=True, text=True)
    words = (line.split() for line in done.stdout.splitlines())
    functions = {w[3]: (int(w[0], 16), int(w[1], 16)) for w in words if len(w) == 4 and w[2] in "tT"}
    possible: Optional[set[int]] = None
    for frame in frames:
        if frame.file and frame.function in functions:
            start, size = functions[frame.function]
            lowest = -(-(frame.address - start - size + 1) // PAGE) * PAGE
            here = set(range(lowest, frame.address - start + 1, PAGE))
            possible = here if possible is None else possible & here
    return possible.pop() if possible and len(possible) == 1 else None
