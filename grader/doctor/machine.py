"""The machine itself: what it is, how much of it one gets, who else is there."""

import errno
import os
import platform
import resource
import socket
import sys
from pathlib import Path

from grader.doctor.answer import Answer, run

PORT = 8080                     # the Makefile's
NEXT = 50                       # so many ports does lab/run try
YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
CONTAINER = (
    "the lab needs Linux; it brings a container, which is built for your"
    " machine's own processor:\n"
    "  in VS Code: open this directory, then \"Dev Containers: Reopen in"
    " Container\"\n"
    "  without it: docker build -t clk-lab -f .devcontainer/Dockerfile .\n"
    "              docker run -it --rm --name lab --cap-add=SYS_PTRACE"
    " --security-opt=seccomp=unconfined \\\n"
    "                  -v \"$PWD:/lab\" -w /lab clk-lab\n"
    "              docker exec -it lab bash    # your second terminal")


def system() -> Answer:
    """Only Linux has what the grader looks at."""
    name, arch = platform.system(), platform.machine()
    what = f"{name} {platform.release()} on {arch}"
    if name != "Linux":
        return Answer(False, what, CONTAINER, fatal=True)
    return Answer(arch in ("x86_64", "aarch64"), what,
                  "only x86-64 and arm64 have been thought of")


def python() -> Answer:
    return Answer(sys.version_info >= (3, 9),
                  f"python {platform.python_version()} ({sys.executable})",
                  "version 3.9 or later is needed", fatal=True)


def cores() -> Answer:
    count = len(os.sched_getaffinity(0))
    return Answer(count >= 2, f"more than one core: {count}",
                  "times will say little; counts are as good as anywhere")


def load() -> Answer:
    """Whether others use this machine too: a login host, say."""
    lately, count = os.getloadavg()[0], os.cpu_count() or 1
    return Answer(lately <= count, f"a quiet machine: load {lately:.1f} on {count} cores",
                  "others are busy here: checks take longer and cost no points"
                  " for it; run make compare when it is quieter")


def limits() -> Answer:
    """A check holds up to 64 clients and as many processes at once."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    tasks = resource.getrlimit(resource.RLIMIT_NPROC)[0]
    say = {resource.RLIM_INFINITY: "any number of"}
    return Answer(
        (files < 0 or files >= 512) and (tasks < 0 or tasks >= 512),
        f"ulimit: {say.get(files, files)} files, {say.get(tasks, tasks)}"
        " processes", "512 of each are needed: ulimit -n 512 -u 512")


def port() -> Answer:
    """A port that somebody else has is nobody's fault: make run takes the next."""
    for candidate in range(PORT, PORT + NEXT):
        if not _is_free(candidate):
            continue
        taken = "" if candidate == PORT else \
            f"; {PORT} is taken, so make run takes that one and says so"
        return Answer(True, f"port {candidate} is free{taken}")
    return Answer(False, f"no port from {PORT} to {PORT + NEXT - 1} is free",
                  "make run PORT=20000 looks from there on")


def _is_free(number: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def namespaces() -> Answer:
    """What surely ends everything that a server has started."""
    as_root = os.geteuid() == 0
    user = () if as_root else ("--user", "--map-root-user")
    done = run("unshare", *user, "--pid", "--net", "--fork", "--kill-child",
               "true")
    level = "as root" if as_root else "without root"
    return Answer(bool(done and done.returncode == 0),
                  f"process and network namespaces, {level}",
                  "servers run in a weaker box; the report says so")


def looking() -> Answer:
    """Whether gdb, in one terminal, may look at a server in another."""
    try:
        scope = int(YAMA.read_text())
    except (OSError, ValueError):
        scope = 0               # a kernel that does not ask
    allowed = scope == 0 or (scope < 3 and os.geteuid() == 0)
    return Answer(allowed, "gdb may look at a running server",
                  f"kernel.yama.ptrace_scope is {scope}, so make stuck cannot"
                  " say where threads stand; until the next start:"
                  " sudo sysctl kernel.yama.ptrace_scope=0")
