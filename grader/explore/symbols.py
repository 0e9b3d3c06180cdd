"""What addresses in an explored program mean: lines, variables, blocks.

The program is not position independent, so addresses are the linker's.
"""
import bisect
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable

from grader.explore.finding import Explored

PLACE = re.compile(r"\{([cm]):([0-9a-f]+)\}")
DATA = set("bBdDrR")


@dataclass(frozen=True)
class Line:
    """A place in the source. file is as the compiler was given it."""

    function: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{Path(self.file).name}:{self.line}" if self.line else self.function or "?"


class Symbols:
    """Of one program. Raises OSError or CalledProcessError where binutils fail."""

    def __init__(self, program: Path, sources: Iterable[Path] = ()):
        self.program = program
        self.sources = list(sources)        # directories where files may be found by name
        self._lines: dict[int, Line] = {}
        self._texts: dict[str, list[str]] = {}
        self._fields: dict[tuple[str, int], str] = {}       # by run and address
        self._variables = self._read_variables()

    def _read_variables(self) -> list[tuple[int, int, str]]:
        told = subprocess.run(["nm", "-S", "--defined-only", str(self.program)],
                              capture_output=True, text=True, timeout=60, check=True).stdout
        rows = [line.split() for line in told.splitlines()]
        return sorted((int(r[0], 16), int(r[1], 16), r[3]) for r in rows if len(r) == 4 and r[2] in DATA)

    def resolve(self, pcs: Iterable[int]) -> None:
        """Look many places up at once: each is where a call returns to."""
        new = sorted({pc for pc in pcs if pc and pc not in self._lines})
        if not new:
            return
        told = subprocess.run(["addr2line", "-f", "-e", str(self.program), *(hex(pc - 1) for pc in new)],
                              capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()
        for pc, function, place in zip(new, told[::2], told[1::2]):
            file, _, line = place.split(" (disc")[0].rpartition(":")
            self._lines[pc] = Line(function, file, int(line) if line.isdigit() else 0)

    def line(self, pc: int) -> Line:
        if pc not in self._lines:
            self.resolve([pc])
        return self._lines.get(pc, Line("", "", 0))

    def function_at(self, pc: int) -> str:
        """The function that begins at an address."""
        return self.line(pc + 1).function

    def source(self, pc: int) -> str:
        """The text of a line, or "" where the file is not at hand."""
        where = self.line(pc)
        lines = self._texts.setdefault(where.file, self._read(where.file))
        return lines[where.line - 1].strip() if 0 < where.line <= len(lines) else ""

    def _read(self, file: str) -> list[str]:
        for path in (Path(file), *(d / Path(file).name for d in self.sources)):
            try:
                return path.read_text("utf-8", "replace").splitlines()
            except OSError:
                continue
        return []

    def variable(self, address: int) -> str:
        """The global variable that an address is in, or ""."""
        i = bisect.bisect_right(self._variables, (address, 1 << 62, "")) - 1
        if i < 0:
            return ""
        start, size, name = self._variables[i]
        return _inside(name, address - start) if address < start + size else ""

    def learn(self, names: dict[int, str], found: Explored) -> None:
        """Better names for addresses of one run: whoever knows types has them."""
        self._fields.update({(found.hash, address): name for address, name in names.items()})

    def memory(self, address: int, found: Explored) -> str:
        """What lies at an address, in words."""
        if (found.hash, address) in self._fields:
            return self._fields[found.hash, address]
        for name in found.names:
            if name.start <= address < name.start + name.size:
                return name.name
        for block in found.blocks:
            if block.start <= address < block.start + max(block.size, 1):
                return _inside(f"the block from {self.line(block.pc)}", address - block.start)
        base, size = found.stacks
        if base <= address < base + size * 32:
            return f"a local variable of T{(address - base) // size}"
        return self.variable(address) or "memory of a library"

    def words(self, text: str, found: Explored) -> str:
        """A text with its places resolved."""
        def word(m: re.Match) -> str:
            address = int(m[2], 16)
            return str(self.line(address)) if m[1] == "c" else self.memory(address, found)
        self.resolve(int(m[2], 16) for m in PLACE.finditer(text) if m[1] == "c")
        return PLACE.sub(word, text)


def _inside(name: str, offset: int) -> str:
    return f"{name}+{offset}" if offset else name
