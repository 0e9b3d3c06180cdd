"""Put the files of a task back to what they were at first: make reset TASK=2c

What you have is copied into build/reset/ first. A file that holds the work of
other tasks as well is put back only with YES=1. answers.toml is left alone.

Exit status: 0; 2 when nothing was put back, because it could not be or
because YES=1 is needed.
"""

import argparse
import sys
from pathlib import Path
from typing import Dict, List, Sequence

from lab.predict.answers import Unfit
from lab.reset import original
from lab.reset.original import File
from lab.way import record, say, tasks
from lab.way.tasks import Task


def must_be_known(found: Sequence[File], originals: Path) -> None:
    """Raises Unfit where there is no untouched copy."""
    missing = [f.name for f in found if not f.first.is_file()]
    if missing:
        raise Unfit(f"there is no untouched copy of {say.listed(missing)} here ({originals}/ has them in the"
                    " archive that you got). Unpack that archive again, beside this one, and copy the file from its"
                    " starter/. Nothing was changed.")


def must_be_meant(task: str, changed: Sequence[File]) -> None:
    """Raises Unfit where other tasks would lose their work."""
    for file in changed:
        if file.others:
            raise Unfit(f"{file.own} is also the file of {say.listed(file.others)}: that work would go, too."
                        f" If you mean it: make reset TASK={task} YES=1. Nothing was changed.")


def reset(changed: Sequence[File], originals: Path) -> List[str]:
    """Copy, put back, and say so. Raises OSError."""
    kept = original.backup(changed)
    lines = []
    for file in changed:
        had = file.own.is_file()
        original.put_back(file)
        lines.append(f"put back to the beginning: {file.own}")
        if file.others:
            lines.append(f"    with it goes what you had written for {say.listed(file.others)}")
        if had:
            lines.append(f"    what you had: {kept / file.name}")
            lines.append(f"    to have it again: cp {kept / file.name} {file.own}")
    for path in original.strangers(changed, originals):
        lines.append(f"left as it is: {path}, which you have made")
    return lines


def chosen(options: argparse.Namespace, known: Dict[str, Task]) -> List[File]:
    """The files of the task that was asked for. Raises Unfit."""
    everything = list(known.values())
    found = {id: original.files(task, everything, options.dir, options.original) for id, task in known.items()}
    if options.task in known and not found[options.task] and known[options.task].files:
        raise Unfit(f"task {options.task} has no file of C. Your answers to it are in {options.dir}/answers.toml,"
                    f" in the table [{options.task}]; change them there.")
    tasks.choose(options.task, [t for t in known if found[t]], known, "files to put back")
    if not options.dir.is_dir():
        raise Unfit(f"there is no directory {options.dir}")
    return found[options.task]


def main() -> int:
    parser = argparse.ArgumentParser(prog="reset", description=__doc__.split("\n")[0])
    parser.add_argument("--task", default="")
    parser.add_argument("--yes", action="store_true", help="other tasks may lose their work, too")
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--original", type=Path, default=Path("lab/starter"), help="the untouched starter")
    parser.add_argument("--handout", type=Path, default=Path("handout.md"))
    parser.add_argument("--rubric", type=Path, default=Path("grader/rubric.toml"))
    options = parser.parse_args()
    try:
        found = chosen(options, tasks.tasks(options.handout, options.rubric))
        must_be_known(found, options.original)
        changed = [f for f in found if f.changed]
        if not changed:
            print(f"{say.listed([str(f.own) for f in found])}: as at the beginning already; nothing was changed")
            return 0
        if not options.yes:
            must_be_meant(options.task, changed)
        print("\n".join(reset(changed, options.original)))
        record.forget(options.dir, {options.task, *(task for f in changed for task in f.others)})
    except (Unfit, OSError) as error:
        return say.wrong("reset", error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
