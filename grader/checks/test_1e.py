"""1e: a clean stop of processes."""
import signal
import socket
import time
from functools import partial

from grader.checks.common import PATIENT, attributed, check, must_echo, must_end_well, side_by_side
from grader.checks.look import Watched, at_rest, in_flight, signal_all
from grader.core.record import Failed, NotMeasured
from grader.core.subject import Case
from grader.observe import proc
from grader.observe.client import Client, request
from grader.observe.server import Server


def _stop(server: Server) -> None:
    """Tell the server to stop while each of its clients is in service, and
    wait until it has ended or sleeps: then it has heard of it."""
    server.until(at_rest(server.others(), 0.06))
    server.terminate()
    heard = time.monotonic() + 0.1
    server.until(lambda: time.monotonic() > heard and proc.runtime(server.members())[1])


def _children_stop_and_go_on(server: Server) -> None:
    """That is a signal for their parent, as a death is, and nobody has died."""
    children = server.others()
    signal_all(children, signal.SIGSTOP)
    try:
        server.until(lambda: all(proc.state(p) in "Tt" or not proc.alive(p) for p in children), quiet=0.1)
    finally:
        signal_all(children, signal.SIGCONT)


def _last_death_at_a_bad_moment(case: Case, seed: int) -> None:
    """Let all who are in service end together, soon after SIGTERM, while a
    server that looked who is left, and sleeps next, is delayed in between."""
    with case.server(*PATIENT, program=case.delayed(case.program()), luck=f"DELAY=4000:100 SEED={seed}") as server:
        asked = time.monotonic()
        clients = in_flight(case, server, case.bodies(3), 250)
        if any(c.reply for c in clients):
            return                      # too slow: they were answered sooner than we looked
        server.until(lambda: time.monotonic() > asked + 0.15)
        server.terminate()
        server.until(lambda: server.status is not None, quiet=2)
        if all(c.done for c in clients) and not server.ended() and server.status is None:
            missed = not server.others()
            raise Failed(f"3 clients ended together after SIGTERM, delayed with seed {seed}: the server did not end, "
                         f"and {'none' if missed else 'some'} of its processes lives on; {server.why}",
                         ["stop-misses-a-death" if missed else "stop-never-ends"])
        missing = sum(not c.echoed for c in clients)
        if server.status is not None and missing:
            raise Failed(f"the server, delayed with seed {seed}, ended while {missing} of 3 clients were being served",
                         ["stop-returns-at-once"])
        must_echo(server, clients, f"clients in service at SIGTERM, delayed with seed {seed},")
        must_end_well(server, ["stop-never-ends"])


def _deaths_before_the_parent_goes_on(case: Case) -> None:
    """Let each child serve its client and end before its parent has returned
    from fork; then stop the server, when nobody is left."""
    with case.server(*PATIENT, luck="FIRST=500 CALM=1") as server:
        n = case.times(12, 6)
        served = server.one_by_one(case.bodies(n))
        if served != n:
            raise Failed(f"{served} of {n} clients were answered, where each child ended before its parent had returned "
                         f"from fork; {server.why}", ["client-lost"])
        server.settle()
        server.terminate()
        if not server.ended() and server.status is None:
            raise Failed(f"{n} clients were served by children that ended before their parent had returned from fork; "
                         f"after SIGTERM the server did not end: {server.why}",
                         ["stop-never-ends" if server.others() else "ended-before-noted"])
        must_end_well(server, ["stop-never-ends"])


@check("1e.in-flight")
@attributed
def test_a_stop_finishes_what_was_begun(case: Case) -> str:
    side_by_side(lambda: _three_are_served_to_the_end(case),
                 lambda: _deaths_before_the_parent_goes_on(case),
                 *(partial(_last_death_at_a_bad_moment, case, case.seed + n) for n in range(case.times(1, 0))))
    return "3 in service at SIGTERM: 3 replies, then status 0"


def _three_are_served_to_the_end(case: Case) -> None:
    for wait in 250, 800, 3000:
        with case.server(*PATIENT) as server:
            clients = in_flight(case, server, case.bodies(3), [wait, 2 * wait, 3 * wait])
            _stop(server)
            _children_stop_and_go_on(server)
            if any(c.reply for c in clients):
                continue                # too slow: not all were in flight any more
            ended = Watched(lambda: server.status is not None or all(c.done for c in clients))
            server.until(ended, quiet=3 * wait / 1000 + 2)
            missing = sum(not c.echoed for c in clients)
            if server.status is not None and missing:
                raise Failed(f"the server ended while {missing} of 3 clients were being served",
                             ["stop-returns-at-once"])
            if ended.unseen > wait / 2000:
                continue                # too slow: it may have ended earlier
            must_echo(server, clients, "clients in service at SIGTERM")
            must_end_well(server, ["stop-never-ends"])
            return
    raise NotMeasured("the machine is too slow to watch a server stop for nine seconds")


TALKS = 3       # until one was without a pause


class TooSlow(Exception):
    """We were, and what happened meanwhile says nothing."""


class Talker:
    """A client who goes on talking after its request, so that whoever has
    served it is not done with it yet."""

    def __init__(self, server: Server, body: bytes, wait: int):
        self._socket = socket.create_connection(("127.0.0.1", server.port))
        self._socket.setblocking(False)
        self._socket.sendall(request(body, wait) + b"and")
        self.answered = 0.0     # when

    def talk(self) -> None:
        try:
            if not self.answered and self._socket.recv(1):
                self.answered = time.monotonic()
            self._socket.send(b"x")
        except OSError:
            pass

    def close(self) -> None:
        self._socket.close()


def _left_behind(server: Server, talker: Talker, seconds: float) -> int:
    """Talk on until the server has ended or the seconds are over, and until its
    processes are gone or two more are. Returns how many are not. Raises
    TooSlow."""
    def ended() -> bool:
        talker.talk()
        return server.status is not None or 0 < talker.answered < time.monotonic() - seconds
    watched = Watched(ended)
    server.until(watched, quiet=3)
    if server.status is None:
        if watched.unseen > 0.1:
            raise TooSlow("a pause in the talk was long enough to take it for the end")
        talker.close()
        must_end_well(server, ["stop-never-ends"])
    deadline = time.monotonic() + 2
    while server.others() and time.monotonic() < deadline:
        talker.talk()
        time.sleep(0.01)
    return len(server.others())


@check("1e.no-orphan")
@attributed
def test_a_stop_leaves_nobody_behind(case: Case) -> str:
    for _ in range(TALKS):
        try:
            _nobody_is_left_behind(case)
            return "nobody of the server's processes lives on, and the port is free"
        except TooSlow:
            continue
    raise NotMeasured("the machine is too slow to talk on while a server stops")


def _nobody_is_left_behind(case: Case) -> None:
    with case.server(*PATIENT) as server:
        talker = Talker(server, case.bytes(100), wait=300)
        silent = [server.client() for _ in range(2)]
        server.until(lambda: server.accepted() >= 3)
        _stop(server)
        left = _left_behind(server, talker, case.times(10, 3) / 10)
        talker.close()
        if left:
            raise Failed(f"the server has ended and {left} of its processes live on",
                         ["stop-leaves-processes"])
        must_end_well(server, ["stop-never-ends"])
        del silent
        if server.listens():
            raise Failed("the server has ended and somebody still listens on its port", ["stop-leaves-processes"])


def _must_not_serve(server: Server, late: list[Client]) -> None:
    server.until(lambda: all(c.done for c in late) or server.status is not None, quiet=2)
    if any(c.reply is not None and c.reply.status == 200 for c in late):
        raise Failed("a client that came after SIGTERM was served", ["stop-keeps-listening"])


@check("1e.refuses")
@attributed
def test_a_stop_turns_newcomers_away(case: Case) -> str:
    for wait in 400, 1500, 6000:
        with case.server(*PATIENT) as server:
            [client] = in_flight(case, server, case.bodies(1), wait)
            _stop(server)
            late = [server.client().ask(body) for body in case.bodies(3)]
            if server.status is not None or client.done:
                continue                # too slow: nothing was in flight any more
            _must_not_serve(server, late)
            must_end_well(server, ["stop-never-ends"])
            must_echo(server, [client], "clients in service at SIGTERM")
            deadline = time.monotonic() + 2
            while not all(c.ended for c in late) and time.monotonic() < deadline:
                time.sleep(0.01)
            if not all(c.ended for c in late):
                raise Failed("the server has ended and a late client's connection has not",
                             ["stop-leaves-processes"])
            return "clients that came after SIGTERM got no reply and saw the end"
    raise NotMeasured("the machine is too slow to meet a server that stops within six seconds")
