"""What the experiments share: a server of their own, clients, and /proc."""

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import Callable, Dict, List


END = 3     # seconds after a reply by which its connection has surely ended


@dataclass
class Process:
    """One line of ps."""

    pid: int
    parent: int
    state: str  # R running, S waiting, T stopped, Z zombie
    threads: int
    name: str


class Server:
    """A server in a session of its own, so that all it starts can be found.

    Use it in a with statement: nothing of it is left at the end.
    """

    def __init__(self, program: str, *options: str, **environment: str):
        self.process = subprocess.Popen(
            [program, "-p", "0", "-i", "60000", *options],
            stdout=subprocess.PIPE, text=True, start_new_session=True,
            pass_fds=[int(v) for k, v in environment.items() if k == "COUNT"],
            env={**os.environ, **environment})
        self.pid = self.process.pid
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            self.end()
            raise SystemExit(f"try: {program} never listened; it ended with"
                             f" status {self.process.returncode}")
        self.port = int(line.rsplit(":", 1)[1])

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_) -> None:
        self.end()

    def end(self) -> None:
        """Kill whatever is left of the server, children included."""
        left = self.members()  # once the server is gone, who else is its?
        self.process.kill()
        for process in left:
            try:
                os.kill(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.process.stdout.close()

    def members(self) -> List[Process]:
        """Every process of the server's session, zombies and orphans too."""
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/stat") as file:
                    head, rest = file.read().rsplit(")", 1)
            except OSError:  # it went while we looked
                continue
            fields = rest.split()
            if int(fields[3]) == self.pid:
                found.append(Process(int(entry), int(fields[1]), fields[0],
                                     int(fields[17]), head.split("(", 1)[1]))
        return found

    def children(self, state: str = "") -> List[Process]:
        """The server's own children, or those of them in one state."""
        return [p for p in self.members()
                if p.parent == self.pid and state in p.state]

    def status(self) -> Dict[str, str]:
        """/proc/PID/status as a table."""
        with open(f"/proc/{self.pid}/status") as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file
                        if ":\t" in line)

    def ask(self, wait: int = 0, gated: bool = False) -> socket.socket:
        """A client that has asked; gated, it keeps its last byte to itself."""
        conn = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        conn.sendall(f"POST /echo?wait={wait} HTTP/1.1\r\nHost: lab\r\n"
                     f"Content-Length: 5\r\n\r\nhell{'' if gated else 'o'}"
                     .encode())
        return conn


def answered(conn: socket.socket) -> bool:
    """Read to the end of the connection and close; whether a whole reply came.

    Ends the experiment where the reply is whole and the connection goes on.
    """
    reply = b""
    with conn:
        try:
            while piece := conn.recv(4096):
                reply += piece
                if whole(reply):
                    conn.settimeout(END)
        except OSError:
            if whole(reply):
                raise SystemExit(
                    "try: a client has its whole reply, and its connection"
                    f" has not ended {END} seconds later: a process still has"
                    " it open, or never lets it go") from None
            return False
    return whole(reply)


def whole(reply: bytes) -> bool:
    """Whether these bytes are a good reply, to its last byte."""
    return reply.startswith(b"HTTP/1.1 200 ") and reply.endswith(b"hello")


def eventually(condition: Callable[[], bool], seconds: float = 5) -> bool:
    """Poll until condition() holds; False if it never does in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True
