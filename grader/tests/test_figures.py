"""The handout's drawings: valid, heard as well as seen, in one colour."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from grader.tests.test_handout import HANDOUT, ROOT

SVG = "{http://www.w3.org/2000/svg}"
SHOWN = re.findall(r"^!\[(.+)\]\((lab/figures/[\w.]+)\)$", HANDOUT, re.MULTILINE)
DRAWINGS = sorted(ROOT.glob("lab/figures/*.svg"))
each = pytest.mark.parametrize("path", DRAWINGS, ids=lambda p: p.stem)


def drawn(path: Path) -> ElementTree.Element:
    return ElementTree.parse(path).getroot()


def words(text: str) -> set:
    return set(re.findall(r"\w+", text.lower()))


def told(svg: ElementTree.Element) -> str:
    """What somebody is told who does not see it."""
    return f"{svg.findtext(SVG + 'title')} {svg.findtext(SVG + 'desc')}"


def test_the_handout_shows_every_drawing_and_no_other():
    assert sorted(ROOT / name for _, name in SHOWN) == DRAWINGS
    assert len(DRAWINGS) == 3


def test_the_handout_has_six_figures_in_order_each_with_its_caption():
    captions = re.findall(r"^Figure (\d)\. .+\.\n\n(?:    |!\[)", HANDOUT,
                          re.MULTILINE)
    assert captions == list("123456")


@each
def test_a_drawing_has_a_role_and_says_its_facts_in_words(path):
    svg = drawn(path)
    assert svg.get("role") == "img" and svg.get("viewBox")
    for name, attribute in (("title", "aria-labelledby"),
                            ("desc", "aria-describedby")):
        assert svg.find(SVG + name).get("id") == svg.get(attribute) \
            == f"{path.stem}-{name}"
    written = " ".join("".join(t.itertext()) for t in svg.iter(SVG + "text"))
    assert words(written) - words(told(svg)) == set()


@each
def test_a_drawing_asks_for_nothing_and_runs_nothing(path):
    allowed = {SVG + tag for tag in ("svg", "title", "desc", "style", "g",
                                     "text", "path", "rect", "circle")}
    for element in drawn(path).iter():
        assert element.tag in allowed, element.tag
        assert not [a for a in element.attrib if a.startswith("on")]
        assert not [a for a in element.attrib if "href" in a]
    text = path.read_text().replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"url\(|//|@import|@font-face", text)


@each
def test_a_drawing_has_the_one_colour_of_its_text_in_light_and_dark(path):
    svg = drawn(path)
    colours = {element.get(name) for element in svg.iter()
               for name in ("fill", "stroke", "color")} - {None}
    assert colours == {"none", "currentColor"}
    assert svg.find(SVG + "style").text == (
        "svg { color: #1c2430 } @media (prefers-color-scheme: dark)"
        " { svg { color: #e6e4de } }")


@each
def test_a_drawing_can_be_read_on_a_phone(path):
    """Drawn for 360 pixels, it loses a tenth at most."""
    svg = drawn(path)
    assert float(svg.get("viewBox").split()[2]) <= 360
    sizes = {float(e.get("font-size")) for e in svg.iter() if e.get("font-size")}
    assert min(sizes) >= 13


def test_the_queues_clients_add_up():
    svg = drawn(ROOT / "lab/figures/queue.svg")
    numbers = [t.text for t in svg.iter(SVG + "text") if t.get("x") == "350"]
    assert sum(map(int, numbers[:-1])) == int(numbers[-1]) == 10
    assert len(svg.findall(f".//{SVG}circle")) == 10
