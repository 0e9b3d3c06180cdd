"""The given program: its options, its stop, and what -x is for."""
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from grader.bench.servers import Server, build, part, serial
from grader.observe.client import Client
from grader.observe.proc import connections

ROOT = Path(__file__).resolve().parents[2]
SERVERS = {"serial": serial(), "fork": part(ROOT / "solutions", "fork"), "pool": part(ROOT / "solutions", "pool")}
STOP_MS = 1200


@pytest.fixture(scope="module")
def programs(tmp_path_factory) -> dict[str, Path]:
    out = tmp_path_factory.mktemp("lab")
    return {name: build(program, out) for name, program in SERVERS.items()}


def eventually(condition, seconds=10.0) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.002)
    return True


def in_service(client: Client) -> bool:
    return eventually(lambda: client.in_service)


@pytest.mark.parametrize("args, said", [
    (["-w", "0"], "'0' is not a number from 1 to 1000"),
    (["-p", "80x"], "'80x' is not a number"),
    (["-q", ""], "'' is not a number"),
    (["-z"], "usage:"),
    (["extra"], "usage:"),
])
def test_a_wrong_option_gets_the_usage_and_status_2(programs, args, said):
    done = subprocess.run([programs["serial"], *args], capture_output=True, text=True, timeout=10)
    assert done.returncode == 2 and said in done.stderr and not done.stdout


def test_a_port_that_is_taken_is_said(programs):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([programs["serial"], "-p", port], capture_output=True, text=True, timeout=10)
    assert done.returncode == 1 and "listen: Address already in use" in done.stderr


def stop(server: Server, number=signal.SIGTERM) -> int:
    """Send the signal, and return the status at the end: 1 if it was main's
    own limit that ended it."""
    server.process.send_signal(number)
    return server.process.wait(10)


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_stops_at_once(programs, name, number):
    with Server(programs[name]) as server:
        assert stop(server, number) == 0


@pytest.mark.parametrize("name", SERVERS)
def test_silent_and_half_finished_clients_do_not_hold_up_a_stop(programs, name):
    with Server(programs[name], ["-k", "-t", "600000"]) as server:     # no deadline helps
        done = Client(server.port).ask(b"hello")
        assert eventually(lambda: done.echoed)
        done.close()
        half = Client(server.port)
        half.send(b"POST /ec")
        Client(server.port)
        assert stop(server) == 0


@pytest.mark.parametrize("name", SERVERS)
def test_at_the_deadline_the_given_code_gives_up_and_serve_returns(programs, name):
    with Server(programs[name], ["-t", str(STOP_MS)]) as server:
        long = Client(server.port).ask(b"x", wait=9000)
        assert eventually(lambda: any(c.peer == long.port and c.inode for c in connections(server.port)))
        assert stop(server) == 0, "main's own limit had to end it"
        assert long.reply is None


def test_a_serve_that_does_not_return_is_ended_with_status_1(tmp_path):
    source = tmp_path / "serve.c"
    source.write_text('#include "serve.h"\n#include <unistd.h>\nint serve(int l, const struct options *o)\n'
                      "{\n    (void)l;\n    (void)o;\n    for (;;)\n        pause();\n}\n")
    program = tmp_path / "deaf"
    given = [f"lab/{n}.c" for n in ("main", "net", "http", "echo", "stats")]
    subprocess.run(["gcc", "@compile_flags.txt", *given, str(source), "-o", str(program)], cwd=ROOT, check=True)
    with Server(program, ["-t", "300"]) as server:
        assert stop(server) == 1
        assert "serve has not returned in time" in server.words()


@pytest.mark.parametrize("name, spared", [("fork", 4), ("pool", 0)])
def test_a_crash_takes_those_with_it_who_share_the_process(programs, name, spared):
    with Server(programs[name], ["-x"]) as server:
        held = [Client(server.port).gate(b"x") for _ in range(4)]
        assert all(in_service(c) for c in held)
        crash = Client(server.port)
        crash.send(b"POST /crash HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
        assert eventually(lambda: crash.ended)
        for client in held:
            client.release()
        eventually(lambda: all(c.done for c in held))
        assert sum(c.echoed for c in held) == spared


def test_without_x_there_is_no_crash(programs):
    with Server(programs["pool"]) as server:
        client = Client(server.port)
        client.send(b"POST /crash HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
        assert eventually(lambda: client.done) and client.reply.status == 404


def test_a_refusal_is_read_by_a_client_that_is_still_sending(programs):
    """A close with unread bytes would be a reset, which can overtake a reply."""
    for _ in range(10):
        with Server(programs["serial"]) as server:
            client = Client(server.port)
            client.send(b"POST /echo HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n" + bytes(2_000_000))
            assert eventually(lambda: client.done)
            assert client.reply and client.reply.status == 413
