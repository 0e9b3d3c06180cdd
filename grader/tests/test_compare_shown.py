"""The page of a comparison in a browser: narrow, wide, dark and on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.bench import page
from grader.tests import test_pages as pages
from grader.tests.compare_run import HOSTILE, NAMES, sample

browser = pages.browser
WIDTHS = [(320, 1), (550, 2), (1200, 1)]
WIDE = "return document.documentElement.scrollWidth"
OVERLAPS = """
    return [...document.querySelectorAll("svg.chart")].flatMap(svg => {
        const texts = [...svg.querySelectorAll("text")].map(t => [t.textContent, t.getBoundingClientRect()]);
        const frame = svg.closest("figure").getBoundingClientRect();
        const out = texts.filter(([, r]) => r.left < frame.left || r.right > frame.right || r.bottom > frame.bottom);
        return [...out.map(([t]) => [t, "frame"]), ...texts.flatMap(([t, r], n) => texts.slice(n + 1).filter(
            ([, q]) => r.left < q.right && q.left < r.right && r.top + 2 < q.bottom && q.top + 2 < r.bottom)
            .map(([u]) => [t, u]))];
    });"""


@pytest.fixture
def shown(browser: Any, tmp_path: Path) -> Any:
    """show(data) opens its page in the browser."""
    def show(data: dict[str, Any]) -> Any:
        page.write(data, tmp_path / "compare.html")
        browser.get((tmp_path / "compare.html").as_uri())
        browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
        return browser
    pages.emulate(browser)
    pages.window(browser, 1200)
    return show


@pytest.mark.slow
@pytest.mark.parametrize("width, scale", WIDTHS)
@pytest.mark.parametrize("names", [NAMES, HOSTILE], ids=["plain", "hostile"])
def test_the_page_is_no_wider_than_the_window(names: list[str], width: int, scale: float, shown: Any) -> None:
    chrome = shown(sample(names))
    pages.window(chrome, width, scale)
    assert chrome.execute_script(WIDE) <= width


@pytest.mark.slow
def test_the_page_is_no_wider_than_paper(shown: Any) -> None:
    chrome = shown(sample())
    pages.emulate(chrome, "print")
    pages.window(chrome, 670)
    assert chrome.execute_script(WIDE) <= 670
    chrome.execute_script("document.querySelectorAll('details').forEach(d => d.open = false)")
    assert pages.style(chrome, "details", "display") == "none"


@pytest.mark.slow
@pytest.mark.parametrize("width, scale", WIDTHS)
@pytest.mark.parametrize("names", [NAMES, ["W" * 18 + str(n) for n in range(5)]], ids=["plain", "wide"])
def test_no_words_of_a_chart_lie_upon_others(names: list[str], width: int, scale: float, shown: Any) -> None:
    chrome = shown(sample(names))
    pages.window(chrome, width, scale)
    assert chrome.execute_script(OVERLAPS) == []


@pytest.mark.slow
def test_dark_is_dark_print_is_paper_and_nobody_is_asked(shown: Any) -> None:
    chrome = shown(sample())
    pages.requested(chrome), chrome.get_log("browser")
    chrome.refresh()
    assert all(url.startswith(("file:", "data:")) for url in pages.requested(chrome))
    assert chrome.get_log("browser") == []
    paint = {}
    for media, scheme in ("", "light"), ("", "dark"), ("print", "dark"):
        pages.emulate(chrome, media, scheme)
        paint[media or scheme] = (pages.style(chrome, "figure", "backgroundColor"),
                                  pages.style(chrome, ".chart .line.s3", "stroke"),
                                  pages.style(chrome, ".chart .name", "fill"))
    assert paint["light"] == ("rgb(255, 255, 255)", "rgb(0, 104, 168)", "rgb(28, 36, 48)")
    assert paint["dark"] == ("rgb(27, 32, 40)", "rgb(99, 184, 240)", "rgb(230, 228, 222)")
    assert paint["print"] == ("rgb(255, 255, 255)", "rgb(0, 104, 168)", "rgb(0, 0, 0)")
