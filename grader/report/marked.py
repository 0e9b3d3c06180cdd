"""A tool's own words, with the lines marked that ours say: which access, by
which thread, under which locks, and on what. Of two orders of locks an access
is the taking of the second lock, under the first."""
from __future__ import annotations

import re
from typing import Any, NamedTuple

SYMBOL = re.compile(r'data symbol "([^"]+)"')
BEGINS = re.compile(r"data race during (?:read|write)|(?:Write|Read|Atomic write|Atomic read) of size")
AGAIN = re.compile(r"conflicts with a previous|Previous (?:atomic )?(?:write|read)")
TAKEN = re.compile(r"followed by a later acquisition of lock|Mutex M\d+ acquired here while holding")
LOCKS = re.compile(r"Locks held|[Mm]utex(?:es)?:? M\d|order (?:is|was established by)\b.* acquisition of lock")
DECLARED = re.compile(r"declared at|data symbol|is located|Location is|inside")


class Marked(NamedTuple):
    """A line, and the word that says what it is of ours; "" for none."""

    text: str
    what: str


def lines(finding: dict[str, Any]) -> list[Marked]:
    """The lines of a finding's text."""
    marker = _Marker(finding)
    return [Marked(line, marker.what(line)) for line in finding.get("text", "").splitlines()]


class _Marker:
    """Goes through the text: what an access's place is depends on which of the
    two is being told."""

    def __init__(self, finding: dict[str, Any]):
        self._finding, self._at, self._placed = finding, 0, {0, 1}
        self._taken = 0         # how many second locks there were

    def what(self, line: str) -> str:
        if TAKEN.search(line):
            self._taken += 1
            return self._begin(self._taken > 1)
        if AGAIN.search(line) or BEGINS.search(line):
            return self._begin(bool(AGAIN.search(line)))
        if LOCKS.search(line):
            return "locks"
        if self._at not in self._placed and self._is_place(line):
            self._placed.add(self._at)
            return "its line"
        return "variable" if DECLARED.search(line) and self._names(line) else ""

    def _begin(self, other: bool) -> str:
        self._at = int(other)
        self._placed.discard(self._at)
        return "other access" if other else "one access"

    def _is_place(self, line: str) -> bool:
        """Whether a frame is at a line that we have named."""
        return any(access.get("file") and re.search(
            rf"{re.escape(str(access['file']).rsplit('/', 1)[-1])}:{access.get('line')}\b", line)
            for access in self._finding["accesses"][:2])

    def _names(self, line: str) -> bool:
        """Whether a line is about what we have named: a variable, or the locks."""
        name = str(self._finding.get("variable") or "")
        symbol = SYMBOL.search(line)
        known = {re.split(r"[.\[]", one)[0] for one in name.split(" and ")}
        return bool(name) and (name in line or bool(symbol) and symbol[1] in known)
