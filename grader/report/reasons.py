"""Why checks of a class were not measured, and how often."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

LONGEST = 160           # characters
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class Reason:
    """What was said, the checks of which it was said, and how many times."""

    text: str
    checks: list[str]
    times: int


def of_class(results: list[dict[str, Any]]) -> list[Reason]:
    """The most frequent first. Reasons that differ in numbers alone are one."""
    found: dict[str, list[tuple[str, str]]] = {}
    for check in (c for r in results for c in r["checks"] if c["outcome"] == "not-measured"):
        text = _line(check["observed"])
        found.setdefault(NUMBER.sub("…", text), []).append((check["check"], text))
    reasons = [Reason(said[0][1] if len({text for _, text in said}) == 1 else pattern,
                      list(dict.fromkeys(check for check, _ in said)), len(said))
               for pattern, said in found.items()]
    return sorted(reasons, key=lambda reason: -reason.times)


def _line(text: str) -> str:
    """Its first line, not too long: a compiler has more to say."""
    line = text.strip().partition("\n")[0]
    return line if len(line) <= LONGEST else line[:LONGEST - 3] + "..."
