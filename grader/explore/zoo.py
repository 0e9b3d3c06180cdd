"""The zoo of task 2b: six counters under names that are each student's own.

Who is called what is drawn as the numbers of 2a are. Which of them lose a
count is not written down anywhere: the explorer finds it.

usage: zoo.py [--dir DIR]
Puts them into build/zoo/, for the id that DIR/answers.toml has.
Exit status: 0; 2 if that file cannot be read, or they cannot be written.
"""
import argparse
import sys
from itertools import permutations
from pathlib import Path
from typing import Optional

from grader.explore.scenarios import LAB, ROOT
from grader.explore.schedule_counter import read_numbers
from grader.params import params

NAMES = "ant", "bee", "cat", "dog", "eel", "fox"
COUNTERS = LAB / "zoo"
PLACE = ROOT / "build" / "zoo"


def dealt(student: str, course: Optional[dict] = None) -> dict[str, Path]:
    """The counter behind each name; "" for those of whoever gives no id."""
    orders = list(permutations(sorted(COUNTERS.glob("*.c"))))
    return dict(zip(NAMES, orders[params(student, "2b", course)["zoo"]]))


def put(student: str, into: Path) -> dict[str, Path]:
    """Copy each counter to its name in a directory. Returns where each is.
    Raises OSError."""
    into.mkdir(parents=True, exist_ok=True)
    made = {name: into / f"{name}.c" for name in NAMES}
    for name, counter in dealt(student).items():
        made[name].write_text(counter.read_text("utf-8"), "utf-8")
    return made


def told(student: str) -> list[str]:
    """What there is to do with them."""
    place = PLACE.relative_to(ROOT)
    whose = f"the zoo of {student}" if student else "nobody's zoo: with an id in answers.toml the names change"
    return [f"{place}/: {', '.join(NAMES)} ({whose})", "",
            "Read one, and look for an order of steps that loses a count; or choose one yourself:",
            f"  make explore FILE={place}/{NAMES[0]}.c",
            f'  make schedule SCENARIO={place}/{NAMES[0]}.c S="T1:1 T2:1"', "",
            f'For answers.toml, in [2b]: {NAMES[0]} = "right", or {NAMES[0]} = "wrong: T1:1 T2:1" with such an order']


def main(args: Optional[list[str]] = None) -> int:
    parser = argparse.ArgumentParser(prog="zoo")
    parser.add_argument("--dir", type=Path, default=Path("starter"))
    try:
        student, _ = read_numbers(ROOT / parser.parse_args(args).dir / "answers.toml")
        put(student, PLACE)
    except ValueError as error:
        print(f"zoo: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"zoo: {error.filename or ''}: {error.strerror or error}", file=sys.stderr)
        return 2
    print("\n".join(told(student)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
