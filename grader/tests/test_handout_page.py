"""The handout as a page and as a PDF: what a reader, whoever it is, gets."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from grader.handout import __main__ as command, tools
from grader.tests import test_pages as pages
from grader.tests.reported import Page, words
from grader.tests.test_handout import HANDOUT, ROOT, TASKS
from grader.tests.test_report_page import _luminance
from grader.tests.unpacked import make

browser = pages.browser
TABLES = len(re.findall(r"^\|[-:|]+\|$", HANDOUT, re.MULTILINE))
NARROW = [(360, 1), (600, 2), (1200, 1)]    # a phone; 200 % of 1200 pixels; a desk
WIDE = "return document.documentElement.scrollWidth"
OVERLAPS = """
    return [...document.querySelectorAll("figure svg")].flatMap(svg => {
        const frame = svg.getBoundingClientRect();
        const texts = [...svg.querySelectorAll("text")].map(t => [t.textContent, t.getBoundingClientRect()]);
        const out = texts.filter(([, r]) => r.left < frame.left || r.right > frame.right || r.bottom > frame.bottom);
        return [...out.map(([t]) => [t, "frame"]), ...texts.flatMap(([t, r], n) => texts.slice(n + 1).filter(
            ([, q]) => r.left < q.right && q.left < r.right && r.top + 2 < q.bottom && q.top + 2 < r.bottom)
            .map(([u]) => [t, u]))];
    });"""


def need(*programs: str) -> None:
    """Skip where one is missing, or fail where none may be."""
    missing = [p for p in programs if not shutil.which(p)]
    if missing and os.environ.get("REQUIRE_TOOLS"):
        pytest.fail(f"{missing} not installed and REQUIRE_TOOLS is set")
    if missing:
        pytest.skip(f"{missing} not installed")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, in a file."""
    need("pandoc")
    from grader.handout import page
    target = tmp_path_factory.mktemp("handout") / "handout.html"
    target.write_text(page.render(HANDOUT, ROOT), encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def source(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def built(source: str) -> Page:
    return Page(source)


def blocks(source: str) -> list:
    """The text of each block of code."""
    found = re.findall(r"<pre [^>]*><code>(.*?)</code></pre>", source, re.S)
    return [b.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for b in found]


# What it is made of

def test_the_page_nests_and_has_a_language_and_a_title(built: Page, source: str):
    assert built.open == []
    assert built.all("html") == [{"lang": "en"}]
    title = HANDOUT.splitlines()[0].removeprefix("# ")
    assert f"<title>{title}</title>" in source and f"<h1>{title}</h1>" in source
    ids = [a["id"] for _, a in built.found if "id" in a]
    assert len(ids) == len(set(ids))


def test_the_page_says_all_that_the_handout_says(source: str):
    said = words(source).replace("’", "'")
    for task, text in TASKS.items():
        assert text.splitlines()[0].removeprefix("### ") in said, task
    for line in re.findall(r"^    (.*)", HANDOUT, re.MULTILINE):
        assert any(line in block.splitlines() for block in blocks(source)), line
    for check in re.findall(r"`(\w\w\.[a-z-]+)`", HANDOUT):
        assert f"<code>{check}</code>" in source


def test_no_heading_is_jumped_over_and_each_is_in_the_contents(built: Page, source: str):
    heads = [(int(t[1]), a) for t, a in built.found if re.match(r"h\d$", t)]
    levels = [level for level, _ in heads]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(levels, levels[1:]))
    assert len(heads) == len(re.findall(r"^#+ ", HANDOUT, re.MULTILINE))
    listed = re.findall(r'<li class="at-(\d)"><a href="#([^"]*)">', source)
    assert listed == [(str(level), a["id"]) for level, a in heads[1:]]


def test_parts_stand_above_their_tasks(source: str):
    assert re.search(r"<h2 [^>]*>Part 2: threads</h2>", source)
    assert len(re.findall(r"<h3 [^>]*>\d[a-e] · ", source)) == len(TASKS)


def test_the_first_stop_of_a_keyboard_skips_the_contents(built: Page):
    links = built.all("a")
    assert links[0]["class"] == "skip"
    targets = {a["id"] for _, a in built.found if "id" in a}
    assert {link["href"] for link in links} <= {f"#{t}" for t in targets}


def test_every_header_of_a_table_says_what_it_heads(built: Page, source: str):
    tables = re.findall(r"<table>.*?</table>", source, re.S)
    assert len(tables) == len(built.all("table")) == TABLES > 5
    for table in tables:
        for row in re.findall(r"<tr[ >].*?</tr>", table.partition("<tbody>")[2], re.S):
            assert row.count("<th ") == 1 and '<th scope="row">' in row
        columns = table.partition("</thead>")[0]
        assert set(re.findall(r"<th [^>]*?scope=\"(\w+)\"", columns)) == {"col"}
    assert not re.search(r"<th[^>]*></th>", source)
    assert {a.get("scope") for a in built.all("th")} == {"row", "col"}
    assert "<caption>Table 1. What is copied, and what is shared.</caption>" in source


def test_what_may_scroll_can_be_reached_and_has_a_name(built: Page):
    frames = [a for a in built.all("div") if a.get("class") == "wide"]
    indented = re.findall(r"(?<=\n\n)    .+", HANDOUT)
    assert len(frames) == TABLES and len(built.all("pre")) == len(indented) > 20
    for attrs in frames + built.all("pre"):
        assert attrs["tabindex"] == "0" and attrs["role"] in ("region", "group")
        assert attrs["aria-label"]


def test_each_figure_has_its_caption_and_each_drawing_its_words(built: Page, source: str):
    figures = re.findall(r"<figure[ >].*?</figure>", source, re.S)
    captions = [re.search(r"<figcaption>Figure (\d)\. ", f)[1] for f in figures]
    assert captions == list("123456")
    drawings = [f for f in figures if "<svg" in f]
    assert len(drawings) == len(built.all("svg")) == 3 and built.all("img") == []
    for svg in built.all("svg"):
        assert svg["role"] == "img"
        assert f'<title id="{svg["aria-labelledby"]}">' in source
        assert f'<desc id="{svg["aria-describedby"]}">' in source


def test_the_page_asks_nobody_and_runs_nothing(built: Page, source: str):
    assert built.all("script") == [] and len(built.all("style")) == 1
    for tag, attrs in built.found:
        assert not [a for a in attrs if a.startswith("on")], tag
        assert "style" not in attrs and "src" not in attrs, tag
        assert not re.match(r"\w+://|//", attrs.get("href") or ""), tag
    policy = next(m["content"] for m in built.all("meta")
                  if m.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_nothing_on_the_page_moves(source: str):
    assert not re.search(r"animation|transition|scroll-behavior|<animate|<marquee", source)


def test_the_handouts_style_has_no_colours_but_the_reports():
    css = (ROOT / "grader/handout/templates/handout.css").read_text("utf-8")
    assert not re.search(r"#[0-9a-f]{3}|rgb|hsl", css)
    assert set(re.findall(r"color: ([\w-]+(?:\(--\w+\))?)", css)) == {
        "var(--ink)", "var(--link)", "inherit"}


@pytest.mark.parametrize("theme", [0, 1])
def test_a_drawings_shade_leaves_its_words_readable(theme: int):
    """A twelfth of the ink on the card, under the ink: more than AA."""
    css = (ROOT / "grader/report/templates/page.css").read_text("utf-8")
    block = re.findall(r":root \{(.*?)\}", css, re.S)[theme]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
    ink, card = (_luminance(colours[name]) for name in ("ink", "card"))
    shade = card + .12 * (ink - card)
    light, dark = sorted((ink, shade), reverse=True)
    assert (light + .05) / (dark + .05) >= 4.5


# The command

def test_without_pandoc_a_sentence_names_the_package(tmp_path: Path, capsys, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["handout", "--out", str(tmp_path)])
    assert command.main() == 3
    assert capsys.readouterr().err == (
        "handout: pandoc is missing: apt-get install pandoc"
        " (or, for all of it: grader/need handout)\n")


def test_without_a_browser_the_page_is_there_and_an_old_pdf_is_not(tmp_path: Path, capsys, monkeypatch):
    need("pandoc")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/pandoc").symlink_to(shutil.which("pandoc"))
    (tmp_path / "handout.pdf").touch()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr("sys.argv", ["handout", "--out", str(tmp_path)])
    assert command.main() == 3
    assert "chromium is missing: apt-get install chromium" in capsys.readouterr().err
    assert (tmp_path / "handout.html").is_file()
    assert not (tmp_path / "handout.pdf").exists()


def test_a_browser_that_prints_nothing_is_not_believed(tmp_path: Path, monkeypatch):
    (tmp_path / "chromium").write_text("#!/bin/sh\n")
    (tmp_path / "chromium").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(tools.Impossible, match="chromium printed nothing"):
        tools.paper(tmp_path / "page.html", tmp_path / "page.pdf")


@pytest.mark.slow
def test_the_students_make_handout_writes_a_page_and_a_tagged_pdf(tmp_path: Path):
    need("pandoc", "chromium")
    from grader import dist
    dist.pack(ROOT, tmp_path / "lab.tar.gz")
    subprocess.run(["tar", "xzf", "lab.tar.gz"], cwd=tmp_path, check=True)
    done = make("handout", cwd=tmp_path / "clk-lab")
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines() == [
        "handout: report/handout.html", "handout: report/handout.pdf"]
    pdf = (tmp_path / "clk-lab/report/handout.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-") and b"/MarkInfo" in pdf and b"/Lang (en)" in pdf
    pages_ = len(re.findall(rb"/Type /Page\b", pdf))
    assert 10 <= pages_ <= 18


# In a browser

@pytest.mark.slow
@pytest.mark.parametrize("width, scale", NARROW)
def test_the_page_fits_the_window_and_code_scrolls_by_itself(width: int, scale: float, path: Path, browser):
    pages.emulate(browser)
    pages.window(browser, width, scale)
    browser.get(path.as_uri())
    assert browser.execute_script(WIDE) <= width
    assert browser.execute_script(OVERLAPS) == []
    if width == 360:
        assert browser.execute_script("""
            const block = [...document.querySelectorAll("pre")].find(p => p.scrollWidth > p.clientWidth);
            block.focus(); block.scrollLeft = 50;
            return [document.activeElement === block, block.scrollLeft]""") == [True, 50]


@pytest.mark.slow
def test_the_page_is_dark_at_night_white_on_paper_and_asks_nobody(path: Path, browser):
    pages.window(browser, 1200)
    pages.requested(browser), browser.get_log("browser")
    browser.get(path.as_uri())
    assert [u for u in pages.requested(browser) if not u.startswith(("file:", "data:"))] == []
    assert browser.get_log("browser") == []
    ink = {}
    for media, scheme in ("", "light"), ("", "dark"), ("print", "dark"):
        pages.emulate(browser, media, scheme)
        ink[media or scheme] = (pages.style(browser, "body", "backgroundColor"),
                                pages.style(browser, "figure svg", "stroke"))
    assert ink == {"light": ("rgb(251, 250, 247)", "rgb(28, 36, 48)"),
                   "dark": ("rgb(20, 24, 30)", "rgb(230, 228, 222)"),
                   "print": ("rgb(255, 255, 255)", "rgb(0, 0, 0)")}
