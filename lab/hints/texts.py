"""The hints of each task, and how many of them a student has seen."""

from pathlib import Path
from typing import Dict, List

from lab.way import kept, tasks

TEXTS = Path(__file__).with_name("hints.toml")
SEEN = kept.HERE / "hints.json"


def read(path: Path = TEXTS) -> Dict[str, List[str]]:
    """Each task's hints, in their order. Raises Unfit, OSError."""
    return {task: [" ".join(own[n].split()) for n in sorted(own, key=int)]
            for task, own in tasks.table(path).items()}


def seen(task: str, path: Path = SEEN) -> int:
    """How many hints of a task have been shown."""
    count = kept.read(path).get(task, 0)
    return count if isinstance(count, int) and count > 0 else 0


def remember(task: str, count: int, path: Path = SEEN) -> None:
    """Keep how many have been shown. Raises OSError."""
    kept.write(path, {**kept.read(path), task: count})
