"""What a server uses, read from outside: CPU, memory, processes, threads.

Nothing here asks the server or changes it. What cannot be read is None, which
the tables show as not-measured; no function here guesses.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional, Set

TICKS = os.sysconf("SC_CLK_TCK")
SIGCHLD_BIT = 1 << (17 - 1)


@dataclass(frozen=True)
class Stat:
    """The fields of /proc/PID/stat that are used here."""

    pid: int
    state: str
    parent: int
    session: int
    children_seconds: float  # CPU of children that ended and were waited for


@dataclass(frozen=True)
class Shape:
    """What a server consists of at one moment."""

    processes: int
    threads: int
    accepted: int  # connections it holds, the listener not counted


def read_stat(pid: int) -> Optional[Stat]:
    """The process's line in /proc, or None if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name in parentheses may itself hold spaces and parentheses.
    field = text[text.rindex(")") + 2:].split()
    return Stat(pid, field[0], int(field[1]), int(field[3]),
                (int(field[13]) + int(field[14])) / TICKS)


def session(sid: int) -> List[Stat]:
    """The living processes of a session, zombies left out."""
    stats = [read_stat(int(name)) for name in os.listdir("/proc")
             if name.isdigit()]
    return [s for s in stats if s and s.session == sid and s.state != "Z"]


def process_seconds(pid: int) -> float:
    """CPU of a process, its ended threads included, to the nanosecond.

    This is clock_getcpuclockid(3), which Python does not have. schedstat
    would lose the threads that have ended. Raises OSError if pid is gone.
    """
    return time.clock_gettime((~pid << 3) | 2)


def cpu_seconds(sid: int) -> Optional[float]:
    """CPU that a server has used so far: all its processes, and the children
    that ended (those only in ticks of 10 ms: add up many requests).

    None where it cannot be known: no such clock, or the server ignores
    SIGCHLD, and then the kernel forgets what its children used.
    """
    if not counts_children(sid):
        return None
    total = 0.0
    for stat in session(sid):
        try:
            total += process_seconds(stat.pid)
        except ProcessLookupError:
            continue
        except OSError:
            if read_stat(stat.pid):
                return None
            continue
        total += stat.children_seconds
    return total


def counts_children(pid: int) -> bool:
    """Whether the kernel adds ended children's CPU to this process."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("SigIgn:"):
                return not int(line.split()[1], 16) & SIGCHLD_BIT
    except OSError:
        pass
    return False


def pss_kib(sid: int) -> Optional[int]:
    """Proportional memory of a session: a page shared by n processes counts
    1/n in each. None if the kernel does not show it to us."""
    total = 0
    for stat in session(sid):
        try:
            lines = Path(f"/proc/{stat.pid}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            if read_stat(stat.pid):
                return None  # an older kernel
            continue
        except OSError:
            return None
        total += sum(int(line.split()[1]) for line in lines.splitlines()
                     if line.startswith("Pss:"))
    return total


def _port_inodes(port: int) -> Dict[str, str]:
    """Inode -> state of the TCP sockets with this local port.

    After some bursts there are ten thousand lines of closed connections, and
    to take each apart is what a whole burst takes: so those of other ports are
    passed over at a glance.
    """
    found = {}
    glance = f":{port:04X} "
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        if glance not in line:
            continue
        field = line.split()
        if int(field[1].split(":")[1], 16) == port:
            found[field[9]] = field[3]
    return found


def _socket_inodes(pid: int) -> List[str]:
    found = []
    try:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            link = os.readlink(f"/proc/{pid}/fd/{fd}")
            if link.startswith("socket:["):
                found.append(link[8:-1])
    except OSError:
        pass  # gone meanwhile, or the descriptor was
    return found


def sockets(stats: List[Stat]) -> Set[str]:
    """The inodes of all sockets that these processes have open."""
    return {inode for stat in stats for inode in _socket_inodes(stat.pid)}


def threads_of(stats: List[Stat]) -> int:
    """How many threads these processes have now."""
    total = 0
    for stat in stats:
        try:
            total += len(os.listdir(f"/proc/{stat.pid}/task"))
        except OSError:
            continue
    return total


def shape(sid: int, port: int) -> Shape:
    """Processes, threads and accepted connections of a server now."""
    listening = "0A"
    ours = {inode for inode, state in _port_inodes(port).items()
            if state != listening}
    stats = session(sid)
    return Shape(len(stats), threads_of(stats), len(sockets(stats) & ours))


def is_family(sid: int) -> bool:
    """Whether every process of the session is the leader or its child: only
    of those does /proc keep the CPU after they have ended."""
    return all(s.pid == sid or s.parent == sid for s in session(sid))


def is_waiting(sid: int) -> bool:
    """Whether no thread of the session runs or wants to."""
    for stat in session(sid):
        try:
            for task in os.listdir(f"/proc/{stat.pid}/task"):
                text = Path(f"/proc/{stat.pid}/task/{task}/stat").read_text()
                if text[text.rindex(")") + 2] in "RD":
                    return False
        except OSError:
            return False  # a thread or process ended just now
    return True
