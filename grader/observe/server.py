"""A server under test, in its box, seen from outside."""
import re
import signal
import tempfile
import time
from pathlib import Path
from typing import Callable, Iterable, Optional

from grader.box.box import Box, BoxError, Limits, Run, Status
from grader.core.record import Failed, NotMeasured
from grader.observe import proc
from grader.observe.client import Client

QUIET = 1.5         # seconds without any work of the server's: it stands still
SPIN = 5.0          # seconds of CPU used up without coming to an answer
MOST = 60.0         # seconds after which we give up ourselves
LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+)")


class Server:
    """One run of a program of the lab's contract. Use it in a with statement.

    Raises Failed when it does not come to listen, NotMeasured when the box
    cannot start it."""

    def __init__(self, box: Box, program: Path, args: Iterable[str] = (),
                 env: Optional[dict[str, str]] = None, limits: Limits = Limits()):
        self._out = tempfile.NamedTemporaryFile(prefix="clk-out-")
        self._dir = box.workdir()
        self.clients: list[Client] = []
        self._why = ""              # what until() saw when it last said False
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

    def __exit__(self, *_: object) -> None:
        self.end()

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
        if self.status is not None:
            return f"the server has ended ({describe(self.status)})"
        return self._why or "the connections ended without a reply"

    @property
    def status(self) -> Optional[Status]:
        """How it ended, or None."""
        return self.run.poll()

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
        list of those that wait has no inode for them."""
        return sum(c.state in ("01", "08") and c.inode != 0 for c in proc.connections(self.port))

    def listens(self) -> bool:
        return any(c.state == proc.LISTEN for c in proc.connections(self.port))

    def output(self) -> str:
        """What it has printed, to be quoted and never believed."""
        return Path(self._out.name).read_bytes()[:65536].decode("utf-8", "replace")

    def said(self) -> str:
        """Its last words, for a message."""
        lines = [l for l in self.output().splitlines() if not LISTENING.match(l)]
        return f'; it printed: "{lines[-1][:200]}"' if lines else ""

    # -- waiting

    def until(self, condition: Callable[[], object], quiet: float = QUIET) -> bool:
        """Wait for condition. False, with the reason in self.why, when it
        does not hold and the server has ended, has stood still for `quiet`
        seconds, or has used up SPIN seconds of CPU: waiting on would change
        nothing. Raises NotMeasured when none of this happens for a minute.

        Slow machines only make this slower: a thread that is kept waiting
        for a CPU does not stand still."""
        self._why = ""
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
        """Wait until the server does nothing for `still` seconds."""
        before = self._why
        self.until(lambda: False, quiet=still)
        self._why = before      # that it stands still is no news here

    # -- clients

    def client(self) -> Client:
        """A new connection."""
        client = Client(self.port)
        self.clients.append(client)
        return client

    def ask(self, body: bytes, wait: int = 0) -> Client:
        """One whole request, answered or given up."""
        client = self.client().ask(body, wait)
        self.until(lambda: client.done, quiet=QUIET + wait / 1000)
        return client

    def all_done(self, clients: list[Client], wait: int = 0) -> bool:
        """Wait until each of them is answered or given up."""
        return self.until(lambda: all(c.done for c in clients), quiet=QUIET + wait / 1000)

    def one_by_one(self, bodies: Iterable[bytes]) -> int:
        """Serve one client after the other; how many got their bytes."""
        served = 0
        for body in bodies:
            client = self.ask(body)
            served += client.echoed
            client.close()
            self.clients.remove(client)
            if self.status is not None:
                break
        return served

    # -- signals

    def terminate(self) -> None:
        self.run.signal(signal.SIGTERM)

    def ended(self, quiet: float = QUIET) -> bool:
        """Wait for its end."""
        return self.until(lambda: self.status is not None, quiet)


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
