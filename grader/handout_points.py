"""Write the table of points into the handout, from the rubric.

usage: handout_points.py [--check] [HANDOUT]
With --check, write nothing and exit 1 when the table is out of date.
"""

import re
import sys
from pathlib import Path
from typing import Dict, List

import tomllib

ROOT = Path(__file__).resolve().parent.parent
PLACE = re.compile(r"(<!-- points -->\n).*?(<!-- /points -->)", re.DOTALL)
TITLE = re.compile(r"^### (\w+) · (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| ([qe]\d) \| \*\*(.+?)\*\* ", re.MULTILINE)


def rows(rubric: Dict, titles: Dict[str, str]) -> List[str]:
    """The table's lines: a row for each box, and one for each of its tasks."""
    checks = [c for c in rubric["check"] if c.get("points")]
    lines = ["| task | checks, and their points | points |", "|---|---|--:|"]
    for box in rubric["box"]:
        tasks = [t for t in box["tasks"]
                 if any(c["task"] == t for c in checks)]
        if not tasks:
            continue
        worth = sum(c["points"] for c in checks if c["task"] in tasks)
        lines.append(f"| **{box['title']}** | | **{worth}** |")
        for task in tasks:
            own = [c for c in checks if c["task"] == task]
            named = " · ".join(f"{c['id'].split('.', 1)[1]} {c['points']}"
                               for c in own)
            lines.append(f"| {task} {titles[task]} | {named} |"
                         f" {sum(c['points'] for c in own)} |")
    total = sum(c["points"] for c in checks)
    return lines + [f"| **all** | | **{total}** |"]


def filled(handout: str, rubric: Dict) -> str:
    """The handout with a current table. KeyError: a task without a heading."""
    titles = dict(TITLE.findall(handout) + ROW.findall(handout))
    table = "\n".join(rows(rubric, titles))
    return PLACE.sub(lambda m: m[1] + table + "\n" + m[2], handout)


def main(arguments: List[str]) -> int:
    check = "--check" in arguments
    names = [a for a in arguments if a != "--check"]
    path = Path(names[0]) if names else ROOT / "handout.md"
    old = path.read_text(encoding="utf-8")
    rubric = tomllib.loads((ROOT / "grader/rubric.toml").read_text("utf-8"))
    new = filled(old, rubric)
    if new == old:
        return 0
    if check:
        print(f"{path.name}: the table of points is out of date;"
              " run make starter", file=sys.stderr)
        return 1
    path.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
