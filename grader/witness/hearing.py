"""All witnesses on one server, and what their words are worth together.

Helgrind accuses; whether that counts is for a second witness to say, because
Helgrind is wrong about atomics and fences (DESIGN.md, evidence 3): for
ThreadSanitizer, which saw the same server, or for the explorer, which answers
an accusation of a file that it can search.
"""
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from grader.witness import explorer, witnesses
from grader.witness.finding import Finding, confirm, merge
from grader.witness.run import Launch, Program, Testimony, plain

ACCUSER = "helgrind"
RUNS = 3


@dataclass
class Hearing:
    """findings are Helgrind's, each with who confirms it; alone are those of
    the others that Helgrind has nothing of."""

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
    """Ask every witness, all at once, each in so many runs, and then the
    explorer. scratch is a directory for canaries."""
    return _together(program, _ask(witnesses(), program, scratch, launch, runs))


def try_accused(program: Program, scratch: Path, launch: Launch, runs: int) -> Hearing:
    """As hear(), where only what Helgrind accuses counts: while it is silent
    nobody else is asked."""
    accuser = [w for w in witnesses() if w.NAME == ACCUSER]
    said = _ask(accuser, program, scratch, launch, runs)
    if said[ACCUSER].findings:
        said |= _ask([w for w in witnesses() if w not in accuser], program, scratch, launch, runs)
    return _together(program, said)


def _ask(called: list, program: Program, scratch: Path, launch: Launch, runs: int) -> dict[str, Testimony]:
    """What each of these says, by name."""
    with ThreadPoolExecutor(len(called)) as room:      # each waits for its own servers
        return dict(zip((w.NAME for w in called),
                        room.map(lambda w: w.testify(program, scratch, launch, runs), called)))


def _together(program: Program, said: dict[str, Testimony]) -> Hearing:
    """Let the explorer answer what was said, and put it all together."""
    answer = explorer.answer(program, said[ACCUSER].findings)
    if answer:
        said[explorer.NAME] = answer
    others = [f for name, t in said.items() if name != ACCUSER for f in t.findings]
    findings = confirm(said[ACCUSER].findings, others)
    accused = {f.key[:2] for f in findings}
    alone = [o for o in confirm(others, findings) if not o.confirmed_by and o.key[:2] not in accused]
    return Hearing(findings, merge(alone), said)
