"""One more hint with each call: make hint TASK=2c

Three a task, from a question to what has to be true; none of them is code.
How many you have seen is kept below build/ on this machine, and nowhere else.
With AGAIN=1: those that you have seen, and no new one.

Exit status: 0; 2 for a task that has no hints.
"""

import argparse
import sys
from pathlib import Path
from typing import List, Sequence

from lab.hints import texts
from lab.predict.answers import Unfit
from lab.way import say, tasks


def shown(task: str, title: str, hints: Sequence[str], numbers: Sequence[int]) -> List[str]:
    """The lines of the hints with these numbers, counted from 1."""
    lines = []
    for n in numbers:
        lines += [f"{task} {title}, hint {n} of {len(hints)}", "", say.filled(hints[n - 1]), ""]
    return lines


def outlook(task: str, seen: int, of: int) -> str:
    """What one can ask for next."""
    again = f"make hint TASK={task} AGAIN=1"
    if seen < of:
        return f"The next one: make hint TASK={task}" + (f". Those you have seen: {again}" if seen > 1 else "")
    return f"That was the last one. All of them once more: {again}"


def hint(task: str, title: str, hints: Sequence[str], again: bool) -> List[str]:
    """The lines to be printed now; a new hint counts as seen. Raises OSError."""
    seen = min(texts.seen(task), len(hints))
    if again and not seen:
        return [f"You have seen no hint of {task} yet. The first one: make hint TASK={task}"]
    if again:
        return shown(task, title, hints, range(1, seen + 1)) + [outlook(task, seen, len(hints))]
    if seen == len(hints):
        return [f"You have seen all {seen} hints of {task}. Once more: make hint TASK={task} AGAIN=1"]
    texts.remember(task, seen + 1)
    return shown(task, title, hints, [seen + 1]) + [outlook(task, seen + 1, len(hints))]


def main() -> int:
    parser = argparse.ArgumentParser(prog="hint", description=__doc__.split("\n")[0])
    parser.add_argument("--task", default="", help="2c, ...")
    parser.add_argument("--again", action="store_true", help="those already seen")
    parser.add_argument("--handout", type=Path, required=True)
    options = parser.parse_args()
    try:
        titles, hints = tasks.titles(options.handout), texts.read()
        tasks.choose(options.task, [t for t in titles if t in hints], titles, "hints")
        print("\n".join(hint(options.task, titles[options.task], hints[options.task], options.again)))
    except BrokenPipeError:         # the reader has seen enough
        sys.stderr.close()
    except (Unfit, OSError) as error:
        return say.wrong("hint", error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
