"""A client waits two seconds, and after one the server is told to stop.

Says which processes and threads there are before and after, how many threads
are left meanwhile, whether the client had its reply, and how the server ended.
"""

import os
import select
import signal
import time
from typing import List

from server import Process, Server, answered

WAIT = 2000
DEADLINE = 5  # after so many seconds main.c ends the program, with status 1
PATIENCE = 15


def tree(processes: List[Process], parent: int, depth: int = 1) -> None:
    """Print the processes below parent, children under their parents."""
    for p in processes:
        if p.parent == parent:
            more = f", {p.threads} threads" if p.threads > 1 else ""
            zombie = ", a zombie" if p.state == "Z" else ""
            print(f"{'    ' * depth}{p.pid} {p.name}{more}{zombie}")
            tree(processes, p.pid, depth + 1)


def threads(server: Server) -> int:
    """How many threads the server itself has; 0 when it has ended."""
    return sum(p.threads for p in server.members()
               if p.pid == server.pid and p.state != "Z")


def ending(status: int, seconds: float) -> str:
    """How the server ended, in words."""
    if status == 1 and seconds >= DEADLINE - 0.1:
        return "the server was ended by its own deadline, status 1"
    return f"the server has ended, status {status}"


def watch(server: Server, conn) -> str:
    """Tell what happens from the stop on; how the client fared."""
    left, reply = threads(server), ""
    many = left > 1
    start = time.monotonic()

    def say(what: str, when: str = "") -> None:
        print(f"{time.monotonic() - start:7.2f} s  {what}"
              + (f"; threads{when}: {left}" if many else ""), flush=True)

    os.kill(server.pid, signal.SIGTERM)
    say("SIGTERM is sent")
    while time.monotonic() - start < PATIENCE:
        ended = server.process.poll() is not None
        now = threads(server)
        if 0 < now != left:
            left = now
            say("some have left" if many else "there are more")
            many = True
        if not reply and select.select([conn], [], [], 0.01)[0]:
            reply = "its reply" if answered(conn) else "no reply"
            left = threads(server) or left
            say(f"the client has {reply}")
        if ended:
            say(ending(server.process.returncode, time.monotonic() - start),
                " just before")
            return reply or "not yet a reply"
        if reply:
            time.sleep(0.01)
    say("the server still has not ended; killing it")
    return reply or "no reply"


def main(program: str) -> int:
    with Server(program) as server:
        conn = server.ask(WAIT)
        time.sleep(WAIT / 2000)  # the experiment itself: half of its request
        print("before:")
        tree(server.members(), os.getpid())
        fared = watch(server, conn)
        left = server.members()
        print("after:" if left else "after: nobody is left")
        for p in left:
            print(f"    {p.pid} {p.name}, its parent is {p.parent}")
        if fared == "not yet a reply":
            print("the client, later, has",
                  "its reply" if answered(conn) else "no reply")
    return 0
