"""A box in a private network, and a machine that has none."""

import pwd
import subprocess

import pytest

from grader.box import network
from grader.tests.boxed import ME, ROOT, USERS

INSIDE = """
import socket, sys
sys.path.insert(0, {root!r})
from grader.box import network
from grader.box.box import Box
network.loopback_up()
assert network.private()
box = Box.probe()
assert "netns" not in box.missing
server = socket.create_server(("127.0.0.1", 4321))
client = ("import socket; s = socket.create_connection(('127.0.0.1', 4321));"
          "s.sendall(b'hello')")
with box.workdir() as here:
    done = box.run(["/usr/bin/python3", "-c", client], cwd=here, timeout=10)
assert done.status.value == 0, done
print(box.level, server.accept()[0].recv(9).decode(),
      *(name for _, name in socket.if_nameindex()))
"""


def inside(prefix):
    """The words of INSIDE, run under prefix in a network of its own."""
    code = "import sys, os; sys.path.insert(0, {0!r})\n" \
        "from grader.box.network import in_private_network as p\n" \
        "argv = p([{1!r}, '-Bc', {2!r}]); os.execvp(argv[0], argv)".format(
            str(ROOT), ME, INSIDE.format(root=str(ROOT)))
    done = subprocess.run([*prefix, ME, "-Bc", code], capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.skipif(not network.can_be_private(), reason="no namespaces here")
def test_a_box_works_in_a_private_network():
    level = "uid" if USERS else "practice"
    with subprocess.Popen(["true"]):
        assert inside([])[:3] == [level, "hello", "lo"]


@pytest.mark.skipif(not USERS or not network.can_be_private(),
                    reason="needs root, to become an ordinary user")
def test_a_box_works_in_an_ordinary_users_private_network():
    nobody = pwd.getpwnam("nobody")
    become = ["setpriv", f"--reuid={nobody.pw_uid}",
              f"--regid={nobody.pw_gid}", "--clear-groups"]
    can = subprocess.run([*become, "unshare", "-Urn", "true"], check=False,
                         stderr=subprocess.DEVNULL).returncode == 0
    if not can:
        pytest.skip("no user namespaces here")
    if subprocess.run([*become, "test", "-r", __file__], check=False
                      ).returncode:
        pytest.skip("this checkout is closed to others")
    assert inside(become)[:3] == ["practice", "hello", "lo"]


def test_outside_a_private_network_nothing_is_changed(monkeypatch):
    if network.private():
        pytest.skip("in a private network")
    before = network.TIME_WAIT_BUCKETS.read_text()
    network.loopback_up()
    assert network.TIME_WAIT_BUCKETS.read_text() == before
    monkeypatch.setattr(network, "_prefix", tuple)
    assert network.in_private_network(["a", "b"]) == ["a", "b"]
