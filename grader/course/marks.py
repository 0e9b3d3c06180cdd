"""Marks in a text: what is there in some courses only.

A line that ends with <!-- if X --> is there where the course asks for X: a
task, a check, or a part (fork, pool, locks, comparison). On a line of its own
the mark is about all lines up to <!-- end -->. "X or Y" is either of them.
And a list of checks or questions, "q1, q2 and q4", loses those that are not asked.
"""
import re
from typing import AbstractSet, Iterator

BLOCK = re.compile(r"^<!-- if (.+?) -->\n(.*?)^<!-- end -->\n", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"^(?!<!--)(.+?) *<!-- if (.+?) -->\n", re.MULTILINE)
NAME = r"(?:`\d\w\.[\w-]+`|\bq\d\b)"
LIST = re.compile(rf"{NAME}(?:(?:, | and ){NAME})+")
ONE_IS_LEFT = re.compile(r"(\*\* `\d\w\.[\w-]+`) pass\b")


def kept(text: str, names: AbstractSet[str]) -> str:
    """The text of a course that asks for these names, without marks."""
    text = BLOCK.sub(lambda m: m[2] if _holds(m[1], names) else "", text)
    text = LINE.sub(lambda m: f"{m[1]}\n" if _holds(m[2], names) else "", text)
    return ONE_IS_LEFT.sub(r"\1 passes", LIST.sub(lambda m: _shortened(m[0], names), text))


def plain(text: str) -> str:
    """All of the text, without marks."""
    return LINE.sub(lambda m: f"{m[1]}\n", BLOCK.sub(lambda m: m[2], text))


def named(text: str) -> set[str]:
    """The names that the marks are about."""
    return {name for mark in _marks(text) for name in _either(mark)}


def _marks(text: str) -> Iterator[str]:
    return (m[1] for m in re.finditer(r"<!-- if (.*?) -->", text))


def _either(mark: str) -> list[str]:
    return mark.split(" or ")


def _holds(mark: str, names: AbstractSet[str]) -> bool:
    return any(name in names for name in _either(mark))


def _shortened(listed: str, names: AbstractSet[str]) -> str:
    """A list without what is not asked; as it was where all of it is."""
    there = re.findall(NAME, listed)
    left = [name for name in there if name.strip("`") in names]
    if left == there or not left:
        return listed if left else ""
    *first, last = left
    return ", ".join(first) + " and " + last if first else last
