"""The files of a task as they were at first, and the student's way back to them."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import List, Sequence

from lab.way.tasks import ANSWERS, Task

BACKUP = Path("build/reset")


@dataclass(frozen=True)
class File:
    """One file of a task. own: the student's; first: as it was; others: the
    tasks whose work it holds as well."""

    name: str
    own: Path
    first: Path
    others: List[str]

    @property
    def changed(self) -> bool:
        """Whether there is anything to put back. Raises OSError."""
        return not self.own.is_file() or self.own.read_bytes() != self.first.read_bytes()


def files(task: Task, everything: Sequence[Task], directory: Path, originals: Path) -> List[File]:
    """The C files of a task; its answers are not among them."""
    found = []
    for place in task.files:
        part, name = place
        if part != ANSWERS:
            others = [t.id for t in everything if place in t.files and t.id != task.id]
            found.append(File(f"{part}/{name}", directory / part / name, originals / part / name, others))
    return found


def backup(changed: Sequence[File]) -> Path:
    """Copy what the student has into a new directory. Raises OSError."""
    name = time.strftime("%Y-%m-%d_%H-%M-%S")
    made = BACKUP / name
    for n in range(2, 100):
        if not made.exists():
            break
        made = BACKUP / f"{name}-{n}"
    for file in changed:
        if file.own.is_file():
            target = made / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file.own, target)
    return made


def put_back(file: File) -> None:
    """Make it as it was at first, whole or not at all. Raises OSError."""
    file.own.parent.mkdir(parents=True, exist_ok=True)
    half = file.own.with_name(f".{file.own.name}.first")
    half.write_bytes(file.first.read_bytes())
    half.replace(file.own)


def strangers(changed: Sequence[File], originals: Path) -> List[Path]:
    """Files beside them that the student has made, and that stay."""
    return sorted({p for file in changed for p in file.own.parent.glob("*.[ch]")
                   if not (originals / file.own.parent.name / p.name).exists()})
