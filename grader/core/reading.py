"""grader/grade --mark FILE: a person reads explanations, and presses 0, 1 or 2.

Shown is what somebody wrote with the own numbers beside it, and not who. Each
mark is kept at once, so that reading can stop anywhere and goes on from there.
"""
import json
import os
import termios
import textwrap
import tty
from pathlib import Path
from typing import TextIO

from grader.core import marks
from grader.core.marks import Explanation

WIDTH = 80
KEYS = """\
0  no mechanism, or one that the own number contradicts
1  the right mechanism
2  the right mechanism, and an own number that shows it
s  later        q  stop; what was read is kept"""


def results(out: Path) -> list[dict]:
    """Those that lie in the directory of an earlier grade. Raises ValueError without any."""
    found = []
    for path in sorted(out.glob("*/result.json")):
        try:
            found.append(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError):
            continue        # half written: the next grade makes it again
    if not found:
        raise ValueError(f"there are no results in {out}; grade first, and say --out if they lie elsewhere")
    return found


def read(out: Path, path: Path, keys: TextIO, show: TextIO) -> int:
    """Show what lies in `out` and has no mark in `path`, and keep the marks
    there; how many are left. Raises ValueError, OSError, KeyboardInterrupt."""
    given = marks.load(path, missing=True)
    everything = marks.to_read(results(out))
    left = [e for e in everything if e.key not in given]
    print(f"{len(everything)} explanations, {len(everything) - len(left)} of them read.", file=show)
    if left:
        print(f"\n{KEYS}", file=show)
    done = 0
    for number, explanation in enumerate(left, 1):
        print(f"\n{shown(explanation, number, len(left))}\n", file=show)
        key = pressed(keys, show)
        if key == "q":
            break
        if key != "s":
            given[explanation.key] = int(key)
            marks.save(path, given)
            done += 1
    print(f"\n{done} read now, {len(left) - done} left; the marks are in {path}. Grade again with --marks {path}",
          file=show)
    return len(left) - done


def shown(explanation: Explanation, number: int, of: int) -> str:
    """One explanation, as the reader sees it."""
    def filled(text: str) -> str:
        return textwrap.fill(plain(text), WIDTH, initial_indent="  ", subsequent_indent="  ")
    return "\n".join([f"{explanation.task} ({number} of {of})", filled(explanation.asked), "",
                      filled(explanation.text), "", filled(explanation.numbers)])


def plain(text: str) -> str:
    """A stranger's text, fit for a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def pressed(keys: TextIO, show: TextIO) -> str:
    """The next key that means something; "q" when there are no more."""
    print("mark: ", end="", file=show, flush=True)
    while True:
        key = one(keys)
        if not key or key in "012sq":
            print(key, file=show)
            return key or "q"


def one(keys: TextIO) -> str:
    """One key, from a terminal without Enter."""
    if not keys.isatty():
        return keys.read(1)
    fd = keys.fileno()
    before = termios.tcgetattr(fd)
    try:
        tty.setcbreak(fd, termios.TCSANOW)      # and not TCSAFLUSH, which forgets what was typed ahead
        return os.read(fd, 1).decode("latin-1")
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
