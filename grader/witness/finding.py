"""What a witness says: one record, whichever tool it comes from."""
import dataclasses
from dataclasses import dataclass, field
from typing import Any, Iterable, Optional

MEANING = {"race": "no common lock", "lock-order": "two orders can end in a deadlock",
           "misuse": "a lock is not used as it is meant to be",
           "fd": "one descriptor is used by two threads in no order",
           "wrong-number": "a wrong number proves a race condition"}
ALONE = "{}; {} alone: {}; no points lost"
UNDER_ONE = "{} is held at both, so a third access does without it, or it is held only to read"
UNSEEN = "{}; no tool names two accesses: each may be in order, and the whole is not"
LABEL = {"helgrind": "Helgrind", "tsan": "ThreadSanitizer", "explorer": "the explorer", "drd": "DRD"}
BLIND = {"helgrind": "it does not understand C11 atomics",
         "tsan": "Helgrind saw nothing of it",
         "explorer": "Helgrind saw nothing of it",
         "drd": "to Helgrind a semaphore is a lock, whatever it starts at"}
REPEATS = "explorer"        # the tool whose words say how to have the same again


@dataclass(frozen=True)
class Access:
    """One side of a finding, at the first line of the student's below it."""

    op: str                         # "read", "write", or what was done to a lock
    function: Optional[str]
    file: Optional[str]             # as the student sees it: "pool/stats.c"
    line: Optional[int]
    thread: Optional[int]
    role: Optional[str] = None      # "main", or "work (started at pool/serve.c:38)"
    locks: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, int]:
        return self.file or "", self.line or 0

    def sentence(self) -> str:
        where = f"{self.file}:{self.line}" if self.file else "outside your files"
        who = f"thread {self.thread}" if self.thread is not None else "a thread"
        locks = ", ".join(self.locks) or "none"
        return (f"{self.op} in {self.function or '?'}, {where}, by {who}"
                f"{f', {self.role}' if self.role else ''}; locks held: {locks}")


@dataclass
class Finding:
    """kind: "race", "lock-order", "misuse", "fd" for a file descriptor that
    TSan takes for memory, or "wrong-number" for what bad luck has made of one.
    variable: "all.served", or None. outcome: what that number was. replay: the
    name by which make replay repeats it."""

    tool: str
    kind: str
    variable: Optional[str]
    declared: Optional[str]
    accesses: list[Access] = field(default_factory=list)
    text: str = ""
    confirmed_by: list[str] = field(default_factory=list)
    outcome: str = ""
    replay: str = ""

    @property
    def key(self) -> tuple:
        """Two reports with one key are one finding."""
        return self.kind, self.variable or "", tuple(sorted(a.place for a in self.accesses))

    @property
    def common(self) -> tuple[str, ...]:
        """The locks that both accesses of a race held. Helgrind remembers
        some earlier access, and not always the one that raced."""
        if self.kind != "race" or len(self.accesses) < 2:
            return ()
        return tuple(lock for lock in self.accesses[0].locks if lock in self.accesses[1].locks)

    @property
    def meaning(self) -> str:
        """What is missing, or wrong."""
        return UNDER_ONE.format(" and ".join(self.common)) if self.common else MEANING[self.kind]

    @property
    def verdict(self) -> str:
        """What the finding is worth, in a sentence."""
        if self.confirmed:
            return f"{self.meaning}; confirmed by {self._confirmation()}"
        if self.kind == "wrong-number":
            return UNSEEN.format(self.meaning)
        return ALONE.format(self.meaning, LABEL.get(self.tool, self.tool),
                            BLIND.get(self.tool, "nobody else saw it"))

    @property
    def confirmed(self) -> bool:
        """Whether it is more than one tool's word."""
        return bool(self.confirmed_by or self.replay)

    def _confirmation(self) -> str:
        """Who confirms it; first of all, how to have it again."""
        by = " and ".join(f"chaos ({self.outcome})" if tool == "chaos" else LABEL.get(tool, tool)
                          for tool in self.confirmed_by if not (self.replay and tool == REPEATS))
        if not self.replay:
            return by
        return f"replay: make replay ID={self.replay}" + (f"; also by {by}" if by else "")

    def to_dict(self) -> dict[str, Any]:
        """The record of result.json."""
        made = dataclasses.asdict(self)
        for access in made["accesses"]:
            access["locks"] = list(access["locks"])
        return {**made, "verdict": self.verdict}


UNNAMED = {"lock-order": "two locks", "misuse": "a lock"}


def four_lines(finding: Finding) -> list[str]:
    """The variable, one access, the other, what follows from it. A wrong
    number has no accesses."""
    if finding.kind == "wrong-number":
        return [f"wrong number: {finding.variable}", finding.outcome, finding.verdict]
    name = finding.variable or UNNAMED.get(finding.kind, "memory without a name")
    where = f", declared at {finding.declared}" if finding.declared else ""
    sides = [a.sentence() for a in finding.accesses[:2]]
    sides += ["the tool remembers no second access"] * (2 - len(sides))
    return [f"{finding.kind} on {name}{where}", *sides, finding.verdict]


def merge(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each variable and pair of lines, in a fixed order. Of
    several reports one that can be repeated stands for them all, and of these
    the one with most writes. A pair under one lock accuses the wrong lines:
    it is left out where another pair of that variable has no lock in common."""
    best: dict[tuple, Finding] = {}
    for found in findings:
        kept = best.get(found.key)
        if kept is None or _rank(found) > _rank(kept):
            best[found.key] = found
    told = [best[key] for key in sorted(best)]
    bare = {f.variable for f in told if f.kind == "race" and not f.common}
    return [f for f in told if not (f.common and f.variable and f.variable in bare)]


def _rank(finding: Finding) -> tuple[bool, int]:
    return bool(finding.replay), sum(a.op == "write" for a in finding.accesses)


def confirm(findings: Iterable[Finding], others: Iterable[Finding]) -> list[Finding]:
    """The findings, each with the tools that agree: a race with another
    tool's race on the same variable or the same line of the student's, or
    with a wrong number on that very field; a lock order with a lock order on one
    of its lines. Of a tool that can repeat what it saw, its words go with the
    finding's; the name of a replay only where that very run shows the finding."""
    others = list(others)
    told = []
    for found in findings:
        agreeing = [o for o in others if _agree(found, o)]
        shown = [o for o in agreeing if o.replay and _same_pair(found, o)]
        again = next((o.text for o in [*shown, *agreeing] if o.tool == REPEATS), "")
        told.append(dataclasses.replace(found, confirmed_by=sorted({o.tool for o in agreeing}),
                                        outcome=_first("outcome", [found, *agreeing]),
                                        replay=_first("replay", [found, *shown]),
                                        text="\n\n".join(filter(None, [found.text, again]))))
    return told


def _first(name: str, findings: list[Finding]) -> str:
    return next(filter(None, (getattr(f, name) for f in findings)), "")


def _agree(one: Finding, other: Finding) -> bool:
    if (one.kind, other.kind) == ("race", "wrong-number"):
        return fields(other) <= fields(one)        # two that disagree accuse neither of them
    if one.kind != other.kind:
        return False
    places = {a.place for a in one.accesses if a.file} & {a.place for a in other.accesses if a.file}
    return bool(names(one) & names(other) or places)


def _same_pair(one: Finding, other: Finding) -> bool:
    """Whether both are about the same two places, and not about two variables."""
    named = names(one) & names(other) or not (names(one) and names(other))
    return bool(named) and one.key[-1] == other.key[-1]


def names(finding: Finding) -> set[str]:
    """Of a wide access more than one."""
    return set(finding.variable.split(" and ")) if finding.variable else set()


def same_field(one: Finding, other: Finding) -> bool:
    """Whether both are about a number of one name."""
    return bool(fields(one) & fields(other))


def fields(finding: Finding) -> frozenset[str]:
    """The last words of its names: "served" of "all.served"."""
    return frozenset(name.rpartition(".")[2] for name in names(finding))
