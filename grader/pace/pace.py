"""Is a server as fast as another? Not slower, slower, or it cannot be said.

Both run at the same time, and the other one twice: what comes out between the
two that are alike is noise. Bursts of a counted number of requests go round in
shuffled order, and only bursts of one round are compared, because what
disturbs a machine mostly lasts longer than a burst.
"""
import random
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Mapping, Sequence

from grader.pace.spread import sure_interval
from grader.pace.tool import run_load
from grader.pace.verdict import LEVEL, Verdict, judge, paired

CLIENTS, WAIT = 8, 20           # at a time; ms that each request waits in the server
ROUNDS, WAVES = 20, 4           # and requests of each client in a burst
OWN, BASE, AGAIN = "own", "base", "again"
SLOW = 3                        # times WAIT for a first wave: its clients wait for each other


@dataclass(frozen=True)
class Rates:
    """Requests a second of each server, round by round."""

    own: list[float] = field(default_factory=list)
    base: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Pace:
    """What came of it, in one word and in one sentence."""

    verdict: Verdict
    told: str


def measure(load: Path, addresses: Mapping[str, str], seed: int, rounds: int = ROUNDS) -> Rates:
    """Burst by burst, servers that listen at the addresses of OWN, BASE and
    AGAIN. Raises CannotMeasure where one gives a wrong reply, or none."""
    sizes = {name: _requests(run_load(load, address, CLIENTS, WAIT, CLIENTS)["rate"])
             for name, address in addresses.items()}
    found, shuffle = Rates(), random.Random(seed).shuffle
    for _ in range(rounds):
        order = list(addresses)
        shuffle(order)
        for name in order:
            told = run_load(load, addresses[name], sizes[name], WAIT, CLIENTS)
            getattr(found, name).append(told["rate"])
    return found


def _requests(rate: float) -> int:
    """Of a burst, from the rate of a first wave: one wave where the clients
    wait for each other, so that a serial server does not take eight times as long."""
    return CLIENTS * (1 if CLIENTS / rate > SLOW * WAIT / 1000 else WAVES)


def compare(rates: Rates, factor: float) -> Pace:
    """Whether the own server is at most `factor` times as slow as the other:
    FASTER than that, SLOWER, or UNCLEAR."""
    noise = paired(rates.again, rates.base)
    between = sure_interval(noise, LEVEL)
    alike = f"EchoCo's beside itself: {_spread(noise)}"
    if between is None or not between[0] <= 1 <= between[1]:
        return Pace(Verdict.UNCLEAR, f"the machine is too busy to time anything: {alike}")
    ratios = paired(rates.own, rates.base)
    verdict, seen = judge(ratios, 1 / factor), f"{_spread(ratios)} in {len(ratios)} rounds; {alike}"
    if verdict is Verdict.UNCLEAR:
        return Pace(verdict, f"inconclusive: the rate is, to EchoCo's, {seen}, and {1 / factor:.2f} lies in between")
    return Pace(verdict, f"with a wait of {WAIT} ms and {CLIENTS} clients the rate is, to EchoCo's, {seen}")


def _spread(ratios: Sequence[float]) -> str:
    """The median, and where it surely lies."""
    sure = sure_interval(ratios, LEVEL)
    if sure is None:
        return "too few to tell"
    return f"{statistics.median(ratios):.2f} ({sure[0]:.2f} to {sure[1]:.2f})"
