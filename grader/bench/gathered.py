"""What was measured and how, put together for compare.json."""

import shlex
import time
from typing import List, Optional, Sequence

from grader.bench import rounds
from grader.bench.rounds import Contender


def command(directory: Optional[str], models: Sequence[str], quick: bool) -> str:
    """What to type to have the same measured again. From what was parsed:
    neither make nor its environment knows all of it."""
    given = {"DIR": directory, "MODELS": ",".join(models), "QUICK": "1" if quick else ""}
    return " ".join(["make compare", *(f"{name}={shlex.quote(value)}" for name, value in given.items() if value)])


def histograms(contenders: Sequence[Contender], again: str) -> List[dict]:
    """The latencies of all scored bursts of a server together; not of the
    second run of the base."""
    found = []
    for c in contenders:
        for wait, bursts in c.bursts.items():
            total: dict = {}
            for upper, n in (step for b in bursts if b for step in b.latencies):
                total[upper] = total.get(upper, 0) + n
            if total and c.name != again:
                found.append({"server": c.name, "wait": wait,
                              "clients": rounds.CLIENTS,
                              "steps": [list(s) for s in sorted(total.items())]})
    return found


def servers(contenders: Sequence[Contender], missing: Sequence[str]) -> List[dict]:
    """Who was measured, and who was not and why."""
    absent = [text.partition(": ") for text in missing]
    return [{"name": c.name, "files": c.program.files(), "why": c.why} for c in contenders] \
        + [{"name": name, "files": "", "why": why} for name, _, why in absent]


def measured(contenders: Sequence[Contender], missing: Sequence[str], base: str, again: str) -> dict:
    """Of compare.json what the contenders have."""
    return {"made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "clients": rounds.CLIENTS, "held": rounds.HELD,
            "servers": servers(contenders, missing), "base": base, "again": again,
            "histograms": histograms(contenders, again)}
