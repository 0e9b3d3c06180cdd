"""What was said, in answers.toml: three lines in the table of a task.

The file is the student's, with comments and an order of their own, so only
those lines are touched.
"""

import hashlib
import json
import os
import re
import time
from pathlib import Path
from typing import Dict, List

try:
    import tomllib
except ImportError:     # a Python before 3.11
    tomllib = None

SAID, AT, HASH = "predict", "predicted", "predict_hash"
QUESTIONS = tuple(f"q{n}" for n in range(1, 9))  # about the comparison
LONGEST = 200  # characters
HEADER = re.compile(r"^\s*\[\s*(\w+)\s*\]")
OURS = re.compile(rf"^\s*({SAID}|{AT}|{HASH})\s*=")
VALUE = re.compile(rf'^\s*{SAID}\s*=\s*("(?:[^"\\]|\\.)*")\s*(?:#.*)?$')


class Unfit(Exception):
    """What is wrong, in a sentence for the student."""


def _read(path: Path) -> List[str]:
    if not path.is_file():
        raise Unfit(f"there is no {path}, in which your answers are kept")
    data = path.read_bytes()
    try:
        return data.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unfit(f"{path} is not in UTF-8, as line {line} shows; have your editor save it so") from error


def _tables(lines: List[str]) -> Dict[str, range]:
    """The lines of each table behind its header."""
    heads = [(i, m[1]) for i, text in enumerate(lines) if (m := HEADER.match(text))]
    ends = [i for i, _ in heads[1:]] + [len(lines)]
    return {name: range(i + 1, end) for (i, name), end in zip(heads, ends)}


def _must_be_toml(text: str, path: Path) -> None:
    if tomllib is None:
        return
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Unfit(f"{path} is not valid TOML: {error}") from error


def kept(path: Path) -> Dict[str, str]:
    """What was said of each task. Raises Unfit, OSError."""
    lines, found = _read(path), {}
    for task, here in _tables(lines).items():
        for i in here:
            value = VALUE.match(lines[i])
            if value:
                found[task] = _told(value[1])
    return found


def _told(string: str) -> str:
    """What a string of TOML says; as it stands where its escapes are not JSON's."""
    try:
        return json.loads(string, strict=False)
    except ValueError:
        return string[1:-1]


def student(path: Path) -> str:
    """The id that stands there; "" for none. Raises Unfit, OSError."""
    found = re.search(r'^student\s*=\s*"([^"]*)"', "\n".join(_read(path)), re.MULTILINE)
    return found[1].strip() if found else ""


def fingerprint(task: str, said: str, at: str) -> str:
    """Of one prediction and its time. make compare notes it, so that one sees
    which predictions were there before the numbers."""
    return hashlib.sha256(json.dumps([task, said, at]).encode()).hexdigest()[:16]


def predicted(path: Path) -> Dict[str, str]:
    """The fingerprint of each prediction about the comparison, as it stands
    there; {} for a file that cannot be read."""
    if tomllib is None:
        return {}
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    found = {task: said[task].get(HASH) for task in QUESTIONS if isinstance(said.get(task), dict)}
    return {task: mark for task, mark in found.items() if isinstance(mark, str) and len(mark) <= 64}


def put(path: Path, task: str, said: str) -> None:
    """Keep it, in place of what was said before. Raises Unfit, OSError."""
    if len(said) > LONGEST or not said.isprintable():
        raise Unfit(f"an answer is one line of at most {LONGEST} characters")
    lines = _read(path)
    table = _tables(lines).get(task)
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    new = [f"{SAID} = {json.dumps(said, ensure_ascii=False)}", f'{AT} = "{at}"',
           f'{HASH} = "{fingerprint(task, said, at)}"']
    if table is None:
        lines += ["", f"[{task}]", *new]
    else:
        own = [lines[i] for i in table if not OURS.match(lines[i])]
        lines[table.start:table.stop] = new + own
    _must_be_toml("\n".join(lines), path)
    made = path.with_name(f".{path.name}.{os.getpid()}")
    made.write_text("\n".join(lines) + "\n", encoding="utf-8")
    made.replace(path)
