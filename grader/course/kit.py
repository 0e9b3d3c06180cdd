"""What students get of a course: only what it asks them."""
import re
import tomllib
from pathlib import Path

from grader.course import handout, profiles
from grader.course.read import read
from grader.course.tailor import rubric_text

DIRECTORIES = ("fork", "pool", "locks")
# Of these nothing is left when their part is: lab/thread is what the pool was.
OWN = {part: (f"starter/{part}/", f"lab/starter/{part}/") for part in DIRECTORIES}
OWN["pool"] += ("lab/thread/",)
OWN["locks"] += ("lab/locks/",)
TODO = re.compile(r"// TODO (\w+): ?")
TABLE = re.compile(r"^(?=\[)", re.MULTILINE)
ANSWERS = re.compile(r"(?<=\n\n)(?=(?:#[^\n]*\n)*\n?\[)")     # with the comment before a table
NAME = re.compile(r"^\[(\w+)\]", re.MULTILINE)
DECIDED = re.compile(r"^\[(parts|points|off)\]")        # what is in the rubric of the kit already
KEPT_BACK = re.compile(r"^(profile|hidden|extensions) *=.*\n?", re.MULTILINE)


class Kit:
    """The files of a course. Raises ValueError for what is wrong in course.toml."""

    def __init__(self, root: Path):
        self._rubric = rubric_text(root / "grader/rubric.toml", root / "grader/course.toml")
        self._course = read(root / "grader/course.toml")
        self._table = tomllib.loads(self._rubric)
        self._tasks = {c["task"] for c in self._table["check"] if c.get("points")}
        # A server is needed where another part's task looks at it, too.
        self._parts = {c["part"] for c in self._table["check"]}

    def has(self, name: str) -> bool:
        """Whether students get this file."""
        return not any(name.startswith(OWN[part]) for part in DIRECTORIES if part not in self._parts)

    def content(self, name: str, content: bytes) -> bytes:
        """What is in it."""
        change = {"handout.md": self._handout, "grader/rubric.toml": lambda _: self._rubric,
                  "grader/course.toml": _course, "starter/answers.toml": self._answers}.get(name)
        if re.fullmatch(r"(lab/)?starter/\w+/\w+\.[ch]", name):
            change = self._marks
        return change(content.decode()).encode() if change else content

    def _handout(self, text: str) -> str:
        return handout.cut(handout.filled(text, self._table, self._course), self._table)

    def _marks(self, text: str) -> str:
        """A place that is not asked is no TODO."""
        return TODO.sub(lambda m: m[0] if m[1] in self._tasks else f"// Not asked ({m[1]}): ", text)

    def _answers(self, text: str) -> str:
        """Without the tables of tasks that are not asked."""
        out = set(profiles.TASKS) - self._tasks
        return "".join(t for t in ANSWERS.split(text) if not (name := NAME.search(t)) or name[1] not in out)


def _course(text: str) -> str:
    """What is decided is in the rubric; what is the instructor's stays here."""
    return KEPT_BACK.sub("", "".join(t for t in TABLE.split(text) if not DECIDED.match(t)))
