"""The report in a terminal, in a pipe and in a log.

Plain text first: one fact a line, 80 columns, outcomes as words, no box
characters. A terminal adds colour and the bars of the boxes, never a fact.
"""

from __future__ import annotations

import os
import textwrap
from typing import Any, Iterable, Mapping, Optional, TextIO

from grader.report import unbuilt, view
from grader.report.reminders import Reminders
from grader.report.text import clean
from grader.report.unbuilt import Unbuilt
from grader.report.view import Record, Result

WIDTH = 80
_LABEL = 13     # "NOT MEASURED" and a space
_ROOM = 42      # what outcome, check and points leave for the title
_LINES = 20     # of a compiler's or a server's words; the page has them all
_CODES = {"pass": "34", "fail": "1;31", "blocked": "2", "not-measured": "35",
          "head": "1"}


def want_colour(stream: TextIO,
                environ: Mapping[str, str] = os.environ) -> bool:
    """True if stream should get colour: a terminal that is not dumb, unless
    NO_COLOR or PLAIN is set; FORCE_COLOR (not 0) overrides all of it."""
    forced = environ.get("FORCE_COLOR") or environ.get("CLICOLOR_FORCE")
    if forced:
        return forced != "0"
    if environ.get("NO_COLOR") or environ.get("PLAIN"):
        return False
    return stream.isatty() and environ.get("TERM", "dumb") != "dumb"


def _paint(text: str, what: str, colour: bool) -> str:
    return f"\x1b[{_CODES[what]}m{text}\x1b[0m" if colour else text


def _encoding(stream: TextIO) -> str:
    return getattr(stream, "encoding", None) or "utf-8"


def _put(stream: TextIO, line: str = "") -> None:
    # A login host with LANG=C must not end the grade at the first umlaut.
    encoding = _encoding(stream)
    stream.write(line.rstrip().encode(encoding, "backslashreplace")
                 .decode(encoding) + "\n")


def _wrap(first: str, text: str, indent: int) -> list[str]:
    """text in 80 columns behind first, further lines indented. Lines that
    text already has are kept: they may be a student's output."""
    lines: list[str] = []
    for part in text.expandtabs(4).split("\n"):
        lines += textwrap.wrap(part, WIDTH - indent, drop_whitespace=True,
                               break_on_hyphens=False) or [""]
    pad = " " * indent
    return [(first.ljust(indent) if n == 0 else pad) + line
            for n, line in enumerate(lines)]


def _points(check: Record) -> str:
    if check.get("guard"):
        return "guard"
    if view.told(check):
        return "told"
    got = "-" if check["outcome"] == "not-measured" \
        else view.number(check["points"])
    return f"{got}/{view.number(check['max'])}"


def _line(record: Record, titles: list[str], colour: bool) -> list[str]:
    """Outcome, check, points, and the title in as many lines as it has."""
    head = (view.WORDS[record["outcome"]].ljust(_LABEL)
            + f"{record['check']:<17} {_points(record):>5}  ")
    first = _paint(head[:_LABEL], record["outcome"], colour) + head[_LABEL:]
    return [first + titles[0]] + [" " * len(head) + t for t in titles[1:]]


def _title(record: Record) -> list[str]:
    return textwrap.wrap(" ".join(record["title"].split()), _ROOM) or [""]


def progress_line(record: Record, colour: bool = False) -> str:
    """One line, without its end, for a check that has just finished."""
    record = clean(record)
    first, *more = _title(record)
    if more:    # cut between two words, where there are two
        first = textwrap.shorten(" ".join([first, *more]), _ROOM, placeholder=" ...")
    return _line(record, [first], colour)[0].rstrip()


def _fact(stream: TextIO, name: str, text: str) -> None:
    lines = _wrap(f"    {name}", text.strip("\n"), 16)
    for line in lines[:_LINES]:
        _put(stream, line)
    if len(lines) > _LINES:
        _put(stream, f"{'':16}[{len(lines) - _LINES} more lines]")


def _texts(stream: TextIO, check: Record) -> None:
    """The rest of the evidence, under its title, which may be a long one."""
    for text in view.texts(check):
        title = " ".join(text["title"].split())
        if len(title) > 10:
            _put(stream, f"    {title[:WIDTH - 8]}:")
            title = ""
        _fact(stream, title and f"{title}:", text["text"])


def _finding(stream: TextIO, finding: Record) -> None:
    for n, line in enumerate(view.finding_lines(finding)):
        # Paths are not broken: the editor's and the eye's search need them.
        pad = " " * (4 if n == 0 else 6)
        for part in textwrap.wrap(line, WIDTH, initial_indent=pad, subsequent_indent=" " * 8,
                                  break_long_words=False, break_on_hyphens=False):
            _put(stream, part)


def _evidence(stream: TextIO, check: Record) -> None:
    for finding in view.findings(check):
        _finding(stream, finding)
    _texts(stream, check)


def _predicted(stream: TextIO, said: str) -> None:
    for line in _wrap("    You predicted: ", said, 19) if said else []:
        _put(stream, line)


def _failure(stream: TextIO, result: Result, check: Record,
             reminders: Reminders, why: Optional[Unbuilt] = None) -> None:
    """why: it did not build; then what another check is about is no matter."""
    if check["observed"]:   # beside nothing that was seen it would be half a fact
        _predicted(stream, reminders.prediction(check, result))
    about = not why or check.get("guard")
    for name in ("observed", "expected") if about else ("observed",):
        if check[name]:     # a course may keep them back
            _fact(stream, "seen:" if name == "observed" else "expected:", check[name])
    for sentence in view.causes(result, check):
        _fact(stream, "usually:", sentence)
    if check["hint"] and about:
        _fact(stream, "hint:", check["hint"])
    _evidence(stream, check)
    if why and why.behind:
        _fact(stream, "behind it:", why.line())
    if reminders.section(check):
        _fact(stream, "handout:", reminders.section(check))
    if check["reproduce"]:
        _put(stream, f"    reproduce:  {check['reproduce']}")


def _part(stream: TextIO, result: Result, name: str,
          checks: list[Record], colour: bool, brief: bool,
          reminders: Reminders) -> None:
    refused = {u.said["check"]: u for u in unbuilt.of(checks)}
    behind = [c for u in refused.values() for c in u.behind]
    listed = [c for c in view.shown(checks)
              if c not in behind and (not brief or c["outcome"] != "pass" or view.findings(c))]
    if brief and not listed:
        return
    _put(stream)
    _put(stream, _paint(view.heading(result, name), "head", colour))
    for check in listed:
        for line in _line(check, _title(check), colour):
            _put(stream, line)
        guard = view.broken_guard(check, checks)
        if guard:
            _fact(stream, "why:", f"guard {guard} is broken, see there")
        elif check["outcome"] == "fail":
            _failure(stream, result, check, reminders, refused.get(check["check"]))
        else:   # what a witness saw is said even when it cost nothing
            if check["outcome"] != "pass":
                _fact(stream, "why:", check["observed"])
                if elsewhere := unbuilt.elsewhere(check, checks):
                    _fact(stream, "look:", f"make check TASK={elsewhere}")
            _evidence(stream, check)
    if view.guards(checks) and not brief:
        _put(stream, f"guards: {view.held(checks)}")


def _bar(box: Record, stream: TextIO) -> str:
    full, empty = "█", "░"
    try:
        full.encode(_encoding(stream))
    except UnicodeEncodeError:
        full, empty = "#", "."
    done = round(20 * box["score"] / box["max"]) if box["max"] else 0
    return full * done + empty * (20 - done) + "  "


def _headline(stream: TextIO, result: Result, colour: bool) -> None:
    score = (f"Score: {view.number(result['score'])} of "
             f"{view.number(result['measured_max'])}")
    _put(stream, _paint(score, "head", colour))
    if view.provisional(result):
        _put(stream, view.provisional(result).capitalize())
    for box in result["boxes"]:
        lost = box["max"] - box["measured_max"]
        text = (f"{box['title']}: {view.number(box['score'])} of "
                f"{view.number(box['measured_max'])}")
        text += f", {view.points(lost)} not measured" if lost else ""
        _put(stream, "  " + (_bar(box, stream) if colour else "") + text)


def _done(stream: TextIO, result: Result, colour: bool,
          reminders: Reminders) -> None:
    """Before the score, so that the score is what one sees last."""
    done = list(reminders.done(result))
    for line, said in done:
        _put(stream, _paint(line, "pass", colour))
        _predicted(stream, said)
    if done:
        _put(stream)


def print_result(result: Result, stream: TextIO, colour: bool,
                 brief: bool = False, reminders: Reminders = Reminders()) -> None:
    """Write the report of one submission. brief: the checks have been said as
    they finished, so only what did not pass is told, and then the score.
    reminders: what is shown and is not in the result. Raises OSError as stream
    does."""
    result = clean(result)
    for line in [] if brief else _wrap("", f"Submission: {result['submission']}", 0):
        _put(stream, _paint(line, "head", colour))
    if not view.graded(result):
        for line in _wrap("Could not be graded: ", result["error"], 21):
            _put(stream, line)
        return
    if not brief:
        _headline(stream, result, colour)
    for name, checks in view.parts(result):
        _part(stream, result, name, checks, colour, brief, reminders)
    _put(stream)
    _done(stream, result, colour, reminders)
    if brief:
        _headline(stream, result, colour)
    print_notes(result["notes"], stream)
    if brief:
        return
    missing = ", ".join(result["missing"]) or "nothing"
    for line in _wrap("box:", f"level {result['level']}, missing: {missing}",
                      6):
        _put(stream, line)


def print_notes(notes: Iterable[str], stream: TextIO) -> None:
    """Write what is to be said beside the checks; notes are clean. Raises OSError."""
    for note in notes:
        for line in _wrap("note:", note, 6):
            _put(stream, line)


def _row(name: str, cells: Iterable[Any], room: int, last: str = "") -> str:
    short = name if len(name) <= room else name[:room - 3] + "..."
    return short.ljust(room) + "".join(f"{c:>9}" for c in cells) + last


def _cell(row: Record | None) -> str:
    """"18/25": the score of a box or of all of it, against what was
    measured; a star where something was not."""
    if row is None:
        return "-"
    star = "*" if row["measured_max"] < row["max"] else ""
    return (f"{view.number(row['score'])}/{view.number(row['measured_max'])}"
            f"{star}")


def print_class(results: list[Result], stream: TextIO, colour: bool) -> None:
    """Write the table of a class: a line a submission, the score of each box
    and the total; then who could not be graded. Raises OSError."""
    results = sorted(clean(results), key=lambda r: r["submission"])
    done = [r for r in results if view.graded(r)]
    titles = view.boxes(done)
    # Five boxes leave 26 columns for a name; more make a line longer than 80.
    room = max(WIDTH - 9 * (len(titles) + 1), 16)
    heads = [f"box {n}" for n in range(1, len(titles) + 1)] + ["total"]
    _put(stream, _paint(_row("submission", heads, room), "head", colour))
    for result in done:
        cells = [_cell(view.box(result, title)) for title in titles]
        _put(stream, _row(" ".join(result["submission"].split()),
                          cells + [_cell(result)], room))
    _put(stream)
    for n, title in enumerate(titles, 1):
        _put(stream, f"box {n}: {title}")
    if any(r["measured_max"] < r["max"] for r in done):
        _put(stream, "*: provisional, some points could not be measured")
    _put(stream, f"graded: {len(done)} of {len(results)}")
    for result in results:
        if not view.graded(result):
            text = f"{result['submission']}: {result['error']}"
            for line in _wrap("not graded: ", text, 12):
                _put(stream, line)
