"""ThreadSanitizer as a second witness: built in, so it understands atomics.

It decides which of Helgrind's races are believed. Built without optimisation,
because a read that the compiler removed races with nobody; io_sync=0, or its
idea that file descriptors order threads hides real races. What it says of
descriptors themselves is told as such (kind "fd").
"""
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple, Optional

from grader.witness import canaries
from grader.witness.finding import Access, Finding, merge
from grader.witness.helgrind_text import heap_name
from grader.witness.run import Launch, Program, Testimony, WitnessError, finish, observe, plain
from grader.witness.symbols import Symbols

NAME = "tsan"
RUNS = 3
ERRORS = 66
BUILD = ("-fsanitize=thread", "-O0", "-w")
# One report for each pair of stacks, not one for each address: all the lines.
OPTIONS = {"TSAN_OPTIONS": f"io_sync=0:exitcode={ERRORS}:halt_on_error=0:report_thread_leaks=0:"
           "history_size=4:suppress_equal_addresses=0:atexit_sleep_ms=0:report_bugs=1:"
           "suppressions=:color=never"}
QUOTED = 4000

WARNING = "WARNING: ThreadSanitizer: "
FATAL = re.compile(r"FATAL: ThreadSanitizer.*|ThreadSanitizer:DEADLYSIGNAL|.*unexpected memory mapping.*")
FRAME = re.compile(r"\s+#\d+ (\S+) (?:(\S+?):(\d+)(?::\d+)?|<null>) \(")
ACCESS = re.compile(r"(?:Previous )?(?:[Aa]tomic )?([Rr]ead|[Ww]rite) of size (\d+) at "
                    r"0x(\w+) by (main thread|thread T(\d+))(?: \(mutexes: (.*)\))?:")
GLOBAL = re.compile(r"Location is global '(.+?)' of size \d+ at 0x(\w+) \(.*\+0x(\w+)\)")
MUTEX = re.compile(r"Mutex (M\d+) \(0x(\w+)\) created at:")
THREAD = re.compile(r"Thread T(\d+) .*created by .* at:")
TAKEN = re.compile(r"Mutex (M\d+) acquired here while holding mutex (M\d+) in (main thread|thread T(\d+))")


class Frame(NamedTuple):
    function: str
    file: Optional[str]
    line: Optional[int]


class Clause(NamedTuple):
    text: str
    frames: list[Frame]


def available() -> Optional[str]:
    return None if shutil.which("gcc") else "gcc is not installed: apt-get install gcc"


def version() -> str:
    return subprocess.run(["gcc", "--version"], capture_output=True, text=True).stdout.split("\n")[0]


def canary(scratch: Path, launch: Launch = plain) -> Optional[str]:
    """None, or why ThreadSanitizer is not believed here."""
    def saw(program: Path) -> set[str]:
        seen = finish(_argv(program), launch, OPTIONS)
        _healthy(seen.text)
        found = told(seen.text, Program(lambda _: program, canaries.FILES), Symbols(program))
        return {f.variable or "?" for f in found} or ({"?"} if WARNING in seen.text else set())
    return canaries.sing(NAME, version(), scratch, BUILD, saw)


def testify(program: Program, scratch: Path, launch: Launch = plain, runs: int = RUNS) -> Testimony:
    """What ThreadSanitizer says of a server in some runs under load."""
    why = available() or canary(scratch, launch)
    if why:
        return Testimony([], False, why)
    try:
        server = program.build(BUILD)
        symbols, findings, unheard = Symbols(server), [], ""
        for _ in range(runs):
            seen = observe(_argv(server) + ["-p", "0"], launch, OPTIONS, program.part)
            _healthy(seen.text)
            found = told(seen.text, program, symbols)
            status = seen.status
            if status and (status.kind, status.value) == ("exit", ERRORS) and WARNING not in seen.text:
                raise WitnessError("ThreadSanitizer's report is silent and its exit status is not")
            findings += found
            unheard = seen.unheard()
            if unheard:                 # the next run would only hang again
                break
    except WitnessError as error:
        return Testimony([], False, str(error))
    if unheard and not findings:
        return Testimony([], False, f"{unheard}: silence would prove nothing")
    return Testimony(merge(findings), True)


def _argv(program: Path) -> list[str]:
    """Without address randomisation, with which older versions do not start."""
    setarch = shutil.which("setarch")
    return [setarch, "-R", str(program)] if setarch else [str(program)]


def _healthy(text: str) -> None:
    found = FATAL.search(text)
    if found:
        raise WitnessError(f"ThreadSanitizer itself failed: {found[0][:120]}")


# -- reading

def told(text: str, program: Program, symbols: Symbols) -> list[Finding]:
    """The findings of a report that touch the student's files."""
    made = [_finding(part, program, symbols) for part in text.split("=" * 18 + "\n") if WARNING in part]
    return [f for f in made if any(a.file for a in f.accesses)]


def _clauses(part: str) -> list[Clause]:
    clauses: list[Clause] = []
    for line in part.splitlines():
        found = FRAME.match(line)
        if found and clauses:
            clauses[-1].frames.append(Frame(found[1], found[2], int(found[3]) if found[3] else None))
        elif line.strip() and not found:
            clauses.append(Clause(line.strip(), []))
    return clauses


def _finding(part: str, program: Program, symbols: Symbols) -> Finding:
    part = part[part.index(WARNING):]
    return _Teller(_clauses(part), program, symbols).finding(part)


class _Teller:
    """Makes one finding of one warning."""

    def __init__(self, clauses: list[Clause], program: Program, symbols: Symbols):
        self.clauses, self.program, self.symbols = clauses, program, symbols
        self.bias: Optional[int] = None
        self.locks: dict[str, str] = {}

    def finding(self, part: str) -> Finding:
        what = self.clauses[0].text[len(WARNING):].rsplit(" (pid=", 1)[0]
        kind = ("lock-order" if what.startswith("lock-order") else
                "race" if "race" in what or "use-after-free" in what else "misuse")
        spans = [(int(m[3], 16), int(m[2])) for c in self.clauses if (m := ACCESS.match(c.text))]
        name, declared = self._location(spans)
        if any(c.text.startswith("Location is file descriptor") for c in self.clauses):
            kind, name = "fd", "a file descriptor"
        self._name_locks()
        if kind == "lock-order":
            accesses = self._order()
            name = " and ".join(sorted(set(self.locks.values()))) or None
        elif spans:
            accesses = [self._access(c, m) for c in self.clauses if (m := ACCESS.match(c.text))]
        else:
            stack = next((c for c in self.clauses if c.frames), None)
            accesses = [self._side(what, stack.frames, None, ())] if stack else []
        text = re.sub(r" \(\S+\+0x\w+\)$", "", part, flags=re.MULTILINE)
        return Finding(NAME, kind, name, declared, accesses, text.strip()[:QUOTED])

    def _location(self, spans: list[tuple[int, int]]) -> tuple[Optional[str], Optional[str]]:
        """The bytes that both accesses touch, and where they are declared."""
        start = max((at for at, _ in spans), default=0)
        size = min((at + n for at, n in spans), default=0) - start
        for clause in self.clauses:
            if found := GLOBAL.match(clause.text):
                # The offset in the file belongs to the first access.
                self.bias = spans[0][0] - int(found[3], 16) if spans else None
                variable = self.bias is not None and self.symbols.at(start - self.bias)
                if not variable:
                    return found[1], None
                file, _, line = variable.declared.rpartition(":")
                shown = self.program.shown(file) or file.rsplit("/", 1)[-1]
                return " and ".join(self.symbols.fields(
                    variable, start - self.bias - variable.address, max(size, 1))), f"{shown}:{line}"
            if found := re.match(r"Location is heap block of size \d+ at 0x(\w+)", clause.text):
                return heap_name(self.program, clause.frames, start - int(found[1], 16)), None
        return None, None

    def _name_locks(self) -> None:
        for clause in self.clauses:
            if found := MUTEX.match(clause.text):
                at = int(found[2], 16) - (self.bias or 0)
                variable = self.symbols.at(at) if self.bias is not None else None
                frame = self._theirs(clause.frames)
                self.locks[found[1]] = (
                    self.symbols.fields(variable, at - variable.address, 1)[0] if variable else
                    f"the lock of {self.program.shown(frame.file)}:{frame.line}" if frame else found[1])

    def _access(self, clause: Clause, found: re.Match) -> Access:
        held = tuple(self.locks.get(m, m) for m in re.findall(r"M\d+", found[6] or ""))
        return self._side(found[1].lower(), clause.frames, _number(found[5]), held)

    def _order(self) -> list[Access]:
        return [self._side(f"lock of {self.locks.get(m[1], m[1])}", c.frames, _number(m[4]),
                           (self.locks.get(m[2], m[2]),))
                for c in self.clauses if (m := TAKEN.match(c.text))]

    def _side(self, op: str, frames: list[Frame], thread: Optional[int],
              locks: tuple[str, ...]) -> Access:
        frame = self._theirs(frames)
        return Access(op, frame and frame.function, frame and self.program.shown(frame.file),
                      frame and frame.line, thread, self._role(thread, frames), locks)

    def _role(self, thread: Optional[int], frames: list[Frame]) -> Optional[str]:
        if thread in (None, 1):
            return "main thread" if thread == 1 else None
        begin = next((f.function for f in reversed(frames) if f.file and "libsanitizer" not in f.file), None)
        for clause in self.clauses:
            made = THREAD.match(clause.text)
            frame = self._theirs(clause.frames) if made and _number(made[1]) == thread else None
            if frame:
                return f"{begin} (started at {self.program.shown(frame.file)}:{frame.line})"
        return begin

    def _theirs(self, frames: list[Frame]) -> Optional[Frame]:
        return next((f for f in frames if self.program.shown(f.file)), None)


def _number(of: Optional[str]) -> int:
    """Helgrind's number of a thread: the main thread is its 1 and TSan's 0."""
    return int(of or 0) + 1
