"""The page: one file that asks nobody for anything, in the reports' style."""

from __future__ import annotations

from pathlib import Path

import jinja2
from markupsafe import Markup

from grader.course.marks import plain
from grader.handout import tools, tree
from grader.report import html

TEMPLATES = Path(__file__).with_name("templates")


def render(markdown: str, root: Path) -> str:
    """The page of a handout whose figures lie below root. Raises
    tools.Impossible, OSError and ElementTree.ParseError."""
    main = tree.parsed(tools.read(plain(markdown)))
    title, *contents = tree.headings(main)
    main.remove(main.find("h1"))        # it stands in the page's header
    tree.figures(main, root)
    tree.tables(main)
    tree.code(main)
    tree.steps(main)
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES, html.TEMPLATES]),
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True)
    # The head of all our pages stands beside macros that know numbers.
    env.filters["number"] = str
    style = (html.TEMPLATES / "page.css").read_text(encoding="utf-8") \
        + (TEMPLATES / "handout.css").read_text(encoding="utf-8")
    return env.get_template("handout.html").render(
        title=title.text, contents=contents, main=Markup(tree.written(main)),
        style=Markup(style), policy=html.policy(style))
