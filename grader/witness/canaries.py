"""Canaries: before a tool is believed it must name the race of a program that
has one, and keep silent about one that has none, in the same surroundings."""
import hashlib
import subprocess
from pathlib import Path
from typing import Callable, Optional

from grader.witness.run import WitnessError

HERE = Path(__file__).with_name("canary")
RACY, CLEAN = "racy.c", "clean.c"
FILES = f"canary/{RACY}", f"canary/{CLEAN}", "canary/semaphore.c"
Cage = tuple[tuple[str, str], tuple[str, str]]
THREADS: Cage = ((RACY, ""), (CLEAN, ""))           # (source, flag): which races, and which does not
SEMAPHORES: Cage = (("semaphore.c", "-DSTART=2"), ("semaphore.c", "-DSTART=1"))
Saw = Callable[[Path], set[str]]        # runs a program; the variables that race in it


def sing(name: str, version: str, scratch: Path, flags: tuple[str, ...], saw: Saw,
         cage: Cage = THREADS) -> Optional[str]:
    """Try the tool on both programs of a cage. Returns None, or why it is not believed.

    What was good stays good for this version of the tool and this scratch."""
    digest = hashlib.sha256(version.encode()).hexdigest()[:12]
    known = scratch / f"canary-{name}-{digest}.good"
    if known.exists():
        return None
    hint = "; is libc6-dbg installed?" if name == "helgrind" else ""
    try:
        racy, clean = (saw(compiled(scratch, name, source, flags, own)) for source, own in cage)
    except WitnessError as error:
        return f"{name} could not be tried: {error}{hint}"
    if "canary" not in racy:
        return f"{name} does not see the race in {_told(cage[0])}, which has one"
    if clean:
        return f"{name} reports errors in {_told(cage[1])}, which has none{hint}"
    known.touch()
    return None


def _told(canary: tuple[str, str]) -> str:
    return " ".join(filter(None, canary))


def compiled(scratch: Path, name: str, source: str, flags: tuple[str, ...], own: str = "") -> Path:
    """A canary, built for a tool with a flag of its own. Raises WitnessError."""
    scratch.mkdir(parents=True, exist_ok=True)
    target = scratch / f"canary-{name}-{source[:-2]}{own}"
    try:
        done = subprocess.run(["gcc", "-g", "-O1", "-pthread", *flags, *filter(None, [own]), str(HERE / source),
                               "-o", str(target)], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WitnessError(f"gcc: {error}") from error
    if done.returncode:
        raise WitnessError(f"{source} does not compile: {done.stderr.strip()[-300:]}")
    target.chmod(0o755)
    return target
