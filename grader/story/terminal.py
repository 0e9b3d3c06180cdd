"""A story for the terminal: a column for each thread, time downwards."""
import re
from typing import Iterator

from grader.story.story import AFTER, MOST_SEEN, Line, Story

MARKS = {"between": "others come between", "again": "goes on", "waits": "then waits",
         "stays": "does no more until it fails"}
WIDE = 46           # characters of what is done, before the place


def text(story: Story) -> str:
    return "\n".join(_lines(story))


def head(story: Story) -> str:
    return f"{story.kind}: {story.seen[0] if story.seen else ''}".rstrip(": ")


def threads(story: Story) -> list[int]:
    """All that the story tells of: some only wait, and are in no line."""
    said = " ".join([*story.seen, *(f"{line.does} {line.more}" for line in story.lines)])
    named = {int(n) for n in re.findall(r"\bT(\d+)\b", said)} & set(story.threads)
    return sorted(named | {line.thread for line in story.lines})


def legend(story: Story) -> str:
    """Who the threads are."""
    return ", ".join(f"T{t} {story.threads.get(t, '')}".rstrip() for t in threads(story))


def _lines(story: Story) -> Iterator[str]:
    yield head(story)
    yield from (f"  {line}" for line in story.seen[1:MOST_SEEN])
    columns = threads(story)
    yield "  " + legend(story)
    yield "  " + " ".join(f"T{t}".ljust(2) for t in columns)
    if story.before:
        yield f"  ({_count(story.before)} before)"
    for n, line in enumerate(story.lines):
        if story.after and n == len(story.lines) - AFTER:
            yield f"  ({_count(story.after)} more)"
        yield f"  {_columns(line, columns)} {words(line)}".rstrip()


def _count(lines: int) -> str:
    return f"{lines} line{'' if lines == 1 else 's'}"


def _columns(line: Line, columns: list[int]) -> str:
    return " ".join(("* " if t == line.thread else ". ") for t in columns)


def words(line: Line) -> str:
    """What a line says, beside the columns."""
    said = f"{line.function} {line.does}".strip()
    mark = f"   <- {MARKS[line.mark]}" if line.mark else ""
    if line.more:
        mark += f" {line.more}" if line.mark == "waits" else f", {line.more}"
    return f"{said:{WIDE}} {line.place:11} {line.source}".rstrip() + mark if line.place else said + mark
