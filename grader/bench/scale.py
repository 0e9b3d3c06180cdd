"""From numbers to places in a picture, and to words of people: the scales of
charts, the ticks along them, and room for names beside lines."""

from __future__ import annotations

import math
from bisect import bisect
from dataclasses import dataclass
from itertools import accumulate
from typing import Iterable, Sequence
from unicodedata import east_asian_width

ROOM = 84               # for a name beside a line
SPREAD = 20             # a scale is in powers if its numbers are further apart


@dataclass(frozen=True)
class Scale:
    """From numbers between low and high to places between start and end."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """Where a value is drawn; beyond the scale is at its edge."""
        value = min(max(value, self.low), self.high)
        part = math.log(value / self.low) / math.log(self.high / self.low) if self.log else \
            (value - self.low) / (self.high - self.low)
        return self.start + part * (self.end - self.start)


def number(value: float) -> str:
    """A number for people: three digits that count, and thousands apart."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 1 else f"{value:#.3g}"


def at_axis(value: float) -> str:
    """A number at an axis, where all are round."""
    return f"{value:,.10g}"


def _width(letter: str) -> float:
    """Of a letter in bold, about, and rather too much than too little."""
    if letter in "MWmw@%" or east_asian_width(letter) in "WF":
        return 14
    return 4.7 if letter in " ijlt.,'|" else 10.5 if letter.isupper() else 9


def cut(name: str) -> str:
    """As much of a name as there is room for."""
    ends = list(accumulate(map(_width, name)))
    return name if not ends or ends[-1] <= ROOM else name[:bisect(ends, ROOM - 12)] + "\N{HORIZONTAL ELLIPSIS}"


def _step(size: float) -> float:
    """The next of 1, 2, 5, 10 ... from a size upwards."""
    power = 10.0 ** math.floor(math.log10(size))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= size * (1 - 1e-9))


def fit(values: Iterable[float], start: float, end: float, log: bool | None = None) -> Scale:
    """A scale that shows all values: from 0 in even steps, or in powers where
    they lie far apart. log decides that instead, for values above 0."""
    found = [v for v in values if math.isfinite(v)]
    above = bool(found) and min(found) > 0
    if above and (log or log is None and max(found) / min(found) > SPREAD):
        high = _step(max(found))
        low = 1 / _step(1 / min(found))
        return Scale(low, high if high > low else high * 10, start, end, True)
    top = max(found, default=0)
    step = _step(top / 5) if top > 0 else 1.0
    return Scale(0, step * max(1, math.ceil(top / step - 1e-9)), start, end)


def ticks(scale: Scale, most: int = 9) -> list[float]:
    """Round numbers along a scale, about so many at most."""
    if not scale.log:
        step = _step(scale.high / min(most, 7))
        return [step * n for n in range(int(scale.high / step + 1e-9) + 1)]
    powers = range(math.floor(math.log10(scale.low) - 1e-9), math.ceil(math.log10(scale.high)) + 1)
    for parts in (1, 2, 5), (1,):
        found = [t for p in powers for t in (n * 10.0 ** p for n in parts)
                 if scale.low * (1 - 1e-9) <= t <= scale.high * (1 + 1e-9)]
        if len(found) <= most and len(found) > 1:
            break
    return found[::math.ceil(len(found) / most)]


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places between low and high, each at least gap from the next and near
    where it was wanted; closer together only if there is no room."""
    gap = min(gap, (high - low) / max(1, len(wanted) - 1))
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    placed = list(wanted)
    for before, n in zip([None, *order], order):
        placed[n] = max(placed[n], low if before is None else placed[before] + gap)
    for after, n in zip([None, *order[::-1]], order[::-1]):
        placed[n] = min(placed[n], high if after is None else placed[after] - gap)
    return placed
