"""What is done to each server: short bursts, and clients that are held.

Noise on a shared machine is mostly slow: it lasts longer than a burst. So all
servers are alive together, a round gives each one burst in shuffled order, and
only numbers of one round are compared with each other.
"""

import random
import socket
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from grader.bench import measure
from grader.bench.servers import Program, Server
from grader.pace import tool
from grader.pace.tool import CannotMeasure

CLIENTS = 8
HELD = 32
WORKERS = 8
OPTIONS = ("-w", str(WORKERS), "-q", "16", "-i", "60000")
SETTLE_SECONDS = 2.0
BUSY = 0.7  # of a core: a client so busy, and busier than the server, limits it


@dataclass(frozen=True)
class Burst:
    """One run of the load tool against one server."""

    requests: int
    rate: float  # 1/s
    p50: float  # ms
    p99: float  # ms
    cpu: Optional[float]  # seconds, the server's
    client_bound: bool
    latencies: Tuple[Tuple[float, int], ...] = ()  # up to so many ms: how many


@dataclass(frozen=True)
class Hold:
    """A server while HELD clients wait for it, or it for them."""

    shape: measure.Shape
    kib: Optional[float]  # memory a held client
    family: bool  # nobody but the first process and its children


@dataclass
class Contender:
    """A server and everything that was measured of it."""

    name: str
    program: Program
    binary: Optional[Path] = None
    server: Optional[Server] = None
    why: str = ""  # not measured (any further), and the reason
    bursts: Dict[int, List[Optional[Burst]]] = field(default_factory=dict)
    holds: List[Hold] = field(default_factory=list)

    def leave_out(self, why: str) -> None:
        """Stop measuring it; the first reason is kept."""
        self.why = self.why or why
        self.bursts = {wait: [None] * len(rounds)
                       for wait, rounds in self.bursts.items()}


def fate(server: Server) -> str:
    """What to add to an error: that the server is no more, and its words."""
    if server.alive(patience=0.2):
        return ""
    return f"; the server has ended: {server.ending()}"


def run_load(load: Path, server: Server, requests: int, wait: int,
             clients: int = CLIENTS) -> dict:
    """The load tool's JSON. Raises CannotMeasure; see tool.run_load."""
    try:
        return tool.run_load(load, server.address, requests, wait, clients)
    except CannotMeasure as error:
        raise CannotMeasure(f"{error}{fate(server)}") from None


def settle(server: Server, idle: int) -> None:
    """Wait until the last connection is closed and only `idle` processes are
    left, so that the CPU they used is in the books. Where no socket is open
    that was not at first, the kernel's long table need not be asked."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        stats = measure.session(server.pid)
        if len(stats) <= idle and (
                measure.sockets(stats) <= server.sockets
                or not measure.shape(server.pid, server.port).accepted):
            return
        time.sleep(0.002)


def burst(load: Path, server: Server, requests: int, wait: int,
          clients: int = CLIENTS) -> Burst:
    """One burst. Raises CannotMeasure; see run_load."""
    idle = len(measure.session(server.pid))
    before = server.cpu_seconds()
    told = run_load(load, server, requests, wait, clients)
    settle(server, idle)
    after = server.cpu_seconds()
    cpu = None if before is None or after is None else after - before
    client = told["client"]
    bound = client["bottleneck"] or (
        client["share"] > BUSY and cpu is not None
        and client["cpu_us"] * told["requests"] > cpu * 1e6)
    return Burst(told["right"], told["rate"], told["latency_ms"]["p50"],
                 told["latency_ms"]["p99"], cpu, bound,
                 tuple(map(tuple, told["latencies"])))


def burst_size(load: Path, server: Server, wait: int) -> int:
    """How many requests make a short burst, from a first round of clients: a
    server that makes them wait for each other gets one round, not ten."""
    if wait == 0:
        burst(load, server, CLIENTS, wait)
        return 50 * CLIENTS
    first = burst(load, server, CLIENTS, wait)
    in_turn = CLIENTS / first.rate > 3 * wait / 1000
    return CLIENTS if in_turn else 10 * CLIENTS


def _recv_all(conn: socket.socket) -> bytes:
    data = b""
    while piece := conn.recv(65536):
        data += piece
    return data


def _quiet(server: Server) -> None:
    """Wait until the server has done all it can for the held clients."""
    deadline = time.monotonic() + SETTLE_SECONDS
    same = 0
    last = None
    while same < 3 and time.monotonic() < deadline:
        stats = measure.session(server.pid)
        now = (len(stats), measure.threads_of(stats),
               measure.sockets(stats), server.cpu_seconds())
        same = same + 1 if now == last and measure.is_waiting(server.pid) else 0
        last = now
        time.sleep(0.01)


def hold(binary: Path, load: Path) -> Hold:
    """Hold HELD clients at a fresh server by withholding their last byte.

    Raises CannotMeasure if the server does not start or does not answer all
    of them in the end; then what it held were not clients.
    """
    head = b"POST /echo HTTP/1.1\r\nHost: lab\r\nContent-Length: 8\r\n\r\n"
    conns: List[socket.socket] = []
    with Server(binary, OPTIONS) as server:
        run_load(load, server, CLIENTS, 0)  # what is lazy is done now
        settle(server, len(measure.session(server.pid)))
        before = measure.pss_kib(server.pid)
        try:
            for _ in range(HELD):
                conn = socket.create_connection(("127.0.0.1", server.port), 5)
                conns.append(conn)
                conn.sendall(head + b"1234567")
            _quiet(server)
            shape = measure.shape(server.pid, server.port)
            after = measure.pss_kib(server.pid)
            family = measure.is_family(server.pid)
            for conn in conns:
                conn.sendall(b"8")
            right = sum(_recv_all(c).endswith(b"\r\n\r\n12345678")
                        for c in conns)
        except OSError as error:
            raise CannotMeasure(f"{HELD} clients held: {error}"
                                + fate(server)) from None
        finally:
            for conn in conns:
                conn.close()
        if right != HELD:
            raise CannotMeasure(f"of {HELD} held clients only {right} got "
                                "their reply")
        kib = None if before is None or after is None \
            else (after - before) / HELD
        return Hold(shape, kib, family)


def hold_round(contenders: Sequence[Contender], load: Path) -> None:
    """One Hold for each contender that is still measured."""
    for c in contenders:
        if c.why or not c.binary:
            continue
        try:
            c.holds.append(hold(c.binary, load))
        except CannotMeasure as error:
            c.leave_out(str(error))


def forget_lost_cpu(c: Contender) -> None:
    """Drop its CPU where /proc cannot have shown all of it: a process that is
    not a child of the server's, or children that left nothing behind. (A
    control group has.)"""
    if c.server and c.server.grouped:
        return
    many = any(h.shape.processes > HELD // 2 for h in c.holds)
    stat = measure.read_stat(c.server.pid) if c.server else None
    lost = many and (stat is None or stat.children_seconds == 0)
    if lost or not all(h.family for h in c.holds):
        for wait, bursts in c.bursts.items():
            c.bursts[wait] = [b and replace(b, cpu=None) for b in bursts]


def burst_rounds(contenders: Sequence[Contender], load: Path,
                 waits: Sequence[int], rounds: int, until: float, least: int,
                 progress: Callable[[str], None]) -> int:
    """Up to `rounds` rounds of bursts at all waits, none that would not end by
    `until` but at least `least`; how many there were.

    The contenders' servers must be running. One that makes an error is left
    out from then on, and says so.
    """
    sizes: Dict[tuple, int] = {}
    shuffle = random.Random(6).shuffle
    for c in contenders:
        for wait in waits:
            c.bursts[wait] = []
            try:
                if not c.why and c.server:
                    sizes[c.name, wait] = burst_size(load, c.server, wait)
            except CannotMeasure as error:
                c.leave_out(str(error))
    done, began = 0, time.monotonic()
    while done < rounds and (done < least or time.monotonic() + (
            time.monotonic() - began) / done <= until):
        jobs = [(c, wait) for c in contenders for wait in waits]
        shuffle(jobs)
        for c, wait in jobs:
            result = None
            try:
                if not c.why and c.server:
                    result = burst(load, c.server, sizes[c.name, wait], wait)
            except CannotMeasure as error:
                c.leave_out(str(error))
            c.bursts[wait].append(result)
        done += 1
        progress(f"round {done} of {rounds}")
    for c in contenders:
        forget_lost_cpu(c)
    return done
