"""What the page makes of pandoc's elements, so that they can be heard, read on
a phone, and reached by keyboard. Each function changes the tree it is given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

Element = ElementTree.Element
HEADING = re.compile(r"h([1-6])")
FIGURE = re.compile(r"Figure \d+\. ")
TABLE = re.compile(r"Table \d+\. ")
STEPS = ("Ticket", "Predict", "Do", "See", "Done when", "Read")
NUMBER = "text-align: right;"


@dataclass(frozen=True)
class Heading:
    """One line of the contents."""

    level: int
    id: str
    text: str


def text(element: Element) -> str:
    """The words of an element, without its markup."""
    return " ".join("".join(element.itertext()).split())


def parsed(fragment: str) -> Element:
    """The elements of a fragment under one main. Raises ParseError."""
    return ElementTree.fromstring(f"<main>{fragment}</main>")


def written(main: Element) -> str:
    """The tree as a browser reads it: void elements have no end."""
    return ElementTree.tostring(main, encoding="unicode", method="html")


def headings(main: Element) -> list[Heading]:
    """Level all headings so that none is jumped over, below the first, which
    is the title; return them, the title first."""
    above: list[int] = []
    found = []
    for element in main:
        match = HEADING.fullmatch(element.tag)
        if not match:
            continue
        # The title stands above the parts, though both are marked alike.
        source = int(match[1]) if above else 0
        while above and above[-1] >= source:
            above.pop()
        above.append(source)
        element.tag = f"h{len(above)}"
        found.append(Heading(len(above), element.get("id", ""), text(element)))
    return found


def tables(main: Element) -> None:
    """Say whose each header is, and let a wide table scroll by itself. A line
    "Table 1. ..." above a table becomes its caption."""
    label, place = "", 0
    while place < len(main):
        element = main[place]
        if HEADING.fullmatch(element.tag):
            label = text(element)
        if element.tag == "table":
            before = main[place - 1]
            if before.tag == "p" and TABLE.match(text(before)):
                before.tag = "caption"
                element.insert(0, before)
                main.remove(before)
                place -= 1
            headers(element)
            main[place] = framed(element, label)
        place += 1


def headers(table: Element) -> None:
    """Each column and each row says what it is about; a corner says nothing."""
    for head in table.iterfind("thead/tr/th"):
        head.set("scope", "col")
        if not text(head):
            head.tag = "td"
            del head.attrib["scope"]
    for row in table.iterfind("tbody/tr"):
        row[0].tag = "th"
        row[0].set("scope", "row")
    for cell in table.iter():
        if cell.attrib.pop("style", "") == NUMBER:
            cell.set("class", "n")      # the page's policy allows no style


def framed(table: Element, label: str) -> Element:
    """The table in a frame that a keyboard can scroll."""
    caption = table.find("caption")
    frame = Element("div", {
        "class": "wide", "tabindex": "0", "role": "region",
        "aria-label": label if caption is None else text(caption)})
    frame.append(table)
    return frame


def code(main: Element) -> None:
    """Let a keyboard reach each block of code: it may have to be scrolled."""
    label = ""
    for element in main.iter():
        if HEADING.fullmatch(element.tag):
            label = text(element)
        if element.tag == "pre":
            element.attrib.update({"tabindex": "0", "role": "group",
                                   "aria-label": f"Lines of: {label}"})


def figures(main: Element, root: Path) -> None:
    """Put each "Figure 1. Caption" and what follows it into one figure; the
    drawing of an image is copied in. Raises OSError, ParseError."""
    place = 0
    while place + 1 < len(main):
        caption, shown = main[place], main[place + 1]
        if caption.tag == "p" and FIGURE.match(text(caption)):
            caption.tag = "figcaption"
            figure = Element("figure")
            image = shown.find("img")
            if image is not None:
                shown = drawing(root / image.get("src", ""))
                figure.set("class", "drawn")
            figure.extend([caption, shown])
            main[place:place + 2] = [figure]
        place += 1


def drawing(path: Path) -> Element:
    """An SVG as an element of a page. It has no style of its own there: its
    one colour is the text's."""
    svg = ElementTree.parse(path).getroot()
    for element in svg.iter():
        element.tag = element.tag.partition("}")[2]
    for style in svg.findall("style"):
        svg.remove(style)
    return svg


def steps(main: Element) -> None:
    """Mark the six paragraphs of a task."""
    for paragraph in main.iterfind("p"):
        first = paragraph.find("strong")
        if first is not None and first is paragraph[0] \
                and not paragraph.text and first.text in STEPS:
            paragraph.set("class", "step")
