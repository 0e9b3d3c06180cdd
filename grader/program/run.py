"""grader/grade --program: from the command line to a result."""
import argparse
import hashlib
import os
import shlex
import tempfile
import threading
import time
from pathlib import Path
from typing import Optional

from grader.box.box import BoxError
from grader.core import grade
from grader.core.submission import safe_name
from grader.program import CHECKS
from grader.program.place import Unusable, place
from grader.program.protocol import by_name
from grader.program.subject import MODELS, Claim

MANNERS = "program.manners"     # the guard whose words are advice


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("a server of anybody's, instead of submissions")
    group.add_argument("--program", metavar="CMD",
                       help="the command that starts it here; {port} stands for the port: './server {port}'")
    group.add_argument("--protocol", metavar="P",
                       help="http (POST /echo of the lab's contract), plain (bytes up to a blank line come back), "
                            "line (each line comes back), get:/PATH (any complete response)")
    group.add_argument("--model", metavar="M", help=f"{', '.join(MODELS)} (default: any)")
    group.add_argument("--workers", metavar="N", type=int, help="how many clients its pool serves at once")
    group.add_argument("--capacity", metavar="N", type=int, help="how many more wait in its queue")


def claim_of(args: argparse.Namespace) -> Optional[Claim]:
    """What was said of a program, None if there is none. Raises ValueError
    for what cannot be meant."""
    given = {k: getattr(args, k) for k in ("protocol", "model", "workers", "capacity")
             if getattr(args, k) is not None}
    if args.program is None:
        if given:
            raise ValueError(f"--{next(iter(given))} is about a program: say which with --program")
        return None
    if args.submission or args.klass or args.part:
        raise ValueError("--program is graded by itself: without submissions, --class and --part")
    try:
        words = shlex.split(args.program)
    except ValueError as error:
        raise ValueError(f"--program: {error}") from error
    if not words or not any("{port}" in word for word in words[1:]):
        raise ValueError("--program needs {port} where the number of the port goes, as in './server {port}'")
    if "protocol" not in given:
        raise ValueError("--program needs --protocol: http, plain, line or get:/PATH")
    by_name(args.protocol)
    if given.get("model", "any") not in MODELS:
        raise ValueError(f"there is no model '{args.model}'; there are: {', '.join(MODELS)}")
    for name in "workers", "capacity":
        if given.get(name, 1) < 1:
            raise ValueError(f"--{name} takes a number from 1 up")
    return Claim(tuple(words), os.getcwd(), **given)


def grade_program(claim: Claim, plan: grade.Plan, stop: threading.Event) -> dict:
    """Grade a program into plan.out/NAME. Returns the result, which has
    "error" where it could not be. Raises grade.Stopped.

    It is measured anew each time: nobody knows what it depends on."""
    name = safe_name(Path(_file(claim)))
    directory = plan.out / name
    directory.mkdir(parents=True, exist_ok=True)
    for old in "result.json", "checks.jsonl":
        (directory / old).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"clk-grade-{os.getpid()}-") as scratch:
        os.chmod(scratch, 0o711)
        try:
            placed, notes = place(claim, plan.box, Path(scratch))
            result = _measure(name, claim, placed, notes, directory, Path(scratch), plan, stop)
        except (Unusable, BoxError, OSError) as error:
            result = grade.error(name, f"{name}: could not be graded: {error}")
    return grade.write(result, directory)


def _measure(name: str, claim: Claim, placed: Claim, notes: list[str], directory: Path, scratch: Path,
             plan: grade.Plan, stop: threading.Event) -> dict:
    said = scratch / "claim.json"
    said.write_text(placed.to_json())
    key = hashlib.sha256(f"{claim} {plan.kit} {time.time_ns()}".encode()).hexdigest()[:16]
    records, told = grade.measure(CHECKS, said, key, directory, scratch, plan, stop)
    if not records:
        return grade.error(name, f"{name}: no check could be run: {told[-400:].strip()}")
    notes = [f"{claim.program()}, protocol {claim.protocol}, model {claim.model}", *notes]
    notes += [r.observed for r in records if r.check == MANNERS and r.outcome == "pass"]
    return grade.make_result(name, key, records, plan, notes)


def _file(claim: Claim) -> str:
    """The word that names the program best: the first that is a file here."""
    return next((w for w in claim.words if Path(claim.cwd, w).is_file()), claim.words[0])
