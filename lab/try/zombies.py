"""20 children end while the server stands still. How many zombies stay?

The server is stopped, its children answer their clients and end, and it
continues. build/count.so, in front of the C library, counts how often the
server's handler for SIGCHLD runs.
"""

import os
import signal

from server import Server, answered, eventually

CLIENTS = 20
COUNT = "build/count.so"


def idle(server: Server) -> bool:
    """Whether the server waits and no SIGCHLD is on its way to it."""
    status = server.status()
    pending = int(status["SigPnd"], 16) | int(status["ShdPnd"], 16)
    return status["State"][0] == "S" and not (
        pending >> (signal.SIGCHLD - 1) & 1)


def living(server: Server) -> int:
    """How many of the server's children have not ended."""
    return sum(p.state != "Z" for p in server.children())


def main(program: str) -> int:
    runs, counter = os.pipe()
    with Server(program, LD_PRELOAD=os.path.abspath(COUNT),
                COUNT=str(counter)) as server:
        conns = [server.ask(gated=True) for _ in range(CLIENTS)]
        if not eventually(lambda: len(server.children()) >= CLIENTS, 3):
            print(f"try: {CLIENTS} clients are in service, and the server has"
                  f" {len(server.children())} children: there is nobody to"
                  " reap. Is 1a done?")
            return 1
        eventually(lambda: idle(server))    # it has let the last client go
        os.kill(server.pid, signal.SIGSTOP)
        eventually(lambda: server.status()["State"][0] == "T")
        for conn in conns:
            conn.sendall(b"o")
        if not all([answered(conn) for conn in conns]):
            print("try: a child gave no reply")
            return 1
        # Who ignores SIGCHLD has no zombies, so it is the living that count.
        eventually(lambda: living(server) == 0)
        deaths = CLIENTS - living(server)
        os.kill(server.pid, signal.SIGCONT)
        eventually(lambda: idle(server), 3)
        # Every process with the counter open ends before it is read.
        zombies = len(server.children("Z"))
    os.close(counter)
    with os.fdopen(runs, "rb") as file:
        handled = len(file.read())
    print(f"children that ended while the server was stopped  {deaths:4}")
    print(f"times its handler for SIGCHLD ran                 {handled:4}")
    print(f"zombies that stay                                 {zombies:4}")
    return 0
