"""Which functions a step is in, and so whether a call has returned: a thread
that is in a call-back of a function's is still in that function."""
from dataclasses import dataclass, replace
from pathlib import Path

from grader.explore.finding import Event, Explored
from grader.explore.symbols import Symbols


@dataclass(frozen=True)
class Called:
    """A function that another one has called, and where; 0: not known."""

    function: str
    pc: int


class Stacks:
    """Of one told run."""

    def __init__(self, found: Explored, symbols: Symbols):
        self._frames, self._symbols = found.frames, symbols
        symbols.resolve(pc for f in found.frames for pc in (f.called_at, f.inside))

    def at_home(self, event: Event) -> Event:
        """What a header's function does is done where that function is
        called, by whoever calls it."""
        while event.frame and self._header(event.pc):
            frame = self._frames[event.frame - 1]
            if not self._header(frame.inside):
                break
            event = replace(event, pc=frame.called_at, frame=frame.by)
        return event

    def _header(self, pc: int) -> bool:
        return self._symbols.line(pc).file.endswith(".h")

    def of(self, event: Event) -> list[int]:
        """The frames that a step is in, the innermost first."""
        found, frame = [], event.frame if event.action != "ends" else 0
        while frame:
            found.append(frame)
            frame = self._frames[frame - 1].by
        return found

    def called(self, frame: int, event: Event) -> Called:
        """What a function has called on its way to a step that is not its own."""
        inner = self.of(event)
        within = inner.index(frame)
        if not within:          # code without hooks may have called further on
            return Called(f"code in {Path(self._symbols.line(event.pc).file).name}", 0)
        called = self._frames[inner[within - 1] - 1]
        return Called(self._symbols.line(called.inside).function, called.called_at)
