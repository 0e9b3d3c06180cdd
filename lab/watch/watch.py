"""A task that is checked again and again."""

import sys
import time
from pathlib import Path
from typing import List, Optional

from lab.watch.files import Files
from lab.watch.run import Run
from lab.way import record, say, tasks

GRADED = 0, 1           # the grader's exit status; with another one it cannot work at all
WAITING = "Waiting for the next save; Ctrl-C ends it."


class Watch:
    """The files of a task, and the run of the grader that is going on, if one is."""

    def __init__(self, task: tasks.Task, directory: Path, out: Path, grader: str):
        self.task, self.directory, self.out = task, directory, out
        self.command = [grader, "--own", "--out", str(out), "--quick", "--task", task.id, str(directory)]
        self.files = Files(directory, task.parts)
        self.run: Optional[Run] = None
        self.begun = 0
        self.colour = say.wants_colour(sys.stdout)

    def begin(self, why: str) -> None:
        """Start a run. Raises OSError."""
        text = say.filled(f"{time.strftime('%H:%M:%S')} {why}: checking {self.task.id}")
        print(say.paint(text, "head", self.colour), flush=True)
        self.begun = time.time_ns()
        self.run = Run(self.command, self.colour)

    def end(self) -> None:
        """End the run that is going on, with all that it has started."""
        if self.run:
            self.run.end()
            self.run = None

    def look(self) -> int:
        """Begin anew after a save, and tell of a run that is over. Returns 0, or
        the grader's exit status when it cannot work. Raises OSError."""
        saved = self.files.told(self.files.settled())
        if saved:
            if self.run and not self.run.over:
                print(say.filled(f"{saved}: this run ends"), flush=True)
            self.end()
            self.begin(saved)
        elif self.run and self.run.over:
            return self.tell(self.run)
        return 0

    def tell(self, run: Run) -> int:
        """Say what came of a run that is over; its status as in look."""
        status = run.status()
        self.end()
        if status not in GRADED:
            return status
        done = self.verdict() if status == 0 else []
        print("\n".join([*done, WAITING, ""]), flush=True)
        return 0

    def verdict(self) -> List[str]:
        """Note what was found. The grader has said which tasks are done; a line
        for one in which something is left that is no fault of the student's.
        Raises OSError."""
        result = record.result(self.directory, self.out, self.begun)
        checks = record.note(self.directory, result, self.begun).get("checks", []) if result else []
        own = [c for c in checks if c["max"]]
        left = ", ".join(c["check"] for c in own if c["outcome"] == "not-measured")
        if not left or any(c["outcome"] in ("fail", "blocked") for c in own):
            return []
        text = say.filled(f"{self.task.id} is done, but for what this machine cannot measure: {left}")
        return [say.paint(text, "good", self.colour)]
