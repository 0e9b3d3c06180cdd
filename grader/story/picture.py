"""A story as a picture (SVG): a lane for each thread, time downwards, a mark
where others come between. What it shows stands in its description as well."""
from typing import Iterator
from xml.sax.saxutils import escape

from grader.story import terminal
from grader.story.story import Line, Story

LANE, ROW, TOP, LEFT = 44, 22, 56, 24       # pixels
LETTER = 7.3                                # a letter's width, at most
STYLE = """
text { font: 12px monospace; fill: #1b1b1b }
.head { font-weight: bold } .lane { stroke: #b5b5b5; stroke-width: 2 }
.step { fill: #2c6fad } .order { stroke: #2c6fad; stroke-width: 2; fill: none }
.between { stroke: #b3261e; stroke-width: 3; stroke-dasharray: 5 3; fill: none }
.mark { fill: #b3261e; font-weight: bold }
@media (prefers-color-scheme: dark) {
  text { fill: #ececec } .lane { stroke: #666 } .step { fill: #7db7ee } .order { stroke: #7db7ee }
  .between { stroke: #ff8a80 } .mark { fill: #ff8a80 }
}"""


def svg(story: Story) -> str:
    threads = terminal.threads(story)
    x = {t: LEFT + LANE * n for n, t in enumerate(threads)}
    words = [terminal.words(line) for line in story.lines]
    at = LEFT + LANE * len(threads)
    width = int(at + LETTER * max(map(len, [*words, terminal.head(story)]), default=0)) + LEFT
    height = TOP + ROW * len(story.lines) + 10
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" aria-labelledby="title text">',
        f'<title id="title">{escape(terminal.head(story))}</title>',
        f'<desc id="text">{escape(terminal.text(story))}</desc>',
        f"<style>{STYLE}</style>",
        f'<text class="head" x="{LEFT}" y="18">{escape(terminal.head(story))}</text>',
        f'<text x="{at}" y="42">{escape(terminal.legend(story))}</text>',
        *(f'<text class="head" x="{x[t] - 8}" y="42">T{t}</text>' for t in threads),
        *(f'<line class="lane" x1="{x[t]}" x2="{x[t]}" y1="{TOP - 6}" y2="{height - 6}"/>' for t in threads),
        *_switches(story.lines, x),
        *_rows(story.lines, words, x, at), "</svg>", ""])


def _y(row: int) -> int:
    return TOP + ROW * row + ROW // 2


def _switches(lines: tuple[Line, ...], x: dict[int, int]) -> Iterator[str]:
    """From each line to the next one's, where that is another thread's."""
    for row, (line, following) in enumerate(zip(lines, lines[1:])):
        if line.thread != following.thread:
            kind = "between" if line.mark == "between" else "order"
            yield (f'<path class="{kind}" d="M{x[line.thread]} {_y(row)} '
                   f'C{x[line.thread]} {_y(row + 1)} {x[following.thread]} {_y(row)} '
                   f'{x[following.thread]} {_y(row + 1)}"/>')


def _rows(lines: tuple[Line, ...], words: list[str], x: dict[int, int], at: int) -> Iterator[str]:
    for row, (line, said) in enumerate(zip(lines, words)):
        mark = ' class="mark"' if line.mark == "between" else ""
        yield f'<circle class="step" cx="{x[line.thread]}" cy="{_y(row)}" r="5"/>'
        yield f'<text{mark} x="{at}" y="{_y(row) + 4}" xml:space="preserve">{escape(said)}</text>'
