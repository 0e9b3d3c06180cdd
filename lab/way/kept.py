"""What the commands of the way remember, in small files below build/way.

They are the student's own, on this machine: nothing of them is handed in, and
without them everything works as on the first day.
"""

import json
import os
from pathlib import Path

HERE = Path("build/way")


def read(path: Path) -> dict:
    """The table in a file; {} where there is none, or a broken one."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, dict) else {}


def write(path: Path, table: dict) -> None:
    """Keep a table, whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.{os.getpid()}")
    made.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    made.replace(path)
