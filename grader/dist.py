"""Pack what students get into build/clk-lab.tar.gz.

Three things are made for them here: a README that names only what they have;
what they are asked about as it was: lab/thread/, the server with a thread for
each client, which they turn into a pool, and lab/locks/journal.c; and
lab/starter/, for make reset. What course.toml leaves out is not there: see
course/kit.py.

What is packed is a list of what may go, not of what must stay: a new file at
the root or in a new directory is left out until it is named here. The same
files give the same bytes, whoever packs them and when.
"""

import gzip
import io
import sys
import tarfile
from fnmatch import fnmatch
from pathlib import Path
from typing import Dict, Iterator, Tuple

from grader.course import kit

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "build" / "clk-lab.tar.gz"
TOP = "clk-lab"

PACKED = ("Makefile", "LICENSE", "handout.md", "compile_flags.txt",
          ".editorconfig", ".clang-format", ".gitignore", ".devcontainer",
          ".vscode", "pytest.ini", "lab",
          "starter", "grader")
AGAIN = {f"lab/thread/{name}.c": f"starter/pool/{name}.c"
         for name in ("serve", "queue", "stats")}
AGAIN["lab/locks/journal.c"] = "starter/locks/journal.c"
UNTOUCHED = "lab/starter/"  # every file of C that they edit, not to be edited
# Only the instructor's: with it goes what its absence would break.
KEPT = ("lab/figures/class.png", "grader/corpus", "grader/tests", "grader/hidden",
        "grader/template", "grader/fuzz", "grader/MISTAKES.md", "grader/TA.md",
        "grader/TEACHING.md", "grader/dist.py", "grader/starter.py",
        "grader/instructor.mk", "starter/compare.json",
        *(f"grader/course/{name}.py" for name in ("kit", "answers", "tools")),
        *(f"grader/bench/{name}.py"
          for name in ("bench", "clients", "flake", "pace", "twins")))
JUNK = ("__pycache__", "*.pyc", "*.o", "*~", "vgcore.*", ".*")
A_DAY = 946684800  # 2000-01-01, for every file

README = """\
# The EchoCo lab

One server, and how it serves many clients at a time.

Read [handout.md](handout.md) from the top; it leads you through all of it.
`make help` lists the commands. Begin with these:

    sudo grader/need check     # installs what is missing
    make                       # builds the servers
    make check PART=fork       # runs, and reports 0 points: nothing is written yet
    make status                # where you stand, and what comes next

You edit the files in `starter/`. `lab/` holds the given code, `grader/` what
checks yours, and `build/` and `report/` whatever is made on the way.
"""


def files(root: Path) -> Iterator[Path]:
    """What is packed, relative to root, in an order that never changes."""
    for name in sorted(PACKED):
        top = root / name
        if not top.exists():
            raise FileNotFoundError(f"{name} is missing")
        found = top.rglob("*") if top.is_dir() else [top]
        for path in sorted(p for p in found if p.is_file()):
            inside = path.relative_to(root)
            parts = inside.parts[1:]
            if any(str(inside) == k or str(inside).startswith(k + "/")
                   for k in KEPT):
                continue
            if not any(fnmatch(p, j) for p in parts for j in JUNK):
                yield inside


def contents(root: Path) -> Dict[str, Tuple[bytes, int]]:
    """The bytes and the mode of each file, by its name in the archive, as the
    course has it. Raises OSError, ValueError for what is wrong in course.toml."""
    found = {}
    course = kit.Kit(root)
    origin = {str(path): str(path) for path in files(root)}
    untouched = {UNTOUCHED + path.partition("/")[2]: path for path in origin
                 if fnmatch(path, "starter/*/*.[ch]")}
    for name, path in {**origin, **AGAIN, **untouched}.items():
        if not course.has(name):
            continue
        source = root / path
        mode = 0o755 if source.stat().st_mode & 0o100 else 0o644
        found[name] = (course.content(name, source.read_bytes()),
                       0o444 if name in untouched else mode)
    found["README.md"] = (course.examples(README).encode(), 0o644)
    return found


def pack(root: Path, target: Path) -> int:
    """Write the archive; the number of files in it."""
    buffer = io.BytesIO()
    packed = contents(root)
    with tarfile.open(fileobj=buffer, mode="w",
                      format=tarfile.USTAR_FORMAT) as tar:
        for name, (content, mode) in sorted(packed.items()):
            member = tarfile.TarInfo(f"{TOP}/{name}")
            member.size, member.mode, member.mtime = len(content), mode, A_DAY
            tar.addfile(member, io.BytesIO(content))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(buffer.getvalue(), mtime=0))
    return len(packed)


def main() -> int:
    try:
        count = pack(ROOT, TARGET)
    except (OSError, ValueError) as error:
        print(f"dist: {error}", file=sys.stderr)
        return 1
    print(f"{TARGET.relative_to(ROOT)}: {count} files below {TOP}/, without"
          " solutions, corpus and tests")
    return 0


if __name__ == "__main__":
    sys.exit(main())
