"""One grader at a time in a directory of results."""
import fcntl
from pathlib import Path
from typing import IO

NAME = ".grading"


def alone_in(out: Path) -> IO[str]:
    """Be the only one who writes there, until the file returned is closed or
    we end, however that is. Raises ValueError where somebody else is, OSError."""
    file = open(out / NAME, "w", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise ValueError(f"another grader is at work in {out}: wait for it, or name another directory with --out") from None
    return file
