#!/usr/bin/python3
"""Make starter/ from solutions/: the solutions are the only source.

    //@ begin 2c: text      the starter gets "// TODO 2c: text"
    //@ starter             the same, but silent: the place is not marked
    ...solution...          the starter gets nothing of it
    //@ stub line           the starter gets "line" at the mark's indentation
    //@ end

usage: starter.py [--check] SOLUTIONS STARTER
With --check, write nothing and exit 1 if STARTER is out of date.
"""
import re
import sys
from pathlib import Path

MARK = re.compile(r"(\s*)//@ ?(begin|starter|stub|end)\b(?: (.*))?\n")


def strip(text: str, name: str) -> str:
    """Return the student's version of one source file.

    Raises ValueError with file and line when a mark is out of place.
    """
    out: list[str] = []
    inside = False
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        mark = MARK.fullmatch(line)
        if not mark:
            if "//@" in line:
                raise ValueError(f"{name}:{number}: bad mark: {line.strip()}")
            if not inside:
                out.append(line)
            continue
        indent, word, rest = mark[1], mark[2], mark[3] or ""
        if (word in ("begin", "starter")) == inside:
            raise ValueError(f"{name}:{number}: unexpected {word}")
        if word == "begin":
            out.append(f"{indent}// TODO {rest}\n")
        if word == "stub":
            out.append(f"{indent}{rest}".rstrip() + "\n")
        else:
            inside = word != "end"
    if inside:
        raise ValueError(f"{name}: the last mark has no end")
    return tidy("".join(out))


def tidy(text: str) -> str:
    """Fold the blank lines that a removed region leaves behind."""
    text = re.sub(r"\n{3,}", "\n\n", text)
    text = re.sub(r"\{\n\n", "{\n", text)
    return re.sub(r"\n\n(\s*\})", r"\n\1", text)


def student_files(solutions: Path) -> dict[Path, str]:
    """Map each file of the starter, as a relative path, to its text."""
    sources = sorted(solutions.glob("*/*.[ch]"))
    return {s.relative_to(solutions): strip(s.read_text(), str(s)) for s in sources}


def stale(solutions: Path, starter: Path) -> list[str]:
    """Name what differs in starter: files to write and files too many."""
    want = student_files(solutions)
    have = {p.relative_to(starter) for p in starter.glob("*/*") if p.is_file()}
    wrong = [p for p, text in want.items() if p not in have or (starter / p).read_text() != text]
    return sorted(str(p) for p in set(wrong) | (have - set(want)))


def write(solutions: Path, starter: Path) -> None:
    """Bring starter up to date; a file that has no source is removed."""
    want = student_files(solutions)
    for name in stale(solutions, starter):
        target = starter / name
        if Path(name) not in want:
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(want[Path(name)])


def main(args: list[str]) -> int:
    check = args[:1] == ["--check"]
    if len(args) != 2 + check:
        print(__doc__.split("usage: ")[1].strip(), file=sys.stderr)
        return 2
    solutions, starter = map(Path, args[check:])
    try:
        old = stale(solutions, starter)
        if check and old:
            print(f"starter/ is stale: {' '.join(old)}; run 'make starter'", file=sys.stderr)
            return 1
        if not check:
            write(solutions, starter)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
