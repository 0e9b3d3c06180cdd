"""Helgrind's text, read and told in the student's lines.

The text and not the XML, because only the text says which locks were held.
"""
import re
from dataclasses import dataclass, field, replace
from typing import Iterable, NamedTuple, Optional

from grader.witness.finding import Access, Finding
from grader.witness.run import Program
from grader.witness.symbols import Symbols, Variable

NAME = "helgrind"
QUOTED = 4000           # characters of the tool's own words that are kept

# To signal after the unlock is legal POSIX: no error of anybody's.
DUBIOUS = "dubious: associated lock is not held"
HOLDS = "Exiting thread still holds"
FRAME = re.compile(r"(?:at|by) 0x([0-9A-F]+): (.+?)(?: \((in )?(.+?)(?::(\d+))?\))?$")
RACE = re.compile(r"Possible data race during (read|write) of size (\d+) at 0x(\w+) by thread #(\d+)")
BEFORE = re.compile(r"This conflicts with a previous (read|write) of size (\d+) by thread #(\d+)")
ORDER = re.compile(r'Thread #(\d+): lock order "0x(\w+) before 0x(\w+)" violated')
ACQUIRED = re.compile(r"(Observed|Required|followed).* acquisition of lock at 0x(\w+)")
MISUSE = re.compile(r"Thread #(\d+)('s|:| unlocked| deallocated)")
OBSERVED = re.compile(r"Lock at 0x(\w+) was first observed")
SYMBOL = re.compile(r'Address 0x(\w+) is (\d+) bytes inside data symbol "([^"]+)"')
BLOCK = re.compile(r"Address 0x\w+ is (\d+) bytes inside a block of size \d+ ")
STACK = re.compile(r"in frame #\d+, created by (\S+)")


class Frame(NamedTuple):
    address: int
    function: str
    file: Optional[str]
    line: Optional[int]
    tool: bool          # in Helgrind's own library


class Clause(NamedTuple):
    """A line of a report, and the stack under it."""

    text: str
    frames: list[Frame]


@dataclass
class Report:
    """The text of one run."""

    sections: list[list[Clause]]
    created: dict[int, list[Frame]] = field(default_factory=dict)
    errors: Optional[int] = None        # None: the report is not complete


def read(text: str) -> Report:
    """Take a report apart. Lines of the program's own and those of other
    processes are left out."""
    head = re.search(r"==(\d+)== Helgrind", text)
    mark = f"=={head[1]}== " if head else "==== "
    report, section = Report([]), []
    for line in text.splitlines():
        _, found, line = (line + " ").partition(mark)
        line = line.strip()
        if not found:
            continue
        summary = re.match(r"ERROR SUMMARY: (\d+) errors", line)
        if summary:
            report.errors = int(summary[1])
        if line.startswith("---"):
            section = []
            report.sections.append(section)
        elif frame := frame_of(line):
            if section:
                section[-1].frames.append(frame)
        elif line:
            section.append(Clause(line, []))
    for section in report.sections:
        for clause in section:
            if made := re.match(r"Thread #(\d+) was created", clause.text):
                report.created[int(made[1])] = clause.frames
    return report


def frame_of(line: str) -> Optional[Frame]:
    """A line of a stack, as all of Valgrind's tools print it."""
    found = FRAME.match(line)
    if not found:
        return None
    address, function, inside, path, number = found.groups()
    return Frame(int(address, 16), function, None if inside else path,
                 int(number) if number else None, bool(inside) and "vgpreload" in path)


def told(report: Report, program: Program, symbols: Symbols) -> list[Finding]:
    """The findings that touch the student's files, and locks that a thread
    took along when it ended: then there is no stack left to look at."""
    made = (_Teller(report, program, symbols, s).finding() for s in report.sections)
    return [f for f in made if f and (any(a.file for a in f.accesses) or HOLDS in f.text)]


class _Teller:
    """Makes one finding of one section."""

    def __init__(self, report: Report, program: Program, symbols: Symbols, section: list[Clause]):
        self.report, self.program, self.symbols, self.section = report, program, symbols, section
        self.bias: Optional[int] = None

    def finding(self) -> Optional[Finding]:
        for n, clause in enumerate(self.section):
            if found := RACE.match(clause.text):
                return self._race(found, self.section[n:])
            if found := ORDER.match(clause.text):
                return self._order(found, self.section[n + 1:])
            if (found := MISUSE.match(clause.text)) and DUBIOUS not in clause.text:
                return self._misuse(int(found[1]), clause)
        return None

    def _race(self, now: re.Match, clauses: list[Clause]) -> Finding:
        stacks = [c for c in clauses if c.text.startswith("Locks held")]
        before = next((m for c in clauses if (m := BEFORE.match(c.text))), None)
        accesses = [self._access(now[1], int(now[4]), stacks[0])] if stacks else []
        earlier = stacks[1] if before and len(stacks) > 1 else None
        if earlier:
            accesses.append(self._access(before[1], int(before[3]), earlier))
        name, declared = self._variable(clauses, int(now[2]))
        if name and " and " in name and earlier:
            name = self._narrowed(clauses, int(before[2]), earlier, name)
        return self._made("race", name, declared, accesses)

    def _order(self, found: re.Match, clauses: list[Clause]) -> Finding:
        names = [self._lock(found[2]), self._lock(found[3])]
        accesses = []
        for first, second in zip(clauses, clauses[1:]):
            one, two = ACQUIRED.match(first.text), ACQUIRED.match(second.text)
            if one and two and one[1] != "followed":
                access = replace(self._access(f"lock of {self._lock(two[2])}", int(found[1]), second),
                                 locks=(self._lock(one[2]),))
                if one[1] == "Required":        # by whom, the report does not say
                    access = replace(access, thread=None)
                accesses.append(access)
        return self._made("lock-order", " and ".join(sorted(names)), None, accesses)

    def _misuse(self, thread: int, clause: Clause) -> Finding:
        locks = [self._lock(a) for a in re.findall(r"0x(\w+)", clause.text)]
        what = re.sub(r"^Thread #\d+(?:'s|:)? ?", "", clause.text)
        what = re.sub(r" (?:at )?0x\w+", "", what)
        return self._made("misuse", locks[0] if locks else None, None,
                          [self._access(what, thread, clause)])

    def _made(self, kind: str, variable: Optional[str], declared: Optional[str],
              accesses: list[Access]) -> Finding:
        lines = []
        for clause in self.section:
            lines.append(clause.text)
            for frame in clause.frames:
                if frame.file:
                    name = self.program.shown(frame.file) or frame.file.rsplit("/", 1)[-1]
                    lines.append(f"   {frame.function} ({name}:{frame.line})")
        return Finding(NAME, kind, variable, declared, accesses, "\n".join(lines)[:QUOTED])

    def _access(self, op: str, thread: int, clause: Clause) -> Access:
        frame = self._theirs(clause.frames)
        held = clause.text if clause.text.startswith("Locks held") else ""
        locks = tuple(self._lock(a) for a in re.findall(r"0x(\w+)", held))
        return Access(op, frame and frame.function, frame and self.program.shown(frame.file),
                      frame and frame.line, thread, self._role(thread, clause.frames), locks)

    def _theirs(self, frames: list[Frame]) -> Optional[Frame]:
        return next((f for f in frames if self.program.shown(f.file)), None)

    def _role(self, thread: int, frames: list[Frame]) -> Optional[str]:
        """Where the thread began: below that are Helgrind and libc."""
        if thread == 1:
            return "main thread"
        below = next((n for n, f in enumerate(frames) if f.function == "start_thread"), 0)
        begin = next((f.function for f in reversed(frames[:below]) if not f.tool), None)
        made = self._theirs(self.report.created.get(thread, []))
        where = f"started at {self.program.shown(made.file)}:{made.line}" if made else ""
        return f"{begin} ({where})" if begin and where else begin or where or None

    # -- names

    def _lock(self, address: str) -> str:
        for section in self.report.sections:
            for n, clause in enumerate(section):
                seen = OBSERVED.match(clause.text)
                if seen and seen[1].lower() == address.lower():
                    name, _ = self._variable(section[n + 1:n + 3], 1)
                    frame = self._theirs(clause.frames)
                    return name or (f"the lock of {self.program.shown(frame.file)}:{frame.line}"
                                    if frame else f"a lock at 0x{address.lower()}")
        return f"a lock at 0x{address.lower()}"

    def _variable(self, clauses: list[Clause], size: int) -> tuple[Optional[str], Optional[str]]:
        """The name of what an Address clause tells, and where it is declared."""
        for clause in clauses:
            if found := SYMBOL.match(clause.text):
                address, offset = int(found[1], 16), int(found[2])
                variable = self._symbol(found[3], address - offset)
                if variable is None:
                    return found[3], None
                file, _, line = variable.declared.rpartition(":")
                shown = self.program.shown(file)
                return (" and ".join(self.symbols.fields(variable, offset, size)),
                        f"{shown or file.rsplit('/', 1)[-1]}:{line}")
            if found := BLOCK.match(clause.text):
                return heap_name(self.program, [(f.function, f.file, f.line) for f in clause.frames],
                                 int(found[1])), None
            if found := STACK.search(clause.text):
                return f"a local variable of {found[1]}", None
        return None, None

    def _symbol(self, name: str, address: int) -> Optional[Variable]:
        """The variable, told from others of that name by its place in a page."""
        plain_name = re.sub(r"\.\d+$", "", name)        # a static of a function
        for variable in self.symbols.variables:
            if variable.name == plain_name and variable.address % 4096 == address % 4096:
                self.bias = address - variable.address
                return variable
        return None

    def _narrowed(self, clauses: list[Clause], size: int, earlier: Clause, name: str) -> str:
        """Which of several fields the race is on: those that the earlier
        access touched, too. Only its instruction tells."""
        if self.bias is None or not earlier.frames:
            return name
        at = self.symbols.touched(earlier.frames[0].address - self.bias)
        variable = self.symbols.at(at) if at is not None else None
        if variable is None:
            return name
        both = set(name.split(" and "))
        return " and ".join(f for f in self.symbols.fields(variable, at - variable.address, size)
                            if f in both) or name


def heap_name(program: Program, frames: Iterable[tuple], offset: int) -> Optional[str]:
    """A name for memory that has none: where it was made, and which byte."""
    for function, file, line in frames:
        shown = program.shown(file)
        if shown:
            return f"byte {offset} of the block made in {function} ({shown}:{line})"
    return None
