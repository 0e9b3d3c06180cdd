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
PARTS = ("command", "quick", "made", "machine", "kit", "predicted", "workers", "clients", "held", "servers", "base", "again",
         "rows")
# What decides the numbers, in a student's kit as in the instructor's tree.
MEASURING = ("compile_flags.txt", "lab/*.c", "lab/*.h", "lab/load/*.c", "lab/load/*.h",
             *(f"grader/bench/{name}.py" for name in ("cgroup", "compare", "gathered", "grid", "measure", "rounds", "seal",
                                                      "servers", "table")),
             *(f"grader/pace/{name}.py" for name in ("spread", "tool", "verdict")))
# And the server with a thread for each client. A student's starter/ is theirs,
# and the kit has what was in it under the first name.
THREAD = "lab/thread", "starter/pool"


def thread(root: Path = ROOT) -> Path:
    """Where the server with a thread for each client lies."""
    kept, starter = (root / name for name in THREAD)
    return kept if kept.is_dir() else starter


def kit(root: Path = ROOT) -> str:
    """A hash of the code that measures. Raises OSError."""
    found = {str(p.relative_to(root)): p for pattern in MEASURING for p in root.glob(pattern)}
    found.update({f"{THREAD[0]}/{p.name}": p for p in thread(root).glob("*.c")})
    digest = hashlib.sha256()
    for name, path in sorted(found.items()):
        digest.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
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
    "" where there are no answers. A quick look takes nobody's whole run away,
    but is better than nothing. Raises OSError."""
    path = tree / NAME
    if not (tree / "answers.toml").is_file():
        return ""
    if data.get("quick") and _is_whole(path, _measured(data)):
        return f"not handed in: a quick look; {path} stays what a whole run has left. To replace it: make compare\n"
    told = {name: data[name] for name in (*PARTS, "hash") if name in data}
    write_text(path, json.dumps(told) + "\n")
    return f"to hand in: {path}, beside your answers\n" \
        + ("            of a quick look: make compare measures better\n" if data.get("quick") else "")


def _measured(data: dict) -> set:
    return {server["name"] for server in data["servers"] if not server["why"]}


def _is_whole(path: Path, servers: set) -> bool:
    """Whether a file is a whole run's, as it was written, of these servers at
    least. Those of old do not say whether they are; their command does."""
    try:
        data = json.loads(path.read_text())
        quick = data.get("quick", "QUICK=" in data["command"])
        return not quick and data["hash"] == digest(data) and servers <= _measured(data)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return False
