"""answers.toml, read and held to its schema (answers.schema.json)."""
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

TASK = re.compile(r"[0-9][a-z]|q[1-8]|e[1-4]")     # tasks; questions and explanations of the comparison


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
    except (ValueError, RecursionError) as error:      # no TOML, no UTF-8, a number of a page, a list without end
        raise ValueError(f"answers.toml cannot be read: {str(error):.200}") from error
    tasks = {k: v for k, v in table.items() if k not in ("student", "design")}
    for name, value in tasks.items():
        _check_name(name)
        if not isinstance(value, dict):
            raise ValueError(f"answers.toml: {name} must be a table: a line [{name}], and what belongs to it below")
        _check_size(name, value)
        _check_hours(name, value.get("hours", 0))
    for name, most in ("student", 80), ("design", 400):
        if not isinstance(table.get(name), str) or len(table[name]) > most:
            raise ValueError(f"answers.toml: {name} must be a text of at most {most} characters")
    if not table["design"].strip():
        raise ValueError('answers.toml: design is empty; write "given" or a sentence')
    return Answers(table["student"].strip(), table["design"].strip(), tasks)


def _check_name(name: str) -> None:
    """Raises ValueError, which says what it may have been meant for."""
    if TASK.fullmatch(name):
        return
    shown = f"'{name:.40}'" if name.isprintable() else "of that name"
    if TASK.fullmatch(name.lower()):
        raise ValueError(f"answers.toml: there is no task {shown}; write [{name.lower()}]")
    kinds = {"q": "the questions are q1 to q8", "e": "the explanations are e1 to e4"}
    also = kinds.get(name[:1].lower(), "")
    raise ValueError(f"answers.toml: there is no task {shown}{'; ' * bool(also)}{also}")


def _check_size(name: str, value: object) -> None:
    """TOML's numbers have 64 bits; of larger ones Python cannot always say what they are."""
    if isinstance(value, int) and value.bit_length() > 64:
        raise ValueError(f"answers.toml: a number of [{name}] has more than 64 bits")
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        _check_size(name, one)


def _check_hours(task: str, hours: object) -> None:
    if isinstance(hours, bool) or not isinstance(hours, (int, float)) or not 0 <= hours <= 200:
        raise ValueError(f"answers.toml: hours of {task} must be a number from 0 to 200")
