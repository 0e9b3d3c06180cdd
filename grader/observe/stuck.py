"""Where the threads of a server that stands still are, and what they wait for.

    python3 -m grader.observe.stuck [PID]

asks gdb for the stacks, /proc for the words that the threads sleep on, and a
mutex for its owner. Nothing is decided by it: a hang is what the clients saw.
"""
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from grader.observe import proc

SCRIPT = Path(__file__).with_name("gdb_look.py")
FUTEX = {"x86_64": 202, "aarch64": 98}.get(os.uname().machine, -1)
PATIENCE = 10           # seconds for gdb
NO_STACKS = "(no stacks:"
EACH_OTHER = "in a ring: each waits for the lock that the next one holds"
MEMORY = 2 << 30
# What a thread waits for, by a function of libc's or the lab's on its stack.
WAITS = [(re.compile(pattern), what) for pattern, what in (
    (r"pthread_cond_", "condition variable"),
    (r"mutex_lock|lll_lock_wait|mutex_timedlock", "mutex"),
    (r"sem_(wait|timedwait|clockwait)", "semaphore"),
    (r"pthread_rwlock_", "read-write lock"),
    (r"pthread_barrier_wait", "barrier"),
    (r"pthread_\w*join", "end of a thread"),
    (r"^(__)?wait(4|pid|id)?$", "end of a child"),
    (r"^echo_client$", "client"),
    (r"^net_accept$|^(__libc_|__)?accept4?(64)?$", "new client"))]


@dataclass
class Thread:
    """One thread as it was seen. role is "the acceptor", "worker 2", ..."""

    tid: int
    role: str
    frames: list[dict] = field(default_factory=list)
    owner: int = 0                  # of the mutex it waits for, a tid

    @property
    def waits(self) -> str:
        """What kind of thing it waits for, or ""."""
        for frame in self.frames:
            if frame["file"] and _own(frame["file"]):
                continue            # a student's own function may have any name
            for pattern, what in WAITS:
                if pattern.search(frame["function"]):
                    return what
        return ""

    @property
    def name(self) -> str:
        """What the source calls the thing, where that is known: in the part's
        own words first, since sem.h calls every semaphore s."""
        named = [f for f in self.frames if f["name"]]
        own = [f for f in named if _own(f["file"])]
        return (own or named or [{"name": ""}])[0]["name"]

    @property
    def place(self) -> str:
        """The innermost line of the part's own code: "pool/queue.c:31"."""
        own = next((f for f in self.frames if f["file"] and _own(f["file"])), None)
        return f"{'/'.join(own['file'].split('/')[-2:])}:{own['line']}" if own else ""

    @property
    def path(self) -> str:
        """The functions of the part and the lab it is in: "serve > queue_put"."""
        return " > ".join(f["function"] for f in reversed(self.frames) if f["file"]).removeprefix("main > ")

    @property
    def serves(self) -> bool:
        return any(f["function"] == "echo_client" for f in self.frames)

    @property
    def what(self) -> str:
        """`q->lock`, or "a mutex" where the name is not known."""
        if self.waits == "mutex" or self.waits.endswith(("semaphore", "variable", "lock", "barrier")):
            return f"`{self.name}`" if self.name else f"a {self.waits}"
        return {"end of a thread": "the end of a thread", "end of a child": "the end of a child",
                "client": "a client's bytes", "new client": "a new client"}.get(self.waits, "")


@dataclass
class Look:
    """All threads of one process. reason: why there are no stacks, or ""."""

    pid: int
    threads: list[Thread]
    reason: str = ""

    @property
    def place(self) -> str:
        """The lines at which it hangs, as one word; "" while a thread serves
        a client, because that may be what it waits for, or where unknown."""
        if self.reason or any(t.serves for t in self.threads):
            return ""
        return " ".join(sorted({t.place for t in self.threads if t.place}))

    def sentences(self) -> list[str]:
        """One for each thread: what it waits for, who has that, and where they are."""
        if self.reason:
            return [*proc.threads_text(self.pid).splitlines(), f"{NO_STACKS} {self.reason})"]
        ring = [t.role for t in self.ring()]
        told = [f"{', '.join(ring[:-1])} and {ring[-1]} are {EACH_OTHER}"] if ring else []
        return [self._sentence(t) for t in self.threads] + told

    def ring(self) -> list[Thread]:
        """Threads of which each waits for a mutex of the next one's, and the
        last for one of the first's; [] if there are none. (Who waits for what
        it has itself is no ring: that is one lock, taken twice.)"""
        waiting = {t.tid: t for t in self.threads if t.waits == "mutex"}
        for thread in waiting.values():
            seen: list[Thread] = []
            while thread and thread not in seen:
                seen.append(thread)
                thread = waiting.get(thread.owner)
            ring = seen[seen.index(thread):] if thread else []
            if len(ring) > 1:
                return ring
        return []

    def text(self) -> str:
        return "\n".join(self.sentences())

    def _sentence(self, thread: Thread) -> str:
        at = f", at {thread.place} ({thread.path})" if thread.place else ""
        said = f"{thread.role} waits for {thread.what}" if thread.what else f"{thread.role} is in {_inner(thread)}"
        holder = next((t for t in self.threads if t.tid == thread.owner), None)
        if thread.waits != "mutex" or not thread.owner:
            return said + at
        if holder is None:
            return f"{said}{at}, owned by a thread that has ended"
        if holder is thread:
            return f"{said}{at}, which it owns itself"
        there = f", which is at {holder.place or _inner(holder)}"
        waiting = f" waiting for {holder.what}" if holder.what else ""
        return f"{said}{at}, owned by {holder.role}{there}{waiting}"


def _own(path: str) -> bool:
    return Path(path).parent.name != "lab"


def _inner(thread: Thread) -> str:
    return thread.frames[0]["function"] if thread.frames else "code without a name"


def look(pid: int, uid: Optional[int] = None, program: Optional[Path] = None) -> Look:
    """Look at a process that stands still; it goes on afterwards. gdb runs as
    the user uid, the process's own, so that nobody gains by misleading it."""
    words = _words(pid)
    if not shutil.which("gdb"):
        return Look(pid, [], "gdb is not installed: apt-get install gdb")
    try:
        seen = _gdb(pid, uid, program or Path(os.readlink(f"/proc/{pid}/exe")), words)
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        return Look(pid, [], str(error) or type(error).__name__)
    inside = {_inside(pid, t): t for t in proc.threads(pid)}
    threads = [Thread(t["tid"], "", t["frames"], inside.get(t["owner"], -1 if t["owner"] else 0))
               for t in sorted(seen, key=lambda t: t["tid"])]
    _give_roles(pid, threads)
    return Look(pid, threads)


def _words(pid: int) -> dict[int, int]:
    """tid -> the word that the thread sleeps on, for those in futex."""
    words = {}
    for tid in proc.threads(pid):
        try:
            call = Path(f"/proc/{pid}/task/{tid}/syscall").read_text().split()
        except OSError:
            continue
        if len(call) > 2 and call[0] == str(FUTEX):
            words[tid] = int(call[1], 16)
    return words


def _inside(pid: int, tid: int) -> int:
    """The thread's id in its own PID namespace: what a mutex knows it by."""
    try:
        status = Path(f"/proc/{pid}/task/{tid}/status").read_text()
    except OSError:
        return -tid
    return int(re.search(r"^NSpid:.*?(\d+)$", status, re.M)[1])


def _gdb(pid: int, uid: Optional[int], program: Path, words: dict[int, int]) -> list[dict]:
    """Raises OSError without gdb, ValueError when it says nothing useful.

    gdb gets our script as a word: its user may not be able to come where we lie."""
    settings = "set auto-load no", "set debuginfod enabled off", "set sysroot /", "set pagination off"
    command = ["gdb", "-nx", "-nh", "-q", "-batch", *(w for s in settings for w in ("-iex", s)),
               str(program), "-p", str(pid), "-ex", f"python exec({SCRIPT.read_text('utf-8')!r})"]
    if uid is not None and uid != os.geteuid():
        command = ["setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups", *command]
    gdb = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           start_new_session=True, text=True, errors="replace", cwd="/", preexec_fn=_limit,
                           env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C",
                                "HOME": "/nonexistent", "WAITS": json.dumps(words)})
    try:
        out, err = gdb.communicate(timeout=PATIENCE)
    except BaseException:
        os.killpg(gdb.pid, signal.SIGKILL)
        gdb.communicate()
        raise
    said = next((l[5:] for l in out.splitlines() if l.startswith("LOOK ")), None)
    if said is None:
        # A line that begins with a number is of a source that is not there, and no fault.
        words_of_gdb = [l for l in err.splitlines() if l and not l.startswith("warning") and not l[0].isdigit()]
        raise ValueError(f"gdb says: {words_of_gdb[-1] if words_of_gdb else 'nothing'}"[:200])
    return json.loads(said)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _give_roles(pid: int, threads: list[Thread]) -> None:
    """The acceptor is who runs serve; others are told apart by where they began."""
    started: dict[str, list[Thread]] = {}
    for thread in threads:
        functions = [f["function"] for f in thread.frames]
        if thread.tid == pid:
            thread.role = "the acceptor" if "serve" in functions and not thread.serves else "the main thread"
            continue
        begin = functions.index("start_thread") - 1 if "start_thread" in functions[1:] else -1
        own = [f["function"] for f in thread.frames if f["file"] and _own(f["file"])]
        started.setdefault(functions[begin] if begin >= 0 else own[-1] if own else "?", []).append(thread)
    for function, group in started.items():
        many = len(group) > 1 or len(started) == 1
        for n, thread in enumerate(group, 1):
            thread.role = f"worker {n}" if many else f"the thread of {function}()"


def server_here() -> int:
    """The pid behind the address in .server. Raises ValueError if there is none."""
    try:
        port = int(Path(".server").read_text().rpartition(":")[2])
    except (OSError, ValueError):
        raise ValueError("no server runs here; start one with make run, in another terminal") from None
    inodes = {c.inode for c in proc.connections(port) if c.state == proc.LISTEN}
    pids = [int(p) for p in os.listdir("/proc") if p.isdigit()]
    found = [p for p in pids if inodes and proc.sockets(p) & inodes]
    if not found:
        raise ValueError(f"nobody listens on port {port} any more")
    return min(found)


def main(args: list[str]) -> int:
    try:
        first = _chosen(args[0]) if args else server_here()
    except ValueError as error:
        print(f"stuck: {error}", file=sys.stderr)
        return 2
    looks = [look(pid) for pid in [first, *map(int, _children(first))]]
    for seen in looks:
        if seen.pid != first:
            print(f"process {seen.pid}:")
        print(seen.text())
    return 1 if any(seen.reason for seen in looks) else 0


def _chosen(word: str) -> int:
    """The pid that somebody typed. Raises ValueError if it is nobody's here."""
    if not word.isdigit() or not proc.alive(int(word)):
        raise ValueError(f"there is no process {word}")
    if os.geteuid() not in (0, os.stat(f"/proc/{word}").st_uid):
        raise ValueError(f"process {word} is another user's")
    return int(word)


def _children(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
