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
from typing import Callable, Optional, TextIO

from grader.core import marks
from grader.core.marks import Explanation

WIDTH = 80
KEYS = """\
0  no mechanism, or one that the own number contradicts
1  the right mechanism
2  the right mechanism, and an own number that shows it
s  later, without a mark        b  back to the one before, to mark it anew
q  stop; what was read is kept"""
ALL, ENDS = "012sbq", "bq"      # ENDS: behind the last one
ESC = "\x1b"


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


def read(out: Path, path: Path, keys: Optional[TextIO], show: TextIO) -> int:
    """Show what lies in `out` and has no mark in `path`, and keep the marks
    there; how many are left. Raises ValueError, OSError, KeyboardInterrupt."""
    if keys is None:
        raise ValueError("--mark reads keys from stdin, and that is closed")
    given = marks.load(path, missing=True)
    everything = marks.to_read(results(out))
    left = [e for e in everything if e.key not in given]
    print(f"{len(everything)} explanations, {len(everything) - len(left)} of them read.", file=show)
    if left:
        print(f"\n{KEYS}", file=show)
        _ask(left, given, path, keys, show)
    done = sum(e.key in given for e in left)
    kept = f"the marks are in {path}. Grade again with --marks {path}" if given else "no mark was given"
    print(f"\n{done} read now, {len(left) - done} left; {kept}", file=show)
    return len(left) - done


def _ask(left: list[Explanation], given: marks.Marks, path: Path, keys: TextIO, show: TextIO) -> None:
    """Show one after the other, and put what is pressed into `given` and `path`,
    until the reader stops. Behind the last one it can be gone back to."""
    at = 0
    while True:
        print(f"\n{_place(left, at, given)}\n", file=show)
        key = pressed("mark: " if at < len(left) else "key: ", ENDS if at == len(left) else ALL, keys, show)
        if key == "q":
            return
        if key == "b":
            at = max(at - 1, 0)
            continue
        before = given.pop(left[at].key, None)
        if key != "s":
            given[left[at].key] = int(key)
        if before is not None or key != "s":
            marks.save(path, given)
        at += 1


def _place(left: list[Explanation], at: int, given: marks.Marks) -> str:
    """What the reader sees there."""
    if at == len(left):
        return "That was the last one: b goes back to it, q stops."
    mark = given.get(left[at].key)
    return shown(left[at], at + 1, len(left)) + (f"\n\n  marked {mark} before" if mark is not None else "")


def shown(explanation: Explanation, number: int, of: int) -> str:
    """One explanation, as the reader sees it."""
    def filled(text: str) -> str:
        return textwrap.fill(plain(text), WIDTH, initial_indent="  ", subsequent_indent="  ")
    return "\n".join([f"{explanation.task} ({number} of {of})", filled(explanation.asked), "",
                      filled(explanation.text), "", filled(explanation.numbers)])


def plain(text: str) -> str:
    """A stranger's text, fit for a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def pressed(prompt: str, wanted: str, keys: TextIO, show: TextIO) -> str:
    """The next key of those wanted; "q" when there are no more."""
    print(prompt, end="", file=show, flush=True)
    while True:
        key = one(keys)
        if not key or key in wanted:
            print(key, file=show)
            return key or "q"


def one(keys: TextIO) -> str:
    """One key, from a terminal without Enter; "" at the end."""
    if not keys.isatty():
        return whole(lambda: keys.read(1))
    fd = keys.fileno()
    before = termios.tcgetattr(fd)
    try:
        tty.setcbreak(fd, termios.TCSANOW)      # and not TCSAFLUSH, which forgets what was typed ahead
        return whole(lambda: os.read(fd, 1).decode("latin-1"))
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


def whole(char: Callable[[], str]) -> str:
    """One key with all that a terminal sends for it: Insert is ESC [ 2 ~, and no
    2. ESC stands for any such; "" is the end. Where one ends follows from
    ECMA-48 and from no clock, so the key behind Esc alone is lost."""
    last = char()
    if last != ESC:
        return last
    while last == ESC:      # twice: Alt, and a key that is a sequence itself
        last = char()
    if last == "O":
        last = char()
    elif last == "[":
        last = char()
        while last and not "@" <= last <= "~":
            last = char()
    return ESC if last else ""
