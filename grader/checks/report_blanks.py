"""The six blanks of a race report in task 2a, held against what Helgrind says
of the untouched server.

Which report a student has read nobody knows, and two runs rarely give the same
ones. So all that was touched without a lock is collected, and the blanks must
make one report of it.
"""
import re
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterable

from grader.checks.by_hand import told
from grader.core.build import ROOT, Builder, Recipe
from grader.core.record import Failed, NotMeasured
from grader.core.subject import Case
from grader.witness import helgrind, load
from grader.witness.finding import Finding
from grader.witness.run import Program, WitnessError, boxed

NAMES = "variable", "line", "access", "other", "locks", "threads"
# make race-check shows a line with its directory, and the checks without; in a
# student's kit the server lies in lab/thread.
DIRECTORY = re.compile(r"^(?:\S*/)?(?:pool|thread)/")
MAIN = 1                # the number of a thread that never serves anybody
LAST = MAIN + load.REQUESTS         # in a run of make race-check, each of which starts a thread a request
ASKING = threading.Lock()
SAID: dict[Path, dict[str, "Touched"]] = {}     # by where it was built; guarded by ASKING
KEPT = ROOT / "lab" / "thread"      # in a student's kit: the starter as it was


@dataclass
class Touched:
    """One variable: who touches it where. A line is "stats.c:13"."""

    lines: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))    # line -> read, write
    locks: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))    # line -> what was held

    def may(self, line: str, access: str) -> bool:
        """An increment writes, and it has read before that."""
        there = self.lines.get(line, set())
        return access in there or access == "read" and "write" in there

    def held(self, line: str) -> str:
        return ", ".join(sorted(self.locks.get(line, set()))).lower() or "none"

    def conflicts(self, access: str, other: str) -> bool:
        """Two reads do not."""
        return other in self.lines and (access == "write" or "write" in self.lines[other])


def touched(findings: Iterable[Finding]) -> dict[str, Touched]:
    """All accesses of these races, by variable."""
    found: dict[str, Touched] = defaultdict(Touched)
    for access, variable in ((a, f.variable) for f in findings if f.kind == "race" and f.variable for a in f.accesses):
        if access.file:
            line = f"{Path(access.file).name}:{access.line}"
            found[variable].lines[line].add(access.op)
            found[variable].locks[line].update(access.locks)
    return dict(found)


def right(blanks: dict[str, str], variable: str, seen: Touched) -> list[str]:
    """The blanks that belong in a report on this variable. A line that is wrong
    is one mistake: what was done there, and under which locks, then need agree
    with any line of that variable."""
    given = {name: re.sub(r"\s+", " ", text.strip().lower()) for name, text in blanks.items()}
    line, other = (DIRECTORY.sub("", given[name]) for name in ("line", "other"))
    access, threads = given["access"], [int(n) for n in re.findall(r"\d+", given["threads"])]
    named = given["variable"] in (variable.lower(), variable.lower().rpartition(".")[2])
    lines = [line] if line in seen.lines else sorted(seen.lines) if named and line else []
    fits = {
        "variable": named,
        "line": line in seen.lines,
        "access": any(seen.may(one, access) for one in lines),
        "other": seen.conflicts(access, other),
        "locks": any(seen.held(one) == given["locks"] for one in lines),
        "threads": len(set(threads)) == len(threads) == 2 and all(MAIN < n <= LAST for n in threads),
    }
    return [name for name in NAMES if fits[name]]


def best(blanks: dict[str, str], seen: dict[str, Touched]) -> list[str]:
    """The blanks that agree with the report they agree with most."""
    return max((right(blanks, variable, seen[variable]) for variable in sorted(seen)), key=len, default=[])


def untouched(case: Case) -> dict[str, Touched]:
    """What Helgrind says of the server with a thread for each client; asked
    once for a submission, though two checks may want it at the same time.
    Raises NotMeasured where it cannot be asked, or says nothing."""
    with ASKING:
        stage = case.subject.builder.stage / "untouched"
        if stage not in SAID:
            SAID[stage] = _heard(case, stage)
        return SAID[stage]


def _heard(case: Case, stage: Path) -> dict[str, Touched]:
    directory, part = (KEPT.parent, KEPT.name) if KEPT.is_dir() else (ROOT / "starter", "pool")
    stage.mkdir(exist_ok=True)
    builder = Builder(case.subject.box, stage, directory)

    def build(flags: tuple[str, ...]) -> Path:
        path, said = builder.by(Recipe(all=flags)).program(part)
        if not path:
            raise WitnessError(f"the untouched server does not compile: {said[:300]}")
        return path
    files = tuple(f"{part}/{name}" for name in builder.student_files(part))
    said = helgrind.testify(Program(build, files), stage, boxed(case.subject.box), case.times(2, 1))
    seen = touched(said.findings)
    if not said.measured or not seen:
        raise NotMeasured(said.reason or "Helgrind sees no race in the untouched server")
    return seen


def blanks_agree(case: Case, least: int) -> str:
    """Raises Failed unless so many of the blanks that [2a] has make a report, and
    what `untouched` raises."""
    blanks = {name: told(case, f"report_{name}", "")[0] for name in NAMES}
    if not any(blanks.values()):
        raise Failed("answers.toml: [2a] has no report_... yet", ["answer-missing"])
    good = best(blanks, untouched(case))
    off = [f"report_{name}" for name in NAMES if name not in good]
    said = f"{len(good)} of {len(NAMES)} blanks agree with a report" + (f"; not {', '.join(off)}" if off else "")
    if len(good) < least:
        raise Failed(said, ["report-misread"])
    return said
