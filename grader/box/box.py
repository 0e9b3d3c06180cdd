"""The box: every process of a student's runs in one.

    box = Box.probe()
    with box.workdir() as here, box.start(["./server"], cwd=here) as run:
        ... run.pid, run.poll(), run.members() ...

A box is init.c around the program: a user of its own, a PID namespace where
one can be had, limits, and the certainty that nothing outlives the run or the
grader. What it does not do is in `missing`.
"""
import dataclasses
import os
import selectors
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Dict, IO, List, NamedTuple, Optional, Tuple, Union

from grader.box import build, proc, user

PATH = "/usr/local/bin:/usr/bin:/bin"
DEVNULL = subprocess.DEVNULL
PIPE = subprocess.PIPE
GRACE = 10.0            # seconds that init has for what takes milliseconds
ANSWERS = "exit", "signal", "wall"
Stream = Union[int, IO, None]


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
    wall: float = 60.0


@dataclasses.dataclass(frozen=True)
class Status:
    """How a program ended: kind "exit" with its code, "signal" with its
    number. reason: "wall" or "output" for a limit, "end" for Run.end, or ""."""

    kind: str
    value: int
    reason: str = ""


@dataclasses.dataclass(frozen=True)
class Finished:
    """What Box.run returns; stdout and stderr hold at most limits.output."""

    status: Status
    stdout: bytes
    stderr: bytes
    reason: str         # "", or the limit that was hit: "wall", "output"


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
            _readable(self._control, timeout)
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


class Workdir(os.PathLike):
    """A directory of box.workdir's. Usable wherever a path is; `/` joins."""

    def __init__(self, path: Path, lease: Optional[user.Lease],
                 uid: int) -> None:
        self.path, self.uid, self._lease = path, uid, lease

    def __fspath__(self) -> str:
        return str(self.path)

    def __str__(self) -> str:
        return str(self.path)

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def remove(self) -> None:
        """Remove it and everything in it. Idempotent. End its runs first."""
        user.remove(str(self.path))
        if self._lease:
            self._lease.release()

    def __enter__(self) -> "Workdir":
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


class Mode(NamedTuple):
    """What was found to work: init's flags, and whether with own users."""

    users: bool
    flags: str


class Box:
    """A way of running programs that was proved to work. From Box.probe."""

    def __init__(self, mode: Mode, missing: List[str]) -> None:
        self.level = "uid" if mode.users else "practice"
        self.missing = missing
        self._mode = mode
        self._init = build.init()
        self._workdirs: Dict[str, Workdir] = {}

    @classmethod
    def probe(cls, level: Optional[str] = None) -> "Box":
        """The box of that level, or of the best that can be had here.

        Raises BoxError where that level cannot be had."""
        from grader.box import probe
        return cls(*probe.found(level))

    def workdir(self) -> Workdir:
        """A fresh directory, readable by its own user (and root) alone. Every
        run that has its cwd in there runs as that user. remove() it."""
        lease = self._lease()
        try:
            base = user.own_directory(
                Path(tempfile.gettempdir(), f"clk-box-{user.outside()}"), 0o711)
            path = Path(tempfile.mkdtemp(prefix="w-", dir=base))
            if lease:
                os.chown(path, lease.uid, lease.uid)
        except OSError as error:
            raise BoxError(f"no work directory: {error}") from error
        made = Workdir(path, lease, lease.uid if lease else os.geteuid())
        self._workdirs[str(path)] = made
        return made

    def start(self, argv: List[str], *, cwd: Union[str, os.PathLike] = "/",
              env: Optional[Dict[str, str]] = None, stdin: Stream = DEVNULL,
              stdout: Stream = DEVNULL, stderr: Stream = DEVNULL,
              limits: Limits = Limits()) -> Run:
        """Start a program. Its environment is env and a minimal PATH; its
        streams are those of subprocess.Popen, and PIPE gives run.stdout.

        Raises BoxError, which says why, if the program cannot be executed."""
        where = os.path.realpath(cwd)
        lease, uid = self._user_of(where)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        command = [self._init, self._mode.flags, str(theirs.fileno()),
                   str(uid if self._mode.users else -1),
                   *self._numbers(limits), where, *map(os.fspath, argv)]
        try:
            process = subprocess.Popen(
                command, stdin=stdin, stdout=stdout, stderr=stderr, cwd="/",
                env={"PATH": PATH, **(env or {})}, start_new_session=True,
                pass_fds=[theirs.fileno()])
        except (OSError, ValueError) as error:
            ours.close()
            if lease:
                lease.release()
            raise BoxError(f"no box: {error}") from error
        finally:
            theirs.close()
        run = Run(process, ours, (0, 0), uid, lease, "p" in self._mode.flags)
        try:
            run.pid, run._init = _greeting(ours, argv[0])
        except BoxError:
            run.__exit__()
            raise
        ours.setblocking(False)
        return run

    def run(self, argv: List[str], *, cwd: Union[str, os.PathLike] = "/",
            env: Optional[Dict[str, str]] = None, stdin: Stream = DEVNULL,
            limits: Limits = Limits(),
            timeout: Optional[float] = None) -> Finished:
        """Run a program, a compiler for instance, to its end, and end what it
        left. timeout takes the place of limits.wall. Raises BoxError."""
        if timeout is not None:
            limits = dataclasses.replace(limits, wall=timeout)
        with self.start(argv, cwd=cwd, env=env, stdin=stdin, stdout=PIPE,
                        stderr=PIPE, limits=limits) as run:
            texts = _collect(run, limits)
            status = run.poll() or Status("signal", 9, "output")
            run.end()
            _drain(run, texts, limits)
        return Finished(status, *(bytes(t) for t in texts), status.reason)

    def _lease(self) -> Optional[user.Lease]:
        try:
            return user.lease() if self._mode.users else None
        except OSError as error:
            raise BoxError(f"no user for the box: {error}") from error

    def _user_of(self, where: str) -> Tuple[Optional[user.Lease], int]:
        """The user for a run in that directory, and its lease if it is the
        run's own."""
        for path in [where, *map(str, Path(where).parents)]:
            if path in self._workdirs:
                return None, self._workdirs[path].uid
        lease = self._lease()
        return lease, lease.uid if lease else os.geteuid()

    def _numbers(self, limits: Limits) -> List[str]:
        """init's limits. Without a user of its own the program shares the
        count of RLIMIT_NPROC with everything else this user runs, so what is
        there already is added."""
        processes = limits.processes
        if processes and not self._mode.users:
            processes += proc.tasks_of_user(os.geteuid())
        return [str(processes), str(limits.memory), str(limits.files),
                str(limits.output), str(int(limits.wall * 1000))]


def _status(word: str, value: int) -> Status:
    if word == "exit":
        return Status("exit", value)
    if word == "wall":
        return Status("signal", value, "wall")
    return Status("signal", value, "output" if value == 25 else "")


def _readable(control: socket.socket, timeout: float) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        return bool(selector.select(timeout))


def _greeting(control: socket.socket, name: str) -> Tuple[int, int]:
    """The pids of the program and of init, which the kernel attests."""
    pids: Dict[str, int] = {}
    while "up" not in pids:
        if not _readable(control, GRACE):
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


def _collect(run: Run, limits: Limits) -> Tuple[bytearray, bytearray]:
    """Read what the program prints until it ends or prints too much."""
    texts = bytearray(), bytearray()
    deadline = time.monotonic() + limits.wall + GRACE
    with selectors.DefaultSelector() as selector:
        selector.register(run, selectors.EVENT_READ)
        for stream, text in zip((run.stdout, run.stderr), texts):
            os.set_blocking(stream.fileno(), False)
            selector.register(stream, selectors.EVENT_READ, text)
        while run.poll() is None:
            for key, _ in selector.select(1.0):
                if key.data is not None and not _read(key.fileobj, key.data):
                    selector.unregister(key.fileobj)
            if limits.output and max(map(len, texts)) > limits.output:
                break
            if limits.wall and time.monotonic() > deadline:
                raise BoxError("the box does not keep its wall limit")
    return texts


def _read(stream: IO, text: bytearray) -> bool:
    """Append what can be read now; False at the end of the stream."""
    try:
        got = os.read(stream.fileno(), 1 << 16)
    except BlockingIOError:
        return True
    text += got
    return bool(got)


def _drain(run: Run, texts: Tuple[bytearray, bytearray],
           limits: Limits) -> None:
    """What was in the pipes when the last process ended: at most a pipe."""
    for stream, text in zip((run.stdout, run.stderr), texts):
        before = -1
        while before != len(text):
            before = len(text)
            _read(stream, text)
        if limits.output:
            del text[limits.output:]


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
