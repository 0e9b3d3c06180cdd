"""What the checks of several parts do: crowds of clients, verdicts."""
import functools
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Iterable, Optional, TypeVar

import pytest

from grader.core.record import Failed, Passed, text_evidence
from grader.core.subject import Case
from grader.observe.client import Client
from grader.observe.server import Server, describe

AT_ONCE = 16                # clients that may be connecting at the same time
PATIENT = "-t", "40000"     # main waits long before it ends a server that does not stop: the machine may be slow
NOTED = "NOTES=1"       # luck of a server that says when it closes what is not open
CLOSED_TWICE = "close of a descriptor that is not open"
SIDES = 2                   # servers that are measured at the same time
T = TypeVar("T")


def check(id: str):
    """Mark a function as the measurement of one entry of the rubric."""
    return pytest.mark.check(id)


def side_by_side(*runs: Callable[[], T]) -> list[T]:
    """Do all of these, two at a time: each has servers of its own, which wait
    more than they work. Returns what each returned. When one has failed no
    further one begins; raises what the first in order of those that failed
    raised, so that it is no matter who was faster."""
    over = threading.Event()

    def begin(run: Callable[[], T]) -> Optional[T]:
        try:
            return None if over.is_set() else run()
        except BaseException:
            over.set()
            raise
    with ThreadPoolExecutor(SIDES) as pool:
        try:
            return [task.result() for task in [pool.submit(begin, run) for run in runs]]
        except BaseException:       # perhaps Ctrl-C, of which they do not hear
            over.set()
            raise


def attributed(measure: Callable[[Case], Optional[str]]):
    """Where a check fails, see whether another module than its own is to
    blame, by putting EchoCo's in its place. Then that module is suspect, which
    is for its own checks to say, and this one passes."""
    @functools.wraps(measure)
    def measured(case: Case) -> Optional[str]:
        try:
            return measure(case)
        except Failed as failed:
            module = _to_blame(case, measure, failed)
            if not module:
                raise
            raise Passed(f"with EchoCo's {module}; with the submission's own: {failed.observed}",
                         suspects={module: failed.observed}) from failed
    return measured


def _to_blame(case: Case, measure: Callable[[Case], Optional[str]], failed: Failed) -> str:
    """The other module without which the check passes, or "".

    A failure that comes and goes by itself goes with EchoCo's module too. So
    where it comes again with the submission's own, it has to go once more;
    where it does not, it was rare, and the first module that it went with has it.

    To try one takes as long as a failure does, and a hang is long. So one that
    was found innocent of a hang is not tried again for the same hang."""
    for module in case.replaceable():
        if case.acquitted(module, failed):
            continue
        if not _always_passes(case, measure, module):
            case.acquit(module, failed)
        elif _always_passes(case, measure) or _always_passes(case, measure, module):
            return module
    return ""


def _always_passes(case: Case, measure: Callable[[Case], Optional[str]], ours: str = "") -> bool:
    """Three times out of three, with EchoCo's in place of a module: once might be luck."""
    case.instead, company = ours, case.company
    try:
        for _ in range(3):
            measure(case)
    except Failed:
        return False
    finally:
        case.instead, case.company = "", company
    return True


def gates(server: Server, bodies: Iterable[bytes]) -> list[Client]:
    """Connect clients that ask and withhold the body, one after the other."""
    return [server.client().gate(body) for body in bodies]


def in_service(clients: Iterable[Client]) -> int:
    """How many of them somebody is serving."""
    return sum(c.in_service for c in clients)


def release(server: Server, clients: list[Client]) -> None:
    """Let gated clients go on, and see that each gets its own bytes.

    Raises Failed otherwise."""
    for client in clients:
        client.release()
    server.all_done(clients)
    must_echo(server, clients, "held clients")


def must_echo(server: Server, clients: list[Client], who: str) -> None:
    """Raise Failed unless every client has got its own bytes back."""
    good = sum(c.echoed for c in clients)
    if good == len(clients):
        return
    if server.status is not None:
        raise Failed(f"{good} of {len(clients)} {who} were answered, then the server ended "
                     f"({describe(server.status)}){server.said()}", ["dies-with-client"])
    noted, evidence = closings(server)
    foreign = sum(c.reply is not None and not c.echoed for c in clients)
    if foreign:
        raise Failed(f"{foreign} of {len(clients)} {who} got something else than their own bytes",
                     [*noted, "echo-not-exact"], evidence)
    raise Failed(f"{good} of {len(clients)} {who} were answered; {server.why}",
                 [*noted, "client-lost"], evidence)


def closings(server: Server) -> tuple[list[str], list[dict]]:
    """Causes and evidence where the shim has noted that the server closed
    what was not open. (That is no failure: it explains one.)"""
    server.settle()         # what has just gone wrong may be noted only now
    notes = [l for l in server.output().splitlines() if CLOSED_TWICE in l]
    if not notes:
        return [], []
    return ["closed-by-another"], [text_evidence("what lab/chaos noted", "\n".join(notes[:5]))]


def crowd(server: Server, bodies: list[bytes], at_once: int = AT_ONCE, wait: int = 0) -> list[Client]:
    """All these clients together, of which so many connect at the same time.

    (More would overflow the small backlog that a server may have asked for.)"""
    clients: list[Client] = []
    for body in bodies:
        server.until(lambda: sum(not c.connected and not c.ended for c in clients) < at_once)
        clients.append(server.client().ask(body, wait))
    server.all_done(clients, wait)
    return clients


def must_serve(server: Server, case: Case, who: str = "a client that came afterwards") -> None:
    """Raise Failed unless a further client is served."""
    client = server.ask(case.bytes(100))
    if client.echoed:
        return
    if server.status:
        raise Failed(f"{who} was not served: the server had ended ({describe(server.status)}){server.said()}",
                     ["dies-with-client"])
    noted, evidence = closings(server)
    raise Failed(f"{who} was not served: {server.why}", [*noted, "client-lost"], evidence)


def must_end_well(server: Server, causes: list[str]) -> None:
    """Raise Failed unless the server, told to stop, ends with status 0."""
    if not server.ended():
        raise Failed(f"after SIGTERM the server did not end: {server.why}", causes)
    if (server.status.kind, server.status.value) != ("exit", 0):
        raise Failed(f"the server ended with {describe(server.status)}{server.said()}",
                     ["stop-wrong-status"])
