"""Each server with more and more clients, at three waits: the curves.

A few short bursts for each cell, in shuffled order: enough to see where a
curve bends, not to tell two servers apart by 5 %. That is what the paired
rounds are for (rounds.py).
"""

import random
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from grader.bench import rounds
from grader.bench.rounds import Burst, Contender
from grader.pace.tool import CannotMeasure

CLIENTS = (1, 4, 8, 16, 64, 256)   # a pool of 8 rises to 8, and not to 16
WAITS = (0, 1, 20)
LONGEST = 1.0  # seconds of a burst; a cell that would take more is left out
TOO_LONG = "more than a second a burst"

Cell = Tuple[int, int]  # wait, clients


@dataclass
class Curve:
    """What was measured of one server, cell by cell."""

    contender: Contender
    bursts: Dict[Cell, List[Burst]] = field(default_factory=dict)
    left_out: Dict[Cell, str] = field(default_factory=dict)

    def rate(self, wait: int, clients: int) -> Optional[float]:
        """Requests/s with so many clients, or the most that are fewer."""
        fewer = [b for (w, c), b in self.bursts.items() if w == wait and c <= clients and b]
        return statistics.median(b.rate for b in fewer[-1]) if fewer else None


def size(wait: int, clients: int) -> int:
    """Requests of a burst: as short as can be, since there are so many cells.
    Where requests wait, whole rounds of all clients: in half a round half of
    the server has nothing to do, and its curve would bend for that."""
    least = {0: 400, 1: 48}.get(wait, 8)
    return max(least, clients * (3 if clients <= 8 else 2 if clients <= 64 else 1))


def _measure(curve: Curve, cell: Cell, load: Path) -> None:
    """One burst more for a cell, unless it is or would be left out."""
    wait, clients = cell
    c, rate = curve.contender, curve.rate(wait, clients)
    if cell in curve.left_out or c.why or not c.server:
        return
    if rate and size(wait, clients) / rate > LONGEST:
        curve.left_out[cell] = TOO_LONG
        return
    try:
        found = rounds.burst(load, c.server, size(wait, clients), wait, clients)
        curve.bursts.setdefault(cell, []).append(found)
    except CannotMeasure as error:
        curve.left_out[cell] = str(error)


def measure(contenders: Sequence[Contender], load: Path, times: int, until: float,
            progress: Callable[[str], None], clients: Sequence[int] = CLIENTS,
            waits: Sequence[int] = WAITS) -> List[Curve]:
    """The curves of contenders whose servers run. Each cell has so many
    bursts, but no round begins that would not end by `until`, save the first;
    few clients come first, so that it is known what many would take."""
    curves = [Curve(c) for c in contenders if not c.why and c.server]
    shuffle = random.Random(9).shuffle
    began = time.monotonic()
    for n in range(times):
        if n and time.monotonic() + (time.monotonic() - began) / n > until:
            break
        progress(f"curves, round {n + 1} of {times}")
        for count in clients:
            jobs = [(curve, (wait, count)) for curve in curves for wait in waits]
            shuffle(jobs)
            for curve, cell in jobs:
                _measure(curve, cell, load)
    return curves
