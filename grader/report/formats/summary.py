"""summary.csv: a row a submission, for spreadsheets and scripts."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any, Sequence

from grader.report import view
from grader.report.files import write_text
from grader.report.text import visible

FIELDS = ("score", "measured_max", "max", "complete", "level", "error")
LATE = ("days_late", "left")     # the points that are left then


def cell(value: Any) -> Any:
    """Text that a spreadsheet takes for text: a name such as
    =HYPERLINK(...) would otherwise run when an instructor opens the file."""
    if not isinstance(value, str):
        return view.number(value) if isinstance(value, float) else value
    text = visible(value).replace("\n", " ").replace("\t", " ")
    # Full-width signs count too: some spreadsheets fold them first.
    return "'" + text if text.lstrip()[:1] in tuple("=+-@＝＋－＠|%") else text


def _row(result: dict[str, Any], ids: list[str]) -> list[Any]:
    outcomes = {c["check"]: c["outcome"] for c in result.get("checks", [])}
    facts = dict(result, complete="yes" if result.get("complete") else "no")
    if not view.graded(result):     # no grade is not a grade of 0
        facts = {"error": result["error"]}
    late = result.get("late", {})
    return [cell(result["submission"])] + \
        [cell(facts.get(name, "")) for name in FIELDS] + \
        [cell(late.get("days", "")), cell(late.get("left", facts.get("score", "")))] + \
        [outcomes.get(id_, "") for id_ in ids]


def klass(results: list[dict[str, Any]], directory: Path, _notes: Sequence[str] = ()) -> None:
    """Write directory/summary.csv, sorted by name. Raises OSError."""
    ids = view.check_ids(results)
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(["submission", *FIELDS, *LATE, *map(cell, ids)])
    for result in sorted(results, key=lambda r: r["submission"]):
        writer.writerow(_row(result, ids))
    write_text(directory / "summary.csv", text.getvalue())
