"""What make check has found: the outcome of each check, and of which files.

A result.json tells of one call, and the next call writes over it. So each
call's outcomes are noted in build/way/NAME.json, NAME being the directory
that was checked, beside a digest of the files that the check looked at.
"""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Collection, Dict, List, Optional

from lab.predict.answers import Unfit
from lab.way import kept, tasks

SOURCE = re.compile(r"[A-Za-z0-9_]+\.[ch]")     # as the grader takes them
MEASURED = ("q3", "q4", "q5")     # whose answers are held against compare.json
FORETOLD = ("q2", "q4", "q6", "q8")     # with a check of two predictions
ASIDE = ("predict", "predicted", "predict_hash", "hours")       # in answers.toml, and no answers to a check


def place(directory: Path) -> Path:
    """Where the outcomes of a directory are noted."""
    return kept.HERE / f"{Path(os.path.abspath(directory)).name}.json"


def files(directory: Path, part: str) -> List[Path]:
    """What the checks of a part look at."""
    if part == tasks.ANSWERS:
        found = [directory / "answers.toml", directory / "compare.json"]
        return [p for p in found if p.is_file()]
    return sorted(p for p in (directory / part).glob("*.[ch]") if SOURCE.fullmatch(p.name) and p.is_file())


def digest(directory: Path, part: str, task: str) -> str:
    """Of the files as they are now; of the answers, those to this task. Raises OSError."""
    made = hashlib.sha256()
    for path in files(directory, part):
        content = path.read_bytes()
        if path.name == "compare.json" and task not in MEASURED:
            continue
        if path.name == "answers.toml":
            content = _answers(path, task) or content
        made.update(f"{path.name} {len(content)} ".encode() + content)
    return made.hexdigest()[:16]


def _answers(path: Path, task: str) -> bytes:
    """The student's id and the answers to one task; b"" where it cannot be read."""
    try:
        said = tasks.table(path)
    except (Unfit, UnicodeDecodeError):
        return b""
    own = said.get(task, {})
    mine = {k: v for k, v in own.items() if k not in ASIDE} if isinstance(own, dict) else own
    return json.dumps([said.get("student"), mine, _foretold(said, task)], sort_keys=True, default=str).encode()


def _foretold(said: dict, task: str) -> List[object]:
    """The predictions that a check of this task looks at: q2.predicted is about those of q1 and q2."""
    if task not in FORETOLD:
        return []
    pair = f"q{int(task[1:]) - 1}", task
    tables = [said[name] for name in pair if isinstance(said.get(name), dict)]
    return [[table.get(key) for key in ASIDE if key != "hours"] for table in tables]


def measured(directory: Path, part: str, task: str, begun: int) -> str:
    """The digest of what was measured; "" if a file is newer than its beginning."""
    if any(p.stat().st_mtime_ns >= begun for p in files(directory, part)):
        return ""
    return digest(directory, part, task)


def result(directory: Path, out: Path, begun: int) -> Optional[Path]:
    """What a call of the grader that went well has left below `out`: the result
    that was written since it began (nanoseconds), or else the one that it found
    there of the same files, and kept."""
    new = [p for p in out.glob("*/result.json") if p.stat().st_mtime_ns >= begun]
    kept_one = out / place(directory).stem / "result.json"
    return new[0] if new else kept_one if kept_one.is_file() else None


def note(directory: Path, result: Path, begun: int) -> dict:
    """Add a result, of files as they were before `begun`, to what is known.
    Returns the result. Raises OSError."""
    told, known = kept.read(result), read(directory)
    cache: Dict[tuple, str] = {}
    for check in told.get("checks", []):
        about = check["part"], check["check"].partition(".")[0]
        if about not in cache:
            cache[about] = measured(directory, *about, begun)
        known[check["check"]] = {"outcome": check["outcome"], "observed": check["observed"], "files": cache[about]}
    kept.write(place(directory), {"directory": os.path.abspath(directory), "checks": known})
    return told


def read(directory: Path) -> Dict[str, dict]:
    """What is known of each check: outcome, observed, files (their digest)."""
    table = kept.read(place(directory))
    checks = table.get("checks")
    here = table.get("directory") == os.path.abspath(directory)
    return checks if here and isinstance(checks, dict) else {}


def forget(directory: Path, ids: Collection[str]) -> None:
    """Drop what is known of the checks of some tasks: their files are at the
    beginning again. Raises OSError."""
    known = {check: found for check, found in read(directory).items() if check.partition(".")[0] not in ids}
    if known != read(directory):
        kept.write(place(directory), {"directory": os.path.abspath(directory), "checks": known})


def catch_up(directory: Path, out: Path) -> None:
    """Note a result that lies below `out` and was made without make. Raises OSError."""
    noted = place(directory)
    found = out / noted.stem / "result.json"
    made = found.stat().st_mtime_ns if found.is_file() else 0
    if made and (not noted.is_file() or noted.stat().st_mtime_ns < made):
        note(directory, found, made)
