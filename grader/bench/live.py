"""A server while clients come: its processes and threads over time.

One run of some seconds for each server, in which /proc is looked at again and
again from outside. What a look costs is the watcher's own CPU, so nothing of
speed is taken from this run.
"""

import os
import resource
import subprocess
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Set, Tuple

from grader.bench import measure
from grader.bench.servers import Server
from grader.pace.tool import TIMEOUT_MS

CLIENTS, WAIT = 64, 20
LOOK, TABLE = 0.02, 0.5  # seconds between two looks, and two tables of tasks


@dataclass(frozen=True)
class Task:
    """A thread at one moment, as ps -eL has it. cpu: its share of a core
    since the table before."""

    at: float
    tid: int
    name: str
    state: str
    priority: int
    stack_kib: Optional[int]  # None without a limit
    cpu: float


@dataclass
class Live:
    """What was seen of one server."""

    server: str
    clients: int = CLIENTS
    wait: int = WAIT
    samples: List[dict] = field(default_factory=list)
    tasks: List[Task] = field(default_factory=list)
    switches: Optional[int] = None
    peak_kib: Optional[int] = None
    note: str = ""  # why there are no switches


def _task_dirs(sid: int) -> Iterator[Tuple[int, Path]]:
    for stat in measure.session(sid):
        try:
            for tid in os.listdir(f"/proc/{stat.pid}/task"):
                yield stat.pid, Path(f"/proc/{stat.pid}/task/{tid}")
        except OSError:
            continue


def switches(sid: int) -> int:
    """Context switches of all threads that there are now."""
    total = 0
    for _, path in _task_dirs(sid):
        try:
            lines = (path / "status").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)
    return total


def _stack_kib(pid: int) -> Optional[int]:
    """What is reserved for a thread's stack: the first one's may grow to the
    limit, and the others have that much from the beginning."""
    soft, _ = resource.prlimit(pid, resource.RLIMIT_STACK)
    return soft // 1024 if soft != resource.RLIM_INFINITY else None


class Watcher:
    """Looks at a server's session; call look() again and again."""

    def __init__(self, server: Server, name: str) -> None:
        self.live, self._server = Live(name), server
        self._begin = self._table_at = time.monotonic()
        self._ran: Dict[int, int] = {}
        self._tids = self._threads()
        self._ended = False

    def _threads(self) -> Set[str]:
        return {path.name for _, path in _task_dirs(self._server.pid)}

    def look(self) -> None:
        """One sample, and a table of tasks when it is time for one."""
        now = time.monotonic()
        stats = measure.session(self._server.pid)
        tids = self._threads()
        sample = {"at": round(now - self._begin, 3), "processes": len(stats),
                  "threads": len(tids), "pss_kib": None}
        self._ended |= not self._tids <= tids
        self._tids = tids
        if now - self._table_at >= TABLE or not self.live.samples:
            sample["pss_kib"] = measure.pss_kib(self._server.pid)
            self._table(now)
        self.live.samples.append(sample)

    def _table(self, now: float) -> None:
        elapsed = max(now - self._table_at, 1e-9)
        self._table_at = now
        for pid, path in _task_dirs(self._server.pid):
            try:
                text = (path / "stat").read_text()
                ran = int((path / "schedstat").read_text().split()[0])
                stack = _stack_kib(pid)
            except OSError:
                continue
            tid, word = int(path.name), text[text.rindex(")") + 2:].split()
            name = text[text.index("(") + 1:text.rindex(")")]
            cpu = (ran - self._ran[tid]) / 1e9 / elapsed if tid in self._ran else 0.0
            self._ran[tid] = ran
            self.live.tasks.append(Task(round(now - self._begin, 3), tid, name, word[0], int(word[15]), stack,
                                        round(cpu, 4)))

    def end(self, before: int) -> Live:
        """What was seen. The switches of those who have ended are nowhere."""
        peaks = [s["pss_kib"] for s in self.live.samples if s["pss_kib"] is not None]
        self.live.peak_kib = max(peaks) if peaks else None
        if self._ended:
            self.live.note = "threads have ended, and took the count of their switches along"
        else:
            self.live.switches = switches(self._server.pid) - before
        return self.live


def watch(name: str, server: Server, load: Path, seconds: float) -> Live:
    """Look at a server while so many clients come for so long."""
    before = switches(server.pid)
    watcher = Watcher(server, name)
    watcher.look()
    client = subprocess.Popen(
        [str(load), server.address, "-c", str(CLIENTS), "-d", str(seconds), "--wait", str(WAIT), "--timeout",
         str(TIMEOUT_MS + WAIT * CLIENTS)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while client.poll() is None:
            watcher.look()
            time.sleep(LOOK)
    finally:
        client.kill()
        client.wait()
    watcher.look()
    return watcher.end(before)


def record(live: Live) -> dict:
    """For compare.json."""
    return asdict(live)
