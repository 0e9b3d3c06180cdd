"""How long the tasks took, as a class says: quartiles, of five and more."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

from grader.report.asked import titles
from grader.report.guesses import FIVE, tasks


@dataclass(frozen=True)
class Hours:
    """Of one task: how many have told, and the quartiles of what they told."""

    task: str
    title: str
    students: int
    quartiles: tuple[float, float, float]


def of_class(results: list[dict[str, Any]]) -> list[Hours]:
    """The tasks that the course asks, in the handout's order, of which at least
    five have told. Raises OSError."""
    if len(results) < FIVE:
        return []
    asked = tasks(results)
    told: dict[str, list[float]] = {}
    for result in results:
        for task, hours in result.get("hours", {}).items():
            told.setdefault(task, []).append(hours)
    return [Hours(task, title, len(told[task]), _quartiles(told[task]))
            for task, title in titles().items() if task in asked and len(told.get(task, ())) >= FIVE]


def _quartiles(hours: list[float]) -> tuple[float, float, float]:
    """To a tenth of an hour: nobody's is told more exactly than it was known."""
    low, middle, high = statistics.quantiles(hours, n=4, method="inclusive")
    return round(low, 1), round(middle, 1), round(high, 1)
