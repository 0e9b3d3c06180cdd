"""What students' tools list of a course: commands, tasks and servers that it has."""
import json
import re
import tomllib
from typing import Collection

from grader.course.asked import FIRST, Asked

TARGET = re.compile(r"^([a-z-]+)(:.*?) *## .*\n", re.MULTILINE)
BY_ITSELF = "all", "clean"      # listed, though the handout need not name them
TOLD_BY = {"explore": ("replay",), "chaos": ("replay",), "race-check": ("replay",)}     # their output names it
TABLE = re.compile(r"^(?=\[)", re.MULTILINE)


def commands(makefile: str, handout: str) -> str:
    """The Makefile, whose help lists no command that nothing in this course asks
    for: those are the ones that its handout does not name."""
    asked = {*BY_ITSELF, *re.findall(r"\bmake ([a-z-]+)", handout)}
    asked |= {told for name in asked for told in TOLD_BY.get(name, ())}
    return TARGET.sub(lambda m: m[0] if m[1] in asked else f"{m[1]}{m[2]}\n", makefile)


def editor(text: str, asked: Asked, gone: Collection[str]) -> str:
    """A file of .vscode/ without the tasks that are not asked and the parts that are gone."""
    table = json.loads(text)
    for question in table["inputs"]:
        known = {"task": asked.tasks - {FIRST}}.get(question["id"], set(question["options"]) - set(gone))
        question["options"] = [option for option in question["options"] if option in known]
    if "configurations" in table:
        table["configurations"] = [c for c in table["configurations"] if c["program"].rpartition("/")[2] not in gone]
    return json.dumps(table, indent=4, ensure_ascii=False) + "\n"


def scenarios(text: str, gone: Collection[str]) -> str:
    """The table of scenarios without those around a module that is gone. What
    is not asked and can be explored all the same stays: other checks search it."""
    out = {name for name, entry in tomllib.loads(text).items() if entry.get("module", "").partition("/")[0] in gone}
    return "".join(block for block in TABLE.split(text) if re.match(r"\[?([\w-]*)", block)[1] not in out)
