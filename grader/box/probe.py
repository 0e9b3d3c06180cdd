"""Find the best box that works here, by running things in it."""
import functools
import os
import tempfile
from typing import List, Optional, Tuple

from grader.box import network, proc, user, workdir
from grader.box.box import Box, BoxError, Limits, Mode

LEVELS = "uid", "practice"
ALWAYS_MISSING = ["own-root", "disk-quota", "cgroup"]
ATTACK = """
exec 2>/dev/null
kill -0 "$1" && echo kill
read -r line <"$2" && echo read
read -r line <"/proc/$1/environ" && echo environ
[ -n "$CLK_PROBE" ] && echo env
[ "$(ulimit -c)" = 0 ] || echo core
echo done
"""
DAEMON = "(setsid sleep 600 >/dev/null 2>&1 &) ; exit 3"
MINE = {"kill", "read", "environ"}     # the same user may always do these


def found(level: Optional[str]) -> Tuple[Mode, List[str]]:
    """The mode of that level and what it lacks.

    Raises BoxError if that level, or with None any, cannot be had."""
    if level == "full":
        raise BoxError("the level full is not there yet; there are: uid, "
                       "practice")
    if level not in (None, *LEVELS):
        raise BoxError(f"no level is called {level!r}; there are: uid, "
                       "practice")
    users = user.can_be_had()
    if level == "uid" and not users:
        raise BoxError("the level uid needs root, and users "
                       f"{user.FIRST} to {user.LAST}")
    if level == "practice" and users:
        raise BoxError("the level practice is for an ordinary user; root "
                       "takes uid")
    return _best(users)


@functools.lru_cache(maxsize=None)
def _best(users: bool) -> Tuple[Mode, List[str]]:
    if not users and os.geteuid() == 0 == user.outside():
        raise BoxError("root without the right to become another user would "
                       "run programs as root: be an ordinary user instead")
    workdir.sweep()
    reasons = []
    for flags in ("pm", "p", "-") if users else ("pmu", "pu", "-"):
        mode = Mode(users, flags)
        try:
            return mode, prove(mode)
        except BoxError as error:
            reasons.append(str(error))
    raise BoxError("no box works here: " + "; ".join(reasons))


def lacks(mode: Mode) -> List[str]:
    """The words for what boxes of that mode do not have."""
    missing = list(ALWAYS_MISSING)
    if not mode.users:
        missing.append("uid")
    if "p" not in mode.flags:
        missing.append("pidns")
    elif "m" not in mode.flags:
        missing.append("own-proc")
    if not network.private():
        missing.append("netns")
    return missing


def prove(mode: Mode) -> List[str]:
    """Run /bin/true and attacks in such a box. Returns what it lacks; raises
    BoxError if something gets through that must not."""
    box = Box(mode, [])
    done = box.run(["/bin/true"], timeout=10)
    if (done.status.kind, done.status.value) != ("exit", 0):
        raise BoxError(f"/bin/true in the box: {done.status}")
    allowed = set() if mode.users else MINE
    through = _attacks(box) - allowed
    if through:
        raise BoxError(f"the box does not hold: {', '.join(sorted(through))}")
    _daemon_is_gone(box)
    return lacks(mode)


def _attacks(box: Box) -> set:
    with tempfile.NamedTemporaryFile() as secret:
        secret.write(b"secret\n")
        secret.flush()
        os.environ["CLK_PROBE"] = "1"
        try:
            done = box.run(["/bin/sh", "-c", ATTACK, "sh", str(os.getpid()),
                            secret.name], timeout=10)
        finally:
            del os.environ["CLK_PROBE"]
    words = set(done.stdout.decode().split())
    if "done" not in words:
        raise BoxError(f"a shell in the box: {done.status}")
    return words - {"done"}


def _daemon_is_gone(box: Box) -> None:
    with box.start(["/bin/sh", "-c", DAEMON], limits=Limits(wall=30)) as run:
        if run.wait(10) is None or run.poll().value != 3:
            raise BoxError(f"a daemon's parent in the box: {run.poll()}")
        left = run.members()
        if len(left) != 1 or run.end() != 1:
            raise BoxError(f"a daemon in the box was not counted: {left}")
    if left[0] in proc.snapshot():
        raise BoxError("a daemon outlived the box")
