"""Grade the reference again and again: what it takes, and whether it stays right."""
import json
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 900         # seconds for one grade


def grade(submission: Path, *options: str) -> dict:
    """Grade a submission into a directory of its own and return the result.

    Raises RuntimeError when it could not be graded."""
    with tempfile.TemporaryDirectory(prefix="clk-bench-") as out:
        command = [str(ROOT / "grader" / "grade"), "--out", out, *options, str(submission)]
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, timeout=LIMIT,
                              capture_output=True, text=True)
        path = Path(out, submission.name, "result.json")
        if done.returncode or not path.exists():
            raise RuntimeError(f"{submission} could not be graded:\n{done.stdout[-2000:]}{done.stderr}")
        return json.loads(path.read_text("utf-8"))
