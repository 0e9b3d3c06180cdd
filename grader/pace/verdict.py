"""Is one server slower than another? Yes, no, or it cannot be said.

From the ratios of paired rounds, ours to theirs. What is claimed holds for the
whole interval in which the median may lie; where that reaches across, nothing
is claimed, whatever the median is.
"""

from enum import Enum
from typing import List, Optional, Sequence

from grader.pace.spread import sure_interval

LEVEL = 0.995  # of confidence
LEAST = 9  # ratios: fewer lie all on one side more often than 1 in 200 times


class Verdict(Enum):
    """Of a rate beside another rate."""

    FASTER = "faster"
    SLOWER = "slower"
    UNCLEAR = "no difference that can be told"


def paired(ours: Sequence[Optional[float]],
           theirs: Sequence[Optional[float]]) -> List[float]:
    """Ours to theirs for each round that has both."""
    return [a / b for a, b in zip(ours, theirs) if a is not None and b]


def judge(ratios: Sequence[float], factor: float = 1.0) -> Verdict:
    """Beside `factor` times the other's rate."""
    sure = sure_interval(ratios, LEVEL)
    if sure is None:
        return Verdict.UNCLEAR
    low, high = sure
    if low > factor:
        return Verdict.FASTER
    return Verdict.SLOWER if high < factor else Verdict.UNCLEAR
