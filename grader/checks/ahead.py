"""Measuring checks before their turn, for a quick look.

A check waits more than it works. So while one has its turn the next few are
measured already, each as if all before it passed without a word. Where one did
not, what was measured meanwhile is thrown away and measured again, because a
failure decides in what company the rest is measured, and what of it is reached.
The records are those of one check after the other.
"""
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Callable, Generic, Iterable, TypeVar

from grader.core.record import Record

Item = TypeVar("Item")


def changes_nothing(record: Record) -> bool:
    """Whether what comes later is measured as if this had not been."""
    return record.outcome == "pass" and not record.suspects


class Ahead(Generic[Item]):
    """Takes the measurements of `items`, in this order."""

    def __init__(self, items: Iterable[Item], measure: Callable[[Item], Record], width: int):
        """Up to `width` are measured at the same time. `measure` is called in
        threads of ours; if that is 1, in the caller's."""
        self._later, self._measure, self._width = deque(items), measure, width
        self._begun: deque[tuple[Item, Future]] = deque()
        self._pool = ThreadPoolExecutor(width) if width > 1 else None

    def next(self) -> Record:
        """The record of the next item. Raises what measuring it raised, and
        IndexError when there is none."""
        if self._pool is None:
            return self._measure(self._later.popleft())
        while self._later and len(self._begun) < self._width:
            item = self._later.popleft()
            self._begun.append((item, self._pool.submit(self._measure, item)))
        record = self._begun.popleft()[1].result()
        if not changes_nothing(record):
            self._forget()
        return record

    def _forget(self) -> None:
        """What has begun is to be measured again. It ends first: one thing is
        not measured twice at the same time."""
        wait([task for _, task in self._begun])
        self._later.extendleft(item for item, _ in reversed(self._begun))
        self._begun.clear()

    def unfinished(self) -> bool:
        """Whether something is being measured that nobody has asked for."""
        return any(not task.done() for _, task in self._begun)
