"""Two records of one check side by side, and what may be why they differ."""
import textwrap

from grader.core.changes import WIDTH, differences
from grader.report import view
from grader.report.text import clean

LABEL = 11
COLUMN = (WIDTH - LABEL - 4) // 2       # two spaces before each


def side_by_side(old: dict, new: dict, check: str) -> list[str]:
    """What a terminal shows of a check in the earlier result and in a new one."""
    old, new = clean(old), clean(new)
    before, now = (_record(result, check) for result in (old, new))
    lines = [f"{old['submission']}: {check}, {now['title']}", "", *_row("", "before", "now")]
    for (label, left), (_, right) in zip(_facts(old, before, new), _facts(new, now, old)):
        lines += _row(label, left, right)
    return [*lines, "", *textwrap.wrap(_why(before, now, old, new), WIDTH), *_needed(old, new, check)]


def _record(result: dict, check: str) -> dict:
    return next(c for c in result["checks"] if c["check"] == check)


def _facts(result: dict, record: dict, other: dict) -> list[tuple[str, str]]:
    """Label and text of each fact, in the same order for both."""
    task = view.task(record) + "."
    names = sorted(n for n in {*result.get("numbers", {}), *other.get("numbers", {})} if n.startswith(task))
    tools = sorted({*result["tools"], *other["tools"]})
    return [
        ("outcome", view.WORDS[record["outcome"]]),
        ("seen", record["observed"]),
        ("causes", ", ".join(record["causes"]) or "-"),
        ("seed", str(record["seed"])),
        ("files", result.get("contents", "not known")),
        ("kit", result["kit"]),
        ("course", result.get("course", "not known")),
        ("rubric", result.get("rubric", "not known")),
        ("box", result["level"]),
        *((tool, result["tools"].get(tool, "none")) for tool in tools),
        *((name, str(result.get("numbers", {}).get(name, "not known"))) for name in names),
    ]


def _row(label: str, left: str, right: str) -> list[str]:
    """One fact in both columns, each as many lines as it needs."""
    cells = [textwrap.wrap(text, COLUMN) or [""] for text in (left, right)]
    lines = max(map(len, cells))
    first, second = (cell + [""] * (lines - len(cell)) for cell in cells)
    labels = [label] + [""] * (lines - 1)
    return [f"{l:<{LABEL}}  {a:<{COLUMN}}  {b}".rstrip() for l, a, b in zip(labels, first, second)]


def _why(before: dict, now: dict, old: dict, new: dict) -> str:
    """The verdict on the two, in a sentence or two."""
    found = differences(old, new, view.task(now) + ".")
    differs = f"What differs between the two: {', '.join(found)}."
    if before["outcome"] == now["outcome"]:
        return f"The same verdict. {differs if found else 'Nothing else differs.'}"
    if found:
        return f"Another verdict. {differs} That may be why."
    return "Another verdict, and nothing that is known differs. The same code must not get two verdicts: " \
           "see TEACHING.md, \"When many fail the same check\"."


def _needed(old: dict, new: dict, check: str) -> list[str]:
    """What was measured first and came out otherwise."""
    before = {c["check"]: c["outcome"] for c in old["checks"]}
    return [f"What it needs first: {c['check']} was {view.WORDS[before[c['check']]]}, "
            f"is {view.WORDS[c['outcome']]} now." for c in new["checks"]
            if c["check"] != check and before.get(c["check"], c["outcome"]) != c["outcome"]]
