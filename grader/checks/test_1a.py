"""1a: a process per client."""
from grader.checks.common import attributed, check, crowd, gates, in_service, must_echo, release
from grader.checks.look import listening, prefork
from grader.core.record import Failed, Passed
from grader.core.subject import Case
from grader.observe import proc

UNFLUSHED = "EchoCo server, process"         # main prints it and does not flush

@check("1a.overlap")
@attributed
def test_eight_clients_each_in_a_process_of_its_own(case: Case) -> str:
    with case.server() as server:
        clients = gates(server, case.bodies(8))
        if not server.until(lambda: in_service(clients) == 8):
            forks = len(server.others()) > 0
            raise Failed(f"{in_service(clients)} of 8 held clients were being served at once, with "
                         f"{len(server.others())} processes besides the server; {server.why}",
                         ["parent-waits-for-child" if forks else "serial"])
        serving = [server.holders(c) - {server.pid} for c in clients]
        if not all(serving):
            raise Failed(f"{sum(not s for s in serving)} of 8 clients were served by the server's own process",
                         ["serves-in-parent"])
        distinct = len(set().union(*serving))
        if distinct < 8:
            raise Failed(f"8 clients were served by {distinct} processes", ["serves-in-parent"])
        release(server, clients)
    return "8 held clients were in service at once, in 8 processes"


@check("1a.parent-fd")
@attributed
def test_the_server_keeps_no_descriptor(case: Case) -> str:
    with case.server() as server:
        half = server.client().ask(case.bytes(100))
        half.half_close()
        server.until(lambda: half.ended)
        if not half.ended:
            holds = "the server itself still has" if server.pid in server.holders(half) else "somebody still has"
            raise Failed(f"a client was answered and never saw the end: {holds} its connection",
                         ["parent-keeps-descriptor"])
        counts, n = [], case.times(50, 20)
        for _ in range(2):
            if server.one_by_one(case.bodies(n)) != n:
                raise Failed(f"a client was not answered: {server.why}", ["client-lost"])
            server.settle()
            counts.append(len(proc.descriptors(server.pid)))
    if counts[1] > counts[0]:
        raise Failed(f"{counts[0]} descriptors after {n} clients, {counts[1]} after {2 * n}",
                     ["parent-keeps-descriptor"])
    return f"{counts[0]} descriptors after {n} clients, {counts[1]} after {2 * n}"


@check("1a.child-listener")
@attributed
def test_a_child_gives_up_the_listener(case: Case) -> str:
    with case.server() as server:
        if prefork(server):
            raise Passed("does not apply: the children accept themselves")
        [client] = gates(server, case.bodies(1))
        server.until(lambda: client.in_service)
        keepers = [p for p in server.holders(client) - {server.pid} if proc.sockets(p) & listening(server)]
        if keepers:
            raise Failed("the child that serves a client also holds the listening socket",
                         ["child-keeps-listener"])
        release(server, [client])
    return "the child that serves holds its connection and not the listener"


@check("1a.exit")
@attributed
def test_a_child_leaves_for_good(case: Case) -> str:
    with case.server() as server:
        server.settle()
        before = len(server.members())
        clients = gates(server, case.bodies(8))
        server.until(lambda: in_service(clients) == 8)
        server.settle()         # whoever gives a client away has done so
        serving = set().union(*map(server.holders, clients))
        release(server, clients)
        must_echo(server, crowd(server, case.bodies(20)), "clients")
        if not server.until(lambda: len(server.members()) <= before):
            left = set(server.others())
            raise Failed(f"{before} processes before the first client and {1 + len(left)} after the last has "
                         f"gone; {len(left & serving)} of them have served one",
                         ["child-stays" if left & serving else "process-explosion"])
        output = server.output()
        doubled = output.count(UNFLUSHED)
        if doubled > 1 and server.status is None:      # once: the parent itself has written it
            causes = ["child-flushes-output", "child-stays"]
            if "serve: " in output:     # main's words when serve fails: a child came back to it
                causes.reverse()
            raise Failed(f"a line that the server had not yet written was written {doubled} times by its "
                         f"children{server.said()}", causes)
    return f"{before} processes before, as many after; nothing printed twice"
