"""A program in its box, as the grader sees it."""
import dataclasses
import os
import selectors
import socket
import struct
import subprocess
import time
from typing import Dict, List, Optional, Tuple

from grader.box import proc, user

GRACE = 10.0            # seconds that init has for what takes milliseconds
ANSWERS = "exit", "signal", "wall"


class BoxError(Exception):
    """The box itself could not do its work: never the student's fault, except
    for a program that cannot be executed."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """0 is no limit. memory is RLIMIT_AS, for each process: 0 for TSan, ASan
    and valgrind. output is the size of a file the program writes, and in
    Box.run also what it may print. wall is in seconds."""

    processes: int = 256
    memory: int = 4 << 30
    files: int = 1024
    output: int = 8 << 20
    wall: float = 120.0


@dataclasses.dataclass(frozen=True)
class Status:
    """How a program ended: kind "exit" with its code, "signal" with its
    number. reason: "wall" or "output" for a limit, "end" for Run.end, or ""."""

    kind: str
    value: int
    reason: str = ""


class Run:
    """A program in its box, from Box.start to end(). Not for threads."""

    def __init__(self, process: subprocess.Popen, control: socket.socket,
                 pids: Tuple[int, int], uid: int,
                 lease: Optional[user.Lease], pidns: bool) -> None:
        self.pid, self._init = pids
        self.uid, self._lease, self._pidns = uid, lease, pidns
        self._process, self._control = process, control
        self._status: Optional[Status] = None
        self._ended = False
        self.stdout, self.stderr = process.stdout, process.stderr

    def fileno(self) -> int:
        """For selectors: readable once the program has ended."""
        return self._control.fileno()

    def poll(self) -> Optional[Status]:
        """How the program ended, or None while it runs.

        Raises BoxError if init has gone, which no program of another user
        can bring about."""
        if self._status is None:
            try:
                said = self._control.recv(128).decode()
            except BlockingIOError:
                return None
            word, _, value = said.partition(" ")
            if word not in ANSWERS:
                raise BoxError("the box was lost: its init has ended")
            self._status = _status(word, int(value))
        return self._status

    def wait(self, timeout: float) -> Optional[Status]:
        """As poll, but waits up to timeout seconds."""
        if self._status is None:
            readable(self._control, timeout)
        return self.poll()

    def signal(self, number: int) -> None:
        """Send a signal to the program unless it has ended."""
        if self.poll() is None:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                pass

    def members(self) -> List[int]:
        """The pids, as /proc here has them, of all processes in the box but
        its init: the program, its children, orphans, and zombies."""
        return [] if self._ended else sorted(proc.descendants(self._init))

    def end(self) -> int:
        """Kill whatever lives in the box, and wait until nothing does.

        Returns how many processes that were, the program included if it was
        still running; 0 when called again. Raises BoxError if one stays."""
        if self._ended:
            return 0
        killed = sum(p.state not in "ZX"
                     for p in proc.descendants(self._init).values())
        try:
            self.poll()
        except BoxError:
            pass
        self._ended = True
        self._status = self._status or Status("signal", 9, "end")
        self._control.close()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()        # with it, a PID namespace
            self._process.wait()
            raise BoxError("the box does not end") from None
        if self._lease and not self._pidns:
            _wait_until_empty(self.uid)
        if self._lease:
            self._lease.release()
        return killed

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        for stream in self.stdout, self.stderr:
            if stream:
                stream.close()


def _status(word: str, value: int) -> Status:
    if word == "exit":
        return Status("exit", value)
    if word == "wall":
        return Status("signal", value, "wall")
    return Status("signal", value, "output" if value == 25 else "")


def readable(control: socket.socket, timeout: float) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        return bool(selector.select(timeout))


def greeting(control: socket.socket, name: str) -> Tuple[int, int]:
    """The pids of the program and of init, which the kernel attests."""
    pids: Dict[str, int] = {}
    while "up" not in pids:
        if not readable(control, GRACE):
            raise BoxError(f"the box of {name} does not start")
        said, extra, _, _ = control.recvmsg(128, socket.CMSG_SPACE(12))
        word, *rest = said.decode().split() or [""]
        if word == "failed":
            what, number = rest[0], int(rest[1])
            raise BoxError(f"cannot run {name}: {what}: {os.strerror(number)}")
        if word not in ("program", "up"):
            raise BoxError(f"the box of {name} ended at once")
        pids[word] = struct.unpack("3i", extra[0][2])[0]
    return pids["program"], pids["up"]


def _wait_until_empty(uid: int) -> None:
    """Without a namespace the user is the last proof that nothing is left."""
    deadline = time.monotonic() + GRACE
    while True:
        left = proc.of_user(uid)
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass
        if time.monotonic() > deadline:
            raise BoxError(f"processes of user {uid} stay: {left}")
        time.sleep(0.01)
