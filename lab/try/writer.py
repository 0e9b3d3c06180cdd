"""Two clients read the page in turns, always one of them there; one writes.

Says how long the writer waited, and how many readings were begun and ended
meanwhile: so often it was overtaken.
"""

import socket
import threading
import time

from server import Server, eventually

STAY = 100      # milliseconds that a reader stays
SECONDS = 5     # after so long the readers give up
TEXT = b"two echoes: one cent\n"


def asked(port: int, head: str, body: bytes = b"") -> bool:
    """One request, and whether it was answered."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(2 * SECONDS)
        try:
            client.sendall(f"{head} HTTP/1.1\r\nHost: try\r\nContent-Length:"
                           f" {len(body)}\r\n\r\n".encode() + body)
            return client.recv(64).startswith(b"HTTP/1.1 200 ")
        except OSError:
            return False


class Readers:
    """Two of them, half a visit apart."""

    def __init__(self, port: int):
        self.port, self.visits, self.stop = port, 0, threading.Event()
        self.lock = threading.Lock()  # guards visits
        self.threads = [threading.Thread(target=self.read, args=(n,))
                        for n in range(2)]
        for thread in self.threads:
            thread.start()

    def read(self, n: int) -> None:
        time.sleep(n * STAY / 2000)
        while not self.stop.is_set():
            asked(self.port, f"GET /page?wait={STAY}")
            with self.lock:
                self.visits += 1

    def end(self) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()


def main(program: str) -> int:
    with Server(program) as server:
        if not asked(server.port, "GET /page"):
            print("try: this server has no page; name one of part 3:"
                  " make try EXP=writer PART=locks")
            return 1
        readers = Readers(server.port)
        timer = threading.Timer(SECONDS, readers.stop.set)
        timer.start()
        try:
            if not eventually(lambda: readers.visits >= 4):  # both at it
                print("try: the readers were not answered")
                return 1
            before, begin = readers.visits, time.monotonic()
            wrote = asked(server.port, "PUT /page", TEXT)
            waited, overtook = time.monotonic() - begin, readers.visits - before
            gave_up = readers.stop.is_set()
        finally:
            timer.cancel()
            readers.end()
    if not wrote:
        print("the writer was never answered")
    elif gave_up:
        print(f"the writer waited until the readers stopped, after"
              f" {SECONDS} seconds; {overtook} readings were made meanwhile")
    else:
        print(f"the writer waited {1000 * waited:.0f} ms;"
              f" {overtook} readings were made meanwhile")
    return 0
