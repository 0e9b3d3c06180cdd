"""The page of a comparison, report/compare.html, from the data of its run.

What is said stands in templates/compare.html; the charts and the tables under
them are made in figures.py.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import jinja2
from markupsafe import Markup

from grader.bench import chart, figures
from grader.bench.compared import Compared, Data, waiting
from grader.bench.scale import number
from grader.report import html, text
from grader.report.files import write_text

TEMPLATES = Path(__file__).with_name("templates")
ASKS = (figures.noise, figures.overview, figures.curve, figures.cpu, figures.cpu_table, figures.memory, figures.held,
        figures.over_time, figures.tasks, figures.totals, figures.syscalls, figures.histograms)


def render(data: Data) -> str:
    """The page of a comparison. Raises KeyError or jinja2.UndefinedError if
    data lacks something that it should have."""
    of = Compared(text.clean(data))
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES, html.TEMPLATES]), autoescape=True,
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    style = (html.TEMPLATES / "page.css").read_text() + (TEMPLATES / "compare.css").read_text()
    env.filters["number"] = number      # by which the head of all our pages is made, too
    env.globals.update({ask.__name__: partial(ask, of) for ask in ASKS},
                       waiting=waiting,
                       swatch=lambda name: Markup(chart.swatch(of.style(name))))
    return env.get_template("compare.html").render(of=of, data=of.data, style=Markup(style),
                                                   policy=html.policy(style))


def write(data: Data, path: Path) -> None:
    """Write the page so that it is never half there. Raises as render, and OSError."""
    write_text(path, render(data))
