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
import subprocess
import time
from pathlib import Path
from typing import Dict, IO, List, NamedTuple, Optional, Tuple, Union

from grader.box import build, proc, user, workdir
from grader.box.run import (GRACE, BoxError, Limits, Run, Status, greeting)
from grader.box.workdir import Workdir

__all__ = ["Box", "BoxError", "Finished", "Limits", "Run", "Status", "Workdir",
           "DEVNULL", "PIPE"]
# What no student's program may read: empty in the box, where it has mounts.
ROOT = Path(__file__).resolve().parents[2]
HIDDEN = ":".join(str(d) for d in (ROOT / "solutions", ROOT / "grader" / "corpus",
                                   ROOT / "grader" / "tests") if d.is_dir())
PATH = "/usr/local/bin:/usr/bin:/bin"
DEVNULL = subprocess.DEVNULL
PIPE = subprocess.PIPE
Stream = Union[int, IO, None]


@dataclasses.dataclass(frozen=True)
class Finished:
    """What Box.run returns; stdout and stderr hold at most limits.output."""

    status: Status
    stdout: bytes
    stderr: bytes
    reason: str         # "", or the limit that was hit: "wall", "output"


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
        self._hidden = HIDDEN
        self._init = build.init()
        self._workdirs: Dict[str, Workdir] = {}

    @classmethod
    def probe(cls, level: Optional[str] = None) -> "Box":
        """The box of that level, or of the best that can be had here.

        Raises BoxError where that level cannot be had."""
        from grader.box import probe
        return cls(*probe.found(level))

    def hide(self, directory: Path) -> None:
        """Let no student's program read this directory either. Its path has
        no colon in it."""
        hidden = self._hidden.split(":")
        if not any(directory.is_relative_to(other) for other in hidden if other):
            self._hidden = ":".join([*filter(None, hidden), str(directory)])

    def workdir(self) -> Workdir:
        """A fresh directory, readable by its own user (and root) alone. Every
        run that has its cwd in there runs as that user. remove() it."""
        lease = self._lease()
        try:
            made = workdir.make(lease)
        except OSError as error:
            raise BoxError(f"no work directory: {error}") from error
        self._workdirs[str(made)] = made
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
                   str(uid if self._mode.users else -1), self._hidden,
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
            run.pid, run._init = greeting(ours, argv[0])
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
