"""Two grades of one submission: what is different about them, and which
verdicts are.

Where a submission is graded again, because something that decides has changed,
the result that lay there is put aside. So the table says the same as long as
nothing changes again, and a grade that was interrupted loses nothing.
"""
import json
import textwrap
from pathlib import Path
from typing import Iterable, Optional

from grader.core.marks import CHECK as EXPLANATION
from grader.report import view
from grader.report.text import clean

BEFORE = "previous.json"
WIDTH = 80


def put_aside(directory: Path) -> None:
    """Remove the result that lies there. A grade is kept, in place of an
    older one; a first look, or what could not be graded, is not. Raises OSError."""
    path = directory / "result.json"
    old = read(path)
    if old and "error" not in old and not old.get("quick"):
        path.replace(directory / BEFORE)
    path.unlink(missing_ok=True)


def read(path: Path) -> Optional[dict]:
    """A result.json, or None where there is none, or half of one."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "submission" in found else None


def differences(old: dict, new: dict, task: str = "") -> list[str]:
    """What may be why two results of a submission are not the same; of the
    numbers, those of one task if one is named."""
    words = {"contents": "the files handed in", "kit": "the kit", "course": "the course", "rubric": "the rubric"}
    others = [key for key in words if _known(old, new, key) and old[key] != new[key]]
    if "course" in others and "kit" not in others:      # the rubric follows from these two
        others = [key for key in others if key != "rubric"]
    found = [words[key] for key in others]
    if not _known(old, new, "contents"):
        found.append("perhaps the files handed in, which the older result does not say")
    if _known(old, new, "numbers"):
        names = sorted(set(old["numbers"]) | set(new["numbers"]))
        found += [f"the number {name}, {_change(old['numbers'], new['numbers'], name)}" for name in names
                  if name.startswith(task) and old["numbers"].get(name) != new["numbers"].get(name)]
    tools = sorted(set(old["tools"]) | set(new["tools"]))
    found += [f"{tool}, {_change(old['tools'], new['tools'], tool)}" for tool in tools
              if old["tools"].get(tool) != new["tools"].get(tool)]
    if old["level"] != new["level"]:
        found.append(f"the box, {_change(old, new, 'level')}")
    return found


def _known(old: dict, new: dict, key: str) -> bool:
    return key in old and key in new


def _change(old: dict, new: dict, key: str) -> str:
    return f"{old.get(key, 'none')} before and {new.get(key, 'none')} now"


def changed(old: dict, new: dict) -> list[tuple[str, str, str]]:
    """The checks of both that came out otherwise: id, outcome before, and now.
    What a person marks and what is only told are no verdicts of ours."""
    before = {c["check"]: c["outcome"] for c in old["checks"]}
    return [(c["check"], before[c["check"]], c["outcome"]) for c in new["checks"]
            if before.get(c["check"], c["outcome"]) != c["outcome"]
            and not view.told(c) and not EXPLANATION.fullmatch(c["check"])]


def worth(old: dict, new: dict) -> list[tuple[str, float, float]]:
    """The checks of both that have other points: id, points before, and now.
    One without points was only needed by others then, and is not counted."""
    before = {c["check"]: c["max"] for c in old["checks"] if c["max"]}
    return [(c["check"], before[c["check"]], c["max"]) for c in new["checks"]
            if c["max"] and before.get(c["check"], c["max"]) != c["max"]]


def table(results: Iterable[dict], out: Path) -> list[str]:
    """What has changed in these since the grade before, as lines to print;
    none where nothing was graded before."""
    groups: dict[str, list[str]] = {}
    points: dict[tuple[str, float, float], None] = {}       # in their order; each is true of many
    same = 0
    for new in clean(sorted(filter(view.graded, results), key=lambda r: r["submission"])):
        old = clean(read(out / new["submission"] / BEFORE))
        if not old:
            continue
        rows = changed(old, new)
        same += not rows
        points.update(dict.fromkeys(worth(old, new)))
        why = ", ".join(differences(old, new)) or "nothing that is known"
        for check, *words in rows:
            before, now = (view.WORDS[word] for word in words)
            groups.setdefault(why, []).append(f"  {new['submission']:<28} {check:<18} {before:<13}{now}")
    return [*(line for why, rows in groups.items() for line in _group(why, rows)), *_points(points), *_as_before(same)]


def _group(why: str, rows: list[str]) -> list[str]:
    said = f"Changed since the grade before; what differs between the two: {why}."
    return [*textwrap.wrap(said, WIDTH), *rows, ""]


def _points(found: Iterable[tuple[str, float, float]]) -> list[str]:
    rows = [f"  {check}: {view.points(now)}, {'was' if now == 1 else 'were'} {view.number(before)}"
            for check, before, now in found]
    return ["Points that are others than in the grade before:", *rows, ""] if rows else []


def _as_before(same: int) -> list[str]:
    return [f"{same} {'submission has' if same == 1 else 'submissions have'} the verdicts of the grade before."] * bool(same)
