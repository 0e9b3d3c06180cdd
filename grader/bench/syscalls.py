"""System calls a request, counted by strace in a run of its own.

Two servers are traced that get 100 and 300 requests; what the second needed
more, divided by 200, is what a request needs, and no start is in it.
"""

import re
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Dict, Optional

from grader.bench import rounds
from grader.bench.servers import Server
from grader.pace.tool import CannotMeasure

FEW, MANY = 100, 300
LINE = re.compile(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", re.MULTILINE)
ENDS = 10.0  # seconds until a server that was told to stop has stopped


@dataclass
class Calls:
    """Of one server, a request; or why not."""

    server: str
    a_request: Optional[float] = None
    calls: Dict[str, float] = field(default_factory=dict)
    note: str = ""


def _count(binary: Path, load: Path, requests: int) -> Counter:
    """All calls of a server that lives for so many requests. Raises
    CannotMeasure."""
    with tempfile.TemporaryDirectory(prefix="compare-") as into:
        counts = Path(into, "counts")
        strace = ["strace", "-f", "-c", "-o", str(counts)]
        with Server(binary, rounds.OPTIONS, before=strace) as server:
            rounds.run_load(load, server, requests, 0)
            server.stop(signal.SIGTERM, ENDS)
        return Counter({name: int(n) for n, name in LINE.findall(counts.read_text())
                        if name != "total"})


def measure(name: str, binary: Path, load: Path) -> Calls:
    """Count the calls of a server."""
    if not shutil.which("strace"):
        return Calls(name, note="strace is not installed")
    try:
        few, many = (_count(binary, load, n) for n in (FEW, MANY))
    except (CannotMeasure, OSError, subprocess.SubprocessError) as error:
        return Calls(name, note=str(error))
    calls = {call: (many[call] - few[call]) / (MANY - FEW) for call in many if many[call] > few[call]}
    if not calls:
        return Calls(name, note="strace counted nothing")
    return Calls(name, sum(calls.values()), dict(sorted(calls.items(), key=lambda c: -c[1])))


def record(calls: Calls) -> dict:
    """For compare.json."""
    return asdict(calls)
