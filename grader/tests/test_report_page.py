"""The pages of a report, and what the page of one submission shows."""

from __future__ import annotations

import copy
import re
import unicodedata
from pathlib import Path

import pytest

from grader.report import formats, html as pages, schema, view
from grader.tests.reported import (Page, SAMPLES, a_class, fail, find, page,
                                   sample, words)


def _every_page(tmp_path: Path) -> list[Page]:
    formats.write_class(a_class() + [sample("hostile")], tmp_path)
    sources = [page(name, tmp_path / name) for name in SAMPLES]
    sources.append((tmp_path / "index.html").read_text(encoding="utf-8"))
    return [Page(source) for source in sources]


def test_pages_nest_and_hold_no_element_of_a_student(tmp_path: Path) -> None:
    for built in _every_page(tmp_path):
        assert built.open == []
        assert len(built.all("style")) == 1
        assert built.all("img") == [] and built.all("iframe") == []
        assert len("".join(built.code)) in (0, len(pages._source("filter.js")))
        for tag, attrs in built.found:
            assert not [a for a in attrs if a.startswith("on")], tag
            assert "style" not in attrs and "src" not in attrs, tag


def test_pages_point_at_nothing_but_their_neighbours(tmp_path: Path) -> None:
    for built in _every_page(tmp_path):
        for _, attrs in built.found:
            href = attrs.get("href") or ""
            assert "//" not in href and ":" not in href.replace("data:,", "")
        policy = next(m["content"] for m in built.all("meta")
                      if m.get("http-equiv") == "Content-Security-Policy")
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy


def test_pages_can_be_heard(tmp_path: Path) -> None:
    for built in _every_page(tmp_path):
        assert built.all("html") == [{"lang": "en"}]
        heads = [int(t[1]) for t, _ in built.found if re.match(r"h\d$", t)]
        assert heads[0] == 1 and heads.count(1) == 1
        assert all(b - a <= 1 for a, b in zip(heads, heads[1:]))
        for svg in built.all("svg"):
            assert svg.get("aria-hidden") or svg.get("aria-label")
        ids = [a["id"] for _, a in built.found if "id" in a]
        assert len(ids) == len(set(ids))
        labels = {a["for"] for a in built.all("label")}
        assert {a["id"] for a in built.all("input")} <= labels


def test_a_page_shows_a_hostile_server_and_does_not_obey_it(
        tmp_path: Path) -> None:
    source = page("hostile", tmp_path)
    assert "&lt;script&gt;document.title" in source
    assert "\\x1b[2J" in source and "caf\\xe9" in source
    assert "{{ 7 * 7 }}" in source
    assert "more bytes are not shown" in source and len(source) < 120_000
    assert not {c for c in source if unicodedata.category(c)[0] == "C"} - {"\n"}


def test_a_page_says_every_outcome_in_words(tmp_path: Path) -> None:
    source = page("half", tmp_path)
    for word in view.WORDS.values():
        assert f"</svg>{word}</span>" in source
    assert "not reached: first make 2d.fixed pass" in source
    assert "This score is provisional." in source
    assert "<p>8 of 24 points</p>" in source
    assert "provisional" not in re.sub(r"<style>.*?</style>", "", page(
        "full", tmp_path), flags=re.S)


def test_failures_are_open_and_passes_are_not(tmp_path: Path) -> None:
    built = Page(page("half", tmp_path))
    failed = [c for c in view.shown(sample("half")["checks"])
              if c["outcome"] == "fail"]
    opened = [a for a in built.all("details") if "open" in a]
    assert len(opened) == len(failed) == 5


def test_a_submission_that_cannot_be_graded_has_a_page(
        tmp_path: Path) -> None:
    source = page("ungradable", tmp_path)
    assert "Could not be graded." in source and "512 bytes" in source


def test_the_first_failure_of_the_record_is_to_be_looked_at_first(
        tmp_path: Path) -> None:
    result = sample("full")
    for check in "2c.exact", "1c.fork-fails", "1b.reaped":
        fail(result, check)
    formats.write_submission(result, tmp_path)
    assert "Look at 1b.reaped first:" in words(
        (tmp_path / "index.html").read_text()).replace("  ", " ")
    result["checks"].reverse()
    formats.write_submission(result, tmp_path)
    assert "Look at 2c.exact first:" in words(
        (tmp_path / "index.html").read_text()).replace("  ", " ")


def test_a_tool_is_named_once_with_its_version(tmp_path: Path) -> None:
    result = sample("full")
    result["tools"] = {"valgrind": "valgrind-3.19.0", "gcc": "12.2.0",
                       "make": "GNU Make 4"}
    formats.write_submission(result, tmp_path)
    assert "valgrind 3.19.0, gcc 12.2.0, make GNU Make 4" in words(
        (tmp_path / "index.html").read_text())


def test_findings_of_one_variable_have_one_heading(tmp_path: Path) -> None:
    result = sample("half")
    check = find(result, "2b.race-check")
    one = check["evidence"][0]
    other = {**copy.deepcopy(one), "variable": "all.bytes"}
    second = copy.deepcopy(one)
    second["accesses"][0]["line"] = 99
    nameless = {**copy.deepcopy(one), "variable": None, "declared": None}
    check["evidence"] = [one, other, second, nameless, nameless]
    schema.validate(result)
    assert [(head.split(",")[0], len(found))
            for head, found in view.by_variable(check)] == [
        ("data race on all.served", 2), ("data race on all.bytes", 1),
        ("data race", 1), ("data race", 1)]
    formats.write_submission(result, tmp_path)
    source = (tmp_path / "index.html").read_text()
    assert source.count("data race on all.served") == 1
    shown = re.findall(r'<pre tabindex="0" aria-label="What helgrind saw">'
                       r"(.*?)</pre>", source, re.S)
    assert len(shown) == 5
    for text_ in shown:
        assert text_.splitlines()[0].startswith("pool/stats.c:")
        assert len(text_.strip().splitlines()) == 3
    assert "stats.c:99" in shown[1]


def _luminance(colour: str) -> float:
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [c / 12.92 if c <= .03928 else ((c + .055) / 1.055) ** 2.4
             for c in parts]
    return sum(w * c for w, c in zip((.2126, .7152, .0722), parts))


@pytest.mark.parametrize("theme", [0, 1])
def test_colours_reach_aa_in_both_themes(theme: int) -> None:
    css = pages._source("page.css")
    blocks = re.findall(r":root \{(.*?)\}", css, re.S)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[theme]))
    for ink in ("ink", "soft", "link", "pass", "fail", "blocked",
                "not-measured"):
        for paper in ("paper", "card", "well"):
            a, b = sorted((_luminance(colours[ink]),
                           _luminance(colours[paper])))
            assert (b + .05) / (a + .05) >= 4.5, (ink, paper)


def test_a_students_page_sends_nobody_to_the_files_beside_it(tmp_path: Path) -> None:
    assert "beside this page" not in page("half", tmp_path)     # these say more than a course may tell
