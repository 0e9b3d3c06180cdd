"""Compile init.c, once, into build/box/init."""
import fcntl
import os
import subprocess
from pathlib import Path

from grader.box.run import BoxError

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
TARGET = ROOT / "build" / "box" / "init"


def _stale() -> bool:
    sources = [*HERE.glob("*.[ch]"), ROOT / "compile_flags.txt"]
    return not TARGET.exists() or \
        TARGET.stat().st_mtime < max(s.stat().st_mtime for s in sources)


def init() -> str:
    """The path of an up-to-date init. Raises BoxError if gcc cannot make it,
    or the directory cannot be written."""
    if not _stale():
        return str(TARGET)
    try:
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        with open(TARGET.parent / "init.lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _stale():
                _compile()
    except OSError as error:
        raise BoxError(f"cannot build the box: {error}") from error
    except subprocess.CalledProcessError as error:
        raise BoxError(f"cannot build the box:\n{error.stderr}") from error
    return str(TARGET)


def _compile() -> None:
    made = TARGET.with_suffix(".new")
    subprocess.run(["gcc", "@compile_flags.txt", "-o", str(made),
                    *map(str, sorted(HERE.glob("*.c")))], cwd=ROOT, check=True,
                   stdin=subprocess.DEVNULL, capture_output=True, text=True)
    os.replace(made, TARGET)
