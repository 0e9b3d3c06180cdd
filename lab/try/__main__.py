"""try NAME PROGRAM [ANSWERS]: run a small experiment on a server; no NAME lists them.

Beside what comes stands what its student expected, if that is in ANSWERS."""

import ast
import importlib
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))

from lab.predict.answers import Unfit, kept     # noqa: E402: below the root
from lab.way.experiments import ASKED, tasks     # noqa: E402

HELPERS = ("__main__", "server")


def names():
    """The experiments, each with the first line of its docstring."""
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem not in HELPERS:
            text = ast.get_docstring(ast.parse(path.read_text())) or ""
            yield path.stem, text.splitlines()[0]


def expected(name: str, program: str, answers: str) -> str:
    """What the student has said of an experiment, "" where nothing was asked."""
    task = ASKED.get(name, "")
    task = task.get(Path(program).name, "") if isinstance(task, dict) else task
    try:
        said = kept(Path(answers)).get(task, "") if answers else ""
    except (Unfit, OSError):
        return ""       # another command says what is wrong with that file
    return f"You expected ({task}): {said}" if said else ""


def absent(name: str) -> str:
    """Why there is no such experiment here: a course gets those of its tasks."""
    asked = tasks(name)
    return (f"the experiment '{name}' is of task {' or '.join(asked)}, which your course does not have" if asked
            else f"there is no experiment '{name}'")


def main(name: str, program: str, answers: str = "") -> int:
    """0 when the experiment could be done, 1 when not, 2 for no such one."""
    known = dict(names())
    if name in known:
        status = importlib.import_module(name).main(program)
        said = expected(name, program, answers)
        if status == 0 and said:
            print(f"\n{said}")
        return status
    if name:
        print(f"try: {absent(name)}", file=sys.stderr)
    print("choose with make try EXP=", *(
        f"  {n:9}{what}" for n, what in known.items()), sep="\n")
    return 2 if name else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
