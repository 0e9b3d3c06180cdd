"""Pack what students get into build/clk-lab.tar.gz.

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
from typing import Iterator

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "build" / "clk-lab.tar.gz"
TOP = "clk-lab"

PACKED = ("Makefile", "README.md", "DESIGN.md", "LICENSE", "handout.md",
          "compile_flags.txt", ".editorconfig", ".clang-format", ".gitignore",
          "pytest.ini", "lab", "starter", "grader")
# Only the instructor's: with it goes what its absence would break.
KEPT = ("grader/corpus", "grader/tests", "grader/hidden", "grader/fuzz",
        "grader/dist.py", "grader/starter.py", "grader/handout_points.py",
        "grader/instructor.mk", "grader/bench/bench.py",
        "grader/bench/flake.py")
JUNK = ("__pycache__", "*.pyc", "*.o", "*~", "vgcore.*", ".*")
A_DAY = 946684800  # 2000-01-01, for every file


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


def pack(root: Path, target: Path) -> int:
    """Write the archive; the number of files in it."""
    buffer = io.BytesIO()
    count = 0
    with tarfile.open(fileobj=buffer, mode="w",
                      format=tarfile.USTAR_FORMAT) as tar:
        for path in files(root):
            source = root / path
            member = tarfile.TarInfo(f"{TOP}/{path}")
            member.size = source.stat().st_size
            member.mtime = A_DAY
            member.mode = 0o755 if source.stat().st_mode & 0o100 else 0o644
            with source.open("rb") as content:
                tar.addfile(member, content)
            count += 1
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(buffer.getvalue(), mtime=0))
    return count


def main() -> int:
    try:
        count = pack(ROOT, TARGET)
    except OSError as error:
        print(f"dist: {error}", file=sys.stderr)
        return 1
    print(f"{TARGET.relative_to(ROOT)}: {count} files below {TOP}/, without"
          " solutions, corpus and tests")
    return 0


if __name__ == "__main__":
    sys.exit(main())
