"""What a question finds out, and the small questions about tools."""

import re
import subprocess
import sys
from typing import NamedTuple, Optional, Tuple

QUIET = dict(stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
             errors="replace", check=False, timeout=60)


class Answer(NamedTuple):
    """What one question found out."""

    fine: bool
    what: str
    then: str = ""                  # what to do about it, or what goes without
    packages: str = ""              # Debian's, which would mend it
    checks: Tuple[str, ...] = ()    # the checks that stay unmeasured
    fatal: bool = False             # nothing works without


def run(*command: str, **more) -> Optional[subprocess.CompletedProcess]:
    """The finished command, or None where it is not there or hangs."""
    try:
        return subprocess.run(command, **{**QUIET, **more})
    except (OSError, subprocess.TimeoutExpired):
        return None


def version(command: str) -> str:
    """The first number with a dot in what `command --version` says, or ''."""
    done = run(command, "--version")
    found = re.search(r"\d+(\.\d+)+", done.stdout) if done else None
    return found.group() if found else ""


def tool(name: str, packages: str, without: str = "", fatal: bool = False) -> Answer:
    """Whether a command is there, and which version."""
    number = version(name)
    return Answer(bool(number), f"{name} {number}".strip(), without, packages,
                  fatal=fatal)


def module(name: str, packages: str, without: str = "", fatal: bool = False) -> Answer:
    """Whether this Python can import name."""
    done = run(sys.executable, "-c", f"import {name}")
    return Answer(bool(done and done.returncode == 0), f"python module {name}",
                  without, packages, fatal=fatal)


def header(name: str, packages: str, without: str) -> Answer:
    """Whether the compiler finds a header."""
    done = run("gcc", "-E", "-x", "c", "-", input=f"#include <{name}>\n")
    return Answer(bool(done and done.returncode == 0), packages, without,
                  packages)
