"""What compare.json holds, and what a page of it asks."""

from __future__ import annotations

import re
from typing import Any

from grader.bench import chart

Data = dict[str, Any]

WORKERS = 8             # in a pool, where the data does not say how many


class Compared:
    """The data of a run, and what the page asks about it."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.base, self.again = data["base"], data["again"]
        self.workers = data.get("workers", WORKERS)     # None: the pool is none yet
        self._rows = {r["name"]: r for r in data["rows"]}
        of = [c["server"] for key in ("curves", "live", "histograms", "syscalls") for c in data[key]]
        self.names = list(dict.fromkeys([s["name"] for s in data["servers"]] + of))

    def style(self, name: str) -> int:
        """Which colour, dash and shape a server has in all charts."""
        return self.names.index(name) % chart.STYLES

    def row(self, name: str, what: str) -> Data:
        """A row such as wait20.rate of a server; one of nothing if there is none."""
        nothing = {"value": None, "ratio": None, "low": None, "high": None, "interval": None, "n": 0, "versus": None}
        return {**nothing, **self._rows.get(f"{name}.{what}", {})}

    def with_rows(self, ending: str) -> list[str]:
        """The servers that have a row with this ending."""
        return [n for n in self.names if f"{n}.{ending}" in self._rows]

    def has_intervals(self, *endings: str) -> bool:
        """Whether a row with one of these endings, or the rate at any wait,
        has an interval: a few rounds have none."""
        endings = endings or tuple(f"wait{ms}.rate" for ms in self.row_waits())
        return any(self.row(name, ending)["interval"] for name in self.names for ending in endings)

    def row_waits(self) -> list[int]:
        found = (re.search(r"\.wait(\d+)\.rate$", name) for name in self._rows)
        return sorted({int(m[1]) for m in found if m})

    def curve_waits(self) -> list[int]:
        return sorted({c["wait"] for c in self.data["curves"]})


def waiting(ms: int) -> str:
    return f"with a wait of {ms}\N{NO-BREAK SPACE}ms" if ms else "without waiting"
