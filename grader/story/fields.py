"""Names for what lies at an address: `q->tail` and not the block from
queue.c:28+100. gdb knows the types; what a block of the heap is used for
stands in the line that made it."""
import json
import os
import subprocess
from pathlib import Path
from typing import Optional

from grader.explore.finding import Block, Explored
from grader.explore.symbols import PLACE, Symbols

GDB, SCRIPT = "gdb", Path(__file__).with_name("fields_gdb.py")


class Names:
    """Of one run of a program, whose Symbols learn them too. Without gdb they
    are those of Symbols."""

    def __init__(self, symbols: Symbols, found: Explored):
        self._symbols, self._found = symbols, found
        told = [int(m[2], 16) for m in PLACE.finditer(found.text) if m[1] == "m"]
        self._ask(sorted({*(e.address for e in found.events if e.address), *(r.address for r in found.races), *told}))

    def of(self, address: int) -> str:
        """The variable or field at an address, in words."""
        return self._symbols.memory(address, self._found)

    def _ask(self, addresses: list[int]) -> None:
        data, blocks, where = [], [], {"data": [], "blocks": []}
        for address in addresses:
            block, (variable, _, offset) = self._block(address), self._symbols.variable(address).partition("+")
            if block:
                blocks.append([block.pc - 1, self._symbols.source(block.pc), address - block.start])
                where["blocks"].append(address)
            elif variable:
                data.append([variable, int(offset or 0)])
                where["data"].append(address)
        told = _gdb(self._symbols.program, {"data": data, "blocks": blocks}) if data or blocks else {}
        for kind, names in told.items():
            self._symbols.learn({address: name for address, name in zip(where[kind], names) if name}, self._found)

    def _block(self, address: int) -> Optional[Block]:
        return next((b for b in self._found.blocks if b.start <= address < b.start + max(b.size, 1)), None)


def _gdb(program: Path, questions: dict) -> dict[str, list[str]]:
    """gdb's answers; none where it is missing or fails."""
    try:
        done = subprocess.run([GDB, "-nx", "-iex", "set auto-load no", "-batch", "-x", str(SCRIPT), str(program)],
                              capture_output=True, text=True, timeout=60, env={**os.environ, "QUESTIONS": json.dumps(questions)},
                              stdin=subprocess.DEVNULL)
        return json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.TimeoutExpired, ValueError, IndexError):
        return {}
