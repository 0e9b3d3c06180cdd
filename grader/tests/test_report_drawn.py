"""An order of steps in a page: its picture, and nothing that leaves it."""
import base64
import copy
import json
from pathlib import Path
from xml.etree import ElementTree as xml

from grader.report import drawn
from grader.report.formats import page
from grader.story import picture
from grader.story.story import Line, Story
from grader.tests.reported import Page, fail, find, sample

TOLD = Story("a wrong result", ("served is 1",), {0: "main", 1: "worker", 2: "<b>worker"},
             (Line(1, "stats_end", "reads all.served = 0", "stats.c:20", "all.served++;", "between"),
              Line(2, "stats_end", "writes all.served = 1", "stats.c:20", "all.served++;"),
              Line(1, "stats_end", "writes all.served = 1", "stats.c:20", "all.served++;", "again")), 0, 0, "T0:3 T1:1")
# As it comes out of result.json.
EVIDENCE = json.loads(json.dumps({"kind": "text", "title": "an order of steps that fails", "text": "T1 reads\nT2 writes",
                                  "story": TOLD.to_dict()}))


def svg_of(address: str) -> str:
    head, _, data = address.partition(",")
    assert head == "data:image/svg+xml;base64"
    return base64.b64decode(data).decode()


def test_the_picture_is_that_of_the_record():
    assert svg_of(drawn.of(EVIDENCE)) == picture.svg(TOLD)


def test_a_text_without_an_order_has_no_picture():
    assert drawn.of({"kind": "text", "title": "t", "text": "words"}) == ""


def test_a_page_shows_the_picture_beside_the_words_and_lets_no_name_out_of_it(tmp_path: Path):
    result = copy.deepcopy(sample("full"))
    fail(result, "2c.exact")
    find(result, "2c.exact")["evidence"] = [EVIDENCE]
    page.submission(result, tmp_path)
    made = (tmp_path / "index.html").read_text("utf-8")
    [image] = [attrs for tag, attrs in Page(made).found if tag == "img"]
    assert "text below says all of it" in image["alt"] and xml.fromstring(svg_of(image["src"])) is not None
    assert "T1 reads\nT2 writes" in made and "<b>worker" not in made and "img-src data:" in made


def test_the_keyboard_reaches_the_command_that_finds_the_order_again(tmp_path: Path):
    result = copy.deepcopy(sample("full"))
    fail(result, "2c.exact")
    find(result, "2c.exact")["evidence"] = [
        EVIDENCE, {"kind": "text", "title": "the same again", "text": "make explore TASK=2c"}]
    page.submission(result, tmp_path)
    made = (tmp_path / "index.html").read_text("utf-8")
    assert '<pre tabindex="0"><code>make explore TASK=2c</code></pre>' in made
    assert '<div class="picture" tabindex="0">' in made
