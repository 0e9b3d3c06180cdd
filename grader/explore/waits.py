"""Who waits for a mutex that another one holds, in a run that stands still."""
import re
from dataclasses import dataclass

from grader.explore.finding import Explored

STOPPED = "deadlock"
WAITS = re.compile(r"T(\d+) waits at \{c:(\w+)\} for the mutex \{m:(\w+)\}, which T(\d+) holds since \{c:(\w+)\}")


@dataclass(frozen=True)
class Wait:
    """A thread that stands at pc for a lock, which its owner has since another pc."""

    thread: int
    pc: int
    lock: int
    owner: int
    since: int


def waits(found: Explored) -> list[Wait]:
    return [Wait(int(thread), int(pc, 16), int(lock, 16), int(owner), int(since, 16))
            for thread, pc, lock, owner, since in WAITS.findall(found.text)]


def circle(found: Explored) -> list[tuple[Wait, Wait]]:
    """Those who wait for each other, each with the one that waits for it; or
    nobody."""
    waiting = {w.thread: w for w in waits(found)}
    for first in waiting.values():
        path = [first]
        while (owner := waiting.get(path[-1].owner)) and owner not in path:
            path.append(owner)
        if owner is first:
            return list(zip(path, [path[-1], *path[:-1]]))
    return []
