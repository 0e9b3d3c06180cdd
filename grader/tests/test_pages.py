"""The pages in a real browser: what no parser of ours can promise."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, Iterator

import pytest

from grader.report import formats
from grader.tests.reported import a_class, sample

pytestmark = pytest.mark.slow
ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu",
             "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", "--window-size=1200,900")


def _unless_required(reason: str) -> None:
    """Skip, but on a machine that promises a browser fail."""
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(f"REQUIRE_BROWSER=1, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        _unless_required("python3-selenium is not installed")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        _unless_required("chromium or chromium-driver is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    profile = tmp_path_factory.mktemp("profile")
    for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs",
                           {"performance": "ALL", "browser": "ALL"})
    chrome = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield chrome
    finally:
        chrome.quit()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of twelve with its pages, and one hostile submission."""
    root = tmp_path_factory.mktemp("report")
    results = [*a_class(), {**sample("hostile"), "submission": "hostile"}]
    for result in results:
        formats.write_submission(result, root / result["submission"])
    formats.write_class([*results, sample("hostile")], root)
    return root


@pytest.fixture(autouse=True)
def a_screen(browser: Any) -> None:
    emulate(browser)
    window(browser, 1200)


def emulate(browser: Any, media: str = "", scheme: str = "light") -> None:
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "media": media,
        "features": [{"name": "prefers-color-scheme", "value": scheme}]})


def window(browser: Any, width: int, scale: float = 1) -> None:
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 900, "deviceScaleFactor": scale,
        "mobile": False})


def style(browser: Any, selector: str, name: str) -> str:
    return browser.execute_script(
        "return getComputedStyle(document.querySelector(arguments[0]))"
        "[arguments[1]]", selector, name)


def requested(browser: Any) -> list[str]:
    """Every address asked for since the last call."""
    events = [json.loads(e["message"])["message"]
              for e in browser.get_log("performance")]
    return [e["params"]["request"]["url"] for e in events
            if e["method"] == "Network.requestWillBeSent"]


PAGES = ["index.html", "quiet-heron/index.html", "hostile/index.html",
         "amber-otter/index.html", "broken-archive/index.html"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_nobody_and_complains_of_nothing(
        page: str, browser: Any, reports: Path) -> None:
    requested(browser), browser.get_log("browser")
    browser.get((reports / page).as_uri())
    asked = requested(browser)
    assert (reports / page).as_uri() in asked
    assert [u for u in asked if u != (reports / page).as_uri()
            and not u.startswith("data:")] == []
    assert browser.get_log("browser") == []
    assert style(browser, "h1", "fontWeight") == "600"  # the style's hash fits


@pytest.mark.parametrize("page", ["index.html", "hostile/index.html"])
def test_a_page_runs_nothing_of_a_student(
        page: str, browser: Any, reports: Path) -> None:
    browser.get((reports / page).as_uri())
    assert "Concurrency Lab" in browser.title
    assert browser.execute_script("return document.images.length") == 0


def test_the_policy_refuses_what_gets_past_the_escapes(
        browser: Any, reports: Path) -> None:
    browser.get((reports / "hostile/index.html").as_uri())
    refused = browser.execute_async_script("""
        const done = arguments[0], seen = new Set();
        addEventListener("securitypolicyviolation", e => {
            seen.add(e.effectiveDirective);
            if (seen.size === 3) done([...seen].sort());
        });
        const add = (tag, facts) =>
            document.body.append(Object.assign(
                document.createElement(tag), facts));
        add("script", {textContent: "document.title = 'owned'"});
        add("img", {src: "http://127.0.0.1:9/x.png"});
        add("style", {textContent: "* { display: none }"});""")
    assert refused == ["img-src", "script-src-elem", "style-src-elem"]
    assert "owned" not in browser.title
    browser.get_log("browser")      # the refusals, which are meant to be there


@pytest.mark.parametrize("page", PAGES[:2])
def test_dark_is_dark_and_print_is_paper(
        page: str, browser: Any, reports: Path) -> None:
    browser.get((reports / page).as_uri())
    light = style(browser, "body", "backgroundColor")
    emulate(browser, scheme="dark")
    dark = style(browser, "body", "backgroundColor")
    assert (light, dark) == ("rgb(251, 250, 247)", "rgb(20, 24, 30)")
    emulate(browser, media="print", scheme="dark")
    assert style(browser, "body", "backgroundColor") == "rgb(255, 255, 255)"
    assert style(browser, "body", "color") == "rgb(0, 0, 0)"
    assert style(browser, ".skip", "display") == "none"
    pdf = browser.execute_cdp_cmd("Page.printToPDF", {})["data"]
    assert len(pdf) > 20_000


@pytest.mark.parametrize("width, scale", [(320, 1), (640, 2), (1200, 1)])
@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_wider_than_the_window(
        page: str, width: int, scale: float, browser: Any,
        reports: Path) -> None:
    window(browser, width, scale)
    browser.get((reports / page).as_uri())
    assert browser.execute_script(
        "return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("selector", ["#table", "#failures ~ .wide table"])
def test_a_table_that_is_too_wide_scrolls_in_its_own_frame(
        selector: str, browser: Any, reports: Path) -> None:
    window(browser, 420)
    browser.get((reports / "index.html").as_uri())
    assert browser.execute_script("""
        const frame = document.querySelector(arguments[0]).parentElement;
        frame.focus();
        frame.scrollLeft = 9999;
        const last = frame.querySelector("thead th:last-child");
        return [document.activeElement === frame, frame.scrollLeft > 0,
            last.getBoundingClientRect().right
                <= frame.getBoundingClientRect().right + 1,
            getComputedStyle(frame).overflowX];""",
                                  selector) == [True, True, True, "auto"]


def test_the_class_can_be_filtered_by_name_and_by_failed_check(
        browser: Any, reports: Path) -> None:
    browser.get((reports / "index.html").as_uri())
    box = browser.find_element("id", "filter")

    def shown() -> list[str]:
        rows = browser.find_elements("css selector", "#table tbody tr")
        return [row.find_element("tag name", "a").text for row in rows
                if row.is_displayed()]

    assert len(shown()) == 13       # eleven have a score, two are hostile
    box.send_keys("Heron 2d.fixed")
    assert shown() == ["quiet-heron"]
    assert browser.find_element("id", "count").text == "1 of 13 shown"
    box.clear()
    box.send_keys("2e.idle")        # blocked for the heron, not failed
    assert "quiet-heron" not in shown()


def test_a_keyboard_reaches_and_opens_everything(
        browser: Any, reports: Path) -> None:
    browser.get((reports / "quiet-heron/index.html").as_uri())
    stops = browser.execute_script("""
        return [...document.querySelectorAll(
            "a[href], summary, [tabindex]")].filter(e => e.checkVisibility(
                {contentVisibilityAuto: true})).length""")
    keys = browser.find_element("tag name", "body")
    reached = []
    for _ in range(stops):
        keys.send_keys("\ue004")                        # Tab
        keys = browser.switch_to.active_element
        reached.append(keys.tag_name)
    assert reached[0] == "a" and reached.count("summary") >= 20
    passed = browser.find_element("css selector", ".is-pass summary")
    passed.send_keys("\ue007")                          # Enter
    assert passed.find_element("xpath", "..").get_attribute("open")


def test_a_failure_is_a_link_away(browser: Any, reports: Path) -> None:
    browser.get((reports / "quiet-heron/index.html").as_uri())
    browser.find_element("css selector", ".todo a").click()
    assert browser.current_url.endswith("#1a.parent-fd")
    assert browser.execute_script(
        "return document.querySelector(':target').className") \
        == "check is-fail"
