"""A terminal of 80 columns in which a command runs, and what stands in it."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Callable, List

import pytest

from grader.tests import way

COLUMNS, LINES = 80, 40
DEADLINE = 250          # seconds, for what takes ten
ESCAPE = re.compile(r"\x1b\[[\d;]*m")
ENDED = "ended with"    # said when the command is over


def need() -> None:
    """Skip where there is no tmux, or fail where nothing may be missing."""
    if not shutil.which("tmux"):
        if os.environ.get("REQUIRE_TOOLS"):
            pytest.fail("tmux is not installed and REQUIRE_TOOLS is set")
        pytest.skip("tmux is not installed")


class Terminal:
    """A tmux of its own, with one window. Its command is a line of the shell."""

    def __init__(self, here: Path, command: str, **more: str):
        need()
        self.directory = tempfile.mkdtemp(prefix="tmux-")     # short: it is a socket's name
        environment = way.environment(TMUX_TMPDIR=self.directory, LC_ALL="C.UTF-8", **more)
        self.environment = {k: v for k, v in environment.items() if k != "TMUX"}
        # The trap keeps Ctrl-C from ending the shell, and tmux with it.
        line = f"trap : INT; TERM=screen-256color {command}; echo {ENDED} $?; exec sleep 1000"
        self._tmux("-u", "-f", os.devnull, "new-session", "-d", "-x", str(COLUMNS), "-y", str(LINES),
                   "-c", str(here), "sh", "-c", line)

    def _tmux(self, *words: str) -> str:
        return subprocess.run(["tmux", "-L", "way", *words], env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, encoding="utf-8", timeout=DEADLINE, check=True).stdout

    def _captured(self, *how: str) -> List[str]:
        # -S -: from the first line, also of what has been scrolled away.
        return self._tmux("capture-pane", "-p", "-S", "-", *how).rstrip().splitlines()

    @property
    def lines(self) -> List[str]:
        """What stands there, as it is shown."""
        return self._captured()

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def painted(self) -> str:
        """The same with the escapes that colour it."""
        return "\n".join(self._captured("-e"))

    @property
    def wrapped(self) -> List[str]:
        """The lines that were too long for the terminal, whole."""
        return [line for line in self._captured("-J") if len(line.rstrip()) > COLUMNS]

    def type(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def until(self, condition: Callable[[], object]) -> bool:
        """Whether it comes true before the deadline."""
        end = time.monotonic() + DEADLINE
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    def close(self) -> None:
        self._tmux("kill-server")
        shutil.rmtree(self.directory)
