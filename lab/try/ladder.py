"""How long until the last of 1, 2, 4, 8, 16 clients has its reply?

Each client asks for 20 ms of waiting, and all of them ask at once.
"""

import time

from server import Server, answered

WAIT = 20
STEPS = (1, 2, 4, 8, 16)


def last_reply(server: Server, clients: int) -> float:
    """Milliseconds until the last of so many clients is answered."""
    start = time.monotonic()
    conns = [server.ask(WAIT) for _ in range(clients)]
    if not all([answered(conn) for conn in conns]):
        raise SystemExit("try: a client got no reply")
    return (time.monotonic() - start) * 1000


def main(program: str) -> int:
    print(f"{program}: every client asks for {WAIT} ms of waiting")
    print("clients   last reply after")
    with Server(program) as server:
        for clients in STEPS:
            print(f"{clients:7}   {last_reply(server, clients):8.0f} ms",
                  flush=True)
    return 0
