"""serve, model: what any server owes to clients that behave."""
import time

from grader.core.record import Failed, NotMeasured, Passed
from grader.program.checks.common import (check, crowd, ended, finish, got, hold, must_answer, must_live,
                                          stopped)
from grader.program.protocol import stray
from grader.program.server import ForeignServer
from grader.program.subject import ProgramCase

PATIENT = 10.0          # seconds: what the first answer takes nobody knows yet
HELD = 5


@check("program.starts")
def test_it_starts_and_listens(case: ProgramCase) -> str:
    with case.server() as server:
        server.settle(0.2)
        crowd_size = len(server.others())
        if crowd_size > 100:
            raise Failed(f"{crowd_size} processes run while nobody asks", ["process-explosion"])
        return f"it listens; {1 + crowd_size} processes at rest"


@check("program.answers")
def test_the_first_client_is_answered(case: ProgramCase) -> str:
    """Finds out, too, which dialect it speaks, how long it takes, and whether
    a connection carries more than one request."""
    subject, failure = case.subject, None
    for dialect in case.protocol.dialects():
        with case.server(protocol=dialect, quiet=PATIENT) as server:
            begin = time.monotonic()
            client = server.client().ask(case.body())
            server.all_done([client], polite=False)
            if client.echoed:
                subject.protocol, subject.latency = dialect, time.monotonic() - begin
                subject.many = _carries_more(server, client, case)
                return f"answered after {subject.latency:.3f} s" + \
                    (", and a second time on the same connection" if subject.many else "")
            failure = failure or _no_answer(server, client)
    raise failure


def _carries_more(server: ForeignServer, client, case: ProgramCase) -> bool:
    server.settle()
    if client.ended or not case.protocol.own:
        return False
    client.forget()
    client.ask(case.body())
    server.until(lambda: client.done, quiet=0.3 + 2 * case.subject.latency)
    return client.echoed


def _no_answer(server: ForeignServer, client) -> Failed:
    if server.status is not None:
        return ended(server, "the first client asked")
    return Failed(f"the first client got {got(client)}; {server.why}",
                  ["answer-not-exact" if client.data else "client-lost"])


@check("serve.again")
def test_one_client_after_the_other(case: ProgramCase) -> str:
    with case.server() as server:
        [first] = hold(server, case.bodies(1))
        children = server.others()              # who will end when their clients do
        finish([first])
        for n, body in enumerate(case.bodies(20)):
            client = server.ask(body) if n else first
            server.all_done([client])
            if server.status is None and not client.echoed:
                must_answer(server, [client], f"clients, after {n} others,")
            client.close()
            server.clients.remove(client)
            if server.status is not None or server.until(lambda: server.status is not None, quiet=0.05):
                cause = "interrupted-ends-server" if children else "ends-after-client"
                raise ended(server, f"{n + client.echoed} clients were answered", cause)
        return "20 clients came one after the other and were answered"


SIZES = 1, 2, 10, 99, 100, 200
LARGE = 0, 511, 512, 513, 4095, 4096, 4097, 65536, 1 << 20


@check("serve.exact")
def test_the_answer_is_exact(case: ProgramCase) -> str:
    sizes = SIZES if case.protocol.text else SIZES + LARGE
    with case.server() as server:
        for size in sizes:
            client = server.ask(case.body(size))
            server.until(lambda: client.ended, quiet=0.1)       # what comes too much comes now
            if not case.protocol.text and client.echoed and stray(client.data):
                raise Failed(f"{stray(client.data)} bytes came behind the answer", ["answer-not-exact"])
            must_answer(server, [client], f"clients with a body of {size} bytes",
                        "short-write" if client.data else "client-lost")
            client.close()
        return f"{len(sizes)} answers were exact"


@check("serve.split")
def test_a_request_may_arrive_in_pieces(case: ProgramCase) -> str:
    with case.server() as server:
        for cut in 1, 3, 2:
            body = case.body(60)
            whole = case.protocol.request(body)
            first = len(whole) * cut // 4
            client = server.client()
            client.body = body
            client.send(whole[:first])
            server.settle(0.05)
            client.send(whole[first:])
            server.all_done([client])
            must_answer(server, [client], f"clients that pause after {first} of {len(whole)} bytes",
                        "one-read", "one-read")
            client.close()
        client = server.client()
        client.body = body
        for byte in whole:
            client.send(bytes([byte]))
        server.all_done([client])
        must_answer(server, [client], "clients that send byte by byte", "one-read", "one-read")
    return "requests that came in pieces were answered"


@check("serve.crowd")
def test_many_clients_at_once(case: ProgramCase) -> str:
    case.patience(64)
    with case.server() as server:
        must_answer(server, crowd(server, case.bodies(64)), "clients that came together")
    return "64 clients came together and were answered"


@check("serve.continued")
def test_stopped_and_continued(case: ProgramCase) -> str:
    why = "interrupted-ends-server"
    with case.server() as server:
        held = hold(server, case.bodies(1))
        for _ in range(5):
            with stopped(server):
                pass
            server.settle(0.02)
        with stopped(server):
            held[0].ask(held[0].body)
        server.all_done(held)
        must_live(server, case, "it was stopped and continued", why, why, sure=True)
        must_answer(server, held, "clients that were there meanwhile", why)
    return "it was stopped and continued six times, and serves"


@check("model.kept")
def test_the_model_is_the_one_that_was_said(case: ProgramCase) -> str:
    model = case.claim.model
    if model == "any":
        raise Passed("does not apply: no model was said")
    case.patience(70)
    with case.server() as server:
        if model in ("pool", "reactor"):
            must_answer(server, crowd(server, case.bodies(20)), "clients")
            for client in server.clients:
                client.close()
        server.settle()
        before, others = server.tasks(), set(server.others())
        held = hold(server, case.bodies(min(HELD, case.claim.workers or HELD)))
        if server.accepted() < len(held) and model in ("fork", "thread"):
            raise Failed(f"{server.accepted()} of {len(held)} silent clients were accepted", ["not-as-said"])
        made, children = server.tasks() - before, set(server.others())
        holding = {p for p in children if any(p in server.holders(c) for c in held)}
        if model == "fork" and len(holding) < len(held):
            raise Failed(f"{len(held)} held clients are served by {len(holding)} processes of their own",
                         ["not-as-said"])
        if model == "thread" and (len(made) < len(held) or children - others):
            raise Failed(f"{len(held)} held clients brought {len(made)} threads and "
                         f"{len(children - others)} processes", ["not-as-said"])
        if model in ("pool", "reactor"):
            finish(held)
            must_answer(server, held + crowd(server, case.bodies(50)), "clients")
            server.settle()
            if made or server.tasks() - before:
                raise Failed(f"{len(before)} threads before, and {len(made | server.tasks() - before)} new ones "
                             f"for {len(held) + 50} clients", ["not-as-said"])
    return f"as said: {model}, with {len(held)} clients held"


@check("program.manners")
def test_manners(case: ProgramCase) -> str:
    with case.server() as server:
        before = _overflows()
        for _ in range(16):
            server.client()
        server.settle()
        overflows = _overflows() - before
        for client in server.clients:
            client.close()
    with case.server() as server:
        server.ask(case.body())
        server.terminate()
        end = server.why if server.ended() else "it does not end"
    short = "; 16 clients at once overflow its list of those who wait (ListenOverflows " \
            f"{overflows}): the rest connects a second later" if overflows else ""
    return f"Advice: after SIGTERM {end}{short}"


def _overflows() -> int:
    with open("/proc/net/netstat", encoding="ascii") as file:
        lines = file.read().splitlines()
    for names, values in zip(lines[::2], lines[1::2]):
        table = dict(zip(names.split(), values.split()))
        if "ListenOverflows" in table:
            return int(table["ListenOverflows"])
    raise NotMeasured("the kernel does not count ListenOverflows")
