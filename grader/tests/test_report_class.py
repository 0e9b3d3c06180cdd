"""The page of a class: what it counts, links and leaves out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from grader.report import formats, schema, terminal, view
from grader.report.formats import klass as class_page
from grader.tests.reported import (Page, a_class, find, report, sample,
                                   without_points, words)


def test_the_class_page_links_each_submission_and_counts_them(
        tmp_path: Path) -> None:
    odd = {**sample("ungradable"), "submission": "a b/../?#ü"}
    formats.write_class(a_class() + [odd], tmp_path)
    source = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<h1>13 submissions</h1>" in source
    assert 'href="quiet-heron/index.html"' in source
    assert 'href="a%20b%2F..%2F%3F%23%C3%BC/index.html"' in source


def test_rates_count_those_who_reached_a_check() -> None:
    done = [r for r in a_class() if view.graded(r)]
    row = next(r for r in class_page.rates(done) if r["check"] == "2d.overlap")
    assert row["tried"] == len(done) - 1 and row["blocked"] == 1
    assert row["fail"] == sum(
        find(r, "2d.overlap")["outcome"] == "fail" for r in done)


def test_full_marks_and_zero_lie_at_the_ends_of_the_distribution() -> None:
    def scored(score: float, most: float) -> dict[str, Any]:
        return {"score": score, "measured_max": most}
    assert class_page.distribution(
        [scored(50, 50), scored(0, 50), scored(0, 0), scored(14.7, 49)]) == \
        [2, 0, 0, 1, 0, 0, 0, 0, 0, 1]


def test_a_check_that_others_need_is_shown_like_a_guard(
        tmp_path: Path) -> None:
    result = sample("full")
    without_points(result, "1a.overlap")
    schema.validate(result)
    formats.write_submission(result, tmp_path)
    formats.write_class([result] * 3, tmp_path / "class")
    source = (tmp_path / "index.html").read_text()
    assert 'id="1a.overlap"' not in source
    assert "stand): 4 of 4." in source
    assert "<code>1a.overlap</code>" not in \
        (tmp_path / "class/index.html").read_text()
    find(result, "1a.overlap").update(
        outcome="fail", observed="seen", expected="due", reproduce="make")
    formats.write_submission(result, tmp_path)
    formats.write_class([result] * 3, tmp_path / "class")
    source = (tmp_path / "index.html").read_text()
    assert 'id="1a.overlap"' in source and ">guard</span>" in source
    assert "stand): 3 of 4." in source
    assert "<code>1a.overlap</code>" in \
        (tmp_path / "class/index.html").read_text()


def test_a_check_with_points_in_one_submission_is_no_guard_of_the_class(
        ) -> None:
    one, other = sample("full"), sample("full")
    without_points(other, "1a.overlap")
    rows = {r["check"]: r for r in class_page.rates([one, other])}
    assert not rows["1a.overlap"]["guard"] and rows["fork.echo"]["guard"]


def test_a_guard_that_was_only_not_reached_is_no_trouble_of_the_class(
        ) -> None:
    result = sample("full")
    find(result, "fork.echo").update(outcome="blocked", observed="so")
    rows = {r["check"]: r for r in class_page.rates([result])}
    assert not rows["fork.echo"]["listed"]
    find(result, "1a.exit").update(outcome="blocked", observed="so")
    find(result, "fork.echo").update(outcome="not-measured")
    rows = {r["check"]: r for r in class_page.rates([result])}
    assert rows["fork.echo"]["listed"] and rows["1a.exit"]["listed"]


def test_one_submission_is_told_without_statistics(tmp_path: Path) -> None:
    formats.write_class([sample("full")], tmp_path)
    source = (tmp_path / "index.html").read_text()
    built = Page(source)
    assert built.open == []
    assert "histogram" not in {a.get("class") for a in built.all("svg")}
    assert "Median" not in words(source) and "the class" not in words(source)
    assert "Nowhere: every check passed." in source
    formats.write_class([sample("half")], tmp_path)
    source = (tmp_path / "index.html").read_text()
    listed = re.findall(r'<tr><th scope="row"><code>(.*?)</code>', source)
    assert listed == [c["check"] for c in view.shown(sample("half")["checks"])
                      if c["outcome"] != "pass"]


def test_a_box_without_points_is_a_dash_and_not_0_percent(
        tmp_path: Path) -> None:
    result = sample("full")
    result["boxes"][1].update(score=0, measured_max=0, max=0)
    formats.write_submission(result, tmp_path / "one")
    formats.write_class([result], tmp_path)
    shown = words((tmp_path / "index.html").read_text())
    assert "Threads work &ndash; Race" in shown and " 0 %" not in shown
    assert "0 / 0" not in shown
    shown = words((tmp_path / "one/index.html").read_text())
    assert "Threads work &ndash;" in shown and "0 of 0" not in shown


def test_each_table_of_the_class_can_be_scrolled_by_keyboard(
        tmp_path: Path) -> None:
    formats.write_class(a_class(), tmp_path)
    built = Page((tmp_path / "index.html").read_text())
    wide = [a for a in built.all("div") if a.get("class") == "wide"]
    # Those of the answers have two columns, and break what is long.
    tables = [a for a in built.all("table") if a.get("class") != "answers"]
    assert len(wide) == len(tables) == 5
    assert all(a.get("tabindex") == "0" and a.get("role") == "region"
               and a.get("aria-label") for a in wide)


def test_an_empty_class_is_a_page_too(tmp_path: Path) -> None:
    formats.write_class([], tmp_path)
    formats.write_class([sample("ungradable")], tmp_path)
    assert report([], show=terminal.print_class).endswith("graded: 0 of 0\n")
