"""Which files have been saved, found by looking again and again.

Looking costs a stat of a dozen files; it works on every file system, and it
needs no package. A save is a file whose time, size or inode is another, one
that has come, or one that has gone: editors save in all of these ways.
"""

import time
from pathlib import Path
from typing import Callable, Dict, List, Sequence, Set, Tuple

from lab.way import record, say

PERIOD = 0.1            # seconds between two looks
LOOKS = 2               # without a change, and the save is over
Mark = Tuple[int, int, int]


class Files:
    """The files of some parts of a directory, as they were at the last look."""

    def __init__(self, directory: Path, parts: Sequence[str]):
        self.directory, self.parts = directory, parts
        self.marks = self._look()
        self.gone: Set[Path] = set()        # since the last save began, and not there again

    def _look(self) -> Dict[Path, Mark]:
        marks = {}
        for path in (p for part in self.parts for p in record.files(self.directory, part)):
            try:
                at = path.stat()
            except FileNotFoundError:       # between one system call and the next
                continue
            marks[path] = at.st_mtime_ns, at.st_size, at.st_ino
        return marks

    def saved(self) -> List[str]:
        """The names that have changed since the last time this was asked."""
        before, self.marks = self.marks, self._look()
        self.gone = (self.gone | before.keys()) - self.marks.keys()
        return sorted(p.name for p in {*before, *self.marks} if before.get(p) != self.marks.get(p))

    def settled(self, pause: Callable[[float], None] = time.sleep) -> List[str]:
        """The same, and what else is saved until nothing is for a moment: an
        editor that saves all its files causes one run, not five."""
        self.gone = set()
        names, quiet = set(self.saved()), 0
        while names and quiet < LOOKS:
            pause(PERIOD)
            more = self.saved()
            names, quiet = names | set(more), 0 if more else quiet + 1
        return sorted(names)

    def told(self, names: Sequence[str]) -> str:
        """What has happened to files that have settled: "queue.c and serve.c
        saved", "queue.c gone", or both; "" for none."""
        gone = {p.name for p in self.gone} & set(names)
        kinds = (say.listed([n for n in names if n not in gone]), "saved"), (say.listed(sorted(gone)), "gone")
        return ", ".join(f"{which} {what}" for which, what in kinds if which)
