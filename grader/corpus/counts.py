"""counts.jsonl: how often each check was right, as the kit is now.

A line is a sum over runs: one check, of these files, idle or beside load, on
one right design or one mutant that it must fail.
"""
import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable

from grader.corpus.mutant import HERE
from grader.report.files import write_text

COUNTS = HERE / "counts.jsonl"
IDLE, LOAD = "idle", "load"
CLEAN, MUTANT = "clean", "mutant"


@dataclass(frozen=True, order=True)
class Count:
    check: str
    kind: str           # CLEAN or MUTANT
    load: str           # IDLE or LOAD
    subject: str        # the design or mutant
    hash: str           # of what the check is made of, and of the subject's code
    runs: int = 0       # that came to a verdict
    wrong: int = 0      # of them false failures or misses
    lost: int = 0       # further runs that were not measured

    @property
    def key(self) -> tuple[str, ...]:
        return self.check, self.kind, self.load, self.subject, self.hash


def read(path: Path = COUNTS) -> list[Count]:
    """The counts; none where there is no file. Raises ValueError for a bad line."""
    if not path.exists():
        return []
    try:
        return [Count(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]
    except TypeError as error:
        raise ValueError(f"{path}: {error}") from error


def add(counts: Iterable[Count], more: Iterable[Count]) -> list[Count]:
    """The sums by key, in order."""
    sums: dict[tuple, Count] = {}
    for count in [*counts, *more]:
        old = sums.get(count.key)
        sums[count.key] = count if not old else dataclasses.replace(
            old, runs=old.runs + count.runs, wrong=old.wrong + count.wrong, lost=old.lost + count.lost)
    return sorted(sums.values())


def write(counts: Iterable[Count], path: Path = COUNTS) -> None:
    """Replace the file in one step. Raises OSError."""
    write_text(path, "".join(json.dumps(dataclasses.asdict(c)) + "\n" for c in sorted(counts)))
