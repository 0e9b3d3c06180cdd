"""Say where you stand: make status

A row a task: the points that make check has found on this machine, whether
your files have changed since, whether you have said what you expect, how many
hints you have seen; and what comes next. Nothing is measured for it.

With --note, which make check does at its end: note what that call has found.

Exit status: 0; 2 when there is nothing to tell of.
"""

import argparse
import sys
from pathlib import Path
from typing import List

from lab.hints import texts
from lab.predict import questions
from lab.predict.answers import Unfit, kept as predictions
from lab.status import lines, table
from lab.way import record, say, tasks


def rows(options: argparse.Namespace, notes: List[str]) -> List[table.Row]:
    """A row a task. What could not be read is said in notes. Raises Unfit, OSError."""
    if not options.dir.is_dir():
        raise Unfit(f"there is no directory {options.dir}")
    try:
        said = predictions(options.dir / "answers.toml")
    except Unfit as error:
        said = {}
        notes.append(f"No predictions can be seen: {error}")
    record.catch_up(options.dir, options.out)
    known, hints = record.read(options.dir), texts.read()
    asked = {question.task for question in questions.read(options.handout)}
    return [table.row(task, options.dir, known, id in said, texts.seen(id), len(hints.get(id, [])), id in asked)
            for id, task in tasks.tasks(options.handout, options.rubric).items()]


def note(options: argparse.Namespace) -> None:
    """Note what a call of the grader has found, if it has found anything. That
    it cannot be noted is said, and is no failure of the check."""
    try:
        begun = options.note.stat().st_mtime_ns
        result = record.result(options.dir, options.out, begun)
        if result and options.dir.is_dir():
            record.note(options.dir, result, begun)
    except OSError as error:
        say.wrong("status", Unfit(f"what the check has found could not be noted: {error}"))


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="status", description=__doc__.split("\n")[0])
    p.add_argument("--dir", type=Path, required=True)
    p.add_argument("--out", type=Path, default=Path("report/check"), help="where make check leaves its results")
    p.add_argument("--handout", type=Path, default=Path("handout.md"))
    p.add_argument("--rubric", type=Path, default=Path("grader/rubric.toml"))
    p.add_argument("--note", metavar="FILE", type=Path,
                   help="only note what a call of the grader has found that began when FILE was written")
    return p


def main() -> int:
    options, notes = parser().parse_args(), []
    try:
        if options.note:
            note(options)
            return 0
        found = rows(options, notes)
        print("\n".join(lines.lines(found, say.wants_colour(sys.stdout)) + [say.filled(n) for n in notes]))
    except BrokenPipeError:         # the reader has seen enough
        sys.stderr.close()
    except (Unfit, OSError) as error:
        return say.wrong("status", error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
