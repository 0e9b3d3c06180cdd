"""The load tool, lab/load: built, and run for one short burst."""

import json
import os
import subprocess
from pathlib import Path
from typing import Sequence

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_MS = 3000


class CannotMeasure(Exception):
    """A server is missing, does not compile, or does not start. str() says
    so in words for the student."""


def compile_c(sources: Sequence[Path], output: Path, *libraries: str) -> Path:
    """Build output with the kit's flags; skipped when nothing is newer.

    Raises CannotMeasure with the first lines of what the compiler said.
    """
    depends = [*sources, ROOT / "compile_flags.txt"]
    for directory in {s.parent for s in sources} | {ROOT / "lab"}:
        depends += directory.glob("*.h")
    if output.exists() and all(d.stat().st_mtime < output.stat().st_mtime
                               for d in depends):
        return output
    output.parent.mkdir(parents=True, exist_ok=True)
    made = output.with_name(f"{output.name}.{os.getpid()}")
    try:
        gcc = subprocess.run(
            ["gcc", "@compile_flags.txt", *map(str, sources), "-o", str(made),
             *libraries], cwd=ROOT, capture_output=True, text=True,
            timeout=120, check=False)
        if gcc.returncode != 0:
            words = "\n".join(gcc.stderr.splitlines()[:12])
            raise CannotMeasure(f"{output.name} does not compile:\n{words}")
        made.replace(output)
    except FileNotFoundError:
        raise CannotMeasure("gcc is not installed") from None
    except subprocess.TimeoutExpired:
        raise CannotMeasure(f"compiling {output.name} took 120 s") from None
    finally:
        made.unlink(missing_ok=True)
    return output


def build_load(directory: Path) -> Path:
    """Compile the load tool into directory; see compile_c."""
    sources = sorted((ROOT / "lab/load").glob("*.c"))
    return compile_c(sources, directory / "load", "-lcurl")


def run_load(load: Path, address: str, requests: int, wait: int,
             clients: int) -> dict:
    """The load tool's JSON. Raises CannotMeasure if a single reply was wrong:
    how fast a server is that answers wrongly says nothing."""
    command = [str(load), address, "-c", str(clients), "-n", str(requests),
               "-d", "5", "--timeout", str(TIMEOUT_MS + wait),
               "--wait", str(wait), "--json", "-"]
    try:
        done = subprocess.run(command, capture_output=True, text=True,
                              timeout=60, check=False)
    except subprocess.TimeoutExpired:
        raise CannotMeasure("the load tool did not end in 60 s") from None
    if done.returncode not in (0, 1):
        raise CannotMeasure(f"the load tool failed: {done.stderr.strip()}")
    told = json.loads(done.stdout)
    if told["errors"]:
        kinds = ", ".join(f"{n} {kind}" for kind, n in told["errors"].items())
        raise CannotMeasure(f"{kinds} in {told['requests']} requests")
    return told
