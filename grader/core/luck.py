"""Build the legal bad luck of lab/chaos: a library to be preloaded into a
server, and a runtime to be linked to one."""
import subprocess
from dataclasses import dataclass
from pathlib import Path

from grader.core.build import ROOT, Recipe

CHAOS = ROOT / "lab" / "chaos"
WRAPPED = ("pthread_mutex_unlock", "pthread_rwlock_unlock", "pthread_spin_unlock", "sem_post",
           "pthread_cond_signal", "pthread_cond_broadcast", "pthread_cond_wait", "pthread_create",
           "fork", "close", "pause")


@dataclass(frozen=True)
class Luck:
    shim: Path          # for LD_PRELOAD
    recipe: Recipe      # code of the part that is delayed at shared memory


def build_luck(into: Path) -> Luck:
    """Build both halves in a directory that exists.

    Raises RuntimeError if our own source does not build."""
    shim, delay = into / "chaos.so", into / "delay.o"
    _gcc("-fPIC", "-shared", *_half("shim"), "-o", str(shim), "-ldl", "-pthread")
    _gcc("-r", *_half("delay"), "-o", str(delay))
    # -Wno-tsan: gcc warns of fences, which libtsan does not understand. We need not.
    return Luck(shim, Recipe(part=("-fsanitize=thread", "-Wno-tsan"),
                             link=(str(delay), *(f"-Wl,--wrap={call}" for call in WRAPPED))))


def _half(name: str) -> list[str]:
    return [str(file) for file in (CHAOS / "luck.c", *sorted((CHAOS / name).glob("*.c")))]


def _gcc(*args: str) -> None:
    command = ["gcc", "-std=c11", "-D_GNU_SOURCE=", "-Wall", "-Wextra", "-O1", *args]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise RuntimeError(f"lab/chaos does not build: {done.stderr}")
    Path(args[args.index("-o") + 1]).chmod(0o755)
