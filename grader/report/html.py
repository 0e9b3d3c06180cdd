"""The machinery of the pages: one template, one self-contained file.

Two walls stand between a student's text and the reader's browser: text.clean
and autoescape on the way in, and a policy in the page that loads nothing, from
anywhere, and runs and styles only what carries the hash of our own files.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from grader.report import drawn, marked, view

TEMPLATES = Path(__file__).with_name("templates")


def _source(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def policy(style: str, script: str = "") -> str:
    """The Content-Security-Policy of a page with this style and script."""
    rules = ["default-src 'none'", f"style-src {_hash(style)}",
             "img-src data:", "base-uri 'none'", "form-action 'none'"]
    if script:
        rules.append(f"script-src {_hash(script)}")
    return "; ".join(rules)


def _plural(n: int, one: str) -> str:
    return f"{n} {one if n == 1 else one + 's'}"


def render(template: str, script: str = "", **facts: Any) -> str:
    """The page that template makes of facts. facts must be clean
    (text.clean); script names a file of templates/. Raises
    jinja2.UndefinedError if the template asks for a fact that is not there."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True,
        undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True)
    env.filters.update(number=view.number, points=view.points)
    env.globals.update(view=view, marked=marked, drawn=drawn, plural=_plural)
    style, code = _source("page.css"), _source(script) if script else ""
    return env.get_template(template).render(
        policy=policy(style, code), style=Markup(style), script=Markup(code),
        **facts)
