"""Rounds of legal bad luck (lab/chaos), and what was seen of a server in them."""
import json
import re
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from grader.box.box import Box
from grader.core.record import Failed, NotMeasured
from grader.observe import proc, stuck
from grader.observe.client import Client
from grader.observe.server import Server

SIZE = 100              # bytes of each body, so that bytes can be told from served
ASK = b"GET %b HTTP/1.1\r\nHost: echo\r\nConnection: close\r\n\r\n"
STATS, JOURNAL = b"/stats", b"/journal"
CLOSED = re.compile(r"^chaos: close of a descriptor that is not open \(\d", re.M)


@dataclass(frozen=True)
class Round:
    """One run of the server: what is done to it and how many clients come, of
    whom `at_once` are there at the same time; after every so-manieth somebody
    reads what is at these paths."""

    title: str
    luck: str = ""
    clients: int = 64
    at_once: int = 16
    wait: int = 0
    options: tuple[str, ...] = ()
    stopped: bool = False       # it sleeps (SIGSTOP) while its children end
    reads: tuple[bytes, ...] = (STATS,)
    every: int = 8

    @property
    def delayed(self) -> bool:
        """Needs the program that was built with delays."""
        return "DELAY=" in self.luck

    @property
    def refuses(self) -> bool:
        """A client may be turned away: there was no process for it."""
        return "fork:" in self.luck


PAUSES = "pauses at shared data"
SMALL = "-w", "4", "-q", "2"    # so that there is waiting at both ends of the queue
BUSY = {"reads": (STATS, JOURNAL), "every": 2}      # whoever echoes adds to the journal
ROUNDS = {
    "pool": (
        Round("threads begin late", "LATE=120"),
        Round("waits end without a signal", "SPURIOUS=2", at_once=40, options=SMALL),
        Round("accept fails, reads and writes are short", "FAIL=accept:4:ECONNABORTED SHORT=40"),
        *3 * (Round(PAUSES, "DELAY=20000:15"),),
        Round("all of it at once", "DELAY=20000:15 SPURIOUS=2 LATE=50 SHORT=40 FAIL=accept:5:EINTR",
              at_once=40, options=SMALL),
    ),
    "fork": (
        Round("every third fork fails", "FAIL=fork:3"),
        Round("accept fails, reads and writes are short", "FAIL=accept:4:ECONNABORTED SHORT=40"),
        Round("twenty children end while it is stopped", clients=20, at_once=20, stopped=True),
        *3 * (Round(PAUSES, "DELAY=2000:100", 48, 12, 2),),
        Round("all of it at once", "DELAY=2000:100 SHORT=40 FAIL=fork:5,accept:5:EINTR", 48, 12, 2),
    ),
    "locks": (
        Round("threads begin late", "LATE=120", **BUSY),
        Round("waits end without a signal", "SPURIOUS=2", **BUSY),
        Round("accept fails, reads and writes are short", "FAIL=accept:4:ECONNABORTED SHORT=40", **BUSY),
        *3 * (Round(PAUSES, "DELAY=20000:15", **BUSY),),
        Round("all of it at once", "DELAY=20000:15 SPURIOUS=2 LATE=50 SHORT=40 FAIL=accept:5:EINTR", **BUSY),
    ),
}


LOOKED_AT = 4           # processes of a hanging server whose threads are told of
SLEEPS = "pthread_cond_wait", "pthread_cond_timedwait", "pthread_cond_clockwait"


@dataclass
class Seen:
    """What a round has shown. Nothing in `wrong`: nothing was seen to be.
    missing: why some of its luck, and `nothing`: all of it, did not occur."""

    answered: int
    refused: int
    wrong: list[str]
    hang: list[str] = field(default_factory=list)       # where the threads were
    forked: bool = False
    threads: bool = False
    missing: list[str] = field(default_factory=list)
    nothing: bool = False


def calls_of(program: Path) -> set[str]:
    """The functions of libraries that a program has a use for. Raises NotMeasured."""
    try:
        done = subprocess.run(["nm", "-D", "-u", str(program)], capture_output=True, text=True, timeout=60)
    except OSError as error:
        raise NotMeasured(f"nm cannot be run: {error}") from error
    return {line.split()[-1].partition("@")[0] for line in done.stdout.splitlines() if line.strip()}


def occurred(part: str, round: Round, seen: Seen, calls: set[str]) -> None:
    """Note what of the round's luck did not occur: the shim can make nothing of
    a call that is never made, and a pause needs another who comes meanwhile."""
    forked = "" if seen.forked else "no process was forked"
    company = forked if part == "fork" else "" if seen.threads else "no thread was begun"
    waits = "" if calls & set(SLEEPS) else "nobody waits on a condition variable"
    why = []
    for word in round.luck.split():
        name, _, value = word.partition("=")
        if name == "FAIL":
            why += [forked if one.startswith("fork:") else "" for one in value.split(",")]
        else:
            why.append({"SPURIOUS": waits, "LATE": company, "DELAY": company}.get(name, ""))
    if round.stopped:
        why.append(forked)
    seen.missing, seen.nothing = list(dict.fromkeys(filter(None, why))), bool(why) and all(why)


def play(box: Box, round: Round, program: Path, shim: Path, seed: int) -> Seen:
    """Raises NotMeasured where the box or the machine does not allow it."""
    luck = {"LD_PRELOAD": str(shim), "NOTES": "1", "SEED": str(seed),
            **dict(word.split("=", 1) for word in round.luck.split())}
    try:
        with Server(box, program, ["-i", "60000", *round.options], luck) as server:
            return _watch(server, round, program)
    except Failed as failed:
        return Seen(0, 0, [failed.observed])


def _hang(server: Server, program: Path) -> list[str]:
    """Where the threads of a server that stands still are."""
    looks = [stuck.look(pid, server.run.uid, program) for pid in server.members()[:LOOKED_AT]]
    return [line for look in looks for line in look.sentences()]


def _company(server: Server, seen: Seen) -> None:
    """Has it begun processes or threads? The kernel keeps the faults of the
    children that were waited for, which is how one is known that has gone."""
    try:
        reaped = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()[8] != "0"
    except OSError:
        reaped = False
    seen.forked |= reaped or any(p != server.pid for p in server.run.members())
    seen.threads |= len(proc.threads(server.pid)) > 1


def _watch(server: Server, round: Round, program: Path) -> Seen:
    readers: dict[bytes, list[Client]] = {path: [] for path in round.reads}
    seen = Seen(0, 0, [])
    clients = (_while_stopped if round.stopped else _come_and_go)(server, round, readers, seen)
    why = server.why
    good = [c for c in clients if c.echoed]
    refused = sum(round.refuses and c.ended and not c.echoed for c in clients)
    seen.answered, seen.refused = len(good), refused
    if len(good) + refused < round.clients:
        lost = round.clients - len(good) - refused
        seen.wrong.append(f"{lost} of {round.clients} clients did not get their own bytes back: {why}")
        if server.status is None and "stands still" in why:
            seen.hang = _hang(server, program)
    _company(server, seen)
    seen.forked |= refused > 0
    if server.status is None:
        seen.wrong += _numbers(server, readers, len(good), round)
    closed = len(CLOSED.findall(server.output()))
    if closed:
        seen.wrong.append(f"close was called {count(closed, 'time')} for a descriptor that was not open: closed twice?")
    if zombies := _zombies_that_stay(server):
        seen.wrong.append("1 zombie stays" if zombies == 1 else f"{zombies} zombies stay")
    return seen


def count(n: int, what: str) -> str:
    return f"{n} {what}" + ("" if n == 1 else "s")


def _come_and_go(server: Server, round: Round, readers: dict[bytes, list[Client]], seen: Seen) -> list[Client]:
    """All the clients, and in between those who only read."""
    clients: list[Client] = []
    there: list[Client] = []

    def room() -> bool:
        if not (seen.forked or seen.threads):
            _company(server, seen)
        there[:] = [c for c in there if not c.done]
        return len(there) < round.at_once

    for n in range(round.clients):
        if not server.until(room):
            return clients
        clients.append(server.client().ask(b"%0*d" % (SIZE, n), round.wait))
        there.append(clients[-1])
        if n % round.every == round.every - 1:
            for path, asked in readers.items():
                asked.append(server.client())
                asked[-1].send(ASK % path)
    server.all_done(clients + sum(readers.values(), []))
    return clients


def _while_stopped(server: Server, round: Round, _: dict[bytes, list[Client]], seen: Seen) -> list[Client]:
    """Clients whose children all end while their parent cannot look."""
    clients = [server.client().gate(b"%0*d" % (SIZE, n)) for n in range(round.clients)]
    server.until(lambda: all(c.in_service for c in clients))
    children = set(server.others())
    seen.forked |= bool(children)
    server.run.signal(signal.SIGSTOP)
    try:
        for client in clients:
            client.release()
        server.until(lambda: not any(map(proc.alive, children)), quiet=0.5)
    finally:
        server.run.signal(signal.SIGCONT)
    server.all_done(clients)
    return clients


def _zombies_that_stay(server: Server) -> int:
    """One more client is served first: some ask when the next one comes, and
    that one's own child may stay."""
    if server.until(lambda: not server.zombies(), quiet=0.5):
        return 0
    server.ask(b"one more")
    server.until(lambda: len(server.zombies()) <= 1)
    return max(len(server.zombies()) - 1, 0)


def _numbers(server: Server, readers: dict[bytes, list[Client]], served: int, round: Round) -> list[str]:
    """What the four numbers, and the journal, say that cannot be."""
    end = _at_the_end(server, STATS, tries=3 if round.refuses else 1)
    wrong = [said for c in readers[STATS] if (said := _torn(_read(c), round))][:1]
    if end is None:
        return [f"GET /stats has no answer: {server.why}"]
    for name, must in ("served", served), ("bytes", served * SIZE), ("active", 0):
        if end[name] != must:
            wrong.append(f"{name} is {end[name]} and must be {must}")
    if not (served > 0) <= end["peak"] <= round.at_once:
        wrong.append(f"peak is {end['peak']}, and at most {round.at_once} clients were there")
    return wrong + (_of_journal(server, readers[JOURNAL], served) if JOURNAL in readers else [])


def _of_journal(server: Server, readers: list[Client], served: int) -> list[str]:
    """What the journal says that cannot be: every echo has its own entry."""
    end = _at_the_end(server, JOURNAL, tries=1)
    if end is None:
        return [f"GET /journal has no answer: {server.why}"]
    wrong = [] if end["entries"] == served else [f"the journal has {end['entries']} entries and must have {served}"]
    for seen in [_read(c) for c in readers] + [end]:
        if seen and seen["bytes"] != seen["entries"] * SIZE:
            return wrong + [f"the journal says {seen['entries']} entries and {seen['bytes']} bytes, {SIZE} each"]
        last = [n for n, _ in seen["last"]] if seen else []
        if seen and last != [*range(seen["entries"] + 1 - len(last), seen["entries"] + 1)]:
            return wrong + [f"the last entries of {seen['entries']} in the journal are {', '.join(map(str, last))}"]
    return wrong


def _at_the_end(server: Server, path: bytes, tries: int) -> Optional[dict]:
    """What is there now; several tries where who asks may be turned away."""
    for _ in range(tries):
        last = server.client()
        last.send(ASK % path)
        server.until(lambda: last.done)
        if last.reply and last.reply.status == 200:
            return _read(last)
    return None


def _read(client: Client) -> Optional[dict]:
    try:
        return json.loads(client.reply.body)
    except (AttributeError, ValueError):
        return None


def _torn(seen: Optional[dict[str, int]], round: Round) -> str:
    """What is wrong with a reading taken while clients came and went."""
    if seen is None:
        return ""
    if seen["bytes"] != seen["served"] * SIZE:
        return f"a reading in between says served {seen['served']} and bytes {seen['bytes']}, {SIZE} each"
    if not 0 <= seen["active"] <= seen["peak"] <= round.at_once:
        return f"a reading in between says active {seen['active']} and peak {seen['peak']}"
    return ""
