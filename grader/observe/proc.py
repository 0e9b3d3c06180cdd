"""What /proc says about a server, without asking the server."""
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable

LISTEN, ESTABLISHED = "0A", "01"
RESTING = "SZXI"        # sleeping, or ended


@dataclass(frozen=True)
class Connection:
    """The server's end of a TCP connection (or its listener: peer 0)."""

    peer: int           # the client's port
    inode: int          # 0 until the server has accepted it
    state: str
    unread: int         # bytes that have arrived and were not read


def _read(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "replace")
    except OSError:     # the process may have ended meanwhile
        return ""


def state(pid: int) -> str:
    """The letter of the process's state, or "" if there is none such."""
    return _read(f"/proc/{pid}/stat").rpartition(")")[2].strip()[:1]


def alive(pid: int) -> bool:
    """True unless it has ended (a zombie has)."""
    return state(pid) not in ("", "Z", "X")


def threads(pid: int) -> set[int]:
    try:
        return {int(t) for t in os.listdir(f"/proc/{pid}/task")}
    except OSError:
        return set()


def address_space(pid: int) -> int:
    """Bytes of it, used or not, or 0."""
    pages = _read(f"/proc/{pid}/statm").split()
    return int(pages[0]) * os.sysconf("SC_PAGE_SIZE") if pages else 0


def descriptors(pid: int) -> dict[int, str]:
    """fd -> what it points to, such as "socket:[1234]"."""
    found = {}
    try:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            try:
                found[int(fd)] = os.readlink(f"/proc/{pid}/fd/{fd}")
            except OSError:
                continue
    except OSError:
        pass
    return found


def sockets(pid: int) -> set[int]:
    """The inodes of the sockets that the process holds."""
    return {int(to[8:-1]) for to in descriptors(pid).values() if to.startswith("socket:[")}


def connections(port: int) -> list[Connection]:
    """All TCP sockets of this network whose local port is port."""
    found = []
    for line in _read("/proc/net/tcp").splitlines()[1:]:
        field = line.split()
        if int(field[1].split(":")[1], 16) == port:
            found.append(Connection(int(field[2].split(":")[1], 16), int(field[9]), field[3],
                                    int(field[4].split(":")[1], 16)))
    return found


def runtime(pids: Iterable[int]) -> tuple[frozenset, bool]:
    """CPU time used, by thread in ns, and whether every thread rests."""
    used, rest = set(), True
    for pid in pids:
        for tid in threads(pid):
            field = _read(f"/proc/{pid}/task/{tid}/schedstat").split()
            letter = _read(f"/proc/{pid}/task/{tid}/stat").rpartition(")")[2].strip()[:1]
            used.add((tid, int(field[0]) if field else 0))
            rest = rest and letter in RESTING
    return frozenset(used), rest


def cpu_seconds(pids: Iterable[int]) -> float:
    return sum(ns for _, ns in runtime(pids)[0]) / 1e9


def threads_text(pid: int) -> str:
    """One line a thread: id, state, what it waits in. For a report."""
    lines = []
    for tid in sorted(threads(pid)):
        letter = _read(f"/proc/{pid}/task/{tid}/stat").rpartition(")")[2].strip()[:1]
        where = _read(f"/proc/{pid}/task/{tid}/wchan").strip("0\n") or "-"
        lines.append(f"thread {tid} state {letter} in {where}")
    return "\n".join(lines)


def first_line(path: Path) -> str:
    """The first line of a growing file that lab/chaos has not written, or ""
    until it is whole."""
    try:
        with open(path, "rb") as file:
            line = file.readline(4096)
            while line.startswith(b"chaos: ") and line.endswith(b"\n"):
                line = file.readline(4096)
    except OSError:
        return ""
    return line.decode("utf-8", "replace").strip() if line.endswith(b"\n") else ""
