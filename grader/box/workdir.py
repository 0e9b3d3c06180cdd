"""Directories that runs live in."""
import fcntl
import os
import tempfile
from pathlib import Path
from typing import Optional

from grader.box import user


class Workdir(os.PathLike):
    """A directory of box.workdir's. Usable wherever a path is; `/` joins."""

    def __init__(self, path: Path, lock: int, lease: Optional[user.Lease],
                 uid: int) -> None:
        self.path, self.uid = path, uid
        self._lock, self._lease = lock, lease

    def __fspath__(self) -> str:
        return str(self.path)

    def __str__(self) -> str:
        return str(self.path)

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def remove(self) -> None:
        """Remove it and everything in it. Idempotent. End its runs first."""
        if self._lock < 0:
            return
        user.remove(str(self.path))
        os.close(self._lock)
        self._lock = -1
        if self._lease:
            self._lease.release()

    def __enter__(self) -> "Workdir":
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


def _base() -> Path:
    return user.own_directory(
        Path(tempfile.gettempdir(), f"clk-box-{user.outside()}"), 0o711)


def _lock(path: Path, how: int) -> int:
    """Open and lock a directory. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
                 | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, how)
    except OSError:
        os.close(fd)
        raise
    return fd


def make(lease: Optional[user.Lease]) -> Workdir:
    """A fresh directory of mode 0700 that belongs to the lease's user, or to
    ours. Raises OSError."""
    base = _base()
    gate = _lock(base, fcntl.LOCK_EX)   # or sweep could see it unlocked
    try:
        path = Path(tempfile.mkdtemp(prefix="w-", dir=base))
        lock = _lock(path, fcntl.LOCK_EX)
    finally:
        os.close(gate)
    if lease:
        os.fchown(lock, lease.uid, lease.uid)
    return Workdir(path, lock, lease, lease.uid if lease else os.geteuid())


def sweep() -> None:
    """Remove the directories of graders that were killed: theirs is the lock
    that nobody holds."""
    base = _base()
    gate = _lock(base, fcntl.LOCK_EX)
    try:
        for path in base.iterdir():
            try:
                lock = _lock(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            user.remove(str(path))
            os.close(lock)
    finally:
        os.close(gate)
