"""Charts as SVG, from numbers: text in, text out.

Colours, dashes and the faces of text are those of templates/compare.css, so
that a dark page has dark charts. What is inside one picture is measured in its
own units, of which WIDE make the whole width.
"""

from __future__ import annotations

import math
from typing import Iterable, Iterator, NamedTuple, Sequence
from xml.sax.saxutils import escape, quoteattr

from grader.bench.scale import Scale, at_axis, cut, fit, number, spread, ticks

WIDE, HIGH = 410, 290
LEFT, RIGHT, TOP, BOTTOM = 50, 300, 28, 246     # where the lines are drawn
APART = 16              # from one line of text to the next
STRIP = 64              # the height of one server's histogram
NEXT = 1.25             # a group of times ends so many times as high as the one before, at most
STYLES = 6              # colours, dashes and shapes, in this order
SHAPES = ("m-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0-8.4 0z", "m-4-4h8v8h-8z", "m0-5.2l5 9h-10z",
          "m0-5.4l5.4 5.4-5.4 5.4-5.4-5.4z", "m0 5.2l5-9h-10z", "m-2-5h4v3h3v4h-3v3h-4v-3h-3v-4h3z")


class Point(NamedTuple):
    """A value y at x, with the lowest and the highest that were measured. A y
    of None was not measured: there the line has a gap."""

    x: float
    y: float | None
    low: float | None = None
    high: float | None = None


class Series(NamedTuple):
    """One server's points, by ascending x; its style is one of STYLES."""

    name: str
    style: int
    points: Sequence[Point]

    def seen(self) -> list[Point]:
        """The points that were measured."""
        return [p for p in self.points if p.y is not None]


class Bar(NamedTuple):
    """One server's number and the words beside it; None is not measured."""

    name: str
    style: int
    value: float | None
    words: str


class Mark(NamedTuple):
    """A level that is to be seen, with its name."""

    y: float
    name: str


def _words(kind: str, x: float, y: float, words: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def _shape(style: int, x: float, y: float, words: str = "") -> str:
    title = f"<title>{escape(words)}</title>" if words else ""
    return f'<path class="shape s{style}" d="M{x:.1f} {y:.1f}{SHAPES[style]}">{title}</path>'


def _svg(height: float, label: str, parts: Iterable[str]) -> str:
    return "\n".join([f'<svg class="chart" viewBox="0 0 {WIDE} {height:.0f}" role="img" aria-label={quoteattr(label)}>',
                      *parts, "</svg>"])


def swatch(style: int) -> str:
    """A piece of a server's line, for beside its name."""
    return (f'<svg class="swatch" viewBox="0 0 44 14" aria-hidden="true"><path class="line s{style}" d="M1 7H43"/>'
            f"{_shape(style, 22, 7)}</svg>")


def _x_axis(x: Scale, values: Iterable[float], title: str, y: float = BOTTOM,
            ends: tuple[int, int] = (LEFT, RIGHT)) -> list[str]:
    """The axis below, with as many of the values as have room."""
    parts, free = [f'<path class="axis" d="M{ends[0]} {y}H{ends[1]}"/>'], -math.inf
    for value in sorted(set(values)):
        at, half = x.at(value), 4.2 * len(at_axis(value))
        if at - half > free:
            parts += [f'<path class="axis" d="M{at:.1f} {y}v5"/>', _words("x", at, y + 18, at_axis(value))]
            free = at + half + 4
    return [*parts, _words("x", sum(ends) / 2, y + 37, title)]


def _y_axis(y: Scale, title: str) -> list[str]:
    """Lines across with their numbers, and what they are of."""
    parts = [_words("title", 0, 13, title + (", log scale" if y.log else ""))]
    for value in ticks(y):
        at = y.at(value)
        parts += [f'<path class="grid" d="M{LEFT} {at:.1f}H{RIGHT}"/>', _words("y", LEFT - 7, at + 4.5, at_axis(value))]
    return parts


def _names(series: Sequence[Series], x: Scale, y: Scale) -> list[str]:
    """Each server's name at the right, joined to the end of its line."""
    ends = [(x.at(s.seen()[-1].x), y.at(s.seen()[-1].y)) for s in series]
    parts = []
    for s, (at, was), to in zip(series, ends, spread([e[1] for e in ends], APART, TOP, BOTTOM)):
        parts += [f'<path class="leader" d="M{at:.1f} {was:.1f}L{RIGHT} {was:.1f}L{RIGHT + 10} {to:.1f}"/>',
                  _shape(s.style, RIGHT + 14, to), _words("name", RIGHT + 23, to + 4.5, cut(s.name))]
    return parts


def _interval(p: Point, style: int, x: Scale, y: Scale) -> str:
    if p.low is None or p.high is None:
        return ""
    at, low, high = x.at(p.x), y.at(p.low), y.at(p.high)
    return f'<path class="interval s{style}" d="M{at - 4:.1f} {low:.1f}h8m-4 0V{high:.1f}m-4 0h8"/>'


def _line(s: Series, x: Scale, y: Scale, unit: str) -> list[str]:
    path, pen = "", "M"
    for p in s.points:
        path += "" if p.y is None else f"{pen}{x.at(p.x):.1f} {y.at(p.y):.1f}"
        pen = "M" if p.y is None else "L"
    return [f'<path class="line s{s.style}" d="{path}"/>', *(_interval(p, s.style, x, y) for p in s.seen()),
            *(_shape(s.style, x.at(p.x), y.at(p.y), f"{s.name}, {number(p.x)} {unit}: {number(p.y)}")
              for p in s.seen())]


def lines(series: Sequence[Series], titles: tuple[str, str], label: str, log: bool | None = None,
          marks: Sequence[Mark] = ()) -> str:
    """Lines with their intervals over doublings of x, and levels across.
    titles are those of x and y; log is as in fit. A server without a value is left out."""
    where = sorted({p.x for s in series for p in s.points})
    series = [s for s in series if s.seen()]
    x = _doublings(where)
    y = fit([v for s in series for p in s.seen() for v in p[1:] if v is not None] + [m.y for m in marks],
            BOTTOM, TOP + 6, log)
    return _svg(HIGH, label, [
        *_y_axis(y, titles[1]), *_x_axis(x, where, titles[0]),
        *(f'<path class="level" d="M{LEFT} {y.at(m.y):.1f}H{RIGHT}"/>' for m in marks), *_names(series, x, y),
        *(part for s in series for part in _line(s, x, y, titles[0])),
        *(_words("mark", LEFT + 10, y.at(m.y) - 6, m.name) for m in marks)])


def _doublings(values: Sequence[float]) -> Scale:
    """A scale for counts, with room at both ends; one of them is in the middle."""
    low, high = min(values, default=1), max(values, default=1)
    edge = 8 if high > low else (RIGHT - LEFT) / 2
    return Scale(low, high if high > low else low * 2, LEFT + edge, RIGHT - 8, True)


def steps(series: Sequence[Series], titles: tuple[str, str], label: str) -> str:
    """What stays as it is until it is looked at again, over time."""
    series = [Series(s.name, s.style, s.seen()) for s in series if s.seen()]
    points = [p for s in series for p in s.points]
    x = Scale(0, max([p.x for p in points], default=0) or 1, LEFT, RIGHT)
    y = fit([p.y for p in points], BOTTOM, TOP + 6, log=False)
    return _svg(HIGH, label, [*_y_axis(y, titles[1]), *_x_axis(x, ticks(x), titles[0]), *_names(series, x, y),
                              *(_stairs(s, x, y) for s in series)])


def _stairs(s: Series, x: Scale, y: Scale) -> str:
    first = s.points[0]
    rest = "".join(f"H{x.at(p.x):.1f}V{y.at(p.y):.1f}" for p in s.points[1:])
    return f'<path class="line stairs s{s.style}" d="M{x.at(first.x):.1f} {y.at(first.y):.1f}{rest}"/>'


def bars(found: Sequence[Bar], label: str) -> str:
    """A bar for each, from nothing, under its name and its words."""
    x = Scale(0, max([b.value or 0 for b in found], default=0) or 1, 0, WIDE)
    parts = []
    for n, b in enumerate(found):
        top = 44 * n
        parts += [_shape(b.style, 7, top + 13), _words("name", 20, top + 18, cut(b.name)),
                  _words("end", WIDE, top + 18, b.words)]
        if b.value is not None:
            parts += [f'<path class="empty" d="M0 {top + 25}h{WIDE}v10H0z"/>',
                      f'<path class="bar s{b.style}" d="M0 {top + 25}h{x.at(b.value):.1f}v10H0z"/>']
    return _svg(max(44 * len(found) - 6, 10), label, parts)


def _groups(points: Sequence[Point]) -> list[tuple[float, float, float]]:
    """From, to and share of all for each group; x is where a group ends. It
    begins where the one before ends, or not far below where some are missing."""
    total, before, found = sum(p.y for p in points) or 1, 0.0, []
    for p in points:
        found.append((max(before, p.x / NEXT), p.x, p.y / total))
        before = p.x
    return found


def histogram(series: Sequence[Series], title: str, label: str) -> str:
    """For each server how the x of its points are spread, y being how many
    fell into the group that ends there; one above the other over one axis."""
    series = [Series(s.name, s.style, s.seen()) for s in series if s.seen()]
    groups = [_groups(s.points) for s in series]
    ends = 14, WIDE - 14
    x = fit([edge for found in groups for g in found for edge in g[:2]], *ends, log=True)
    most, parts = max([g[2] for found in groups for g in found], default=0) or 1, []
    for n, (s, found) in enumerate(zip(series, groups)):
        base = STRIP * (n + 1) - 4
        parts += [_shape(s.style, 7, base - 51), _words("name", 18, base - 46, cut(s.name)),
                  _words("end", WIDE, base - 46, f"tallest: {number(100 * max(g[2] for g in found))} %"),
                  *_strip(found, s.style, x, Scale(0, most, base, base - 40)),
                  f'<path class="axis" d="M{ends[0]} {base}H{ends[1]}"/>']
    foot = STRIP * max(1, len(series)) - 4
    return _svg(foot + 44, label, [*parts, *_x_axis(x, ticks(x), title, foot, ends)])


def _strip(groups: Sequence[tuple[float, float, float]], style: int, x: Scale, y: Scale) -> Iterator[str]:
    for start, end, share in groups:
        if share > 0:
            left, top = x.at(start), y.at(share)
            yield (f'<path class="bar s{style}" d="M{left:.1f} {y.start:.1f}V{min(top, y.start - 1):.1f}'
                   f'H{max(x.at(end) - 0.5, left + 0.5):.1f}V{y.start:.1f}z"/>')
