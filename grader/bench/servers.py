"""The servers that are measured: which files, how built, started, stopped."""

import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Optional, Sequence, Tuple, Type

from grader.bench import cgroup, measure
from grader.pace.tool import CannotMeasure, compile_c

ROOT = Path(__file__).resolve().parents[2]
GIVEN = ("lab/main.c", "lab/net.c", "lab/http.c", "lab/echo.c")
START_SECONDS = 10.0


def shown(path: Path) -> Path:
    """The path from the root, where it is below it."""
    return path.relative_to(ROOT) if ROOT in path.parents else path


@dataclass(frozen=True)
class Program:
    """A server: its name in tables and the files that are its own."""

    name: str
    sources: Tuple[Path, ...]

    def files(self) -> str:
        """Its own files, for a person: dir/{a,b}.c from the root."""
        directory = shown(self.sources[0].parent)
        names = [s.stem for s in self.sources]
        text = names[0] if len(names) == 1 else "{" + ",".join(names) + "}"
        return f"{directory}/{text}.c"


def serial() -> Program:
    """The given program that everything started from."""
    return Program("serial", (ROOT / "lab/serial.c", ROOT / "lab/stats.c"))


def part(tree: Path, name: str, called: Optional[str] = None) -> Program:
    """The server in tree/name. Raises CannotMeasure if there is none."""
    directory = tree if tree.is_absolute() else ROOT / tree
    directory = directory / name
    if not (directory / "serve.c").is_file():
        raise CannotMeasure(f"there is no {shown(directory / 'serve.c')}")
    return Program(called or name, tuple(sorted(directory.glob("*.c"))))


def build(program: Program, directory: Path) -> Path:
    """Compile a server into directory; see compile_c."""
    own = zlib.crc32(" ".join(map(str, program.sources)).encode())
    sources = [ROOT / g for g in GIVEN] + list(program.sources)
    missing = [s for s in sources if not s.is_file()]
    if missing:
        raise CannotMeasure(f"{program.name}: there is no {shown(missing[0])}")
    return compile_c(sources, directory / f"{own:08x}" / program.name)


def signal_name(number: int) -> str:
    """SIGABRT, say; the real-time ones have no names."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class Server:
    """A running server in a session and a scratch directory of its own.

    A context manager: when it is left, every process of the session is dead.
    """

    def __init__(self, binary: Path, options: Sequence[str] = (),
                 before: Sequence[str] = ()) -> None:
        """Start it, perhaps by a command that goes `before`, and wait until it
        listens. Raises CannotMeasure."""
        self.closed, self._traced = False, bool(before)
        self._drain: Optional[subprocess.Popen] = None
        self._group = None if before else cgroup.make()
        self.scratch = tempfile.TemporaryDirectory(prefix="server-")
        self.errors = tempfile.TemporaryFile()
        command = [*before, str(binary), "-p", "0", *options]
        if shutil.which("setpriv"):  # even if nobody is left to close us
            command = ["setpriv", "--pdeathsig", "KILL", *command]
        self.process = subprocess.Popen(
            command, cwd=self.scratch.name,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self.errors, start_new_session=True,
            preexec_fn=self._group.enter if self._group else None)
        try:
            if self._group and not self._group.has(self.pid):
                self._leave_group()
            self.port = self._port(binary.name)
            self._drain = self._throw_away()
            # What it has open before anybody came: where it listens.
            self.sockets = measure.sockets(measure.session(self.pid))
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The server's first process, and the id of its session."""
        return self.process.pid

    @property
    def address(self) -> str:
        """Where it listens: 127.0.0.1:PORT."""
        return f"127.0.0.1:{self.port}"

    @property
    def grouped(self) -> bool:
        """Whether a control group counts its CPU, and so all of it."""
        return self._group is not None

    def cpu_seconds(self) -> Optional[float]:
        """CPU that it has used so far, or None; see measure.cpu_seconds."""
        return self._group.seconds() if self._group else measure.cpu_seconds(self.pid)

    def words(self) -> str:
        """What it printed on stderr, the last lines."""
        self.errors.seek(0)
        text = self.errors.read()[-2000:].decode(errors="replace")
        return " | ".join(text.strip().splitlines()[-3:])

    def ending(self) -> str:
        """How its first process, which is no more, has ended: a signal by its
        name, and its last words."""
        status, words = self.process.wait(), self.words()
        if status < 0:
            name = signal_name(-status)
            return f"{name}: {words}" if words else f"{name}, without a word"
        return words or f"status {status}, without a word"

    def alive(self, patience: float = 0) -> bool:
        """Whether its first process is still there so many seconds later."""
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            return True
        return False

    def stop(self, number: int, seconds: float) -> None:
        """Send it a signal and wait until nothing is left of the session.
        Raises CannotMeasure where it does not end in time."""
        first = [s.pid for s in measure.session(self.pid)
                 if s.pid != self.pid and s.parent == self.pid]
        os.kill(min(first) if self._traced and first else self.pid, number)
        deadline = time.monotonic() + seconds
        while measure.session(self.pid):
            if time.monotonic() > deadline:
                raise CannotMeasure("it did not end after a signal")
            time.sleep(0.005)

    def _port(self, name: str) -> int:
        line = b""
        deadline = time.monotonic() + START_SECONDS
        assert self.process.stdout is not None
        fd = self.process.stdout.fileno()
        while b"\n" not in line:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([fd], [], [], left)[0]:
                raise CannotMeasure(f"{name} did not say within "
                                    f"{START_SECONDS:.0f} s where it listens")
            data = os.read(fd, 4096)
            if not data:
                if self.alive(patience=0.2):
                    raise CannotMeasure(f"{name} closed its output before it "
                                        "said where it listens")
                raise CannotMeasure(f"{name} ended before it listened: "
                                    f"{self.ending()}")
            line += data
        match = re.match(rb"listening on 127\.0\.0\.1:(\d+)\n", line)
        if not match:
            raise CannotMeasure(f"{name} did not say where it listens, "
                                f"but {line[:60]!r}")
        return int(match.group(1))

    def _throw_away(self) -> subprocess.Popen:
        """Read whatever else it prints, or it would stop where the pipe is
        full. By another process: a thread of ours would be in the middle of
        something when the next server is forked. It takes over the pipe, ends
        with it, and no ^C reaches it before the server's."""
        assert self.process.stdout is not None
        with self.process.stdout as pipe:
            self.process.stdout = None
            return subprocess.Popen(["cat"], stdin=pipe,
                                    stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL,
                                    start_new_session=True)

    def _leave_group(self) -> None:
        if self._group:
            self._group.remove()
        self._group = None

    def close(self) -> None:
        """Kill the whole session and clean up; may be called twice."""
        if self.closed:
            return
        self.closed = True
        # The parent first: then nobody is left who makes new processes while
        # we look for those that there are.
        self.process.kill()
        deadline = time.monotonic() + START_SECONDS
        while left := measure.session(self.pid):
            for stat in left:
                try:
                    os.kill(stat.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if time.monotonic() > deadline:
                break
            time.sleep(0.001)
        self.process.wait()
        self._leave_group()
        if self.process.stdout:
            self.process.stdout.close()
        if self._drain:  # somebody outside of the session may have the pipe
            self._drain.kill()
            self._drain.wait()
        self.errors.close()
        self.scratch.cleanup()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]],
                 value: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

