"""The table of make status in plain lines: the same facts with colour and without."""

from typing import List

from lab.status.table import Row, following, reason, waits_for
from lab.way import say

UNREAD = "a person reads this"      # as the grader says of an explanation
HEAD = f"{'':4}{'task':<32}{'points':<15}{'prediction':<12}hints seen"


def number(value: float) -> str:
    """"4", and "2.5" where it has to be."""
    return f"{value:g}"


def points(row: Row) -> str:
    """What was found of what there is."""
    if not row.task.checks:
        return "no checks"
    return f"{number(row.points)} of {number(row.worth)}" if row.known else "not checked"


def names(checks: list) -> str:
    return ", ".join(c.id for c in checks)


def task_lines(row: Row, colour: bool) -> List[str]:
    """One line, and another for each thing that has to be said of it."""
    title = row.task.title if len(row.task.title) <= 31 else row.task.title[:28] + "..."
    cell = f"{points(row):<15}"
    line = (f"{row.task.id:<4}{title:<32}" + (say.paint(cell, "good", colour) if row.done else cell)
            + f"{'kept' if row.said else '-':<12}" + (f"{row.seen} of {row.hints}" if row.hints else "-"))
    lines = [line.rstrip()]
    if row.older:
        lines.append("    " + say.paint("older than your files: check again", "look", colour))
    if row.known and row.of(""):
        lines.append(say.filled(f"not checked yet: {names(row.of(''))}", "    "))
    read = [c for c in row.of("not-measured") if row.observed(c) == UNREAD]
    left = [c for c in row.of("not-measured") if c not in read]
    if left:
        lines.append(say.filled(f"not measured on this machine: {names(left)}", "    "))
    if read:
        lines.append(say.filled(f"{UNREAD}: {names(read)}", "    "))
    return lines


def total(rows: List[Row]) -> str:
    """The sum; and how much of it may have changed."""
    found, there, old = (sum(getattr(r, name) for r in rows) for name in ("points", "worth", "old_points"))
    said = f"Found on this machine: {number(found)} of {number(there)} points"
    return said + (f", {number(old)} of them before you changed files." if old else ".")


def next_lines(rows: List[Row], colour: bool) -> List[str]:
    """What to do now."""
    row = following(rows)
    if row is None:
        older = [r.task.id for r in rows if r.older]
        if older:
            return [say.filled(f"Next: check again what is older than your files ({say.listed(older)}): make check")]
        return ["Next: make check FULL=1, and then make submit"]
    task = row.task.id
    facts = [] if row.said or not row.asked else [f"Say first what you expect: make predict TASK={task}"]
    if row.older:
        facts.append("Your files have changed since they were checked.")
    elif row.known:
        facts.append(reason(row))
        other = waits_for(row)
        if other:
            facts.append(f"All that is left of {task} waits for {other}: when your own part is done, go on with"
                         f" {other.partition('.')[0]}.")
    facts += [f"make check TASK={task}, or make watch TASK={task} while you work"]
    facts += [f"make hint TASK={task}, when you are stuck"] if row.hints else []
    return [say.paint(f"Next: {task} {row.task.title}", "head", colour)] + [say.filled(f, "    ") for f in facts]


def lines(rows: List[Row], colour: bool) -> List[str]:
    """All of it."""
    told = [say.paint(HEAD, "head", colour)]
    for row in rows:
        told += task_lines(row, colour)
    return told + ["", total(rows), ""] + next_lines(rows, colour)
