"""Lines for a terminal, a pipe or a log: 80 columns, and no fact in a colour."""

import os
import sys
import textwrap
from typing import Mapping, Sequence, TextIO

WIDTH = 80
CODES = {"good": "34", "look": "35", "head": "1"}


def wants_colour(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether stream is to get colour, by the rules of the reports: a terminal,
    unless NO_COLOR or PLAIN is set; FORCE_COLOR overrides all of it."""
    forced = environ.get("FORCE_COLOR") or environ.get("CLICOLOR_FORCE")
    if forced:
        return forced != "0"
    if environ.get("NO_COLOR") or environ.get("PLAIN"):
        return False
    return stream.isatty() and environ.get("TERM", "dumb") != "dumb"


def paint(text: str, what: str, colour: bool) -> str:
    """text, in colour where there is one."""
    return f"\x1b[{CODES[what]}m{text}\x1b[0m" if colour else text


def filled(text: str, indent: str = "") -> str:
    """One paragraph in 80 columns; further lines have the indentation, too."""
    return textwrap.fill(" ".join(text.split()), WIDTH, initial_indent=indent, subsequent_indent=indent,
                         break_on_hyphens=False)


def listed(words: Sequence[str]) -> str:
    """"1b, 1c and 1e"."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def wrong(command: str, error: Exception) -> int:
    """Say what is wrong; the exit status for it."""
    print(filled(f"{command}: {error}"), file=sys.stderr)
    return 2
