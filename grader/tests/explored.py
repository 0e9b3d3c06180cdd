"""Build scenarios with the explorer, once for each choice of flags.

What is built is kept under build/, by what it is made of: the explorer, the
compiler, the words of the command, and the text of the files. Two processes
of a test run share it, and so do two test runs.
"""
import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Iterator

from grader.explore.finding import Explored, parse

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "grader" / "scenarios"
POOL = ROOT / "solutions" / "pool"
KEPT = ROOT / "build" / "explored"
EXPLORERS = 2       # whose programs are kept


@dataclass(frozen=True)
class Program:
    """An explored program, ready to be run."""

    path: Path

    def run(self, *options: str, timeout: float = 100) -> subprocess.CompletedProcess:
        return subprocess.run([str(self.path), *options], capture_output=True, text=True,
                              timeout=timeout, stdin=subprocess.DEVNULL)

    def search(self, *options: str, timeout: float = 100) -> Explored:
        done = self.run(*options, timeout=timeout)
        assert done.stdout, f"{self.path.name}: status {done.returncode}: {done.stderr}"
        return parse(done.stdout)

    def replay(self, schedule: str, *options: str) -> str:
        """The verdict's number and the hash."""
        return self.run("--replay", schedule, "--brief", *options).stdout.strip()


def _hash(*parts: bytes) -> str:
    """Of the parts, one by one: ("ab", "c") is not ("a", "bc")."""
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:20]


def _texts(files: list[Path]) -> list[bytes]:
    return [part for file in files for part in (file.name.encode(), file.read_bytes())]


def _explorer() -> Path:
    """Where the programs of the explorer as it is now are kept."""
    lab = ROOT / "lab"
    return KEPT / _hash(*_texts(sorted([*lab.glob("*.[ch]"), *filter(Path.is_file, (lab / "explore").iterdir())])))


@lru_cache(maxsize=None)
def _begin_to_use(directory: Path) -> None:
    """Of others, the ones that were used last stay."""
    directory.mkdir(parents=True, exist_ok=True)
    os.utime(directory)
    for old in sorted(KEPT.iterdir(), key=lambda d: d.stat().st_mtime)[:-EXPLORERS]:
        shutil.rmtree(old, ignore_errors=True)


@lru_cache(maxsize=None)
def _compiler(cc: str) -> bytes:
    path = Path(shutil.which(cc) or cc).resolve()
    return f"{path} {path.stat().st_mtime_ns} {os.confstr('CS_GNU_LIBC_VERSION')}".encode()


def _read(word: str) -> Iterator[bytes]:
    """What a word of the command stands for, and what is read because of it:
    the headers beside a C file, and in a directory of headers."""
    directory, file = Path(word.removeprefix("-I")), Path(word)
    if word.startswith("-I"):
        yield b"-I"
        yield from _texts(sorted(directory.glob("*.[ch]")))
    elif file.suffix == ".c":
        yield from _texts([file, *sorted(file.parent.glob("*.h"))])
    else:
        yield word.encode()


def _place(words: tuple[str, ...], cc: str) -> Path:
    return _explorer() / _hash(_compiler(cc), *(part for word in words for part in _read(word)))


def build_anew(words: tuple[str, ...], cc: str) -> Path:
    """The program, built unless it is there. Where something is edited
    meanwhile nobody knows what it was built of, and it is built again."""
    while not (out := _place(words, cc)).exists():
        _begin_to_use(out.parent)
        made = out.with_suffix(f".{os.getpid()}")
        subprocess.run([str(ROOT / "lab/explore/explore-cc"), "-o", str(made), f"-I{ROOT / 'lab'}", *words],
                       check=True, capture_output=True, text=True, timeout=120, env={**os.environ, "CC": cc})
        made.replace(out if out == _place(words, cc) else made)
    _begin_to_use(out.parent)
    return out


@lru_cache(maxsize=None)
def build(*words: str, cc: str = "gcc") -> Program:
    """Build files (paths) with flags. Raises CalledProcessError."""
    return Program(build_anew(words, cc))


def scenario(name: str, *words: str, cc: str = "gcc") -> Program:
    """One of grader/scenarios."""
    return build(str(SCENARIOS / f"{name}.c"), *words, cc=cc)
