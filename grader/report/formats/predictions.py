"""predictions.csv: what a class expected, in sums of at least five students."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any, Iterator, Sequence

from grader.report import guesses, view
from grader.report.files import write_text
from grader.report.formats.summary import cell
from grader.report.text import clean

FIELDS = ("task", "part", "question", "answer", "students", "what comes")


def _rows(expected: list[guesses.Expected]) -> Iterator[list[Any]]:
    for one in expected:
        for n, part in enumerate(one.parts, 1):
            for row in part.rows:
                if row.students:        # 0 stands for fewer than five
                    yield [one.asked.task, n, part.asks, row.answer, row.students, one.asked.comes]


def klass(results: list[dict[str, Any]], directory: Path, _notes: Sequence[str] = ()) -> None:
    """Write directory/predictions.csv; without a row there is no such file.
    Raises OSError."""
    done = [r for r in clean(results) if view.graded(r)]
    found = list(_rows(guesses.of_class(done)))
    path = directory / "predictions.csv"
    if not found:
        path.unlink(missing_ok=True)    # that of an earlier grade
        return
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(FIELDS)
    writer.writerows([map(cell, row) for row in found])
    write_text(path, text.getvalue())
