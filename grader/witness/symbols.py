"""Names for addresses: the variables of a program, from its DWARF.

Helgrind says "16 bytes inside data symbol all"; a student wants all.active,
and where it is declared. binutils, which come with gcc, know both.
"""
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator, NamedTuple, Optional

DIE = re.compile(r"\s*<([0-9a-f]+)><([0-9a-f]+)>: Abbrev Number: \d+ \((\w+)\)")
FORM = re.compile(r"(?:\([^)]*\):?\s*)+")   # "(data1) 24", "(indirect string, offset: 0x1): all"
ATTRIBUTE = re.compile(r"\s*<[0-9a-f]+>\s+(DW_AT_\w+)\s*:\s*(.*)")


@dataclass
class Entry:
    """One DWARF entry with what is below it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Entry"] = field(default_factory=list)
    unit: str = ""

    def text(self, name: str) -> str:
        return FORM.sub("", self.attributes.get(name, ""), 1).strip()

    def number(self, name: str) -> int:
        try:
            return int(self.text(name).split()[0], 0)
        except (ValueError, IndexError):
            return 0


class Variable(NamedTuple):
    name: str
    address: int        # as linked
    size: int
    declared: str       # "stats.c:4", the path as it was compiled
    type: str           # an entry's offset


class Symbols:
    """The variables of one executable. Empty where readelf is missing."""

    def __init__(self, program: Path):
        self.program = program
        self._entries: dict[str, Entry] = {}
        self.variables: list[Variable] = []
        done = _tool(["readelf", "--debug-dump=info", "-W", str(program)])
        self._read(done)

    def named(self, name: str) -> Optional[Variable]:
        """The variable with that name; None if there are none or several."""
        found = [v for v in self.variables if v.name == name]
        return found[0] if len(found) == 1 else None

    def at(self, address: int) -> Optional[Variable]:
        """The variable that an address, as linked, lies in."""
        return next((v for v in self.variables
                     if v.address <= address < v.address + max(v.size, 1)), None)

    def fields(self, variable: Variable, offset: int, size: int) -> list[str]:
        """The names that `size` bytes there have: all.active, all.peak."""
        return [variable.name + name for name, start, length in self._leaves(variable.type)
                if start < offset + size and offset < start + max(length, 1)] or [variable.name]

    def touched(self, code: int) -> Optional[int]:
        """The address, as linked, that the instruction at `code` uses by
        name. None where it uses a pointer."""
        text = _tool(["objdump", "-d", "--no-show-raw-insn", f"--start-address={code:#x}",
                      f"--stop-address={code + 15:#x}", str(self.program)])
        found = re.search(rf"^\s*{code:x}:.*# ([0-9a-f]+) <", text, re.MULTILINE)
        return int(found[1], 16) if found else None

    def _read(self, text: str) -> None:
        stack: list[Entry] = []
        for line in text.splitlines():
            found = DIE.match(line)
            if found:
                entry = Entry(found[3])
                depth = int(found[1], 16)
                del stack[depth:]
                if stack:
                    stack[-1].children.append(entry)
                    entry.unit = stack[0].text("DW_AT_name")
                stack.append(entry)
                self._entries[found[2]] = entry
            elif stack and (attribute := ATTRIBUTE.match(line)):
                stack[-1].attributes[attribute[1]] = attribute[2]
        self.variables = list(self._globals())

    def _globals(self) -> Iterator[Variable]:
        for entry in self._entries.values():
            where = re.search(r"DW_OP_addr: ([0-9a-f]+)", entry.attributes.get("DW_AT_location", ""))
            if entry.tag != "DW_TAG_variable" or not where:
                continue
            at, source = int(where[1], 16), entry
            while "DW_AT_name" not in source.attributes:    # a definition of a declared one
                source = self._target(source, "DW_AT_specification")
                if source is None:
                    break
            if source:
                kind = self._offset(source, "DW_AT_type")
                yield Variable(source.text("DW_AT_name"), at, self._size(kind),
                               f"{source.unit}:{source.number('DW_AT_decl_line')}", kind)

    def _offset(self, entry: Entry, name: str) -> str:
        found = re.search(r"<0x([0-9a-f]+)>", entry.attributes.get(name, ""))
        return found[1] if found else ""

    def _target(self, entry: Entry, name: str) -> Optional[Entry]:
        return self._entries.get(self._offset(entry, name))

    def _plain(self, kind: str) -> Optional[Entry]:
        """The type behind typedefs and qualifiers."""
        entry = self._entries.get(kind)
        while entry and entry.tag in ("DW_TAG_typedef", "DW_TAG_const_type",
                                      "DW_TAG_volatile_type", "DW_TAG_atomic_type"):
            entry = self._target(entry, "DW_AT_type")
        return entry

    def _size(self, kind: str) -> int:
        entry = self._plain(kind)
        if entry is None:
            return 0
        if entry.tag == "DW_TAG_array_type":
            count = 1
            for bound in entry.children:
                count *= bound.number("DW_AT_upper_bound") + 1
            return count * self._size(self._offset(entry, "DW_AT_type"))
        return entry.number("DW_AT_byte_size")

    def _leaves(self, kind: str, start: int = 0, depth: int = 0) -> Iterator[tuple[str, int, int]]:
        """(name, offset, size) of a struct's members, down to numbers. The
        inside of a lock or another library's type is one leaf."""
        entry = self._plain(kind)
        members = entry.children if entry and entry.tag == "DW_TAG_structure_type" else []
        for member in members if depth < 3 else []:
            inner = self._offset(member, "DW_AT_type")
            offset, name = start + member.number("DW_AT_data_member_location"), member.text("DW_AT_name")
            below = [] if name.startswith("__") else list(self._leaves(inner, offset, depth + 1))
            if below:
                yield from ((f".{name}{n}", at, size) for n, at, size in below)
            elif not name.startswith("__"):
                yield f".{name}", offset, self._size(inner)


def _tool(argv: list[str]) -> str:
    try:
        return subprocess.run(argv, capture_output=True, text=True, errors="replace",
                              timeout=30, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
