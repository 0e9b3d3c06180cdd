"""try NAME PROGRAM: run a small experiment on a server; no NAME lists them."""

import ast
import importlib
import sys
from pathlib import Path

HELPERS = ("__main__", "server")


def names():
    """The experiments, each with the first line of its docstring."""
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem not in HELPERS:
            text = ast.get_docstring(ast.parse(path.read_text())) or ""
            yield path.stem, text.splitlines()[0]


def main(name: str, program: str) -> int:
    """0 when the experiment could be done, 1 when not, 2 for no such one."""
    known = dict(names())
    if name in known:
        return importlib.import_module(name).main(program)
    if name:
        print(f"try: there is no experiment '{name}'", file=sys.stderr)
    print("choose with make try EXP=", *(
        f"  {n:9}{what}" for n, what in known.items()), sep="\n")
    return 2 if name else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
