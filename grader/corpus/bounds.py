"""How sure a count makes us: the upper end of a rate, at 95 %."""
from math import comb

DOUBT = 0.05


def upper(bad: int, n: int) -> float:
    """The largest rate at which `bad` or fewer of n would still be seen in 5 %
    of such measurements: 3/n (the rule of three) when none was bad, else
    Clopper and Pearson's one-sided limit. 1.0 when nothing was measured."""
    if n == 0 or bad >= n:
        return 1.0
    if bad == 0:
        return min(1.0, 3 / n)
    low, high = bad / n, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(bad, n, middle) > DOUBT else (low, middle)
    return high


def _at_most(bad: int, n: int, rate: float) -> float:
    """The chance of `bad` or fewer of n at a rate."""
    return sum(comb(n, k) * rate ** k * (1 - rate) ** (n - k) for k in range(bad + 1))
