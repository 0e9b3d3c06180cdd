"""What make compare writes: JSON for programs, CSV for tables, a page."""

import csv
import io
import json
from pathlib import Path
from typing import Sequence

from grader.report.files import write_text

try:
    from grader.bench import page
except ImportError:  # no jinja2, which make installs
    page = None

FIELDS = ("name", "value", "unit", "versus", "ratio", "low", "high", "interval_low", "interval_high", "n", "note")


def _flat(row: dict) -> dict:
    """A row with a field for each end of its interval."""
    low, high = row["interval"] or (None, None)
    return {**row, "interval_low": low, "interval_high": high}


def as_csv(rows: Sequence[dict]) -> str:
    """The rows as a table; what was not measured is an empty field."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(_flat, rows))
    return out.getvalue()


def write(data: dict, path: Path) -> str:
    """path is the JSON; CSV and page lie beside it. Returns what to tell of
    the page. Raises OSError."""
    write_text(path, json.dumps(data, indent=1) + "\n")
    write_text(path.with_suffix(".csv"), as_csv(data["rows"]))
    if page is None:
        return "page: not made, python3-jinja2 is not installed"
    page.write(data, path.with_suffix(".html"))
    return f"page: {path.with_suffix('.html')}"
