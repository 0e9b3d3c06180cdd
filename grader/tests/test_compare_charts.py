"""The charts of a comparison: drawn of anything, and told apart by more than colour."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest

from grader.bench import chart, page
from grader.bench.chart import Bar, Mark, Point, Series
from grader.tests.compare_run import NAMES, charts, source


def test_every_chart_is_xml_and_says_its_numbers_in_a_sentence(source: str) -> None:
    found = charts(source)
    assert len(found) == 2 + 4 + 1 + 2 + 1 + 2 + 2
    assert all(svg.get("role") == "img" for svg in found)
    said = [svg.get("aria-label") or "" for svg in found]
    assert all(name in label for label in said for name in NAMES)
    assert any("pool: 49.6 requests/s at 1, 424 at 256" in label for label in said)
    assert any("fork: 133 \xb5s, 3.06 times pool" in label for label in said)
    assert any("fork: at most 65" in label for label in said)
    assert any("pool: half within 61.0 ms, all within 186 ms" in label for label in said)


def _names_at(svg: str) -> list[float]:
    return sorted(float(t.get("y")) for t in ElementTree.fromstring(svg) if t.get("class") == "name")


@pytest.mark.parametrize("ends", [[5] * 5, [0, 0, 0, 0, 90], [90, 90, 90, 0, 1], [1, 2, 3, 4, 5], [50] * 12,
                                  [100, 99, 98, 2, 1, 0]])
def test_names_beside_lines_do_not_overlap(ends: list[float]) -> None:
    series = [Series(f"server {n}", n % chart.STYLES, [Point(1, 40), Point(2, end)]) for n, end in enumerate(ends)]
    for svg in chart.lines(series, ("x", "y"), ""), chart.steps(series, ("x", "y"), ""):
        at = _names_at(svg)
        assert len(at) == len(ends)
        assert all(b - a >= chart.APART - 0.11 for a, b in zip(at, at[1:]))
        assert chart.TOP <= at[0] - 4.4 and at[-1] - 4.6 <= chart.BOTTOM


def test_a_name_is_beside_its_line_where_there_is_room() -> None:
    assert chart.spread([20, 100, 60], 16, 0, 200) == [20, 100, 60]
    assert chart.spread([50, 50, 49], 16, 0, 200) == [65, 81, 49]
    assert chart.spread([0, 0, 0], 16, 0, 16) == [0, 8, 16]


@pytest.mark.parametrize("values", [[0, 1], [3], [0.004, 0.009], [33000, 7900], [49, 3000], [0.02, 900], [1, 1e9]])
def test_ticks_are_one_two_or_five_and_hold_every_value(values: list[float]) -> None:
    scale = chart.fit(values, 0, 100)
    found = chart.ticks(scale)
    assert 2 <= len(found) <= 9 and found == sorted(found)
    assert scale.low <= min(values) and max(values) <= scale.high
    assert all(scale.low * (1 - 1e-9) <= t <= scale.high * (1 + 1e-9) for t in found)
    steps = [b / a if scale.log else b - a for a, b in zip(found, found[1:])]
    for step in found if scale.log else steps:
        assert round(step / 10 ** math.floor(math.log10(step) + 1e-9), 6) in (1, 2, 5)


@pytest.mark.parametrize("values", [[], [0.0], [7.0], [0.0, 0.0, 0.0], [4.0, 4.0], [1e-6, 1e9], [None, None],
                                    [None, 3.0]])
def test_a_chart_of_little_is_drawn_all_the_same(values: list[float | None]) -> None:
    points = [Point(n + 1, v, v, v) for n, v in enumerate(values)]
    series = [Series("one", 0, points), Series("none", 1, [])]
    marks = [Mark(5, "five")]
    drawn = [chart.lines(series, ("x", "y"), "", log, marks) for log in (None, True, False)]
    drawn += [chart.steps(series, ("x", "y"), ""), chart.histogram(series, "x", ""),
              chart.bars([Bar("one", 0, v, "") for v in values], "")]
    for svg in drawn:
        height = float(ElementTree.fromstring(svg).get("viewBox").split()[3])
        assert not re.search(r"nan|inf|None", svg)
        for x, y in re.findall(r'[M"](-?[\d.]+) (-?[\d.]+)', re.sub(r'viewBox="[^"]*"', "", svg)):
            assert -1 <= float(x) <= chart.WIDE + 1 and -1 <= float(y) <= height + 1


def test_a_line_has_a_gap_where_nothing_was_measured() -> None:
    svg = chart.lines([Series("s", 0, [Point(1, 5), Point(2, None), Point(4, 7), Point(8, 9)])], ("x", "y"), "")
    line = next(p for p in ElementTree.fromstring(svg) if p.get("class") == "line s0")
    assert re.sub(r"[\d. ]", "", line.get("d")) == "MML"
    assert svg.count("<title>") == 3


def test_a_server_has_its_colour_dash_and_shape_in_every_chart(source: str) -> None:
    for svg in charts(source):
        shapes = [p.get("d").split("m", 1)[1] for p in svg if (p.get("class") or "").startswith("shape")]
        assert {chart.SHAPES[n].split("m", 1)[1] for n in range(5)} == set(shapes)
    css = (page.TEMPLATES / "compare.css").read_text()
    dashes = {n: re.findall(rf"\.line\.s{n} {{ (stroke-.*?)}}", css) for n in range(chart.STYLES)}
    assert len({str(d) for d in dashes.values()}) == len(set(chart.SHAPES)) == chart.STYLES


def test_the_bars_of_a_histogram_begin_where_the_one_before_ends_or_near() -> None:
    assert chart._groups([Point(1.0, 5), Point(1.2, 10), Point(4, 5)]) == [
        (0.8, 1.0, 0.25), (1.0, 1.2, 0.5), (3.2, 4, 0.25)]


def _luminance(colour: str) -> float:
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [c / 12.92 if c <= .03928 else ((c + .055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((.2126, .7152, .0722), parts))


@pytest.mark.parametrize("theme, card", [(0, "#ffffff"), (1, "#1b2028"), (2, "#ffffff")])
def test_a_line_stands_out_from_its_paper(theme: int, card: str) -> None:
    css = (page.TEMPLATES / "compare.css").read_text()
    colours = re.findall(r"--c: (#[0-9a-f]{6})", css)[chart.STYLES * theme:][:chart.STYLES]
    assert len(set(colours)) == chart.STYLES
    for colour in colours:
        a, b = sorted((_luminance(colour), _luminance(card)))
        assert (b + .05) / (a + .05) >= 4.5, colour
