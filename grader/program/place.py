"""Put a program where the box's user can execute it.

It runs where it is, with the user's own directory as its working directory.
What the box's user may not enter or read there (a home directory, for one)
is copied, and the report says so.
"""
import dataclasses
import os
import shutil
from pathlib import Path

from grader.box.box import Box
from grader.program.subject import Claim

MOST_BYTES, MOST_FILES = 64 << 20, 2000
PROBE = """
cd "$1" 2>/dev/null || { echo cwd; exit; }
shift
case $1 in
*/*) [ -x "$1" ] || echo "0" ;;
*) command -v -- "$1" >/dev/null || echo "0" ;;
esac
n=0
for word; do
    [ -n "$READ" ] && case " $READ " in *" $n "*) [ -r "$word" ] || echo "$n" ;; esac
    n=$((n + 1))
done
"""


class Unusable(Exception):
    """The program cannot be executed; the text says why, in a sentence."""


def place(claim: Claim, box: Box, scratch: Path) -> tuple[Claim, list[str]]:
    """The claim with what had to be copied into scratch, and notes about it.

    Raises Unusable, and BoxError where the box itself does not work."""
    notes = []
    if "cwd" in _unusable(box, claim):
        copied = scratch / "program"
        _copy_tree(Path(claim.cwd), copied)
        notes.append(f"measured in a copy of {claim.cwd}, which the box's user may not enter")
        claim = dataclasses.replace(claim, cwd=str(copied))
    words = list(claim.words)
    for place in _unusable(box, claim):
        if not place.isdigit():
            raise Unusable(f"the box's user may not enter a copy of {claim.cwd}")
        source = Path(claim.cwd, words[int(place)])
        words[int(place)] = str(_copy_file(source, scratch / f"word-{place}"))
        notes.append(f"{source.name} was measured in a copy, because the box's user may not use it where it is")
    claim = dataclasses.replace(claim, words=tuple(words))
    if _unusable(box, claim):
        raise Unusable(f"{words[0]} cannot be executed by the box's user")
    return claim, notes


def _unusable(box: Box, claim: Claim) -> list[str]:
    """What the box's user cannot use: "cwd", or the numbers of the words
    that are files."""
    files = " ".join(str(n) for n, word in enumerate(claim.words) if n and _is_file(claim, word))
    done = box.run(["/bin/sh", "-c", PROBE, "sh", claim.cwd, *claim.words], env={"READ": files}, timeout=20)
    return list(dict.fromkeys(done.stdout.decode().split()))


def _is_file(claim: Claim, word: str) -> bool:
    try:
        return Path(claim.cwd, word).is_file()
    except (OSError, ValueError):
        return False


def _copy_file(source: Path, into: Path) -> Path:
    if not source.is_file():
        raise Unusable(f"{source} is not there, or not a file")
    if not os.access(source, os.X_OK) and into.name == "word-0":
        raise Unusable(f"{source} is not executable; chmod +x {source.name}")
    into.mkdir(mode=0o755, exist_ok=True)
    copied = into / source.name
    shutil.copyfile(source, copied)
    copied.chmod(0o755)
    return copied


def _copy_tree(source: Path, into: Path) -> None:
    """Copy the regular files of a directory that is not too large."""
    count = size = 0
    into.mkdir(mode=0o755)
    for top, directories, files in os.walk(source):
        directories[:] = [d for d in directories if not d.startswith(".")]
        here = into / os.path.relpath(top, source)
        here.mkdir(mode=0o755, exist_ok=True)
        for file in (Path(top, f) for f in files):
            if not file.is_file():
                continue
            count, size = count + 1, size + file.stat().st_size
            if count > MOST_FILES or size > MOST_BYTES:
                raise Unusable(f"the box's user may not enter {source}, and it is too large to be copied: "
                               "stand in a directory that everybody may enter, such as one below /tmp")
            shutil.copyfile(file, here / file.name)
            (here / file.name).chmod(0o755 if os.access(file, os.X_OK) else 0o644)
