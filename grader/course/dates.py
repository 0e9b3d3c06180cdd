"""When a submission is due, and what it costs to be late."""
import csv
import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Optional
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

RULE = re.compile(r"(\d+(?:\.\d+)?) ?% a day, (\d+) days?")
LONGER = re.compile(r"(\d+) (day|hour|minute)s?")


@dataclass(frozen=True)
class Late:
    """Percent of what was reached, for each day that has begun; after so many
    days nothing is left."""

    percent: float
    days: int


@dataclass(frozen=True)
class Lateness:
    """Of one submission; percent: what it costs."""

    handed_in: datetime
    due: datetime
    days: int
    percent: float


@dataclass(frozen=True)
class Longer:
    """The time that a student has beside the others, and the line that says so."""

    time: timedelta
    line: int


def moment(text: str) -> datetime:
    """"2026-03-20 23:59 Europe/Berlin". Raises ValueError."""
    day, _, rest = text.strip().partition(" ")
    clock, _, zone = rest.strip().partition(" ")
    try:
        return datetime.strptime(f"{day} {clock}", "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone or "UTC"))
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise ValueError(f"{text!r} is not like \"2026-03-20 23:59 Europe/Berlin\"") from error


def late(text: str) -> Late:
    """"10 % a day, 3 days". Raises ValueError."""
    found = RULE.fullmatch(text.strip())
    if not found or float(found[1]) > 100:
        raise ValueError(f"{text!r} is not like \"10 % a day, 3 days\"")
    return Late(float(found[1]), int(found[2]))


def extensions(path: Path) -> dict[str, Longer]:
    """More time, by student: lines of "id, 2 days". Raises ValueError, with the
    line, and OSError."""
    found = {}
    with open(path, encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.reader(file), 1):
            if not row or row[0].startswith("#"):
                continue
            longer = LONGER.fullmatch(row[1].strip()) if len(row) == 2 else None
            if not longer:
                raise ValueError(f"{path.name}:{number}: a line is like \"ada, 2 days\" or \"ada, 90 minutes\"")
            found[row[0].strip().lower()] = Longer(timedelta(**{longer[2] + "s": int(longer[1])}), number)
    return found


def lateness(handed_in: datetime, due: datetime, rule: Optional[Late], longer: timedelta = timedelta()) -> Optional[Lateness]:
    """None for what came in time."""
    over = handed_in - (due + longer)
    if over <= timedelta():
        return None
    days = math.ceil(over / timedelta(days=1))
    percent = 0.0 if rule is None else 100.0 if days > rule.days else min(100.0, days * rule.percent)
    return Lateness(handed_in, due + longer, days, percent)
