"""How much of a result its student is told."""
import re
from datetime import datetime
from typing import Any

from grader.course.read import Course
from grader.report import unbuilt, view

CAUSES = {"causes": [], "hint": "", "evidence": []}
HIDDEN = {"full": {}, "observed": CAUSES, "outcome": {**CAUSES, "observed": "", "expected": "", "reproduce": ""}}
FIRST = re.compile(r"not reached: first make \S+ pass")     # what a blocked check has seen may follow
SAID = {
    "observed": "This report says what was seen, and leaves the causes to you.",
    "outcome": "This report says what came out, and nothing else.",
}


def level(course: Course, now: datetime) -> str:
    """The level that holds now; before the course says when it is due, the
    first. now: with a time zone."""
    return course.after_due if course.due and now >= course.due else course.before_due


def told(result: dict[str, Any], level: str) -> dict[str, Any]:
    """What the reports of one submission are made from."""
    late = [result["late"]["said"]] if "late" in result else []
    seen = veiled(result, level)
    return {**seen, "notes": [*seen["notes"], *late]} if late else seen


def veiled(result: dict[str, Any], level: str) -> dict[str, Any]:
    """The result as a student may see it. What passed, and what is no fault
    of theirs, keeps its words: nothing is given away by them."""
    if level == "full" or "error" in result:
        return result
    checks = [_check(c, result["checks"], level) for c in result["checks"]]
    named = {cause for c in checks for cause in c["causes"]}
    notes = [note for note in result["notes"] if note != SAID[level]]
    return {**result, "checks": checks, "notes": [*notes, SAID[level]],
            "causes": {name: text for name, text in result["causes"].items() if name in named}}


def _check(check: dict[str, Any], all_: list[dict[str, Any]], level: str) -> dict[str, Any]:
    """One check of a veiled result. What has to pass first is no secret, nor is
    what the compiler says: make says it to everybody."""
    if check["outcome"] == "blocked":
        first = FIRST.match(check["observed"]) if level == "outcome" else None
        return {**check, **CAUSES, **({"observed": first[0]} if first else {})}
    if check["outcome"] != "fail":
        return check
    if unbuilt.refused(check):
        return {**check, **CAUSES}
    guard = view.broken_guard(check, all_)
    behind = {"observed": f"guard {guard} is broken"} if guard and level == "outcome" else {}
    return {**check, **HIDDEN[level], **behind}
