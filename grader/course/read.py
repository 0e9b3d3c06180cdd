"""Read course.toml. All that is wrong in it is said, each with its line."""
import hashlib
import json
import tomllib
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Callable, Mapping, Optional

from grader.course import profiles
from grader.course.dates import Late, late, moment
from grader.course.lines import places

COURSE = Path(__file__).resolve().parents[1] / "course.toml"
LEVELS = "full", "observed", "outcome"
TOLD = "term", "dates", "feedback", "people"     # what no verdict follows from
ASSISTANTS = "none", "with a log", "free"
GROUPS = "explanations", "predictions"      # which [points] may name beside the tasks


class CourseError(ValueError):
    """What is wrong in course.toml, a line of text for each."""


@dataclass(frozen=True)
class Course:
    """What an instructor has decided. points: by task or group; off: by task
    or check, with the reason that reports give."""

    term: str = ""
    profile: str = "full"
    parts: Mapping[str, bool] = field(default_factory=dict)
    points: Mapping[str, float] = field(default_factory=dict)
    off: Mapping[str, str] = field(default_factory=dict)
    due: Optional[datetime] = None
    late: Optional[Late] = None
    extensions: Optional[Path] = None
    before_due: str = "full"
    after_due: str = "full"
    hidden: Optional[Path] = None       # checks from a directory outside; its name is told from the kit's root
    pairs: bool = False
    assistants: str = "none"
    digest: str = ""                    # of all that a verdict may follow from


class _Reader:
    """Takes values out of the table and keeps what is wrong with them."""

    def __init__(self, name: str, text: str, table: dict):
        self._name, self._table, self._places = name, table, places(text)
        self.wrong: list[tuple[int, str]] = []

    def say(self, table: str, key: str, text: str) -> None:
        above, _, last = table.rpartition(".")
        line = next((self._places[at] for at in ((table, key), (table, ""), (above, last)) if at in self._places), 1)
        self.wrong.append((line, f"{self._name}:{line}: {text}"))

    def table(self, name: str, keys: Optional[tuple[str, ...]] = None) -> dict:
        """A table, in which only these keys may be."""
        found = self._table.get(name, {})
        if not isinstance(found, dict):
            self.say("", name, f"{name} must be a table: [{name}]")
            return {}
        for key in found if keys is not None else ():
            if key not in keys:
                self.say(name, key, f"[{name}] has no '{key}'; it may have: {', '.join(keys)}")
        return found

    def value(self, table: str, key: str, kind: type, default: Any = None) -> Any:
        """A value of a kind; the default where there is none, or another kind."""
        found = (self._table if not table else self.table(table)).get(key, default)
        if found is default or (isinstance(found, kind) and isinstance(found, bool) == (kind is bool)):
            return found
        self.say(table, key, f"{key} must be {_KINDS[kind]}, not {found!r}")
        return default

    def choice(self, table: str, key: str, among: tuple[str, ...], default: str) -> str:
        found = self.value(table, key, str, default)
        if found in among:
            return found
        self.say(table, key, f"there is no {key} '{found}'; there are: {', '.join(among)}")
        return default

    def there(self, table: str, key: str, directory: Path) -> Optional[Path]:
        """A file or directory that has to be there; None where none is named."""
        found = self.value(table, key, str)
        path = directory / found if found else None
        if path and not path.exists():
            self.say(table, key, f"{key}: there is no {path}")
        return path

    def parsed(self, table: str, key: str, parse: Callable[[str], Any]) -> Any:
        """A text as something else, None where it is not there."""
        found = self.value(table, key, str)
        try:
            return None if found is None else parse(found)
        except ValueError as error:
            self.say(table, key, f"{key}: {error}")
            return None


_KINDS = {str: "a text", bool: "true or false"}


def read(path: Path = COURSE, checks: Optional[Mapping[str, str]] = None) -> Course:
    """The course. checks: the task of each check of the rubric, to hold names
    against. Raises CourseError, OSError."""
    text = path.read_text("utf-8")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{path.name}: it is not TOML: {error}") from error
    reader = _Reader(path.name, text, table)
    course = replace(_course(reader, path.parent), digest=_digest(table))
    _names(reader, table)
    if checks is not None:
        _off(reader, course, checks)
    if reader.wrong:
        raise CourseError("\n".join(line for _, line in sorted(reader.wrong)))
    return course


def _course(reader: _Reader, here: Path) -> Course:
    reader.choice("", "variant", ("A",), "A")
    hidden = reader.there("feedback", "hidden", here.parent)
    extensions = reader.there("dates", "extensions", here)
    return Course(
        term=reader.value("", "term", str, ""),
        profile=reader.choice("", "profile", tuple(profiles.PROFILES), "full"),
        parts=_parts(reader), points=_points(reader),
        off={key: reader.value("off", key, str, "") for key in reader.table("off")},
        due=reader.parsed("dates", "due", moment), late=reader.parsed("dates", "late", late),
        extensions=extensions,
        before_due=reader.choice("feedback", "before_due", LEVELS, "full"),
        after_due=reader.choice("feedback", "after_due", LEVELS, "full"),
        hidden=hidden,
        pairs=reader.value("people", "pairs", bool, False),
        assistants=reader.choice("people", "assistants", ASSISTANTS, "none"))


def _digest(table: dict) -> str:
    decides = {key: value for key, value in table.items() if key not in TOLD}
    return hashlib.sha256(json.dumps(decides, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _parts(reader: _Reader) -> dict[str, bool]:
    found = {}
    for key in reader.table("parts", (*profiles.PARTS, *profiles.LATER)):
        wanted = reader.value("parts", key, bool, False)
        if key in profiles.LATER and wanted:
            reader.say("parts", key, f"the part {key} does not exist yet")
        elif key in profiles.PARTS:
            found[key] = wanted
    return found


def _points(reader: _Reader) -> dict[str, float]:
    found = {}
    for key, worth in reader.table("points", (*profiles.TASKS, *GROUPS)).items():
        if isinstance(worth, bool) or not isinstance(worth, (int, float)) or not 0 <= worth <= 1000:
            reader.say("points", key, f"{key} must be a number from 0 to 1000, not {worth!r}")
        else:
            found[key] = worth
    return found


def _names(reader: _Reader, table: dict) -> None:
    """Tables and keys that there are not, and what is said about dates alone."""
    known = ("term", "profile", "variant", "parts", "points", "off", "numbers", "params", "dates", "feedback", "people")
    for key in table:
        if key not in known:
            reader.say(key if isinstance(table[key], dict) else "", "" if isinstance(table[key], dict) else key,
                       f"there is no '{key}'; there are: {', '.join(known)}")
    reader.table("numbers", ("per_student", "key"))
    reader.value("numbers", "per_student", bool, True)
    reader.value("numbers", "key", str, "")
    dates = reader.table("dates", ("due", "late", "extensions"))
    reader.table("feedback", ("before_due", "after_due", "hidden"))
    reader.table("people", ("pairs", "assistants"))
    for key in dates if "due" not in dates else ():
        reader.say("dates", key, f"{key} means nothing without due")
    _params(reader)


def _params(reader: _Reader) -> None:
    """The ranges of each task that draws numbers."""
    for task, ranges in reader.table("params", tuple(profiles.PARAMS)).items():
        known, table = profiles.PARAMS.get(task, {}), f"params.{task}"
        if not isinstance(ranges, dict):
            reader.say(table, "", f"{task} must be a table: [params.{task}]")
            continue
        for name in known.keys() - ranges.keys():
            reader.say(table, "", f"[params.{task}] needs {name} as well")
        for name, ends in ranges.items():
            least, most = known.get(name, (None, None))
            if least is None:
                reader.say(table, name, f"[params.{task}] has no '{name}'; it has: {', '.join(known)}")
            elif not (isinstance(ends, list) and len(ends) == 2 and all(type(n) is int for n in ends)
                      and least <= ends[0] <= ends[1] <= most):
                reader.say(table, name, f"{name} must be [least, most] between {least} and {most}, not {ends!r}")


def _off(reader: _Reader, course: Course, checks: Mapping[str, str]) -> None:
    for name, reason in course.off.items():
        if name not in checks and name not in checks.values():
            reader.say("off", name, f"there is no task or check '{name}'")
        if not reason.strip():
            reader.say("off", name, f"'{name}' needs a reason, which the report gives")
