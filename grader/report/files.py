"""Writing a report so that nobody ever reads half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Replace path by text, in one step: readers see the old file or the new
    one. Creates the directory. Raises OSError (full disk, read-only) and then
    leaves no trace of the attempt."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="",
                       errors="backslashreplace") as file:
            file.write(text)
        os.chmod(name, 0o644)   # mkstemp's 0600 would hide it from a web server
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
