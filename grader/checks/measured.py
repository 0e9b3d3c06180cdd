"""What make compare measured on a student's machine, read without trust.

compare.json lies beside answers.toml. One from another machine, or measured by
another version of the kit, is taken, and that is said; one that was edited, cut
short or never was one costs the points of what is held against it.
"""
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Optional

from grader.bench import seal, table
from grader.core.build import ROOT
from grader.core.record import Failed, NotMeasured
from grader.core.submission import MEASURED_MAX

OURS = ROOT / "solutions" / seal.NAME       # EchoCo's servers, on some machine
NOT_HERE = "not-measured: not to be had here"
ROUNDED = 0.05          # a number may be copied with two digits
MOST = 1e12             # of whatever is measured
NUMBERS = "value", "ratio", "low", "high"


@dataclass(frozen=True)
class Range:
    """A ratio that was measured, and how far it may be from that."""

    middle: float
    low: float
    high: float

    def holds(self, number: float) -> bool:
        return self.low * (1 - ROUNDED) <= number <= self.high * (1 + ROUNDED)

    def __str__(self) -> str:
        return f"{self.middle:.3g} [{self.low:.3g}-{self.high:.3g}]"


@dataclass(frozen=True)
class Row:
    """One line of compare.json; a ratio has its quartiles, and what it is to."""

    value: Optional[float]
    ratio: Optional[float]
    low: Optional[float]
    high: Optional[float]
    versus: str
    note: str


@dataclass(frozen=True)
class Measured:
    """The rows by name, what the servers that are missing lack, and what is to be said of the file."""

    rows: dict[str, Row]
    why: dict[str, str]
    notes: tuple[str, ...] = ()
    predicted: Optional[dict] = None

    def row(self, name: str) -> Row:
        """A row with a value. Raises Failed, or NotMeasured where that machine could not."""
        found = self.rows.get(name)
        if found and found.value is not None:
            return found
        if found and found.note == NOT_HERE:
            raise NotMeasured(f"compare.json: {name} could not be measured on that machine")
        why = self.why.get(name.partition(".")[0])
        raise Failed(f"compare.json has no {name}{': ' * bool(why)}{why or ''}", ["compare-incomplete"])

    def ratio(self, name: str, versus: str) -> Range:
        """A row's ratio to that of another server. Raises as row does."""
        found = self.row(name)
        if found.ratio is None or found.versus != versus:
            why = self.why.get(versus)
            raise Failed(f"compare.json has no {name} against {versus}{': ' * bool(why)}{why or ''}",
                         ["compare-incomplete"])
        return Range(found.ratio, found.low, found.high)

    def quotient(self, above: str, below: str) -> Range:
        """One row to another, as the quartiles of both have it. Raises as row does."""
        one, other = self.row(above), self.row(below)
        middle = _divided(one.value, other.value)
        if None in (one.ratio, other.ratio):
            return Range(middle, middle, middle)
        ends = middle, _divided(one.low, other.high), _divided(one.high, other.low)
        return Range(middle, min(ends), max(ends))


def _divided(above: float, below: float) -> float:
    if below <= 0:
        raise Failed("compare.json has a rate of 0", ["compare-incomplete"])
    return above / below


def read(path: Path) -> Measured:
    """A student's measurement. Raises Failed, which says what is wrong with it."""
    try:
        data = path.read_bytes()
        if len(data) > MEASURED_MAX:
            raise Failed(f"compare.json is larger than {MEASURED_MAX >> 10} KiB, and what make compare leaves is not: "
                         "measure again", ["compare-unreadable"])
        text = data.decode("utf-8")
    except OSError as error:
        raise Failed("there is no compare.json beside answers.toml: make compare leaves one there, and make submit "
                     "packs it", ["compare-missing"]) from error
    except UnicodeDecodeError as error:
        raise Failed("compare.json is no text", ["compare-unreadable"]) from error
    return _measured(_intact(text))


def _intact(text: str) -> dict:
    """The table, as make compare has sealed it. Raises Failed."""
    try:
        data = json.loads(text)
        edited = isinstance(data, dict) and seal.digest(data) != data.get("hash")
    except RecursionError as error:
        raise Failed("compare.json cannot be read: it is nested too deep, and what make compare leaves is not",
                     ["compare-unreadable"]) from error
    except ValueError as error:
        raise Failed(f"compare.json cannot be read: {str(error):.100}", ["compare-unreadable"]) from error
    if not isinstance(data, dict):
        raise Failed("compare.json is no table", ["compare-unreadable"])
    if edited:
        raise Failed("compare.json was changed after make compare had written it: its hash does not match. "
                     "Measure again", ["compare-edited"])
    return data


def _measured(data: dict) -> Measured:
    """What a table says. Raises Failed where it is of another shape."""
    try:
        rows = {str(row["name"]): _row(row) for row in data["rows"]}
        why = {server["name"]: _plain(server["why"]) for server in data["servers"] if server["why"]}
        predicted = dict(data.get("predicted") or {})
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise Failed("compare.json is of another shape than make compare writes", ["compare-unreadable"]) from error
    return Measured(rows, why, tuple(_notes(data)), predicted)


def _plain(why: object) -> str:
    """A reason, as it can be quoted in a sentence."""
    return "".join(c if c.isprintable() else " " for c in str(why)[:200])


def _row(row: dict) -> Row:
    """A row, whose numbers must be numbers. Raises ValueError, LookupError, TypeError."""
    for name in NUMBERS:
        number = row[name]
        real = isinstance(number, (int, float)) and not isinstance(number, bool)
        if number is not None and not (real and -MOST < number < MOST):
            raise ValueError(f"{name} is no number")
    if row["ratio"] is not None and None in (row["low"], row["high"], row["value"]):
        raise ValueError("a ratio without quartiles")
    return Row(*(row[name] for name in NUMBERS), str(row.get("versus")), str(row.get("note")))


def _notes(data: dict) -> list[str]:
    """What is said of a measurement that is taken all the same."""
    here, there = machine(), data.get("machine")
    same = isinstance(there, dict) and all(there.get(name) == here[name] for name in here)
    return (["measured on another machine"] if not same else []) \
        + (["measured by another version of the kit"] if data.get("kit") != seal.kit() else []) \
        + (["measured by a quick look"] if data.get("quick") else [])


@lru_cache(maxsize=None)
def machine() -> dict:
    """What tells one machine from another, and does not change while it runs."""
    return {name: value for name, value in table.machine().items() if name in ("cores", "kernel", "compiler")}


def ours(path: Path = OURS) -> Optional[Measured]:
    """EchoCo's own measurement; None where there is none, as on a student's machine."""
    try:
        return read(path) if path.is_file() else None
    except Failed as error:
        raise NotMeasured(f"EchoCo's own measurement is broken: {error.observed}") from error
