"""A control group for one server, where this machine lets us make one.

It adds up the CPU of all that ever was in it, to the microsecond: of children
that nobody waited for and of grandchildren too, which /proc forgets. Root may
make one, and a user to whom a part of the tree is delegated, as systemd does.
"""

import contextlib
import os
import time
import uuid
from pathlib import Path
from typing import Optional

# The kind of the mount, an option it must have, the file, units in a second.
KINDS = (("cgroup2", "rw", "cpu.stat", 1e6), ("cgroup", "cpuacct", "cpuacct.usage", 1e9))
PATIENCE = 2.0  # seconds until the last process is out


def _own(kind: str, option: str) -> Optional[Path]:
    """The group that we are in ourselves, of this kind of tree."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, where, what, options, *_ = line.split()
        if what != kind or option not in options.split(","):
            continue
        for group in Path("/proc/self/cgroup").read_text().splitlines():
            _, names, path = group.split(":", 2)
            if option in names.split(",") or (kind == "cgroup2" and not names):
                return Path(where + path)
    return None


class Group:
    """A group below our own. remove() it when its processes have ended."""

    def __init__(self, path: Path, file: str, unit: float) -> None:
        """Make it. Raises OSError where that is not allowed."""
        path.mkdir()
        self.path, self._file, self._unit = path, path / file, unit

    def enter(self) -> None:
        """Put the calling process into it. Where that is not allowed it stays
        where it is: see has()."""
        try:
            (self.path / "cgroup.procs").write_text("0")
        except OSError:
            pass

    def counts(self) -> bool:
        """Whether this kernel counts CPU here."""
        return self._file.exists()

    def has(self, pid: int) -> bool:
        """Whether a process is in it."""
        return str(pid) in (self.path / "cgroup.procs").read_text().split()

    def seconds(self) -> float:
        """CPU used so far. Raises OSError."""
        words = self._file.read_text().split()
        return int(words[-1] if len(words) == 1 else words[words.index("usage_usec") + 1]) / self._unit

    def remove(self) -> None:
        """Remove it, once it is empty; one that stays full is left."""
        deadline = time.monotonic() + PATIENCE
        while self.path.is_dir():
            try:
                self.path.rmdir()
            except OSError:
                if time.monotonic() > deadline:
                    return
                time.sleep(0.002)


def _sweep(own: Path) -> None:
    """Remove the groups of those who were killed before they could."""
    for left in own.glob("clk-*-*"):
        if not Path("/proc", left.name.split("-")[1]).exists():
            with contextlib.suppress(OSError):
                left.rmdir()


def make() -> Optional[Group]:
    """A new group, or None where there can be none."""
    for kind, option, file, unit in KINDS:
        try:
            own = _own(kind, option)
            if own is None:
                continue
            _sweep(own)
            group = Group(own / f"clk-{os.getpid()}-{uuid.uuid4().hex[:8]}", file, unit)
        except OSError:
            continue
        if group.counts():
            return group
        group.remove()
    return None


def source() -> str:
    """Where a server's CPU is read on this machine, in words."""
    group = make()
    if group:
        group.remove()
    return "control groups" if group else "/proc"
