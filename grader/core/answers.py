"""answers.toml, read and held to its schema (answers.schema.json)."""
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

TASK = re.compile(r"[0-9][a-z]")


@dataclass(frozen=True)
class Answers:
    student: str
    design: str
    tasks: dict[str, dict]


def read(path: Path) -> Answers:
    """Read a student's answers. Raises ValueError, in the student's words,
    for what is not TOML or not of the schema; OSError if it is not there."""
    try:
        table = tomllib.loads(path.read_bytes().decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"answers.toml cannot be read: {error}") from error
    tasks = {k: v for k, v in table.items() if k not in ("student", "design")}
    for name, value in tasks.items():
        if not TASK.fullmatch(name) or not isinstance(value, dict):
            raise ValueError(f"answers.toml: there is no task '{name}'")
        _check_hours(name, value.get("hours", 0))
    for name, most in ("student", 80), ("design", 400):
        if not isinstance(table.get(name), str) or len(table[name]) > most:
            raise ValueError(f"answers.toml: {name} must be a text of at most {most} characters")
    if not table["design"].strip():
        raise ValueError('answers.toml: design is empty; write "given" or a sentence')
    return Answers(table["student"].strip(), table["design"].strip(), tasks)


def _check_hours(task: str, hours: object) -> None:
    if isinstance(hours, bool) or not isinstance(hours, (int, float)) or not 0 <= hours <= 200:
        raise ValueError(f"answers.toml: hours of {task} must be a number from 0 to 200")
