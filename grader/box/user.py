"""Users that own nothing else: one is leased for a work directory or a run.

The lock files are the agreement between graders: the kernel drops a lock with
the process that held it, so that a killed grader blocks nothing.
"""
import fcntl
import os
import pwd
import random
import stat
import subprocess
from pathlib import Path
from typing import List, Optional, Tuple

from grader.box import proc

FIRST, LAST = 61000, 64999
LEFTOVERS = "/tmp", "/var/tmp", "/dev/shm"


def _spans() -> List[Tuple[int, int, int]]:
    """The users that this user namespace has: first, first outside, how many."""
    with open("/proc/self/uid_map", encoding="ascii") as file:
        return [tuple(map(int, line.split())) for line in file]


def can_be_had() -> bool:
    """Whether this process may become any user of the range: root of the
    machine or of a namespace that has these users."""
    return os.geteuid() == 0 and any(
        first <= FIRST and LAST < first + n for first, _, n in _spans())


def outside() -> int:
    """Who we are outside this user namespace: in `unshare -r` everybody is 0,
    and a directory named after that would be somebody else's."""
    me = os.geteuid()
    return next((there + me - first for first, there, n in _spans()
                 if first <= me < first + n), me)


def own_directory(path: Path, mode: int) -> Path:
    """Make path, unless it is there, a directory that only we can change.

    Raises OSError, also when somebody else made it first."""
    try:
        path.mkdir(mode=mode)
        path.chmod(mode)
    except FileExistsError:
        pass
    info = path.lstat()
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.geteuid() \
            or stat.S_IMODE(info.st_mode) & 0o022:
        raise PermissionError(f"{path} is not a directory of our own")
    return path


def _locks() -> Path:
    for parent in "/run", "/tmp":
        try:
            return own_directory(Path(parent, "clk-box-users"), 0o700)
        except OSError as error:
            refused = error
    raise refused


def _has_a_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError as error:
        # CPython 3.11: Ctrl-C while it writes the message takes the message
        # away, and the KeyError takes the KeyboardInterrupt away.
        if not error.args:
            raise KeyboardInterrupt from error
        return False
    return True


class Lease:
    """A user nobody else has, until release()."""

    def __init__(self, uid: int, lock: int) -> None:
        self.uid, self._lock = uid, lock

    def release(self) -> None:
        """Remove what the user left in shared directories, then let go."""
        if self._lock >= 0:
            _remove_leftovers(self.uid)
            os.close(self._lock)
            self._lock = -1


def _try(uid: int, directory: Path) -> Optional[Lease]:
    lock = os.open(directory / str(uid), os.O_CREAT | os.O_RDWR
                   | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    # A killed grader's lock goes a moment before its box does.
    if proc.of_user(uid) or _has_a_name(uid):
        os.close(lock)
        return None
    return Lease(uid, lock)


def lease() -> Lease:
    """A user that no process has and no other grader will pick.

    Raises OSError if there is none left or no place for the locks."""
    directory = _locks()
    start = random.randrange(FIRST, LAST + 1)
    for uid in [*range(start, LAST + 1), *range(FIRST, start)]:
        found = _try(uid, directory)
        if found:
            return found
    raise OSError(f"no user from {FIRST} to {LAST} is free")


def _remove_leftovers(uid: int) -> None:
    """The next holder of the uid must not find them. Only directly below the
    shared directories, which is all a stranger can write to there."""
    for directory in LEFTOVERS:
        try:
            entries = list(os.scandir(directory))
        except OSError:
            continue
        for entry in entries:
            try:
                if entry.stat(follow_symlinks=False).st_uid == uid:
                    remove(entry.path)
            except OSError:
                pass


def remove(path: str) -> None:
    """Remove path and all below it; rm(1), as it can go to any depth."""
    for command in (["rm", "-rf"], ["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
        subprocess.run([*command, "--", path], check=False,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        if os.path.islink(path) or not os.path.lexists(path):
            return
