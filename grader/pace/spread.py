"""How far apart repeated measurements lie, and how sure their median is."""

import math
import random
import statistics
from typing import List, Optional, Sequence, Tuple

TIMES = 1000  # resamples
LEAST = 6  # values: of fewer not even the whole range holds it that often
SEED = 12  # the same numbers give the same interval


def quartiles(values: Sequence[float]) -> Tuple[float, float]:
    """The first and the third; of one value that value."""
    if len(values) < 2:
        return values[0], values[0]
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


def interval(values: Sequence[float], level: float = 0.95) -> Optional[Tuple[float, float]]:
    """Where the median of all such measurements lies, at this level of
    confidence: the percentile bootstrap (Efron and Tibshirani, An Introduction
    to the Bootstrap, 1993, chapter 13). None for a few values."""
    if len(values) < LEAST:
        return None
    choose = random.Random(SEED).choices
    medians: List[float] = sorted(statistics.median(choose(values, k=len(values))) for _ in range(TIMES))
    cut = int(TIMES * (1 - level) / 2)
    return medians[cut], medians[-1 - cut]


def sure_interval(values: Sequence[float], level: float) -> Optional[Tuple[float, float]]:
    """The same from order statistics alone, for when something hangs on it: it
    holds at least as often as `level` says, whatever the values' distribution
    is (Conover, Practical Nonparametric Statistics, 1999, section 3.2). None
    where so few values can support no such claim."""
    n, tail, cut = len(values), 0.0, -1
    while tail <= (1 - level) / 2:
        cut += 1
        tail += math.comb(n, cut) / 2 ** n
    if cut == 0 or 2 * cut > n:
        return None
    ordered = sorted(values)
    return ordered[cut - 1], ordered[n - cut]
