"""Bad luck as a witness: a number that came out wrong.

It names no accesses and needs no tool that watches them, so it sees what no
such tool does: numbers of several processes, an atomic read and an atomic write
that belong together. It confirms a race on the very number that is wrong.
"""
import re
import shutil
import tempfile
from pathlib import Path

from grader.box.box import BoxError
from grader.core.record import NotMeasured
from grader.witness import chaos
from grader.witness.finding import Finding
from grader.witness.misfortune import PAUSES, ROUNDS, Seen, calls_of, occurred, play
from grader.witness.run import Testimony

NAME = "chaos"
SEED = 1
CANNOT = "bad luck cannot be tried here"
NUMBER = re.compile(r"(served|bytes|active|peak) is -?\d")
READING = re.compile(r"a reading in between says (served|active) -?\d+ and (bytes|peak) -?\d")


def numbers(part: str, directory: Path) -> Testimony:
    """The numbers of a part's server in the rounds with pauses at shared data,
    those that make chaos with SEED plays too, up to the first in which something
    is wrong."""
    stage = Path(tempfile.mkdtemp(prefix="clk-chaos-"))
    stage.chmod(0o755)
    try:
        seen = _played(chaos.lay(part, directory, stage))
    except (chaos.DoesNotCompile, BoxError, NotMeasured, OSError, RuntimeError) as error:
        return Testimony([], False, f"{CANNOT}: {error}", races_in=())
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return _told(seen)


def _played(table: chaos.Table) -> list[Seen]:
    calls, seen = calls_of(table.programs[False]), []
    for n, round in enumerate(ROUNDS[table.part]):
        if round.title == PAUSES:
            seen.append(play(table.box, round, table.programs[True], table.shim, SEED + n * chaos.SEEDS))
            occurred(table.part, round, seen[-1], calls)
            if seen[-1].wrong:
                break
    return seen


def _told(rounds: list[Seen]) -> Testimony:
    """One finding for each number that was wrong in the end, or for two of
    which a reading in between shows no more than that they disagree."""
    wrong = _wrong(rounds[-1])
    said = [line for seen in rounds for line in seen.wrong]
    if said and not wrong:
        return Testimony([], False, f"under bad luck {said[0]} (make chaos says where)", races_in=())
    idle = [why for seen in rounds if seen.nothing for why in seen.missing]
    if idle and not wrong:
        return Testimony([], False, f"no bad luck occurred: {idle[0]}", races_in=())
    return Testimony([Finding(NAME, "wrong-number", name, None, [], outcome=line) for name, line in wrong.items()],
                     True, races_in=())


def _wrong(seen: Seen) -> dict[str, str]:
    """What was said of each number that was wrong."""
    wrong = {found[1]: line for line in seen.wrong if (found := NUMBER.match(line))}
    pairs = {f"{found[1]} and {found[2]}": line for line in seen.wrong if (found := READING.match(line))}
    return wrong or pairs
