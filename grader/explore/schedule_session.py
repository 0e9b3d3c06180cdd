"""make schedule without a line: one chooses whose step is next, and sees it."""
import re
from dataclasses import dataclass, field
from typing import Callable, Iterable, TextIO

from grader.explore import tell
from grader.explore.schedule import Next, Run, begun, joined, next_steps, replay, steps_told, why
from grader.explore.symbols import Symbols

MOVE = re.compile(r"[tT]?(\d{1,4})(?:[:\s]\s*(\d{1,6}))?")
HELP = "1 lets T1 take a step, 1 4 or T1:4 four of them; u takes back the last move, e ends: everybody finishes"
WHO, WIDE = 16, 22      # columns


@dataclass
class Session:
    """What was chosen so far."""

    run: Run
    symbols: Symbols
    out: TextIO
    moves: list[tuple[int, int]] = field(default_factory=list)

    @property
    def line(self) -> str:
        return joined(self.moves)

    def say(self, text: str = "") -> None:
        print(text, file=self.out, flush=True)

    def show(self) -> bool:
        """Print each thread's next step. Returns whether any can move."""
        waiting = list(next_steps(self.run, self.line))
        for next in waiting:
            self.say(f"  {tell.who(next.thread, next.found):{WHO}}{self._next(next)}")
        return any(next.step for next in waiting)

    def _next(self, next: Next) -> str:
        if next.step is None:
            return self.symbols.words(next.why, next.found).partition(" ")[2]
        told = tell.lines([next.step], next.found, self.symbols, WIDE)
        return "next: " + told[0].partition(" ")[2]

    def move(self, thread: int, steps: int) -> None:
        """Let a thread go so many steps further; say what it did, or why it cannot."""
        if not self.moves and thread == 0:
            steps += begun(self.run)    # a line that begins with T0 begins at its first step
        before = replay(self.run, self.line)
        try:
            after = replay(self.run, joined([*self.moves, (thread, steps)]))
        except ValueError as error:
            self.say(f"  {error}")
            return
        done = after.made[len(before.made):]
        if after.refused or not any(e.thread == thread for e in done):
            text = after.found.text if after.refused else why(thread, after.found)
            self.say(f"  {self.symbols.words(text, after.found)}")
            return
        for line in steps_told(done, after.found, self.symbols, f"T{thread}:{steps}"):
            self.say(f"  {line}")
        self.moves.append((thread, steps))

    def undo(self) -> None:
        self.say(f"  T{'%d:%d' % self.moves.pop()} is taken back" if self.moves else "  there is nothing to take back")


def play(session: Session, words: Iterable[str], ask: Callable[[], None]) -> str:
    """Until the words end, or one of them ends it, or nobody can move.
    Returns the line. ask is called before each word is awaited."""
    session.say(HELP)
    if not session.show():
        return session.line
    ask()
    for word in map(str.strip, words):
        move = MOVE.fullmatch(word)
        if word in ("e", "end", "q"):
            break
        if word == "u":
            session.undo()
        elif move and move[2] != "0":
            session.move(int(move[1]), int(move[2] or 1))
        elif word:
            session.say(HELP)
        session.say(f"so far: {session.line or '(nothing)'}")
        if not session.show():
            break
        ask()
    return session.line
