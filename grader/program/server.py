"""A foreign server in its box. It need not be of our contract: it is given a
port, and whether it listens is seen in /proc, since a connection would be a
client already."""
import errno
import os
import random
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Iterable, Iterator, Optional

from grader.box.box import Box, BoxError, Limits
from grader.core.record import Failed, NotMeasured
from grader.observe import proc
from grader.observe.server import QUIET, Server
from grader.program.protocol import Protocol
from grader.program.visitor import Visitor

LIMITS = Limits(processes=512, memory=16 << 30, output=256 << 20, wall=0)
SYN_RECEIVED = "03"
KNOCKING = 10.0         # seconds: a dropped SYN is repeated after 1, 3 and 7
UNREST = 2.0            # seconds of settle() for a server that never rests
PORTS = 10000, 32000    # below those that the kernel gives to clients
TRIES = 3
POLL = {"x86_64": ("7", "271"), "aarch64": ("73",)}     # poll and ppoll


def free_port() -> int:
    """A port that nobody has. Raises NotMeasured if none is found."""
    for _ in range(100):
        port = random.randrange(*PORTS)
        with socket.socket() as trial:
            try:
                trial.bind(("", port))
                return port
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise NotMeasured(f"no port can be had: {error}") from error
    raise NotMeasured("no port is free")


def tcp_sockets() -> Iterator[tuple[int, proc.Connection]]:
    """Every TCP socket of this network, of IPv6 too, with its local port."""
    for table in "tcp", "tcp6":
        try:
            lines = Path("/proc/net", table).read_text().splitlines()[1:]
        except OSError:
            continue
        for field in map(str.split, lines):
            port, peer, unread = (int(field[n].split(":")[1], 16) for n in (1, 2, 4))
            yield port, proc.Connection(peer, int(field[9]), field[3], unread)


def connections(port: int) -> list[proc.Connection]:
    """As proc.connections, of IPv6 listeners too."""
    return [c for at, c in tcp_sockets() if at == port]


class ForeignServer(Server):
    """words: the command, with {port} in it. Use it in a with statement.

    Raises Failed when it does not come to listen, NotMeasured when it cannot
    be started in the box."""

    def __init__(self, box: Box, words: Iterable[str], cwd: Path, protocol: Protocol,
                 env: Optional[dict[str, str]] = None, quiet: float = QUIET):
        self._box, self._words, self._cwd, self._env = box, list(words), cwd, env
        self.protocol, self._quiet = protocol, quiet
        self.clients: list[Visitor] = []
        self._still, self._hang = False, None   # what Server's own methods keep
        for tries in range(TRIES):
            self._start()
            if self._listens_at_last():
                break
            # Another port is fair only to one that ended before it listened.
            last = tries + 1 == TRIES or self.status is None
            why, said = self._where() or self.why, self.said()
            self.end()
            if last:
                raise Failed(f"the server never listened at its port: {why}{said}", ["never-listens"])

    def _start(self) -> None:
        self._out = tempfile.NamedTemporaryFile(prefix="clk-out-")
        self._why = ""
        self.port = free_port()
        words = [w.replace("{port}", str(self.port)) for w in self._words]
        try:
            self.run = self._box.start(words, cwd=self._cwd, env=self._env, stdout=self._out,
                                       stderr=self._out, limits=LIMITS)
        except BoxError as error:
            self._out.close()
            raise NotMeasured(f"the program could not be started: {error}") from error
        self.pid = self.run.pid

    def _listens_at_last(self) -> bool:
        try:
            self.until(lambda: self.listens() or self.elsewhere(), quiet=5.0)
            if not self.until(self.listens, quiet=1.0):     # the other port may come first
                return False
            if self.status is not None:
                raise NotMeasured("the program leaves the foreground; start it so that it stays")
        except BaseException:
            self.end()
            raise
        if not proc.sockets(self.pid) & self.listening():   # a script is around it
            self.pid = min((p for p in self.members() if proc.sockets(p) & self.listening()),
                           default=self.pid)
        return True

    def _where(self) -> str:
        """Where it listens instead, in words, or ""."""
        ports = sorted(self.elsewhere())
        return f"it listens at {', '.join(map(str, ports))}, not at the given port, {self.port}" if ports else ""

    def __exit__(self, *_: object) -> None:
        self.end()

    def ended(self, quiet: float = QUIET) -> bool:
        """Wait for its end after a signal; nothing was said about how long."""
        return self.until(lambda: self.status is not None, quiet)

    def end(self) -> None:
        for client in self.clients:
            client.close()
        self.clients.clear()
        self.run.end()
        self._out.close()

    def settle(self, still: float = 0.06) -> bool:
        """Wait until it does nothing for `still` seconds. False for one that
        does not rest: it is not waited for any longer."""
        before, until = self._why, time.monotonic() + UNREST
        restless = self.until(lambda: time.monotonic() > until, quiet=still)
        self._why = before
        return not restless

    # -- looking

    def listening(self) -> set[int]:
        """The inodes of its listening sockets."""
        return {c.inode for c in connections(self.port) if c.state == proc.LISTEN}

    def elsewhere(self) -> set[int]:
        """The ports but its own at which its processes listen."""
        mine = set().union(*map(proc.sockets, self.members()))
        return {port for port, c in tcp_sockets() if c.state == proc.LISTEN and c.inode in mine} - {self.port}

    def listens(self) -> bool:
        return bool(self.listening())

    def accepted(self) -> int:
        return sum(c.state in (proc.ESTABLISHED, "08") and c.inode != 0 for c in connections(self.port))

    def holders(self, client: Visitor) -> set[int]:
        inodes = {c.inode for c in connections(self.port) if c.peer == client.port and c.inode}
        return {p for p in self.members() if proc.sockets(p) & inodes}

    def prefork(self) -> bool:
        """Whether other processes than the server itself have the listener."""
        return any(proc.sockets(p) & self.listening() for p in self.others())

    def has(self, library: Path) -> bool:
        """Whether a library is in the program: a static one, or one that runs
        as another user, does not take it."""
        try:
            return str(library) in Path(f"/proc/{self.pid}/maps").read_text()
        except OSError:
            return False

    def descriptors(self) -> int:
        return sum(len(proc.descriptors(p)) for p in self.members())

    def tasks(self) -> set[int]:
        """Every thread of every process."""
        return set().union(*map(proc.threads, self.members()))

    def virtual_mb(self) -> int:
        """The address space of the server's process."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmSize:"):
                return int(line.split()[1]) >> 10
        return 0

    # -- clients

    def client(self) -> Visitor:
        client = Visitor(self.port, self.protocol)
        self.clients.append(client)
        return client

    def ask(self, body: bytes, wait: int = 0) -> Visitor:
        client = self.client().ask(body)
        self.all_done([client])
        return client

    def all_done(self, clients: list[Visitor], polite: bool = True) -> bool:
        """Wait until each is answered or given up. Who has an answer says that
        this was all, so that a worker is free for the next. While the kernel
        still knocks for one, a server that stands still proves nothing."""
        def done() -> bool:
            for client in clients:
                if polite and client.whole and not client.said_all:
                    client.half_close()
            return all(c.done for c in clients)
        if self.until(done, quiet=self._quiet):
            return True
        if self.status is None and self.knocking([c for c in clients if not c.done]):
            return self.until(done, quiet=KNOCKING)
        return False

    def knocking(self, clients: list[Visitor]) -> int:
        """How many are not yet in the server's list of those who wait: it is
        full, and the kernel will try again after 1, 3 and 7 seconds. (Such a
        client may think that it is connected.)"""
        inside = {c.peer for c in connections(self.port) if c.state != SYN_RECEIVED}
        return sum(c.port not in inside and not c.ended for c in clients)

    def waiting(self, clients: list[Visitor]) -> int:
        """How many the program has not accepted yet."""
        inside = {c.peer for c in connections(self.port) if c.inode}
        return sum(c.port not in inside and not c.done for c in clients)

    # -- trouble

    def limit_descriptors(self) -> "NoDescriptors":
        return NoDescriptors(self)


def most_polled(pid: int) -> int:
    """The longest array that a thread of pid waits for in poll: poll fails
    with more places than there may be descriptors, which is no fault."""
    longest = 0
    for tid in proc.threads(pid):
        try:
            number, _, size, *_ = Path(f"/proc/{pid}/task/{tid}/syscall").read_text().split()
        except (OSError, ValueError):
            continue
        if number in POLL.get(os.uname().machine, ()):
            longest = max(longest, int(size, 16))
    return longest


def set_limit(pid: int, uid: int, soft: int) -> int:
    """Set a process's soft limit of descriptors, as its own user, who may.
    Returns the limit before. Raises OSError."""
    old = next(int(line.split()[3]) for line in Path(f"/proc/{pid}/limits").read_text().splitlines()
               if line.startswith("Max open files"))
    who = {} if uid == os.geteuid() else {"user": uid, "group": uid, "extra_groups": []}
    done = subprocess.run(["prlimit", f"--pid={pid}", f"--nofile={soft}:"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=20, **who)
    if done.returncode:
        raise OSError(0, done.stderr.strip())
    return old


class NoDescriptors:
    """In a with statement: no process of the server gets a new descriptor."""

    def __init__(self, server: ForeignServer):
        self._pids, self._uid, self._old = server.members(), server.run.uid, {}

    def __enter__(self) -> "NoDescriptors":
        try:
            for pid in self._pids:
                # The lowest that is free: not one more than the highest in use.
                used = set(proc.descriptors(pid))
                lowest = next(n for n in range(len(used) + 1) if n not in used)
                if most_polled(pid) > lowest:
                    raise OSError(0, "poll would refuse its array")
                self._old[pid] = set_limit(pid, self._uid, lowest)
        except (OSError, subprocess.SubprocessError) as error:
            self.__exit__()
            raise NotMeasured(f"its limit of descriptors cannot be set from outside: {error}") from error
        return self

    def __exit__(self, *_: object) -> None:
        for pid, old in self._old.items():
            if proc.alive(pid):
                set_limit(pid, self._uid, old)
