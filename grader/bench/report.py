"""What make compare writes: JSON for programs, CSV for tables, a page."""

import csv
import io
import json
import os
from pathlib import Path
from typing import Sequence

try:
    from grader.bench import page
except ImportError:  # no jinja2, which make installs
    page = None

FIELDS = ("name", "value", "unit", "versus", "ratio", "low", "high", "n", "note")


def write_file(path: Path, text: str) -> None:
    """Write a file so that it is never half there. Raises OSError."""
    made = path.with_name(f"{path.name}.{os.getpid()}")
    made.write_text(text, encoding="utf-8")
    made.replace(path)


def as_csv(rows: Sequence[dict]) -> str:
    """The rows as a table; what was not measured is an empty field."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write(data: dict, path: Path) -> str:
    """path is the JSON; CSV and page lie beside it. Returns what to tell of
    the page. Raises OSError."""
    write_file(path, json.dumps(data, indent=1) + "\n")
    write_file(path.with_suffix(".csv"), as_csv(data["rows"]))
    if page is None:
        return "page: not made, python3-jinja2 is not installed"
    page.write(data, path.with_suffix(".html"))
    return f"page: {path.with_suffix('.html')}"
