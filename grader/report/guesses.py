"""What a class expected: for each question, how many guessed what.

Every number that is shown stands for at least five students. A guess that
fewer have made is counted in a range of numbers or among the other answers,
and how many others there were is told from five up. The total is not told:
the rest would follow from it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Iterable, Iterator

from grader.report.asked import Asked, all_questions
from grader.report.said import Guess, own_terms, read, written

FIVE = 5
OTHERS = "other answers"
UNCHECKED = {"0a"}      # asked in every course, and only to be looked at


@dataclass(frozen=True)
class Row:
    """A bar: an answer, and how many gave it; 0 for fewer than five."""

    answer: str
    students: int


@dataclass(frozen=True)
class Part:
    """One thing that a question asks, and the rows of its answers."""

    asks: str
    rows: list[Row]


@dataclass(frozen=True)
class Expected:
    """A question and its parts; none where fewer than five have answered."""

    asked: Asked
    parts: list[Part]


def of_class(results: list[dict[str, Any]]) -> list[Expected]:
    """The questions of the handout that the course asks, with what is to be
    shown of each; [] for a class of fewer than five. Raises OSError."""
    if len(results) < FIVE:
        return []
    asks = tasks(results)
    return [Expected(asked, _parts(asked, list(_answers(results, asked))))
            for asked in all_questions() if asked.task in asks]


def tasks(results: list[dict[str, Any]]) -> set[str]:
    """The tasks that the course asks, and those that are in every course."""
    return {check["check"].partition(".")[0] for result in results for check in result["checks"]} | UNCHECKED


def _answers(results: list[dict[str, Any]], asked: Asked) -> Iterator[list[Guess]]:
    for result in results:
        told = result.get("predictions", {}).get(asked.task)
        if told:
            yield read(told["said"], asked.text, own_terms(asked.task, told["numbers"]))


def _parts(asked: Asked, answers: list[list[Guess]]) -> list[Part]:
    """The answers to each thing asked, where at least five have said something."""
    columns = [rows(guess for guess in column if guess) for column in zip_longest(*answers)]
    asks = [sentence.strip() for sentence in re.findall(r"[^.?]+\?", asked.text)]
    return [Part(ask or f"Number {n}", shown)
            for n, (shown, ask) in enumerate(zip_longest(columns, asks[:len(columns)]), 1) if shown]


def rows(guesses: Iterable[Guess]) -> list[Row]:
    """Numbers first, in their order; then ranges of those that few have said;
    then words, the most frequent first; then the others. None at all for fewer
    than five guesses."""
    found = Counter(guesses)
    if found.total() < FIVE:
        return []
    often = {guess: n for guess, n in found.items() if n >= FIVE}
    numbers = sorted((guess for guess in often if guess.number is not None), key=lambda guess: guess.number)
    words = sorted((guess for guess in often if guess.number is None), key=lambda guess: (-often[guess], guess.text))
    rare = [guess.number for guess in found.elements() if guess not in often and guess.number is not None]
    shown = [Row(guess.text, often[guess]) for guess in numbers]
    shown += ranges(sorted(rare), bool(numbers))
    shown += [Row(guess.text, often[guess]) for guess in words]
    left = found.total() - sum(row.students for row in shown)
    return shown + [Row(OTHERS, left if left >= FIVE else 0)] * bool(left)


def ranges(numbers: list[float], other: bool) -> list[Row]:
    """Sorted numbers, five and more to a range; other: than those already
    told. The outer ranges are open: their ends would be somebody's."""
    if len(numbers) < FIVE:
        return []
    starts, edges = [0], [-math.inf]
    for i in range(FIVE, len(numbers) - FIVE + 1):
        edge = _edge(numbers[i])
        if i - starts[-1] >= FIVE and edge > numbers[i - 1]:
            starts.append(i)
            edges.append(edge)
    names = [_name(low, high) for low, high in zip(edges, [*edges[1:], math.inf])]
    sizes = [end - start for start, end in zip(starts, [*starts[1:], len(numbers)])]
    return [Row(f"other numbers {name}".strip() if other else name or "any number", size)
            for name, size in zip(names, sizes)]


def _edge(number: float) -> float:
    """The largest of 0, ... 0.1, 0.2, 0.5, 1, 2, 5, 10, ... that is not above it."""
    if number <= 0:
        return 0.0 if number == 0 else -math.inf
    power = 10.0 ** math.floor(math.log10(number))
    return max(edge for edge in (power / 2, power, 2 * power, 5 * power) if edge <= number)


def _name(low: float, high: float) -> str:
    """What lies between two edges is called; "" for no edge at all."""
    if low == -math.inf:
        return "" if high == math.inf else f"below {written(high)}"
    return f"{written(low)} and more" if high == math.inf else f"{written(low)} to below {written(high)}"
