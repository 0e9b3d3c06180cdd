"""All witnesses on one server, and what their words are worth together.

Helgrind accuses; whether that counts is for a second witness to say, because
Helgrind is wrong about atomics and fences (DESIGN.md, evidence 3): for
ThreadSanitizer, which saw the same server, or for the explorer, which answers
an accusation of a file that it can search. Beside a student two more are heard:
DRD, of semaphores, and bad luck, of numbers that came out wrong.
"""
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable

from grader.witness import decides, explorer, outcome, witnesses
from grader.witness.finding import Finding, confirm, fields, merge, names, same_field
from grader.witness.run import Launch, Program, Testimony, plain

ACCUSER = "helgrind"
RUNS = 3
AT_ONCE = 2
FIRST = "explorer", "tsan", "drd"       # whose record stands for what several see and Helgrind does not


@dataclass
class Hearing:
    """findings are Helgrind's, each with who confirms it; alone are those of
    the others that Helgrind has nothing of, one for each variable and pair of
    lines, each with who else sees it."""

    findings: list[Finding]
    alone: list[Finding]
    testimonies: dict[str, Testimony]

    @property
    def confirmed(self) -> list[Finding]:
        """The findings that two witnesses agree on."""
        return [f for f in self.findings if f.confirmed_by]

    @property
    def reason(self) -> str:
        """Why this is no measurement, or "". An accusation without anybody
        who could confirm it is none; silence needs nobody else."""
        accuser = self.testimonies[ACCUSER]
        if not accuser.measured:
            return accuser.reason
        others = [t for name, t in self.testimonies.items() if name != ACCUSER]
        answered = any(all(t.speaks_of(f) for f in self.findings) for t in others)
        if self.findings and not self.confirmed and not answered:
            return "; ".join(t.reason for t in others if t.reason) or "there is no second witness"
        return ""


def hear(program: Program, scratch: Path, launch: Launch = plain, runs: int = RUNS) -> Hearing:
    """Ask every witness, each in so many runs, then bad luck, and then the
    explorer. scratch is a directory for canaries."""
    program = replace(program, build=_once(program.build))
    said = _ask(witnesses(), program, scratch, launch, runs)
    if program.luck:
        said[outcome.NAME] = program.luck()
    return _together(program, said)


def try_accused(program: Program, scratch: Path, launch: Launch, runs: int) -> Hearing:
    """As hear(), where only what Helgrind accuses counts: while it is silent
    nobody else is asked."""
    accuser = [w for w in witnesses() if w.NAME == ACCUSER]
    said = _ask(accuser, program, scratch, launch, runs)
    if said[ACCUSER].findings:
        said |= _ask([w for w in witnesses() if w not in accuser and decides(w)], program, scratch, launch, runs)
    return _together(program, said)


def _once(build: Callable[[tuple[str, ...]], Path]) -> Callable[[tuple[str, ...]], Path]:
    """The same, built once: a witness would find the program half written
    where another one has it built again."""
    lock, made = threading.Lock(), {}       # the lock guards made, and what is being built

    def built(flags: tuple[str, ...]) -> Path:
        with lock:
            if flags not in made:
                made[flags] = build(flags)
            return made[flags]
    return built


def _ask(called: list, program: Program, scratch: Path, launch: Launch, runs: int) -> dict[str, Testimony]:
    """What each of these says, by name."""
    # Each waits for its own servers, and two keep a small machine busy.
    with ThreadPoolExecutor(min(len(called), AT_ONCE)) as room:
        return dict(zip((w.NAME for w in called),
                        room.map(lambda w: w.testify(program, scratch, launch, runs), called)))


def _together(program: Program, said: dict[str, Testimony]) -> Hearing:
    """Let the explorer answer what was said, and put it all together."""
    beside = {w.NAME for w in witnesses() if not decides(w)}
    testified = [f for name in beside & set(said) for f in said[name].findings]
    answer = explorer.answer(program, said[ACCUSER].findings + testified)
    if answer:
        said[explorer.NAME] = answer
    others = [f for name, t in said.items() if name not in (ACCUSER, *beside) for f in t.findings]
    findings = confirm(said[ACCUSER].findings, others)
    return Hearing(findings, _alone(program, findings, others + testified), said)


def _alone(program: Program, findings: list[Finding], others: list[Finding]) -> list[Finding]:
    """What Helgrind has nothing of."""
    accused = {f.key[:2] for f in findings}
    left = [o for o, heard in zip(others, confirm(others, findings))
            if not heard.confirmed_by and o.key[:2] not in accused]
    told: list[Finding] = []
    for tool in [*FIRST, *sorted({o.tool for o in left} - {*FIRST, outcome.NAME})]:
        mine = [o for o in left if o.tool == tool and not _is_told(o, told)]
        told += confirm(merge(mine), [o for o in left if o.tool != tool])
    numbers = [o for o in left if o.kind == "wrong-number"]
    return told + _numbers(program, [n for n in numbers if not any(same_field(n, f) for f in findings + told)])


def _is_told(finding: Finding, told: list[Finding]) -> bool:
    """Whether all it is about has been told already."""
    known = set().union(*(names(f) for f in told if f.kind == finding.kind))
    return bool(names(finding)) and names(finding) <= known


def _numbers(program: Program, wrong: list[Finding]) -> list[Finding]:
    """Numbers that came out wrong and on which nobody sees a race: each of which
    the explorer knows an order that repeats just that, and the others as one
    finding."""
    if not wrong:
        return []
    orders = explorer.consequences(program, {fields(n) for n in wrong})
    repeated = [replace(n, replay=orders[fields(n)]) for n in wrong if fields(n) in orders]
    rest = [n for n in wrong if fields(n) not in orders]
    return repeated + ([_together_wrong(rest)] if rest else [])


def _together_wrong(wrong: list[Finding]) -> Finding:
    which = " and ".join(sorted(n.variable or "" for n in wrong))
    return replace(wrong[0], variable=which, outcome="; ".join(dict.fromkeys(n.outcome for n in wrong)))
