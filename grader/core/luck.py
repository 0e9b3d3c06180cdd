"""Build the legal bad luck of lab/chaos: a library to be preloaded into a
server, and a runtime to be linked to one."""
import subprocess
import threading
from pathlib import Path

from grader.core.build import ROOT, Recipe

CHAOS = ROOT / "lab" / "chaos"
WRAPPED = ("pthread_mutex_unlock", "pthread_rwlock_unlock", "pthread_spin_unlock", "sem_post",
           "pthread_cond_signal", "pthread_cond_broadcast", "pthread_cond_wait", "pthread_create",
           "fork", "close", "pause")


class Luck:
    """Both halves, each built in `into`, a directory that exists, when it is
    first asked for. Several threads may ask.

    Raises RuntimeError if our own source does not build."""

    def __init__(self, into: Path):
        self._into = into
        self._lock = threading.Lock()       # guards what is in there

    @property
    def shim(self) -> Path:
        """A library for LD_PRELOAD."""
        return self._built("chaos.so", "-fPIC", "-shared", *_half("shim"), "-ldl", "-pthread")

    @property
    def recipe(self) -> Recipe:
        """For code of the part that is delayed at shared memory."""
        delay = self._built("delay.o", "-r", *_half("delay"))
        # -Wno-tsan: gcc warns of fences, which libtsan does not understand. We need not.
        return Recipe(part=("-fsanitize=thread", "-Wno-tsan"),
                      link=(str(delay), *(f"-Wl,--wrap={call}" for call in WRAPPED)))

    def _built(self, name: str, *args: str) -> Path:
        path = self._into / name
        with self._lock:
            if not path.exists():
                _gcc(path, *args)
        return path


def _half(name: str) -> list[str]:
    return [str(file) for file in (CHAOS / "luck.c", *sorted((CHAOS / name).glob("*.c")))]


def _gcc(path: Path, *args: str) -> None:
    command = ["gcc", "-std=c11", "-D_GNU_SOURCE=", "-Wall", "-Wextra", "-O1", *args, "-o", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise RuntimeError(f"lab/chaos does not build: {done.stderr}")
    path.chmod(0o755)
