"""Courses for tests: the kit's tree with another course.toml."""
import re
import shutil
from pathlib import Path

from grader.tests.unpacked import ROOT

COURSE = (ROOT / "grader/course.toml").read_text("utf-8")
TABLE = re.compile(r"^(?=\[)", re.MULTILINE)
AWAY = shutil.ignore_patterns("corpus", "tests", "__pycache__", "fuzz")


def course(text: str) -> str:
    """course.toml with other decisions: its own keys go where the text has one,
    and its own tables, too."""
    keys, _, _ = text.partition("[")
    names, tables = re.findall(r"^(\w+) *=", keys, re.MULTILINE), re.findall(r"^\[(\w+)\]", text, re.MULTILINE)
    own = [t for t in TABLE.split(COURSE) if not re.match(rf"\[({'|'.join(tables) or '-'})\]", t)]
    own[0] = re.sub(rf"^({'|'.join(names) or '-'}) *=.*\n", "", own[0], flags=re.MULTILINE)
    return keys + "".join(own) + text[len(keys):] + "\n"


def tree(into: Path, text: str) -> Path:
    """The tree as dist and grade see it, with these decisions."""
    root = into / "kit"
    root.mkdir(parents=True)
    for path in ROOT.iterdir():
        if path.name == "grader":
            shutil.copytree(path, root / "grader", ignore=AWAY, symlinks=True)
        elif path.name not in (".git", "build", "report", ".pytest_cache"):
            (root / path.name).symlink_to(path)
    (root / "grader/course.toml").write_text(course(text), "utf-8")
    return root
