"""What students get of a course: only what it asks them."""
import json
import re
import tomllib
from pathlib import Path

from grader.course import answers, examples, handout, tools
from grader.course.asked import asked
from grader.course.examples import DIRECTORIES
from grader.course.read import read
from grader.course.tailor import rubric_text
from lab.way import experiments

# Of these nothing is left when their part is: lab/thread is what the pool was.
OWN = {part: (f"starter/{part}/", f"lab/starter/{part}/") for part in DIRECTORIES}
OWN["pool"] += ("lab/thread/",)
OWN["locks"] += ("lab/locks/",)
TODO = re.compile(r"// TODO (\w+): ?")
EXPERIMENT = re.compile(r"lab/try/(\w+)\.(?:py|c)")
STAYS = ("term", "variant", "numbers", "params", "dates", "feedback", "people")     # the rest is in the kit's rubric
KEPT_BACK = ("hidden", "extensions")


class Kit:
    """The files of a course. Raises ValueError for what is wrong in course.toml."""

    def __init__(self, root: Path):
        self._rubric = rubric_text(root / "grader/rubric.toml", root / "grader/course.toml")
        self._course = read(root / "grader/course.toml")
        self._table = tomllib.loads(self._rubric)
        self._asked = asked(self._table)
        self._text = handout.cut(handout.filled((root / "handout.md").read_text("utf-8"), self._table, self._course), self._table)
        # A server is needed where another part's task looks at it, too.
        self._parts = {c["part"] for c in self._table["check"]}

    def has(self, name: str) -> bool:
        """Whether students get this file."""
        tried = EXPERIMENT.fullmatch(name)
        tasks = experiments.tasks(tried[1]) if tried else []
        return not (any(name.startswith(OWN[part]) for part in self._gone)
                    or tasks and not self._asked.tasks & set(tasks))

    def content(self, name: str, content: bytes) -> bytes:
        """What is in it."""
        change = {"handout.md": lambda _: self._text, "grader/rubric.toml": lambda _: self._rubric,
                  "grader/course.toml": _course, "starter/answers.toml": lambda text: answers.fitted(text, self._asked),
                  "Makefile": lambda text: tools.commands(self.examples(text), self._text),
                  ".vscode/tasks.json": self._editor, ".vscode/launch.json": self._editor,
                  "grader/scenarios/scenarios.toml": lambda text: tools.scenarios(text, self._gone)}.get(name)
        if re.fullmatch(r"(lab/)?starter/\w+/\w+\.[ch]|lab/(thread|locks)/\w+\.c", name):
            change = self._marks
        return change(content.decode()).encode() if change else content

    def examples(self, text: str) -> str:
        """A text whose commands name only what is there."""
        return examples.fitted(text, self._asked)

    @property
    def _gone(self) -> list[str]:
        return [part for part in DIRECTORIES if part not in self._parts]

    def _editor(self, text: str) -> str:
        return tools.editor(text, self._asked, self._gone)

    def _marks(self, text: str) -> str:
        """A place that is not asked is no TODO."""
        return TODO.sub(lambda m: m[0] if m[1] in self._asked.tasks else f"// Not asked ({m[1]}): ", text)


def _course(text: str) -> str:
    """course.toml without what is decided already, and what is the instructor's."""
    table = {name: value for name, value in tomllib.loads(text).items() if name in STAYS}
    lines = ["# What your course has decided. The points and tasks are in rubric.toml."]
    lines += [f"{name} = {json.dumps(value)}" for name, value in table.items() if not isinstance(value, dict)]
    return "\n".join(lines) + "\n" + "".join(_written(name, value) for name, value in table.items() if isinstance(value, dict))


def _written(name: str, table: dict) -> str:
    """A table of TOML, and those in it. JSON's texts, numbers and lists are TOML's."""
    own = {key: value for key, value in table.items() if not isinstance(value, dict) and key not in KEPT_BACK}
    inner = {key: value for key, value in table.items() if isinstance(value, dict)}
    text = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in own.items())
    return (f"\n[{name}]\n{text}" if own or not inner else "") + "".join(
        _written(f"{name}.{key}", value) for key, value in inner.items())
