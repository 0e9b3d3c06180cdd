"""Hold all the workers of a pool, and see that others wait."""
import re
from pathlib import Path
from typing import Iterable

from grader.checks.common import gates, in_service
from grader.core.record import Failed
from grader.core.subject import Case, Program
from grader.observe import proc
from grader.observe.server import Server

W, C = 4, 4         # workers and capacity, where the check does not vary them
SEVERAL, FEW = 8, 3     # the same, to see whether slots limit who is served
NAPS = 30           # looks at which a server slept: who works again and again in between will not rest
RESTLESS = 0.5      # seconds of CPU: who uses them without being asked will not rest
SLEPT = re.compile(r"^voluntary_ctxt_switches:\s*(\d+)", re.M)


def cpu_until_still(server: Server, still: float = 0.5, looks: int = 150) -> tuple[float, bool]:
    """Wait until the server has done nothing for so long: the CPU that it used
    till then, and whether it did. One that spins is given RESTLESS seconds of
    CPU, however long they take; one that often sleeps in between, so many
    looks at which it slept."""
    begin, before = proc.cpu_seconds(server.members()), (server._why, server._still)
    asleep = 0
    used = 0.0

    def enough() -> bool:
        nonlocal asleep, used
        work, rests = proc.runtime(server.members())
        used, asleep = sum(ns for _, ns in work) / 1e9 - begin, asleep + rests
        return used > RESTLESS or asleep > looks
    done = not server.until(enough, quiet=still)
    server._why, server._still = before
    return used, done


def rest(server: Server, still: float = 0.06, looks: int = 150) -> None:
    """As Server.settle, but so many looks at most, and fewer at which it
    slept: a server that finds no rest, or looks around now and then, is for a
    check of its own to tell of, and costs no other one its time."""
    before, left, naps = (server._why, server._still), iter(range(looks)), iter(range(NAPS))

    def enough() -> bool:
        slept = proc.runtime(server.members())[1]
        return next(left, None) is None or slept and next(naps, None) is None
    server.until(enough, quiet=still)
    server._why, server._still = before


def wake_ups(pids: Iterable[int]) -> int:
    """How often the threads of these processes have gone to sleep of their own will."""
    return sum(int(n) for pid in pids for status in Path(f"/proc/{pid}/task").glob("*/status")
               for n in SLEPT.findall(_text(status)))


def _text(path: Path) -> str:
    """What a file of /proc says; nothing when the thread has gone."""
    try:
        return path.read_text()
    except OSError:
        return ""


def hold(server: Server, case: Case, workers: int) -> list:
    """Gate all the workers, or as many as can be, one after the other."""
    held: list = []
    for body in case.bodies(workers):
        held += gates(server, [body])
        if not server.until(lambda: in_service(held) == len(held)):
            break
    return held


def hold_workers(server: Server, case: Case, workers: int, some: str = "pool-of-one",
                 none: str = "queue-serves-nobody") -> list:
    """Gate all the workers. Raises Failed if only some or none can be gated,
    and names that cause."""
    held = hold(server, case, workers)
    n = in_service(held)
    if n < workers:
        raise Failed(f"{n} of {workers} clients were in service with {workers} workers; {server.why}",
                     [some if n else none])
    return held


def slots_held(case: Case, program: Program) -> bool:
    """Whether exactly as many clients are served at once as the queue has
    slots, although more workers are there: they stand in them meanwhile."""
    with case.server(program=program, workers=SEVERAL, capacity=FEW) as server:
        held = hold(server, case, FEW + 1)
        return in_service(held) == FEW and len(proc.threads(server.pid)) >= SEVERAL


def must_wait(server: Server, waiting: list) -> None:
    """Raise Failed if one of these clients, who come when all workers are
    held, is served at once."""
    rest(server)
    served = in_service(waiting)
    if served:
        raise Failed(f"all workers were held, and {served} more clients were served at once",
                     ["not-a-pool"])
