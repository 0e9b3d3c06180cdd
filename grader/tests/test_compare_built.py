"""The page of a comparison as a file: whole, alone, and safe to open."""

from __future__ import annotations

import copy
import os
import re
from pathlib import Path
from typing import Any

import pytest

from grader.bench import page
from grader.tests.compare_run import HOSTILE, NAMES, QUICK, charts, sample, source
from grader.tests.reported import Page, words


def _every_source() -> list[str]:
    return [page.render(sample()), page.render(sample(HOSTILE)), page.render(sample(**QUICK)),
            page.render(sample(rows=[], servers=[], **QUICK))]


def test_a_quick_run_says_what_it_did_not_measure() -> None:
    quick, nothing = _every_source()[2:]
    assert quick.count("Not measured in a quick run.") == 7 and len(charts(quick)) == 3
    assert nothing.count("Not measured in a quick run.") == 10 and charts(nothing) == []


def test_the_page_says_what_was_measured_where_and_when(source: str) -> None:
    for part in ("make compare", "51 s", "2026-11-30 03:00:00 UTC", "2 cores", "load 1.90", "Linux 6.1", "TCP bbr",
                 "gcc 12.2.0", *NAMES, *(f"lab/{name}.c" for name in NAMES)):
        assert part in words(source)


def test_the_page_is_built_as_those_of_a_report_are() -> None:
    for source in _every_source():
        built = Page(source)
        assert built.open == [] and built.all("html") == [{"lang": "en"}] and len(built.all("style")) == 1
        heads = [int(t[1]) for t, _ in built.found if re.match(r"h\d$", t)]
        assert heads[0] == 1 and heads.count(1) == 1 and all(b - a <= 1 for a, b in zip(heads, heads[1:]))
        assert all(svg.get("aria-hidden") or svg.get("aria-label") for svg in built.all("svg"))
        ids = [a["id"] for _, a in built.found if "id" in a]
        assert len(ids) == len(set(ids))
        links = {a["href"] for _, a in built.found if "href" in a} - {"data:,"}
        assert links == {f"#{id_}" for id_ in ids}
        assert {a["aria-labelledby"] for a in built.all("section")} == set(ids)
        assert all(th.get("scope") in ("col", "row") for th in built.all("th"))
        assert len(built.all("table")) == len(built.all("caption"))
        wide = [a for a in built.all("div") if a.get("class") == "wide"]
        assert len(wide) == len(built.all("table"))
        assert all(a.get("tabindex") == "0" and a.get("aria-label") for a in wide)


def test_the_page_runs_nothing_and_loads_nothing() -> None:
    for source in _every_source():
        built = Page(source)
        assert not {"script", "img", "iframe", "object"} & {tag for tag, _ in built.found}
        assert not [a for _, attrs in built.found for a in attrs if a.startswith("on") or a in ("style", "src")]
        assert "http://" not in source and "https://" not in source and "url(" not in source
        policy = next(m["content"] for m in built.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
        assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
        assert "script-src" not in policy


def test_a_hostile_name_is_shown_and_not_obeyed() -> None:
    plain, hostile = (Page(source) for source in _every_source()[:2])
    assert [tag for tag, _ in plain.found] == [tag for tag, _ in hostile.found]
    source = page.render(sample(HOSTILE))
    assert "&lt;b&gt;x" in source and "{{ 7 * 7 }}" in source and "\x1b" not in source and "\u202e" not in source
    for svg in charts(source):
        shown = [t.text for t in svg if t.get("class") == "name"]
        assert all(len(name) <= 12 for name in shown) and "<b>x" in shown


def test_the_page_is_never_half_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "compare.html"
    page.write(sample(), target)
    before = target.read_text(encoding="utf-8")
    assert before == page.render(sample())
    with pytest.raises(KeyError):
        page.write({"rows": []}, target)

    def full(*_: Any) -> None:
        raise OSError("no space left on device")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError):
        page.write(sample(**QUICK), target)
    assert target.read_text(encoding="utf-8") == before and list(tmp_path.iterdir()) == [target]


def test_the_data_is_as_it_was() -> None:
    data = sample(HOSTILE)
    before = copy.deepcopy(data)
    page.render(data)
    assert data == before
