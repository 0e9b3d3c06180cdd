"""Build the legal bad luck of lab/chaos, to be preloaded into a server."""
import subprocess
from pathlib import Path
from typing import Optional

from grader.core.build import ROOT

SOURCE = ROOT / "lab" / "chaos" / "shim.c"


def build_shim(into: Path) -> Optional[Path]:
    """Returns the library. Raises RuntimeError if our own source does not build."""
    library = into / "chaos.so"
    command = ["gcc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-O1", "-fPIC", "-shared",
               str(SOURCE), "-o", str(library), "-ldl", "-pthread"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise RuntimeError(f"lab/chaos does not build: {done.stderr}")
    library.chmod(0o755)
    return library
