"""Grade one case of the corpus, with the grader as an instructor calls it."""
import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import Iterable, Iterator, Optional

from grader.corpus.mutant import ROOT, Case, build, make_tree, tree_hash
from grader.course.read import read as course

GRADE = ROOT / "grader" / "grade"
LIMIT = 1000        # seconds for one grade; it has a limit of 900 itself
LOOK = 0.2          # seconds between looks whether to stop
STOPPED = 130       # the exit status of who was stopped


class Stopped(RuntimeError):
    """The grade was ended, or not begun, because all are to stop."""


class Running:
    """The grades that run. They have sessions of their own, so neither a
    terminal's Ctrl-C nor its end reaches them: who is stopped must end them.
    A handler sets `stopped`, and whoever waits for a grade looks at it."""

    stopped = False

    def wait(self, child: subprocess.Popen) -> None:
        """Until it ends. Raises Stopped, or TimeoutExpired after LIMIT."""
        end = time.monotonic() + LIMIT
        while not self.stopped:
            try:
                child.wait(LOOK)
                return
            except subprocess.TimeoutExpired:
                if time.monotonic() > end:
                    raise
        raise Stopped("stopped")


RUNNING = Running()


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM and a lost terminal are KeyboardInterrupt, like Ctrl-C; whatever
    comes after the first of them does not disturb the ending. What is ignored,
    as under nohup, stays so."""
    signals = [number for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
               if signal.getsignal(number) != signal.SIG_IGN]

    def interrupt(*_: object) -> None:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        RUNNING.stopped = True      # the exception may be lost, in a finalizer
        raise KeyboardInterrupt
    before = [signal.signal(number, interrupt) for number in signals]
    try:
        yield
        if RUNNING.stopped:
            raise KeyboardInterrupt
    finally:
        for number, handler in zip(signals, before):
            signal.signal(number, handler)


@dataclass(frozen=True)
class Measured:
    """A result, and where its reports lie."""

    result: dict
    directory: Path
    kept: bool = False          # it was measured before


@lru_cache(maxsize=None)
def grades_programs() -> bool:
    """Whether grader/grade takes an executable from outside."""
    done = subprocess.run([str(GRADE), "--help"], capture_output=True, text=True, timeout=60)
    return "--program" in done.stdout


class Bench:
    """Grades cases, and keeps what was measured by (code, kit, checks asked for)."""

    def __init__(self, out: Path, kit: str, root: Path = ROOT):
        self.out, self.kit, self.root = out, kit, root

    def tree(self, case: Case) -> Path:
        """The case's code, made anew. Raises Broken."""
        return make_tree(case, self.out / case.name / "tree" / case.name, self.root)

    def key(self, tree: Path) -> str:
        return hashlib.sha256(f"{tree_hash(tree)} {self.kit} {course().digest}".encode()).hexdigest()[:12]

    def measure(self, case: Case, wants: Iterable[str] = ()) -> Measured:
        """Grade a case: the checks asked for, or all of its part. Raises Broken
        for a case that cannot be used, RuntimeError where grading failed."""
        wants, tree = sorted(wants), self.tree(case)
        key = self.key(tree)
        self._forget(case, key)
        asked = hashlib.sha256(" ".join(wants).encode()).hexdigest()[:8]
        directory = self.out / case.name / f"{key}-{asked}"
        kept = result_in(directory)
        if kept and "error" not in kept.result:
            return kept
        grade(directory, *self._arguments(case, tree, wants))
        made = result_in(directory)
        if not made:
            raise RuntimeError(f"{case.name}: grader/grade left no result in {directory}")
        return Measured(made.result, made.directory)

    def _arguments(self, case: Case, tree: Path, wants: list[str]) -> list[str]:
        asked = [word for want in wants for word in ("--task", want)]
        if case.mode == "program":
            if not grades_programs():
                raise RuntimeError(f"{case.name}: mode program is not wired: grader/grade knows no --program")
            return ["--program", f"{build(case, tree)} {case.command}", "--protocol", case.protocol,
                    "--model", *case.model.split(), *asked]
        return ["--no-timing", *(asked or ["--part", case.part]), str(tree)]

    def _forget(self, case: Case, key: str) -> None:
        """Remove what was measured with other code or by another kit."""
        for old in (self.out / case.name).glob("*-*"):
            if not old.name.startswith(f"{key}-"):
                shutil.rmtree(old, ignore_errors=True)


def result_in(directory: Path) -> Optional[Measured]:
    """The one finished result below a directory."""
    for path in directory.glob("*/result.json"):
        try:
            return Measured(json.loads(path.read_text("utf-8")), path.parent, kept=True)
        except (OSError, ValueError):
            continue
    return None


def grade(out: Path, *arguments: str, env: Optional[dict[str, str]] = None,
          wrapper: Iterable[str] = ()) -> str:
    """Run grader/grade, and surely end what it started. Returns what it said.
    Raises RuntimeError where it was not done in time or could not start, of
    which Stopped is one."""
    command = [*wrapper, str(GRADE), "--out", str(out), *arguments]
    if RUNNING.stopped:
        raise Stopped("stopped")
    with TemporaryFile() as words:      # a pipe would end with the last who has it
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=words,
                              stderr=subprocess.STDOUT, env=env, start_new_session=True) as child:
            try:
                RUNNING.wait(child)
            except subprocess.TimeoutExpired as error:
                raise RuntimeError(f"{' '.join(arguments)}: not graded in {LIMIT} s") from error
            finally:
                _end(child)
        if RUNNING.stopped:
            raise Stopped("stopped")
        words.seek(0)
        said = words.read().decode("utf-8", "replace")
    if child.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(arguments)}: grader/grade ended with {child.returncode}: {said[-1000:]}")
    return said


def _end(child: subprocess.Popen) -> None:
    """By SIGTERM, which grade hands on to its boxes, then by SIGKILL."""
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
