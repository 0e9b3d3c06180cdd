"""2d: the pool."""
from grader.checks.common import attributed, check, crowd, gates, in_service, must_echo, release
from grader.checks.hold import C, W, hold, must_wait, rest, slots_held
from grader.checks.routes import uses_its_queue
from grader.core.build import Recipe
from grader.core.record import Failed, NotMeasured
from grader.core.subject import Case, Program
from grader.observe import proc
from grader.observe.server import Server

MANY = 8 * W        # workers: more than a number that somebody thought would do
STACKS_LEFT = 100 << 20     # address space for which 100 clients are too few to need it


@check("2d.fixed")
@attributed
def test_as_many_threads_as_workers_and_always_the_same(case: Case) -> str:
    with case.server(workers=W, capacity=C) as server:
        held = hold(server, case, W)
        busy = proc.threads(server.pid)
        if len(busy) < W:
            raise Failed(f"{len(busy)} threads with {W} workers and {len(held)} clients",
                         [_why_so_few(server, case, held)])
        if len(busy) > W + 2:
            raise Failed(f"{len(busy)} threads with {W} workers and {len(held)} clients", ["workers-not-as-asked"])
        waiting = gates(server, case.bodies(4 * C))
        rest(server)
        crowded = proc.threads(server.pid)
        if len(crowded) > W + 2:
            raise Failed(f"{len(crowded)} threads with {W} workers and {W + 4 * C} clients",
                         ["not-a-pool", "threads-come-and-go", *_if_stacks_stay(case)])
        if in_service(held) == W:
            must_wait(server, waiting)
        release(server, held + waiting)
        for _ in range(4):
            must_echo(server, crowd(server, case.bodies(50)), "clients")
        rest(server)
        after = proc.threads(server.pid)
        if not len(busy) == len(crowded) == len(after) or busy != after:
            raise Failed(f"{len(busy)} threads with all workers busy, {len(after)} after 200 clients, "
                         f"of which {len(after - busy)} are new", ["threads-come-and-go", *_if_stacks_stay(case)])
    return f"{len(busy)} threads with {W} workers, the same ones after 200 clients"


def _why_so_few(server: Server, case: Case, held: list) -> str:
    """Too few threads: none, one for each client, or one for all?"""
    before = proc.threads(server.pid)
    if len(before) == 1:
        return "serial"
    release(server, held)
    must_echo(server, crowd(server, case.bodies(2)), "clients")
    rest(server)
    return "pool-of-one" if proc.threads(server.pid) == before else "joins-in-loop"


def _if_stacks_stay(case: Case) -> list[str]:
    """The cause, where the second hundred clients leave stacks behind. (One
    arena, because each further one would be address space as well.)"""
    with case.server(workers=W, capacity=C, env={"MALLOC_ARENA_MAX": "1"}) as server:
        sizes = []
        for _ in range(2):
            if server.one_by_one(case.bodies(100)) != 100:
                return []
            rest(server)
            sizes.append(proc.address_space(server.pid))
    return ["threads-not-joined"] if sizes[1] - sizes[0] > STACKS_LEFT else []


@check("2d.overlap")
@attributed
def test_as_many_clients_at_once_as_workers(case: Case) -> str:
    for workers in W, 2 * W, MANY:
        with case.server(workers=workers, capacity=C) as server:
            held = hold(server, case, workers)
            n, threads = in_service(held), len(proc.threads(server.pid))
            if n < workers:
                raise Failed(f"{n} of {workers} clients were in service with {workers} workers, "
                             f"{threads} threads and a queue of {C}; {server.why}",
                             [_why_not_all(case, n, workers, threads)])
            release(server, held)
    return " and ".join(f"{n} clients with {n} workers" for n in (W, 2 * W, MANY)) + " were in service at once"


def _why_not_all(case: Case, n: int, workers: int, threads: int) -> str:
    """Too few are in service: too few workers, or what do they wait for?"""
    if threads < workers:
        return "pool-of-one" if workers == W else "workers-not-as-asked"
    if n == C and slots_held(case, case.program()):
        return "queue-slot-held"
    return "serves-under-lock" if n else "queue-serves-nobody"


@check("2d.backpressure")
@attributed
def test_the_rest_waits_outside(case: Case) -> str:
    seen = [_accepted(case, *sizes) for sizes in ((W, C), (2, 6), (6, 2))]
    return ", ".join(seen) + "; all were answered"


OUTSIDE = 16        # so many more than are held


def _accepted(case: Case, workers: int, capacity: int) -> str:
    """See how many are taken in while all workers are held, and that they are
    all answered when these go on. A server around a queue.c fills it, too."""
    with case.server(workers=workers, capacity=capacity) as server:
        held, most = hold(server, case, workers), workers + capacity + 1
        waiting = [server.client().ask(body) for body in case.bodies(OUTSIDE)]
        fills = in_service(held) == workers and uses_its_queue(case)
        if fills:
            server.until(lambda: server.accepted() >= most)
        rest(server)
        inside, early = server.accepted(), sum(c.echoed for c in waiting)
        if fills and early:
            raise Failed(f"{workers} clients were held with {workers} workers, and {early} more were served",
                         ["workers-not-as-asked"])
        said = f"{inside} of {workers + OUTSIDE} clients accepted with {workers} workers and a queue of {capacity}"
        if inside > most:
            raise Failed(said, ["queue-unbounded" if inside == workers + OUTSIDE else "capacity-not-as-asked"])
        if fills and inside < most:
            raise Failed(f"{said}; {server.why}", ["capacity-not-as-asked"])
        for client in held:
            client.release()
        server.all_done(held + waiting)
        must_echo(server, held + waiting, "clients")
    return said


@check("2d.neighbour")
@attributed
def test_silent_clients_delay_nobody(case: Case) -> str:
    with case.server(workers=W, capacity=C) as server:
        for said in (b"", b"POST /echo HTTP/1.1\r\n", b"P"):
            server.client().send(said)
            rest(server, 0.02)
        client = server.ask(case.bytes(100))
        if not client.echoed:
            raise Failed(f"{W - 1} silent clients, {W} workers, and another client was not served: {server.why}",
                         ["acceptor-reads"])
    return f"{W - 1} clients said nothing, and another one was served"


LATE = 300          # ms: much later than whatever the creator may have waited for


@check("2d.arguments")
@attributed
def test_threads_may_start_late(case: Case) -> str:
    for program in case.program(), _as_it_is_written(case):
        seen = _answered_by_late_threads(case, program)
    return seen


def _as_it_is_written(case: Case) -> Program:
    """The same program, in which each function has a frame of its own: whether
    the compiler puts one into another is not for the student to rely on."""
    replaced = case.program().replaced
    path, told = case.subject.builder.by(Recipe(part=("-fno-inline",))).program(case.part.id, replaced)
    if not path:
        raise NotMeasured(f"it does not compile without inlining: {told[:300]}")
    return Program(path, replaced)


def _answered_by_late_threads(case: Case, program: Program) -> str:
    with case.server(program=program, workers=W, capacity=C, luck=f"LATE={LATE}") as server:
        clients = [server.client().ask(body) for body in case.bodies(3 * W)]
        server.all_done(clients)
        good = sum(c.echoed for c in clients)
        if good < len(clients):
            how = "the server ended" if server.status else server.why or "the others saw the end"
            raise Failed(f"threads started {LATE} ms late, and {good} of {len(clients)} clients got their own "
                         f"bytes; {how}", ["thread-argument-shared"])
    return f"threads started {LATE} ms late, and {len(clients)} clients got their own bytes"
