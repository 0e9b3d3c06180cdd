"""index.html of a class: what an instructor reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Sequence
from urllib.parse import quote

from grader.report import guesses, hours, html, reasons, view
from grader.report.files import write_text
from grader.report.text import clean

BINS = 10
FURTHER = ("blocked", "Not reached"), ("not-measured", "Not measured")     # columns where there are any
FEW = 3     # fewer submissions have no distribution to draw


def distribution(results: list[dict[str, Any]]) -> list[int]:
    """How many scores lie in each tenth of what was measured; full marks
    count in the last."""
    bins = [0] * BINS
    for result in results:
        bins[min(int(view.share(result) * BINS + 1e-9), BINS - 1)] += 1
    return bins


def rates(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row a check: its outcomes in the class, in the rubric's order.
    "tried" are the submissions in which it passed or failed, "listed" is
    whether it deserves a row where only troubles have one: a guard that was
    not reached does not. It is a guard if it had points in none of them."""
    rows: dict[str, dict[str, Any]] = {
        id_: {**dict.fromkeys(view.OUTCOMES, 0), "guard": True}
        for id_ in view.check_ids(results)}
    for check in (c for r in results for c in r["checks"]):
        row = rows[check["check"]]
        row[check["outcome"]] += 1
        row.update(check=check["check"], title=check["title"],
                   part=check["part"],
                   guard=row["guard"] and check.get("guard", False))
    for row in rows.values():
        row["tried"] = row["pass"] + row["fail"]
        row["listed"] = bool(row["fail"] or row["not-measured"]
                             or row["blocked"] and not row["guard"])
    return list(rows.values())


def klass(results: list[dict[str, Any]], directory: Path, notes: Sequence[str] = ()) -> None:
    """Write directory/index.html. Raises OSError, ImportError."""
    results = sorted(results, key=lambda r: r["submission"])
    # Links need the name as it is on disk; readers get the visible one.
    links = [quote(r["submission"].encode("utf-8", "surrogateescape"), safe="")
             + "/index.html" for r in results]
    shown = clean(results)
    done = [r for r in shown if view.graded(r)]
    found = rates(done)
    boxes = view.boxes(done)        # one alone is the whole score, which stands there
    rows = [(r, link) for r, link in zip(shown, links)]
    page = html.render("class.html", "filter.js", rows=rows, done=done, notes=[*clean(list(notes)), *view.left_out(done)],
                       sums=view.count(c for r in done for c in view.scored(r)),
                       boxes=boxes if len(boxes) > 1 else [], bins=distribution(done),
                       few=len(done) < FEW, rates=found,
                       further=[(outcome, name) for outcome, name in FURTHER if any(row[outcome] for row in found)],
                       reasons=reasons.of_class(done),
                       guesses=guesses.of_class(done),
                       hours=hours.of_class(done), full=sum(
                           r["score"] == r["max"] for r in done),
                       provisional=sum(
                           bool(view.provisional(r)) for r in done))
    write_text(directory / "index.html", page)
