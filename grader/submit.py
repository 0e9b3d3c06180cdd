"""Pack what a student hands in, after looking it over.

`submit.py DIR` makes submission-STUDENT.tar.gz from DIR/answers.toml, what
make compare has left beside it, and the .c and .h files of DIR's parts, below
one folder named after the student; a file that the course asks for and that is
not there is told.
Nothing is packed that does not build: exit status 1 says what to mend.
"""

import re
import subprocess
import sys
import tarfile
import textwrap
from pathlib import Path
from typing import Dict, List, Tuple

try:
    import tomllib
except ImportError:  # Python 3.9 and 3.10
    try:
        import tomli as tomllib
    except ImportError:
        tomllib = None

ANSWERS, MEASURED = "answers.toml", "compare.json"
RUBRIC = Path(__file__).with_name("rubric.toml")    # of this course
LONGEST = 80        # characters of an id; the grader takes no more
ODD = re.compile(r"[^A-Za-z0-9._-]+")       # what an id may have and a file's name had better not
WIDTH = 80
LIMIT = 256 * 1024  # bytes a file; nobody writes more in this lab


class Unfit(Exception):
    """What keeps a directory from being handed in, in a sentence."""


def read_answers(path: Path) -> Dict:
    """The answers. Raises Unfit when they cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise Unfit(f"there is no {path}, in which your id and your answers"
                    " are; the archive that you got has an empty one") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Unfit(f"{path} cannot be read: {error}") from error
    if tomllib is None:
        print(f"note: this Python cannot check {path}; looking for the"
              " student's id only")
        found = re.search(r'^student\s*=\s*"([^"]*)"', text, re.MULTILINE)
        return {"student": found.group(1)} if found else {}
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Unfit(f"{path} is not valid TOML: {error}") from error


def student_of(answers: Dict, path: Path) -> str:
    """The student's id. Raises Unfit when there is none that the grader takes."""
    if "student" not in answers:
        raise Unfit(f'there is no line student = "your id" in {path}; write'
                    ' it at the top, above the first [table]')
    student = answers["student"]
    if not isinstance(student, str):
        raise Unfit(f'{path}: your id is a text: student = "{student}"')
    if not student.strip():
        raise Unfit(f'{path}: your id is missing; write it into its line,'
                    ' student = ""')
    if len(student) > LONGEST:
        raise Unfit(f"{path}: your id has {len(student)} characters; it may"
                    f" have {LONGEST}")
    if not name_of(student):
        raise Unfit(f"{path}: the archive is named after your id, and {student!r}"
                    " has no letter from a to z and no digit")
    return student


def name_of(student: str) -> str:
    """The id as the name of a file: other characters are dashes."""
    return ODD.sub("-", student).strip("-.")[:64]


def missing(directory: Path, rubric: Path = RUBRIC) -> List[str]:
    """The files that this course asks for and that are not there. A design may
    do without them; a slip may, too."""
    if tomllib is None:
        return []
    table = tomllib.loads(rubric.read_text(encoding="utf-8"))
    asked = [c for c in table["check"] if c.get("points")]
    tasks, servers = {c["task"] for c in asked}, {c["part"] for c in asked}
    return [f"{part['id']}/{name}" for part in table["part"]
            for name, of in part.get("modules", {}).items()
            if part["id"] in servers and name.endswith(".c") and tasks & set(of)
            and not (directory / part["id"] / name).is_file()]


def parts(directory: Path) -> List[str]:
    """The parts: subdirectories with a serve.c. Raises Unfit without any."""
    found = sorted(p.parent.name for p in directory.glob("*/serve.c"))
    if not found:
        raise Unfit(f"{directory}/ has no part in it: there should be"
                    " fork/serve.c and pool/serve.c")
    return found


def sources(directory: Path, names: List[str]) -> Tuple[List[Path], List[Path]]:
    """The files to pack, and those of the parts that stay behind."""
    packed, left = [], []
    for path in sorted(p for n in names for p in (directory / n).rglob("*")):
        if path.is_dir():
            continue
        ours = (path.suffix in (".c", ".h") and path.parent.name in names
                and path.parent.parent == directory and not path.is_symlink())
        if ours and path.stat().st_size > LIMIT:
            raise Unfit(f"{path} is larger than {LIMIT // 1024} KiB")
        (packed if ours else left).append(path)
    return packed, left


def measured(directory: Path) -> List[Path]:
    """What make compare has measured. Without it the rest is handed in."""
    path = directory / MEASURED
    if path.is_file() and not path.is_symlink() and path.stat().st_size <= LIMIT:
        return [path]
    print(f"note: there is no {path} as make compare leaves it; questions q3"
          " to q5 are graded by it")
    return []


def build(directory: Path) -> None:
    """Raises Unfit, with the compiler's words, when a part does not build."""
    made = subprocess.run(["make", "-s", f"DIR={directory}", "all"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    if made.returncode != 0:
        raise Unfit(f"{directory}/ does not build:\n{made.stdout}")


def pack(directory: Path) -> Path:
    """Check and pack directory; the archive. Raises Unfit."""
    if not directory.is_dir():
        raise Unfit(f"there is no directory {directory}")
    names = parts(directory)
    answers = directory / ANSWERS
    student = student_of(read_answers(answers), answers)
    packed, left = sources(directory, names)
    build(directory)
    name = name_of(student)
    target = Path(f"submission-{name}.tar.gz")
    half = target.with_suffix(".part")
    with tarfile.open(half, "w:gz", dereference=True) as tar:
        for path in [answers, *measured(directory), *packed]:
            tar.add(path, arcname=f"{name}/{path.relative_to(directory)}")
            lines = path.read_bytes().count(b"\n")
            print(f"  {path.relative_to(directory)!s:24} {lines:4} lines")
    half.replace(target)  # so that what has the name is whole
    for file in missing(directory):
        print(f"  not there: {file}")
    for path in left:
        print(f"  left out: {path.relative_to(directory)}")
    return target


def filled(text: str) -> str:
    """A sentence in 80 columns; a tool's lines below it stay as they are."""
    first, end, rest = text.partition("\n")
    return textwrap.fill(first, WIDTH, break_long_words=False,
                         break_on_hyphens=False) + end + rest


def main(directory: str) -> int:
    try:
        target = pack(Path(directory))
    except Unfit as reason:
        print(filled(f"submit: {reason}\nsubmit: nothing was packed"),
              file=sys.stderr)
        return 1
    print(f"{target} is what you hand in ({target.stat().st_size} bytes).")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
