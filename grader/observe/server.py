"""A server under test, in its box, seen from outside."""
import re
import signal
import tempfile
import time
from pathlib import Path
from typing import Callable, Iterable, Optional

from grader.box.box import Box, BoxError, Limits, Run, Status
from grader.core.record import Failed, NotMeasured, text_evidence
from grader.observe import proc, stuck
from grader.observe.client import Client

STOPPING = 7.0      # seconds after which main has ended a server that does not stop (-t)
ASLEEP = 150        # looks at which a server slept: it rests, though it wakes now and then
RESTLESS = 0.5      # seconds of CPU: who uses them without being asked will not rest
QUIET = 1.5         # seconds without any work of the server's: it stands still
SPIN = 5.0          # seconds of CPU used up without coming to an answer
MOST = 60.0         # seconds after which we give up ourselves
LOOKED_AT = 4       # processes of a hanging server whose threads are shown
OURS = "chaos: "     # what lab/chaos says
LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")


class Server:
    """One run of a program of the lab's contract. Use it in a with statement.

    Raises Failed when it does not come to listen, NotMeasured when the box
    cannot start it."""

    def __init__(self, box: Box, program: Path, args: Iterable[str] = (),
                 env: Optional[dict[str, str]] = None, limits: Limits = Limits()):
        self._out = tempfile.NamedTemporaryFile(prefix="clk-out-")
        self._dir, self._program = box.workdir(), program
        self.clients: list[Client] = []
        self._why = ""              # what until() saw when it last said False
        self._still = False         # and whether the server stood still then
        self._hang: Optional[tuple[str, list[dict]]] = None     # what was seen of it, if main ended it
        try:
            self.run: Run = box.start([str(program), "-p", "0", *args], cwd=self._dir, env=env,
                                      stdout=self._out, stderr=self._out, limits=limits)
        except BoxError as error:
            self._dir.remove()
            self._out.close()
            raise NotMeasured(f"the box could not start the server: {error}") from error
        self.pid = self.run.pid
        self.port = 0
        try:
            self._await_port()
        except BaseException:
            self.end()
            raise

    def _await_port(self) -> None:
        listening = lambda: LISTENING.search(proc.first_line(Path(self._out.name)))
        if not self.until(listening):
            cause = "process-explosion" if len(self.members()) > 50 else "never-listens"
            raise Failed(f"the server never said that it listens: {self.why}{self.said()}", [cause])
        self.port = int(listening()[1])

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if isinstance(error, Failed) and not error.hang:
                if self._still and self.status is None:
                    self._hang = self._look()
                if self._hang:
                    error.hang = self._hang[0]
                    error.evidence += self._hang[1]
        finally:
            self.end()

    def _look(self) -> tuple[str, list[dict]]:
        """Where a server that stands still does so, and the evidence."""
        looks = [stuck.look(pid, self.run.uid, self._program) for pid in self.members()[:LOOKED_AT]]
        text = "\n".join(line for look in looks for line in look.sentences())
        return (" ".join(dict.fromkeys(look.place for look in looks if look.place)),
                [text_evidence("where its threads are", text)])

    def end(self) -> None:
        """Kill it, whatever state it is in, and forget its clients."""
        for client in self.clients:
            client.close()
        self.run.end()
        self._dir.remove()
        self._out.close()

    # -- looking

    @property
    def why(self) -> str:
        """Why what was waited for last did not come, in words."""
        if self._hang:
            return self._why
        if self.status is not None:
            return f"the server has ended ({describe(self.status)})"
        return self._why or "the connections ended without a reply"

    @property
    def status(self) -> Optional[Status]:
        """How it ended, or None. Raises NotMeasured when the box ended it
        after its time: a check that takes so long is our own slowness."""
        status = self.run.poll()
        if status is not None and status.reason == "wall":
            raise NotMeasured("the server ran for as long as the box lets it: the machine is too busy")
        return status

    def members(self) -> list[int]:
        """All its processes that live, itself included."""
        return [p for p in self.run.members() if proc.alive(p)]

    def others(self) -> list[int]:
        """Its living processes but itself."""
        return [p for p in self.members() if p != self.pid]

    def zombies(self) -> list[int]:
        return [p for p in self.run.members() if p != self.pid and proc.state(p) == "Z"]

    def holders(self, client: Client) -> set[int]:
        """The processes that have the server's end of this connection."""
        inodes = {c.inode for c in proc.connections(self.port) if c.peer == client.port and c.inode}
        return {p for p in self.members() if proc.sockets(p) & inodes}

    def accepted(self) -> int:
        """How many living connections the program has accepted: the kernel's
        list of those that wait has no inode for them. The middle of three
        looks: while the list is read it may show some twice or not at all."""
        return sorted(len({c.peer for c in proc.connections(self.port) if c.state in ("01", "08") and c.inode})
                      for _ in range(3))[1]

    def listens(self) -> bool:
        return any(c.state == proc.LISTEN for c in proc.connections(self.port))

    def output(self) -> str:
        """What it has printed, to be quoted and never believed."""
        return Path(self._out.name).read_bytes()[:65536].decode("utf-8", "replace")

    def said(self) -> str:
        """Its last words, for a message."""
        lines = [l for l in self.output().splitlines() if not LISTENING.match(l) and not l.startswith(OURS)]
        return f'; it printed: "{lines[-1][:200]}"' if lines else ""

    # -- waiting

    def until(self, condition: Callable[[], object], quiet: float = QUIET) -> bool:
        """Wait for condition. False, with the reason in self.why, when it
        does not hold and the server has ended, has stood still for `quiet`
        seconds, or has used up SPIN seconds of CPU: waiting on would change
        nothing. Raises NotMeasured when none of this happens for a minute.

        Slow machines only make this slower: a thread that is kept waiting
        for a CPU does not stand still."""
        self._why, self._still = "", False
        begin = time.monotonic()
        seen, since, looked, used = None, begin, 0.0, None
        pause, every = 0.0005, min(0.05, quiet / 4)
        while not condition():
            now = time.monotonic()
            if self.status is not None:
                if condition():
                    return True
                self._why = f"the server has ended ({describe(self.status)})"
                return False
            if now - looked > every:
                looked = now
                members = self.run.members()
                work, rests = proc.runtime(members)
                if not rests or work != seen:
                    seen, since = work, now
                total = sum(ns for _, ns in work) / 1e9
                used = total if used is None else min(used, total)
                if now - since > quiet:
                    self._why = "the server stands still: none of its threads runs"
                    self._still = True
                    return False
                if total - used > SPIN:
                    self._why = f"the server used {total - used:.0f} s of CPU and did not get there"
                    return False
            if now - begin > MOST:
                raise NotMeasured(f"no result within {MOST:.0f} s: the machine is too busy")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.01)
        return True

    def settle(self, still: float = 0.06) -> None:
        """Wait until the server does nothing for `still` seconds, or was seen
        asleep ASLEEP times, because one may wake now and then for ever. One
        that will not rest is for a check of its own to tell of."""
        before, asleep = (self._why, self._still), 0
        begin = proc.cpu_seconds(self.members())

        def enough() -> bool:
            nonlocal asleep
            work, rests = proc.runtime(self.members())
            asleep += rests
            return asleep > ASLEEP or sum(ns for _, ns in work) / 1e9 - begin > RESTLESS
        self.until(enough, quiet=still)
        self._why, self._still = before     # that it stands still is no news here

    # -- clients

    def client(self) -> Client:
        """A new connection."""
        client = Client(self.port)
        self.clients.append(client)
        return client

    def ask(self, body: bytes, wait: int = 0) -> Client:
        """One whole request, answered or given up."""
        client = self.client().ask(body, wait)
        self.all_done([client], wait)
        return client

    def all_done(self, clients: list[Client], wait: int = 0) -> bool:
        """Wait until each of them is answered or given up."""
        done = self.until(lambda: all(c.done for c in clients), quiet=QUIET + wait / 1000)
        self.may_end(clients)
        return done

    def may_end(self, clients: Iterable[Client]) -> None:
        """Where one of them got nothing, see whether the server is about to
        end: it gives up its clients first, and its status is the last of it."""
        if self.status is None and any(c.done and c.reply is None for c in clients):
            self.settle()

    def one_by_one(self, bodies: Iterable[bytes]) -> int:
        """Serve one client after the other, until one is not answered at all;
        how many got their bytes."""
        served = 0
        for body in bodies:
            client = self.ask(body)
            served, answered = served + client.echoed, client.done
            client.close()
            self.clients.remove(client)
            if not answered or self.status is not None:
                break
        return served

    # -- signals

    def terminate(self) -> None:
        self.run.signal(signal.SIGTERM)

    def ended(self, quiet: float = QUIET, meanwhile: Callable[[], object] = lambda: None) -> bool:
        """Wait for its end after a signal. One that stands still may wait for
        a time to pass, and has until main ends it (-t): False if that came.
        meanwhile is called once when it stands still, to see what can be seen."""
        ended = lambda: self.status is not None
        if self.until(ended, quiet):
            return True
        if self._still:
            why, self._hang = self._why, self._look()
            meanwhile()
            if self.until(ended, STOPPING) and (self.status.kind, self.status.value) == ("exit", 0):
                self._hang = None
                return True
            self._why = why
        return False


def describe(status: Status) -> str:
    """A wait status in words."""
    if status.kind == "exit":
        return f"status {status.value}"
    if status.reason:
        return f"it exceeded the limit of {status.reason}"
    try:
        return f"killed by {signal.Signals(status.value).name}"
    except ValueError:
        return f"killed by signal {status.value}"
