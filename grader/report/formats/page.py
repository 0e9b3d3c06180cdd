"""NAME/index.html: what a student reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grader.report import html
from grader.report.files import write_text
from grader.report.text import clean


def submission(result: dict[str, Any], directory: Path) -> None:
    """Write directory/index.html. Raises OSError, ImportError."""
    page = html.render("submission.html", result=clean(result))
    write_text(directory / "index.html", page)
