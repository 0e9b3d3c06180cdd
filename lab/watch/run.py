"""One run of the grader, which can be ended half way.

It has a session of its own, so that Ctrl-C on the terminal is not the
grader's but ours: we tell it to stop, wait until it has taken its servers
with it, and leave only then. What it prints goes through us, because nobody
wants to read the last words of a run that was ended.
"""

import os
import signal
import subprocess
import sys
import threading
from typing import Sequence

PATIENCE = 20           # seconds in which a grader that was told to stop has gone


class Run:
    """A grader at work; its lines are printed as they come."""

    def __init__(self, command: Sequence[str], colour: bool):
        """Raises OSError."""
        self._ended = False
        environment = {**os.environ, **({"FORCE_COLOR": "1"} if colour else {})}
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         stderr=subprocess.STDOUT, env=environment, start_new_session=True)
        self._reader = threading.Thread(target=self._copy, daemon=True)
        self._reader.start()

    def _copy(self) -> None:
        for line in self._process.stdout:
            if not self._ended:
                sys.stdout.buffer.write(line)
                sys.stdout.flush()

    @property
    def over(self) -> bool:
        return self._process.poll() is not None

    def status(self) -> int:
        """Its exit status, when all that it has said was printed."""
        self._process.wait()
        self._reader.join(PATIENCE)
        return self._process.returncode

    def end(self) -> None:
        """Have it stop, and everything that it has started; return when it has."""
        self._ended = True
        if not self.over:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        self._reader.join(PATIENCE)
