"""A name that nobody defined shows only when its line is run; pyflakes reads them all."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def undefined(*files: Path) -> list[str]:
    done = subprocess.run(["pyflakes3", *map(str, files)], capture_output=True, text=True, timeout=100)
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if "undefined name" in line]


@pytest.fixture(autouse=True)
def reader():
    if not shutil.which("pyflakes3") and not os.environ.get("REQUIRE_TOOLS"):
        pytest.skip("pyflakes3 is not installed")


def test_no_python_file_uses_a_name_that_nobody_defined():
    files = [f for top in ("grader", "lab") for f in (ROOT / top).rglob("*.py")]
    programs = [ROOT / name for name in ("grader/grade", "lab/run")]
    assert len(files) > 100
    assert undefined(*files, *programs) == []


def test_such_a_name_is_seen(tmp_path):
    (tmp_path / "wrong.py").write_text("def f():\n    return nobody\n")
    assert len(undefined(tmp_path / "wrong.py")) == 1
