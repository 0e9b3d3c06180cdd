"""What the box needs of /proc: who descends from whom, who belongs to whom."""
import os
from typing import Dict, List, NamedTuple, Set


class Process(NamedTuple):
    parent: int
    state: str


def snapshot() -> Dict[int, Process]:
    """Every process that /proc shows, by pid."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    fields = file.read().rpartition(b")")[2].split()
            except OSError:
                continue
            found[int(name)] = Process(int(fields[1]), chr(fields[0][0]))
    return found


def _chain(pid: int, processes: Dict[int, Process], known: Set[int]) -> bool:
    """Whether pid's ancestors lead to a known one. KeyError: to a gap."""
    path = []
    while pid not in known:
        if pid in (0, 1):
            return False
        path.append(pid)
        pid = processes[pid].parent
    known.update(path)
    return True


def descendants(root: int) -> Dict[int, Process]:
    """Every live or zombie process below root.

    A parent may end while /proc is read, and its orphan then hangs on nothing:
    so the reading is repeated until it has no gap."""
    for _ in range(20):
        processes, below, gap = snapshot(), {root}, False
        for pid in processes:
            try:
                _chain(pid, processes, below)
            except KeyError:
                gap = True
        if not gap:
            break
    below.discard(root)
    return {pid: processes[pid] for pid in below if pid in processes}


def of_user(uid: int) -> List[int]:
    """The pids of every process of that user, zombies not."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/status", "rb") as file:
                    lines = dict(line.split(b":\t", 1) for line in file
                                 if b":\t" in line)
            except OSError:
                continue
            ours = str(uid).encode() in lines.get(b"Uid", b"").split()
            if ours and not lines[b"State"].startswith((b"Z", b"X")):
                found.append(int(name))
    return found


def tasks_of_user(uid: int) -> int:
    """How many threads that user has: what RLIMIT_NPROC counts."""
    count = 0
    for pid in of_user(uid):
        try:
            count += len(os.listdir(f"/proc/{pid}/task"))
        except OSError:
            pass
    return count
