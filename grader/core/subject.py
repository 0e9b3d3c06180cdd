"""The submission under test, and the company its modules are measured in.

Each module is measured among good ones (DESIGN.md, "Good company"): where another module of
the student's has failed its own checks, EchoCo's takes its place, so that one
early mistake costs its own points and no others. The report says so.
"""
import hashlib
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Optional

from grader.box.box import Box, Limits
from grader.core.build import Builder
from grader.core.luck import Luck
from grader.core.record import Failed, NotMeasured, Record, text_evidence
from grader.core.rubric import Check, Part, Rubric
from grader.observe.server import Server
from grader.unit.run import UnitResult, run_unit


class Blocked(Exception):
    """A check that cannot be reached before another one passes: its id, and
    perhaps what there is to say meanwhile."""

    def __init__(self, first: str, meanwhile: str = ""):
        super().__init__(f"not reached: first make {first} pass{meanwhile}")


NOT_COMPILED = "the compiler, which refuses it"


@dataclass(frozen=True)
class Program:
    path: Path
    replaced: frozenset[str]


class Subject:
    """One submission: its builds, its box, and what is known of it so far."""

    def __init__(self, directory: Path, rubric: Rubric, box: Box, builder: Builder,
                 luck: Luck, kit: str):
        self.directory, self.rubric, self.box = directory, rubric, box
        self.builder, self.luck, self.kit = builder, luck, kit
        self.records: dict[str, Record] = {}
        self.acquitted: set[tuple[str, ...]] = set()    # see Case.acquit
        self.quick = False              # a student's first look
        self.diagnoses: dict[tuple[str, str], UnitResult] = {}

    def outcome(self, check: str) -> str:
        """The outcome so far, or "" when it was not measured yet."""
        return self.records[check].outcome if check in self.records else ""

    def broken_guard(self, task: str) -> Optional[Record]:
        """The first guard of a task that is broken."""
        for guard in self.rubric.guards_of(task):
            if self.outcome(guard.id) == "fail":
                return self.records[guard.id]
        return None

    def module_failed(self, part: Part, module: str) -> str:
        """What speaks against a module of the student's: a check or guard, or ""."""
        for record in self.records.values():
            if record.part == part.id and module in record.suspects:
                return record.check
        for task in part.modules[module]:
            guard = self.broken_guard(task)
            if guard:
                return guard.check
            for record in self.records.values():
                check = self.rubric.check(record.check)
                if check and not check.times and (check.part, check.task, record.outcome) == (part.id, task, "fail"):
                    return record.check
        if module in self.builder.student_files(part.id):
            return "" if self.builder.object("student", part.id, module).path else NOT_COMPILED
        return ""


class Case:
    """What one check gets: programs, servers, its own random numbers."""

    def __init__(self, subject: Subject, check: Check):
        self.subject, self.check = subject, check
        self.part = subject.rubric.parts[check.part]
        self.task = check.task or check.guards[0]
        self.seed = int(hashlib.sha256(f"{subject.kit} {check.id}".encode()).hexdigest()[:8], 16)
        self.random = random.Random(self.seed)
        self.company = ""               # a sentence for the report
        self.instead = ""               # a module to be replaced, for a trial
        self.alone = False              # for a trial: the own module among EchoCo's alone

    def _own(self) -> str:
        """The module that the task is about."""
        return next(m for m, tasks in self.part.modules.items() if self.task in tasks)

    def replaced(self) -> dict[str, str]:
        """The modules that EchoCo's stand in for, and the check that says why."""
        others = {m: self.subject.module_failed(self.part, m)
                  for m in self.part.modules if m != self._own()}
        if self.instead:
            others[self.instead] = "a trial"
        return {m: why for m, why in others.items() if why}

    def replaceable(self) -> list[str]:
        """The student's modules, but the task's own and those replaced
        already, that EchoCo's could stand in for."""
        have = set(self.subject.builder.student_files(self.part.id)) - {self._own()} - set(self.replaced())
        return [m for m in self.part.answers if m in have and self.subject.builder.ours(self.part.id, m)]

    def accusation(self) -> str:
        """What other checks saw that the module of this one has to answer for
        here, or "". It has not if it has lost a check of its own already, nor
        if its accuser has: with EchoCo's in its place that one failed again,
        and the three times that it did not were luck."""
        own = self._own()
        if self.part.answers.get(own) != self.check.id or self._lost(own):
            return ""
        return next((r.suspects[own] for r in self.subject.records.values()
                     if r.part == self.part.id and own in r.suspects and not self._lost(self._module(r.check))), "")

    def _module(self, check: str) -> str:
        """The module that a check of this part is about."""
        asked = self.subject.rubric.checks[check]
        task = asked.task or asked.guards[0]
        return next(m for m, tasks in self.part.modules.items() if task in tasks)

    def _lost(self, module: str) -> bool:
        """Whether a check or guard of this module's has failed."""
        return any(r.part == self.part.id and r.outcome == "fail" and self._module(r.check) == module
                   and not self.subject.rubric.checks[r.check].times for r in self.subject.records.values())

    def acquitted(self, module: str, failed: Failed) -> bool:
        """Whether a check of this module's has hung in the same way, and hung
        with EchoCo's in place of the other module as well."""
        return (self.part.id, self._own(), module, *_way(failed)) in self.subject.acquitted

    def acquit(self, module: str, failed: Failed) -> None:
        """Remember that it does, if it is a hang, for the checks that come."""
        if failed.hang:
            self.subject.acquitted.add((self.part.id, self._own(), module, *_way(failed)))

    def hangs(self) -> list[Record]:
        """Two checks that saw the server stand still at the same place of the
        module that this check is about, or none: a third would too."""
        own = f"{self.part.id}/{self._own()}:"
        places: dict[str, list[Record]] = {}
        for record in self.subject.records.values():
            if record.part == self.part.id and own in record.hang:
                places.setdefault(record.hang, []).append(record)
        return next((found[:2] for found in places.values() if len(found) > 1), [])

    def program(self) -> Program:
        """The server that this check is about. Raises Failed if it does not
        build, Blocked if it needs company that is not here."""
        trial = self.in_company(self._own()) if self.alone else None
        if trial:
            return trial
        failed = self.replaced()
        away = [m for m in failed if not self.subject.builder.ours(self.part.id, m)]
        if away and self.task in self.part.company:
            first = failed[away[0]]
            if first == NOT_COMPILED:
                first = self.subject.rubric.guards_of(self.part.modules[away[0]][0])[0].id
            raise Blocked(first, " (the course's grader has a finished serve.c, and does not wait)")
        stand_in = frozenset(set(failed) - set(away))
        for replaced in dict.fromkeys((stand_in, frozenset())):
            path, told = self.subject.builder.program(self.part.id, replaced)
            if path:
                self.company = _sentence({m: failed[m] for m in replaced})
                return Program(path, replaced)
        raise does_not_build(self.part.id, self.subject.builder, told)

    def in_company(self, module: str) -> Optional[Program]:
        """One module of the student's among EchoCo's alone, if that can be had."""
        others = frozenset(set(self.part.modules) - {module})
        if module not in self.subject.builder.student_files(self.part.id):
            return None
        if not all(self.subject.builder.ours(self.part.id, m) for m in others):
            return None
        path, _ = self.subject.builder.program(self.part.id, others)
        return Program(path, others) if path else None

    def delayed(self, program: Program) -> Program:
        """The same program, with the part's code compiled so that DELAY (lab/chaos)
        delays it wherever another thread may come between."""
        path, told = self.subject.builder.by(self.subject.luck.recipe).program(self.part.id, program.replaced)
        if not path:
            raise NotMeasured(f"it does not compile with lab/chaos: {told[:300]}")
        return Program(path, program.replaced)

    def server(self, *args: str, program: Optional[Program] = None, workers: int = 0,
               capacity: int = 0, env: Optional[dict[str, str]] = None,
               luck: str = "", limits: Limits = Limits()) -> Server:
        """Start a server. Clients are held for long, so -i is long; `luck` is
        what lab/chaos is asked for, such as "FAIL=fork:3 SPURIOUS=2 SEED=7"."""
        words = ["-i", "60000", *args]
        words += ["-w", str(workers)] if workers else []
        words += ["-q", str(capacity)] if capacity else []
        if luck:
            env = {**(env or {}), "LD_PRELOAD": str(self.subject.luck.shim),
                   **dict(word.split("=", 1) for word in luck.split())}
        return Server(self.subject.box, (program or self.program()).path, words, env, limits)

    def diagnosis(self, unit: str) -> list[dict]:
        """What a Criterion unit says of the student's module, for a report.
        It decides nothing; where it cannot be had there is none."""
        path = self.subject.directory / self.part.id / f"{unit}.c"
        if not path.is_file():
            return []
        key = self.part.id, unit            # a hanging one takes long, and says the same twice
        if key not in self.subject.diagnoses:
            self.subject.diagnoses[key] = run_unit(unit, [path], self.subject.box)
        found = self.subject.diagnoses[key]
        return [] if found.reason else [text_evidence(f"{unit}.c alone", "\n".join(f"{line}." for line in found.lines()))]

    def times(self, full: int, quick: int) -> int:
        """How often something is repeated: in a grade, and in a quick look."""
        return quick if self.subject.quick else full

    def bytes(self, size: int) -> bytes:
        """Random bytes of this check's own."""
        return self.random.getrandbits(8 * size).to_bytes(size, "little") if size else b""

    def bodies(self, n: int, size: int = 100) -> list[bytes]:
        """n different bodies."""
        return [b"%06d" % i + self.bytes(size - 6) for i in range(n)]


def _way(failed: Failed) -> tuple[str, ...]:
    """How a check has hung: where, and what that usually means."""
    return failed.hang, *failed.causes


def does_not_build(part: str, builder: Builder, told: str) -> Failed:
    """What is to be said when a part gives no program."""
    if not builder.student_files(part):
        return Failed(f"there is no {part}/ with C files in the submission", ["part-missing"])
    first = next((l for l in told.splitlines() if "error" in l or "undefined" in l), told)
    return Failed(f"the compiler says: {first.strip()}", ["does-not-compile"],
                  [{"kind": "text", "title": "the compiler's messages", "text": told}])


def _sentence(replaced: dict[str, str]) -> str:
    return " ".join(f"Measured with EchoCo's {module}, because of {why}."
                    for module, why in sorted(replaced.items()))


def asked_for(wants: Iterable[str], check: Check) -> bool:
    """Whether a check was asked for itself; others are measured because it
    needs them, and carry no points then."""
    wants = list(wants)
    return not wants or check.id in wants or check.task in wants


def closure(rubric: Rubric, wanted: Iterable[str]) -> set[str]:
    """The ids that begin with one of `wanted` (a task or a check), and all
    that must be measured before them. Raises KeyError for an unknown one."""
    chosen: set[str] = set()
    for want in wanted:
        found = {c.id for c in rubric.checks.values() if asked_for([want], c)}
        if not found:
            raise KeyError(want)
        chosen |= found
    while True:
        more = {rubric.checks[c].after for c in chosen} & set(rubric.checks)
        more |= {g.id for c in chosen for g in rubric.guards_of(rubric.checks[c].task)}
        if more <= chosen:
            return chosen
        chosen |= more
