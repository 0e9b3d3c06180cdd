"""What of a comparison is handed in: the scored rows, sealed by a hash.

The hash tells a file that was edited, cut or merged from one that is as make
compare wrote it. It is no secret, and whoever wants to can make it anew:
honesty is not policed, slips are.
"""

import hashlib
import json
from pathlib import Path

from grader.bench.servers import ROOT
from grader.report.files import write_text

NAME = "compare.json"
PARTS = ("command", "made", "machine", "kit", "predicted", "workers", "clients", "held", "servers", "base", "again",
         "rows")
# What decides the numbers, in a student's kit as in the instructor's tree.
MEASURING = ("compile_flags.txt", "lab/serial.c", "lab/main.c", "lab/net.c", "lab/http.c", "lab/echo.c", "lab/load/*.c",
             *(f"grader/bench/{name}.py" for name in ("cgroup", "measure", "rounds", "seal", "servers", "table")),
             *(f"grader/pace/{name}.py" for name in ("spread", "tool", "verdict")))


def kit(root: Path = ROOT) -> str:
    """A hash of the code that measures. Raises OSError."""
    digest = hashlib.sha256()
    for path in sorted(p for pattern in MEASURING for p in root.glob(pattern)):
        digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def digest(data: dict) -> str:
    """The hash of the parts that are handed in."""
    told = {name: data[name] for name in PARTS if name in data}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def sealed(data: dict) -> dict:
    """The data with its hash."""
    return {**data, "hash": digest(data)}


def hand_in(data: dict, tree: Path) -> str:
    """Put the sealed parts beside the answers of a tree; what to tell of it,
    "" where there are no answers. Raises OSError."""
    if not (tree / "answers.toml").is_file():
        return ""
    told = {name: data[name] for name in (*PARTS, "hash") if name in data}
    write_text(tree / NAME, json.dumps(told) + "\n")
    return f"to hand in: {tree / NAME}, beside your answers\n"
