"""Questions about a result that more than one report asks.

All functions take a result or records as result.schema.json describes them
and never change them.
"""

from __future__ import annotations

import statistics
from itertools import groupby
from typing import Any, Iterable

Record = dict[str, Any]
Result = dict[str, Any]

OUTCOMES = ("pass", "fail", "blocked", "not-measured")
LEFT_OUT = "not graded in this course: "     # how the note on it begins
WORDS = {"pass": "PASS", "fail": "FAIL", "blocked": "BLOCKED",
         "not-measured": "NOT MEASURED"}


def number(value: float) -> str:
    """4.0 is "4", 4.5 is "4.5": points without false precision."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def points(value: float) -> str:
    return f"{number(value)} {'point' if value == 1 else 'points'}"


def graded(result: Result) -> bool:
    """False for a submission that has an error instead of a grade."""
    return "error" not in result


def told(check: Record) -> bool:
    """Whether it is only told: no points hang on it, and no other check."""
    return not check.get("guard") and not check["max"]


def scored(result: Result) -> list[Record]:
    """The checks with points, in the order of the rubric."""
    return [c for c in result.get("checks", []) if c["max"]]


def first_failed(result: Result) -> Record | None:
    """Where to look first: the first failure in the order of the record."""
    return next((c for c in result["checks"] if c["outcome"] == "fail" and not told(c)), None)


def tools(result: Result) -> list[str]:
    """"gcc 12.2.0": each tool with its version, which some begin with their
    own name."""
    return [f"{tool} {version.removeprefix(tool).lstrip(' -')}"
            for tool, version in result["tools"].items()]


def guards(records: Iterable[Record]) -> list[Record]:
    return [c for c in records if c.get("guard")]


def held(records: Iterable[Record]) -> str:
    """"5 of 5": the guards that hold, and a word on those nobody measured."""
    all_ = guards(records)
    text = f"{sum(c['outcome'] == 'pass' for c in all_)} of {len(all_)}"
    lost = sum(c["outcome"] == "not-measured" for c in all_)
    return f"{text}, {lost} not measured" if lost else text


def shown(records: Iterable[Record]) -> list[Record]:
    """What a report lists: every check, and the guards that do not hold."""
    return [c for c in records if not c.get("guard") or c["outcome"] != "pass"]


def heading(result: Result, part: str) -> str:
    """What a part is called: its title where the result has one."""
    return result.get("parts", {}).get(part) or f"Part {part}"


def broken_guard(check: Record, records: Iterable[Record]) -> str:
    """The guard that failed this check, or an empty string. Told in full at
    the guard, one broken guard would be read twenty times under the others."""
    return next((g["check"] for g in guards(records)
                 if g["outcome"] == "fail" and g is not check
                 and f"guard {g['check']} is broken" in check["observed"]), "")


def parts(result: Result) -> list[tuple[str, list[Record]]]:
    """The records by part, parts in the order in which the result has their
    titles: guards stand before all else, and not every part has one."""
    found: dict[str, list[Record]] = {part: [] for part in result.get("parts", {})}
    for check in result.get("checks", []):
        found.setdefault(check["part"], []).append(check)
    return [(part, checks) for part, checks in found.items() if checks]


def count(records: Iterable[Record]) -> dict[str, int]:
    """How many records have each outcome; all four are there."""
    sums = dict.fromkeys(OUTCOMES, 0)
    for check in records:
        sums[check["outcome"]] += 1
    return sums


def shares(records: Iterable[Record]) -> dict[str, float]:
    """The points that went to each outcome."""
    sums = dict.fromkeys(OUTCOMES, 0.0)
    for check in records:
        sums[check["outcome"]] += check["max"]
    return sums


def tally(records: Iterable[Record]) -> dict[str, float]:
    """The score of some checks, and what of them was measured."""
    measured = [c for c in records if c["outcome"] != "not-measured"]
    return {"score": sum(c["points"] for c in measured),
            "measured_max": sum(c["max"] for c in measured)}


def task(check: Record) -> str:
    """The task of a check: 2c of 2c.exact."""
    return check["check"].split(".")[0]


def groups(checks: Iterable[Record]) -> list[list[Record]]:
    """The checks of a submission by part of the lab; those of the
    comparison, questions and explanations, are one."""
    return [list(group) for _, group in groupby(checks, lambda c: c["check"][0] if c["check"][0].isdigit() else "")]


def strip(checks: Iterable[Record]) -> list[tuple[int, Record]]:
    """Where each check's mark stands in a row: 11 apart, tasks 5 more."""
    marks: list[tuple[int, Record]] = []
    for check in checks:
        gap = 11 + 5 * bool(marks and task(marks[-1][1]) != task(check))
        marks.append((marks[-1][0] + gap if marks else 0, check))
    return marks


def provisional(result: Result) -> str:
    """Why the score is not final, or an empty string when it is."""
    lost = result["max"] - result["measured_max"]
    if result["complete"] or lost <= 0:
        return ""
    return (f"provisional: {points(lost)} of {number(result['max'])} "
            "could not be measured")


def causes(result: Result, check: Record) -> list[str]:
    """The sentences of a check's causes, most likely first, three at most."""
    known = result.get("causes", {})
    return [known.get(id_, id_) for id_ in check["causes"][:3]]


def findings(check: Record) -> list[Record]:
    """What witnesses saw. A text of the grader's is not a finding."""
    return [e for e in check["evidence"] if "accesses" in e]


def texts(check: Record) -> list[Record]:
    return [e for e in check["evidence"] if "accesses" not in e]


_KINDS = {"race": "data race", "lock-order": "locks in two orders",
          "misuse": "misuse of a lock"}


def _access(access: Record) -> str:
    where = access.get("file") or "unknown file"
    if access.get("line") is not None:
        where += f":{access['line']}"
    text = f"{where}  {access.get('op') or 'access'}"
    if access.get("function"):
        text += f" in {access['function']}"
    role, thread = access.get("role"), access.get("thread")
    if role or thread is not None:
        text += f" by {role or 'a thread'}"
        text += f" (thread {thread})" if thread is not None else ""
    locks = access.get("locks") or []
    return text + (f", holding {', '.join(locks)}" if locks
                   else ", holding no lock")


def finding_lines(finding: Record) -> list[str]:
    """A finding in four lines: what on, one access, the other, who says so.
    Misuse has one access, or none, and so fewer lines."""
    kind = _KINDS.get(finding["kind"], "data race")
    head = f"{kind} on {finding['variable']}" if finding.get("variable") \
        else kind
    if finding.get("declared"):
        head += f", declared at {finding['declared']}"
    by = finding.get("confirmed_by") or []
    tail = finding.get("verdict") or (
        f"{finding['tool']}, confirmed by {' and '.join(by)}" if by
        else f"{finding['tool']} alone; no second witness confirms it")
    return [head, *map(_access, finding["accesses"][:2]), tail]


def by_variable(check: Record) -> list[tuple[str, list[Record]]]:
    """The findings under one heading a variable. The heading is the first of
    their finding_lines; one that names no variable stands alone."""
    groups: list[tuple[str, list[Record]]] = []
    known: dict[str, list[Record]] = {}
    for finding in findings(check):
        head = finding_lines(finding)[0]
        if finding.get("variable") and head in known:
            known[head].append(finding)
        else:
            known[head] = [finding]
            groups.append((head, known[head]))
    return groups


def _merged(lists: Iterable[list[str]]) -> list[str]:
    """Each name once. A result may lack some, so the longest list leads and
    the others fill in."""
    return list(dict.fromkeys(name for names in sorted(
        lists, key=len, reverse=True) for name in names))


def boxes(results: Iterable[Result]) -> list[str]:
    """The titles of the boxes of a class, in the order of the lab."""
    return _merged([b["title"] for b in r.get("boxes", [])] for r in results)


def left_out(results: Iterable[Result]) -> list[str]:
    """The notes on what the instructor has left out, each once."""
    return list(dict.fromkeys(note for r in results for note in r.get("notes", []) if note.startswith(LEFT_OUT)))


def average(results: Iterable[Result], title: str) -> Record:
    """The sum of a box over a class: score, measured_max."""
    found = [b for r in results for b in r.get("boxes", [])
             if b["title"] == title]
    return {"score": sum(b["score"] for b in found),
            "measured_max": sum(b["measured_max"] for b in found)}


def box(result: Result, title: str) -> Record | None:
    return next((b for b in result.get("boxes", []) if b["title"] == title),
                None)


def check_ids(results: Iterable[Result]) -> list[str]:
    """The checks of a class, guards included."""
    return _merged([c["check"] for c in r.get("checks", [])] for r in results)


def share(result: Result) -> float:
    """The score as a fraction of what was measured; 0 if nothing was."""
    return result["score"] / result["measured_max"] \
        if result["measured_max"] else 0.0


def median(results: Iterable[Result]) -> float | None:
    values = [r["score"] for r in results]
    return statistics.median(values) if values else None
