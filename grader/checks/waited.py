"""What became of clients that waited in a queue, and what that says of it."""
import time
from contextlib import contextmanager
from typing import Iterator, Sequence

from grader.checks.common import crowd
from grader.checks.hold import rest, slots_held
from grader.checks.routes import among_ours, calls
from grader.core.record import Failed
from grader.core.subject import Case, Program
from grader.observe import proc
from grader.observe.client import Client
from grader.observe.server import Server, describe

SLEEPS = "queue-stops", "queue-miscounts", "queue-serves-nobody"
MAY_END = {"pthread_cond_wait", "pthread_cond_timedwait", "pthread_cond_clockwait"}     # by itself
HEALING = 4.0       # seconds for a crowd, where nobody has to be woken


@contextmanager
def pool(case: Case, program: Program, workers: int, capacity: int, luck: str = "") -> Iterator[Server]:
    """A server around a queue. A failure in it says more where more is seen:
    that a worker of EchoCo's served something before anybody came, or does so
    when it is woken for nothing; that what stood still goes on when nobody
    has to be woken."""
    with case.server(program=program, workers=workers, capacity=capacity, luck=luck) as server:
        rest(server)
        took = among_ours(program) and 0 not in proc.descriptors(server.pid)
        try:
            yield server
        except Failed as failed:
            if took:
                failed.observed += "; and before anybody had come a worker took and closed descriptor 0"
                failed.causes = failed.causes if "SPURIOUS" in luck else ["queue-miscounts"]
            elif not luck and _takes_nothing(case, program, workers, capacity):
                failed.observed += "; woken for nothing, a worker takes what is not there"
                failed.causes = ["queue-wakes-too-early", *(c for c in failed.causes if c in SLEEPS)]
            elif _may_sleep(failed, luck) and all(slots_held(case, program) for _ in range(2)):
                failed.observed += "; as many are in service as the queue has slots, and more workers are there"
                failed.causes = ["queue-slot-held"]
            elif _may_sleep(failed, luck) and _heals(case, program, workers, capacity):
                failed.observed += "; with wake-ups that nobody sends it does not"
                failed.causes = ["queue-loses-wake-up"]
                if "SPURIOUS" in luck and _well_without(case, program, workers, capacity):
                    failed.causes.insert(0, "queue-wakes-too-early")
            raise


def _may_sleep(failed: Failed, luck: str) -> bool:
    """Whether a wake-up that was lost would look like this."""
    return bool(failed.causes) and (failed.causes[0] in SLEEPS
                                    or "SPURIOUS" in luck and "queue-overwrites" not in failed.causes)


def _heals(case: Case, program: Program, workers: int, capacity: int) -> bool:
    """Whether a crowd is served where waiting on a condition variable always
    ends by itself, and the program has such waits. It never stands still then,
    so it gets a time; that is enough for a name, and no verdict hangs on it."""
    if not calls(case.subject.builder, program.path, MAY_END):
        return False
    with case.server(program=program, workers=workers, capacity=capacity, luck="SPURIOUS=1") as server:
        clients = [server.client().ask(body) for body in case.bodies(3 * (workers + capacity))]
        end = time.monotonic() + HEALING
        server.until(lambda: all(c.done for c in clients) or time.monotonic() > end)
        return all(c.echoed for c in clients)


def _well_without(case: Case, program: Program, workers: int, capacity: int) -> bool:
    """Whether a crowd is served where nobody is woken for nothing."""
    with case.server(program=program, workers=workers, capacity=capacity) as server:
        return all(c.echoed for c in crowd(server, case.bodies(8 * (workers + capacity))))


def _takes_nothing(case: Case, program: Program, workers: int, capacity: int) -> bool:
    """Whether a worker of EchoCo's, when waiting on a condition variable ends
    by itself, serves something although nobody comes."""
    if not among_ours(program):
        return False
    with case.server(program=program, workers=workers, capacity=capacity, luck="SPURIOUS=1") as server:
        looks = iter(range(60))
        server.until(lambda: 0 not in proc.descriptors(server.pid) or next(looks, None) is None, quiet=0.2)
        return 0 not in proc.descriptors(server.pid)


def reached(client: Client) -> bool:
    """Somebody has taken it out of the queue, or it was sent away."""
    return client.in_service or client.done


def must_all_be_answered(server: Server, waiting: list[Client], where: str, causes: Sequence[str] = (),
                         but: tuple[str, ...] = ("queue-loses-wake-up",)) -> None:
    """Raise Failed, with the kind of loss, unless all who waited were answered
    with their own bytes. causes: what is to be named under bad luck, because
    all went well without it, unless one of `but` is seen."""
    answered = sum(c.echoed for c in waiting)
    if answered == len(waiting):
        return
    said = f"{where}{answered} of {len(waiting)} clients were answered"
    if server.status is not None:
        raise Failed(f"{said}, then the server ended ({describe(server.status)}){server.said()}",
                     causes or ["dies-with-client", "queue-overwrites"])
    if any(c.reply and c.reply.status == 200 and not c.echoed for c in waiting):
        raise Failed(f"{said} with their own bytes", causes or ["echo-not-exact", "queue-overwrites"])
    away = sum(c.ended and not c.echoed for c in waiting)
    if away:
        # Who waits on while another is sent away: one was taken out for the other.
        mixed = server.status is None and not all(c.done for c in waiting)
        raise Failed(f"{said}, and {away} were sent away",
                     causes or (["queue-overwrites", "queue-drops"] if mixed else ["queue-drops"]))
    why = server.why
    seen, named = one_more(server, waiting)
    if causes and named[0] not in but:      # who was passed over did not just sleep
        named = [*causes, *(c for c in named if c == "queue-overwrites")]
    raise Failed(f"{said}; {why}{seen}", named)


def one_more(server: Server, waiting: list[Client]) -> tuple[str, list[str]]:
    """Some still wait and the server stands still: see what one more client
    changes, and what that says: words, and causes."""
    missing = [c for c in waiting if not reached(c)]
    skipped = any(reached(later) and not reached(c) for c, later in zip(waiting, waiting[1:]))
    before = server.accepted()
    still, another = server.why, server.client().ask(b"another one")
    server.until(lambda: another.done and all(map(reached, missing)))
    server._still = "stands still" in still
    served = sum(map(reached, missing))
    if another.echoed and served == len(missing):
        return "; when one more came, all were served", ["queue-loses-wake-up"]
    if served and not another.echoed:
        return f"; when one more came, {served} of those were served and it waited", ["queue-miscounts"]
    if skipped or another.echoed:
        return "; others who came later were served", ["queue-overwrites"]
    if not any(map(reached, server.clients)):
        return "", ["queue-serves-nobody"]
    if server.accepted() == before:
        return "; no more are accepted", ["queue-stops"]
    return "; one more was accepted and not served", ["queue-miscounts"]
