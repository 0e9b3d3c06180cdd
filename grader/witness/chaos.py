"""make chaos: your server under bad luck.

usage: chaos.py [--part PART] [--dir DIR] [--seed N]
Exit status: 0 nothing wrong was seen, 1 something was, 2 usage or a program
that does not compile, 3 it could not be tried here.
"""
import argparse
import random
import signal
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from grader.box.box import Box, BoxError
from grader.box.network import loopback_up
from grader.core.build import ROOT, Builder
from grader.core.luck import Luck
from grader.core.record import NotMeasured
from grader.witness.misfortune import ROUNDS, Round, Seen, calls_of, occurred, play

USAGE, CANNOT, STOPPED = 2, 3, 130
SEEDS = 1_000_000
MOST = 2 ** 64 - 1 - SEEDS * max(map(len, ROUNDS.values()))    # SEED has 64 bits


class DoesNotCompile(Exception):
    """str() is what the compiler said."""


def tell(part: str, round: Round, seen: Seen, seed: int) -> None:
    """A line about a round, and one for each thing that was wrong or did not occur."""
    title = f"{round.title}, seed {seed}" if sum(r == round for r in ROUNDS[part]) > 1 else round.title
    answered = f"{seen.answered} of {round.clients} answered"
    refused = f", {seen.refused} refused" if seen.refused else ""
    print(f"  {title:<42}{answered}{refused}{'; WRONG' if seen.wrong else ''}")
    for what in seen.wrong:
        print(f"      {what}")
    for line in seen.hang:
        print(f"        {line}")
    if seen.missing:
        what = "this luck did not occur" if seen.nothing else "not all of this luck occurred"
        print(f"      {what}: {', '.join(seen.missing)}")
    sys.stdout.flush()


@dataclass(frozen=True)
class Table:
    """All that a round needs: the box, the shim, and the server of a part,
    without pauses and (True) with them."""

    part: str
    box: Box
    shim: Path
    programs: dict[bool, Path]


def lay(part: str, directory: Path, stage: Path) -> Table:
    """Build everything in `stage`. Raises DoesNotCompile, BoxError, NotMeasured."""
    loopback_up()
    box, luck = Box.probe(), Luck(stage)
    plain = Builder(box, stage, directory)
    programs = {}
    for builder in plain, plain.by(luck.recipe):
        program, told = builder.program(part)
        if program is None:
            raise DoesNotCompile(told)
        programs[builder is not plain] = program
    return Table(part, box, luck.shim, programs)


def under_bad_luck(table: Table, seed: int) -> tuple[int, int]:
    """Play all rounds and tell of them; in how many something was wrong, and
    in how many the luck did not occur. Raises NotMeasured."""
    wrong = idle = 0
    calls = calls_of(table.programs[False])     # the other's runtime has calls of its own
    for n, round in enumerate(ROUNDS[table.part]):
        seen = play(table.box, round, table.programs[round.delayed], table.shim, seed + n * SEEDS)
        occurred(table.part, round, seen, calls)
        tell(table.part, round, seen, seed + n * SEEDS)
        wrong += bool(seen.wrong)
        idle += seen.nothing
    return wrong, idle


def _again(part: str, directory: Path, seed: int) -> str:
    given = "" if str(directory) == "starter" else f" DIR={directory}"
    return f"make chaos PART={part}{given} SEED={seed}"


def _arguments(args: Optional[list[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos")
    parser.add_argument("--part", default="pool")
    parser.add_argument("--dir", default="starter", type=Path)
    parser.add_argument("--seed", type=int, help="by chance, and said, when none is given")
    given = parser.parse_args(args)
    if given.seed is None:
        given.seed = random.randrange(1, SEEDS)
    if not 0 <= given.seed <= MOST:
        parser.error(f"a seed is a number from 0 to {MOST}")
    return given


def main(args: Optional[list[str]] = None) -> int:
    given = _arguments(args)
    for number in signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, signal.default_int_handler)
    try:
        return _try(given)
    except KeyboardInterrupt:
        print("\nchaos: stopped", file=sys.stderr)
        return STOPPED


def _try(given: argparse.Namespace) -> int:
    """Play all rounds of a part. Returns the exit status."""
    if given.part not in ROUNDS:
        print(f"chaos: there is no bad luck for {given.part}/, only for {', '.join(ROUNDS)}", file=sys.stderr)
        return USAGE
    directory = ROOT / given.dir
    if not list((directory / given.part).glob("*.c")):
        print(f"chaos: there are no C files in {given.dir / given.part}", file=sys.stderr)
        return USAGE
    print(f"chaos: {given.part}/ of {given.dir} under bad luck, seed {given.seed}", flush=True)
    stage = Path(tempfile.mkdtemp(prefix="clk-chaos-"))
    stage.chmod(0o755)
    try:
        wrong, idle = under_bad_luck(lay(given.part, directory, stage), given.seed)
    except DoesNotCompile as told:
        print(f"chaos: {given.part}/ does not compile:\n{told}", file=sys.stderr)
        return USAGE
    except (BoxError, NotMeasured) as reason:
        print(f"chaos: it could not be tried: {reason}", file=sys.stderr)
        return CANNOT
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    rounds = len(ROUNDS[given.part])
    print(f"chaos: wrong in {wrong} of {rounds} rounds." if wrong else
          "chaos: nothing wrong was seen. That proves nothing about luck that did not occur"
          + (f", as in {idle} of {rounds} rounds." if idle else "."))
    print(f"The same choices again: {_again(given.part, given.dir, given.seed)}\n"
          "(The seed repeats the choices; who comes first is the kernel's, so the outcome may differ.)")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
