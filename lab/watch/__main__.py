"""Check a task again whenever one of its files is saved: make watch TASK=2c

Saves that come together cause one run; a save during a run ends that run, and
the next one begins. Ctrl-C ends it, and nothing is left behind.

Exit status: 0 when it was ended; 2 for a task that has no checks; and the
grader's own when it cannot work at all.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from typing import List, Sequence

from lab.predict.answers import Unfit
from lab.watch.files import PERIOD
from lab.watch.watch import Watch
from lab.way import say, tasks


def places(directory: Path, parts: Sequence[str]) -> List[str]:
    """What is watched, as the student names it."""
    return [f"{directory}/answers.toml" if p == tasks.ANSWERS else f"{directory}/{p}/" for p in parts]


def watch(task: tasks.Task, options: argparse.Namespace) -> int:
    """Until a signal ends us; the exit status. Raises OSError."""
    stop = threading.Event()
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, lambda *_: stop.set())
    here = Watch(task, options.dir, options.out, options.grader)
    try:
        here.begin(f"watching {say.listed(places(options.dir, task.parts))}")
        while not stop.wait(PERIOD):
            status = here.look()
            if status:
                return status
    finally:
        here.end()
    print("\nwatch: ended", flush=True)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="watch", description=__doc__.split("\n")[0])
    parser.add_argument("--task", default="")
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("report/watch"))
    parser.add_argument("--handout", type=Path, default=Path("handout.md"))
    parser.add_argument("--rubric", type=Path, default=Path("grader/rubric.toml"))
    parser.add_argument("--grader", default=os.path.join("grader", "grade"), help="what checks")
    options = parser.parse_args()
    try:
        known = tasks.tasks(options.handout, options.rubric)
        tasks.choose(options.task, [t for t in known if known[t].checks], known, "checks")
        if not options.dir.is_dir():
            raise Unfit(f"there is no directory {options.dir}")
        return watch(known[options.task], options)
    except BrokenPipeError:         # nobody reads what we say
        sys.stderr.close()
    except (Unfit, OSError) as error:
        return say.wrong("watch", error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
