"""The files of a report, and the table among them."""

from __future__ import annotations

import csv
import resource
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.report import files, formats, view
from grader.tests.reported import a_class, sample


def test_a_format_is_added_by_adding_a_file(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ("def submission(r, d): (d / 'x').write_text(r['submission'])\n"
              "def klass(rs, d, notes): (d / 'y').write_text(str(len(rs)))\n")
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "other.py").write_text(source)
    monkeypatch.setattr(formats, "__path__",
                        [*formats.__path__, str(tmp_path / "extra")])
    formats.write_submission(sample("full"), tmp_path)
    formats.write_class(a_class(), tmp_path)
    sys.modules.pop("grader.report.formats.other")
    assert (tmp_path / "x").read_text() == "amber-otter"
    assert (tmp_path / "y").read_text() == "12"
    assert {"index.html", "summary.csv"} <= {p.name for p in tmp_path.iterdir()}


def test_a_full_disk_leaves_the_old_report_and_no_half_of_a_new_one(
        tmp_path: Path) -> None:
    formats.write_class(a_class()[:1], tmp_path)
    old = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limit[1]))
        with pytest.raises(OSError):
            formats.write_class(a_class(), tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == old


def test_a_directory_that_cannot_be_made_is_an_os_error(
        tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        files.write_text(tmp_path / "file" / "index.html", "")


def _table(results: list[dict[str, Any]], path: Path) -> list[dict[str, str]]:
    formats.write_class(results, path)
    with open(path / "summary.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_summary_has_a_row_a_submission_and_a_column_a_check(
        tmp_path: Path) -> None:
    rows = {r["submission"]: r for r in _table(a_class(), tmp_path)}
    assert len(rows) == 12
    half = rows["quiet-heron"]
    assert (half["score"], half["measured_max"], half["max"],
            half["complete"], half["level"]) == ("29", "49", "50", "no", "uid")
    assert (half["1a.parent-fd"], half["2c.waits"], half["2e.idle"]) == \
        ("fail", "not-measured", "blocked")
    broken = rows["broken-archive"]
    assert broken["score"] == "" and "512 bytes" in broken["error"]


@pytest.mark.parametrize("name", [
    "=HYPERLINK(\"http://e\")", "+1", "-1", "@SUM(A1)", "\t=1", " =1"])
def test_a_spreadsheet_takes_no_name_for_a_formula(
        name: str, tmp_path: Path) -> None:
    result = {**sample("ungradable"), "submission": name, "error": name}
    row = _table([result], tmp_path)[0]
    assert row["submission"][0] == row["error"][0] == "'"


def test_a_box_that_a_result_lacks_breaks_no_report(tmp_path: Path) -> None:
    first, last = sample("full"), sample("half")
    first["submission"] = "a-first"
    first["boxes"] = first["boxes"][1:]
    assert view.boxes([first, last]) == [b["title"] for b in last["boxes"]]
    formats.write_class([first, last, {**first, "boxes": []}], tmp_path)
    source = (tmp_path / "index.html").read_text()
    assert source.count('<td class="n">&ndash;</td>') == 4
    assert len(_table([first, last], tmp_path)) == 2
