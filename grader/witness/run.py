"""One run of a server under a tool: start it, apply the load, stop it, read.

How a process is started is the caller's: `plain` for a student's own machine,
`boxed(box)` for a grade.
"""
import os
import re
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Callable, Optional, Protocol

from grader.box.box import Box, Limits, Status
from grader.witness import load
from grader.witness.finding import Finding

LISTENING = re.compile(rb"listening on 127\.0\.0\.1:(\d+)\n")
STARTING = 20.0         # seconds until it listens
# First the server's own way out, then the signal after which Helgrind still
# writes its whole report, and says who holds which lock.
STOPPING = (signal.SIGTERM, 3.0), (signal.SIGABRT, 5.0)
MOST = 4 << 20          # bytes of a report that are read


class Process(Protocol):
    """What a launcher returns; grader.box.box.Run is one."""

    pid: int

    def poll(self) -> Optional[Status]: ...

    def signal(self, number: int) -> None: ...

    def end(self) -> object: ...


Launch = Callable[[list[str], dict[str, str], IO, IO], Process]


@dataclass(frozen=True)
class Search:
    """A scenario around one of the student's files, for findings of that kind.
    call() searches it and returns explore.boxed's Found or Unknown;
    explorer.FAILURES are what it may raise. again(found): searches.Again, or
    None where it does not repeat; again is None where nothing is kept for make
    replay."""

    file: str
    call: Callable[[], object]
    again: Optional[Callable[[object], object]] = None
    kind: str = "race"


@dataclass(frozen=True)
class Program:
    """What is to be witnessed. build(flags) compiles the server with further
    gcc flags and returns the executable, or raises WitnessError; files are the
    student's, as they see them: "pool/stats.c"; searches are the explorer's;
    luck() plays rounds of bad luck and says what became of the numbers; part:
    whose paths the load asks besides /echo and /stats, "" for nobody's."""

    build: Callable[[tuple[str, ...]], Path]
    files: tuple[str, ...]
    searches: tuple[Search, ...] = ()
    luck: Optional[Callable[[], "Testimony"]] = None
    part: str = ""

    def shown(self, path: Optional[str]) -> Optional[str]:
        """The student's name for a path in a report; None if not theirs."""
        if not path:
            return None
        plain = "/" + str(PurePosixPath(os.path.normpath(path)))
        return next((f for f in self.files
                     if plain.endswith("/" + f) or ("/" + f).endswith(plain)), None)


@dataclass
class Testimony:
    """What a witness has to say. measured False: it says nothing, and why.
    races_in: the files of whose races alone it can speak; None: of all."""

    __test__ = False        # pytest: the name only sounds like one
    findings: list[Finding]
    measured: bool
    reason: str = ""
    races_in: Optional[tuple[str, ...]] = None

    def speaks_of(self, finding: Finding) -> bool:
        """Whether its silence means something for a finding."""
        if self.races_in is None:
            return self.measured
        return self.measured and finding.kind == "race" and all(a.file in self.races_in for a in finding.accesses)


class WitnessError(Exception):
    """A witness could not be heard; never the student's fault."""


@dataclass(frozen=True)
class Observation:
    """One run: the report, how it ended (None: it had to be killed), what the
    load saw (None: it never listened)."""

    text: str
    status: Optional[Status]
    load: Optional[load.Load]

    def unheard(self) -> str:
        """Why this run's silence would prove nothing, or ""."""
        if self.load is None:
            return "the server did not come to listen under the tool"
        if not self.load.complete:
            return (f"only {self.load.answered} of {self.load.sent} requests were answered "
                    f"under the tool ({self.load.wrong[0]})")
        return "the server had to be killed" if self.status is None else ""


class _Plain:
    """A process in a session of its own."""

    def __init__(self, argv: list[str], env: dict[str, str], stdout: IO, stderr: IO):
        self._process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, cwd="/",
            env={"PATH": os.defpath, **env}, start_new_session=True)
        self.pid = self._process.pid

    # Looked at but not reaped before end(): until then the number of the
    # group cannot become somebody else's.
    def poll(self) -> Optional[Status]:
        seen = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if seen is None:
            return None
        return Status("exit" if seen.si_code == os.CLD_EXITED else "signal", seen.si_status)

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def end(self) -> None:
        if self._process.returncode is None:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()


def plain(argv: list[str], env: dict[str, str], stdout: IO, stderr: IO) -> Process:
    """Start a process without any box."""
    return _Plain(argv, env, stdout, stderr)


class _Boxed:
    """A run of the box with a work directory of its own, which tools need."""

    def __init__(self, box: Box, argv: list[str], env: dict[str, str], stdout: IO, stderr: IO):
        self._dir = box.workdir()
        try:
            self._run = box.start(argv, cwd=self._dir, env={"TMPDIR": str(self._dir), **env},
                                  stdout=stdout, stderr=stderr, limits=Limits(memory=0))
        except BaseException:
            self._dir.remove()
            raise
        self.pid, self.poll, self.signal = self._run.pid, self._run.poll, self._run.signal

    def end(self) -> None:
        self._run.end()
        self._dir.remove()


def boxed(box: Box) -> Launch:
    """A launcher that starts everything in the box."""
    return lambda argv, env, stdout, stderr: _Boxed(box, argv, env, stdout, stderr)


def observe(argv: list[str], launch: Launch, env: dict[str, str], part: str = "") -> Observation:
    """Run a part's server under a tool whose report goes to stderr, with the
    options of the part behind argv.

    Raises WitnessError if it cannot be started."""
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
        try:
            run = launch(argv + load.OPTIONS.get(part, []), {"LC_ALL": "C", **env}, out, err)
        except Exception as error:
            raise WitnessError(f"cannot start {argv[0]}: {error}") from error
        try:
            port = _port(run, Path(out.name))
            seen = load.apply(port, part=part) if port else None
            status = _stop(run)
        finally:
            run.end()
        text = Path(err.name).read_bytes()[:MOST].decode("utf-8", "replace")
    return Observation(text, status, seen)


def finish(argv: list[str], launch: Launch, env: dict[str, str], seconds: float = 30.0) -> Observation:
    """Run a program that ends by itself, such as a canary."""
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
        try:
            run = launch(argv, {"LC_ALL": "C", **env}, out, err)
        except Exception as error:
            raise WitnessError(f"cannot start {argv[0]}: {error}") from error
        try:
            status = _ended(run, seconds)
        finally:
            run.end()
        text = Path(err.name).read_bytes()[:MOST].decode("utf-8", "replace")
    return Observation(text, status, None)


def _port(run: Process, out: Path) -> Optional[int]:
    """The port it says it listens on, or None."""
    until = time.monotonic() + STARTING
    while time.monotonic() < until:
        ended = run.poll()
        with out.open("rb") as stream:
            found = LISTENING.search(stream.read(4096))
        if found or ended:
            return int(found[1]) if found and not ended else None
        time.sleep(0.005)
    return None


def _stop(run: Process) -> Optional[Status]:
    for number, seconds in STOPPING:
        if run.poll() is None:
            run.signal(number)
        status = _ended(run, seconds)
        if status is not None:
            return status
    return None


def _ended(run: Process, seconds: float) -> Optional[Status]:
    until = time.monotonic() + seconds
    while run.poll() is None and time.monotonic() < until:
        time.sleep(0.003)
    return run.poll()
