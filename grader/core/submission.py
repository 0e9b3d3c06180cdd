"""Take a submission: copy what the lab asks for, and nothing else.

Taken are PART/NAME.c and PART/NAME.h, answers.toml, compare.json, README and
notes; the rest is left out with a note. A compare.json that is too large is cut
and stays too large, so that checks can say what is wrong with it. See
members.py for what is refused altogether.
"""
import dataclasses
import hashlib
import os
import re
import unicodedata
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

from grader.core.members import (SUFFIXES, Member, SubmissionError, members,
                                 shown)

__all__ = ["Submission", "SubmissionError", "safe_name", "unpack"]

LAB = Path(__file__).resolve().parents[2] / "lab"
GIVEN = "main.c", "net.c", "http.c", "echo.c"   # linked into every server
FILES_MAX, FILE_MAX, TOTAL_MAX = 64, 1 << 20, 8 << 20
NOTES_MAX = 20
SOURCE = re.compile(r"[A-Za-z0-9_]{1,40}\.[ch]")
MEASURED, MEASURED_MAX = "compare.json", 256 << 10      # what make compare writes has 20 KiB
TOP = re.compile(r"answers\.toml|compare\.json|(?i:readme|notes)(\.(txt|md))?")


@dataclasses.dataclass(frozen=True)
class Submission:
    """name: fit for a path, HTML and CSV. dir: where its files are. files:
    their names relative to dir, sorted. notes: what was left out and why.
    hash: of names and contents of the files."""

    name: str
    dir: Path
    files: List[str]
    notes: List[str]
    hash: str


Files = Dict[str, bytes]


def unpack(path: os.PathLike, into: os.PathLike,
           parts: Sequence[str], lab: Path = LAB) -> Submission:
    """Copy the submission at path, a directory or an archive, into a directory
    that is new or empty. parts: the directories it may have; lab: where the
    given headers are.

    Raises SubmissionError, with nothing written, if it cannot be taken."""
    path, into = Path(path), Path(into)
    try:
        found, notes = _collect(path, parts)
        files = _root_of(found, parts, notes)
    except SubmissionError as error:
        raise SubmissionError(f"{safe_name(path)}: {error}") from error
    _leave_out_given(files, lab, notes)
    into.mkdir(parents=True, exist_ok=True)
    if any(into.iterdir()):
        raise ValueError(f"{into} is not empty")
    for name, data in files.items():
        (into / name).parent.mkdir(exist_ok=True)
        (into / name).write_bytes(data)
    if len(notes) > NOTES_MAX:
        notes[NOTES_MAX:] = [f"and {len(notes) - NOTES_MAX} more were ignored"]
    return Submission(safe_name(path), into, sorted(files), notes,
                      _hash(files))


def safe_name(path: os.PathLike) -> str:
    """The name of a submission: that of its file or folder, without accents
    and without anything that a path, HTML or a CSV could misread."""
    name = Path(os.path.abspath(path)).name
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if name.lower().endswith(suffix) and not Path(path).is_dir():
            name = name[:-len(suffix)]
            break
    plain = re.sub(r"[\u0300-\u036f]", "", unicodedata.normalize("NFKD", name))
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", plain).lstrip(".-")[:60]
    if not plain.isascii():     # letters were lost: two names must not become one
        safe = f"{safe.strip('_')}-{hashlib.sha256(name.encode()).hexdigest()[:6]}".lstrip("-")
    return safe or "submission"


def _wanted(parts: Tuple[str, ...], dirs: Sequence[str]) -> bool:
    """Whether a name, cut at its slashes, is one that a submission may have."""
    if len(parts) == 1:
        return bool(TOP.fullmatch(parts[0]))
    return len(parts) == 2 and parts[0] in dirs \
        and bool(SOURCE.fullmatch(parts[1]))


def _collect(path: Path, dirs: Sequence[str]
             ) -> Tuple[Dict[Tuple[str, str], bytes], List[str]]:
    """The files that count, by enclosing folder ("" for none) and name."""
    found: Dict[Tuple[str, str], bytes] = {}
    notes: List[str] = []
    total = 0
    for member in members(path):
        depth = next((d for d in (0, 1) if _wanted(member.parts[d:], dirs)),
                     None)
        name = "/".join(member.parts)
        if depth is None:
            notes.append(f"{shown(name)} was ignored: it is not a file of "
                         "the lab's")
            continue
        data = _read(member, name)
        if member.parts[-1] == MEASURED and len(data) > MEASURED_MAX:
            data = data[:MEASURED_MAX + 1]
            notes.append(f"{shown(name)} does not count: it is larger than "
                         f"{MEASURED_MAX >> 10} KiB")
        total += len(data)
        if total > TOTAL_MAX or len(found) == FILES_MAX:
            raise SubmissionError(f"it holds more than {FILES_MAX} files or "
                                  f"{TOTAL_MAX >> 20} MiB")
        key = "/".join(member.parts[:depth]), "/".join(member.parts[depth:])
        if key in found:
            notes.append(f"{shown(name)} is there twice: the last one counts")
        found[key] = data
    return found, notes


def _read(member: Member, name: str) -> bytes:
    """Read a little more than is allowed: a declared size proves nothing. A
    measurement that is too large costs itself alone."""
    data = member.read(FILE_MAX + 1)
    if len(data) > FILE_MAX and member.parts[-1] != MEASURED:
        raise SubmissionError(f"{shown(name)} is larger than "
                              f"{FILE_MAX >> 20} MiB")
    return data


def _root_of(found: Dict[Tuple[str, str], bytes], dirs: Sequence[str],
             notes: List[str]) -> Files:
    """The files below the one folder that is the submission."""
    roots = sorted({root for root, name in found
                    if "/" in name or name == "answers.toml"})
    if not roots:
        raise SubmissionError("there is nothing to grade in it: no "
                              + " and no ".join(f"{d}/*.c" for d in dirs))
    if "" not in roots and len(roots) > 1:
        raise SubmissionError("it holds more than one submission: "
                              + ", ".join(map(shown, roots[:5])))
    for root, name in found:
        if root != roots[0]:
            notes.append(f"{shown(f'{root}/{name}'.lstrip('/'))} was ignored: "
                         "it is not in the submission's folder")
    return {name: data for (root, name), data in found.items()
            if root == roots[0]}


def _leave_out_given(files: Files, lab: Path, notes: List[str]) -> None:
    """The lab's own files are not the student's to change."""
    given = {header.name for header in lab.glob("*.h")} | set(GIVEN)
    for name in sorted(files):
        base = name.rpartition("/")[2]
        if "/" in name and base in given:
            notes.append(f"{name} was left out: lab/{base} is used")
            del files[name]


def _hash(files: Files) -> str:
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        digest.update(f"{len(name)} {name} {len(data)} ".encode() + data)
    return digest.hexdigest()
