"""A network namespace of its own for the run of one submission.

The grader, its clients and the boxes share it: ports never collide with those
of another submission, and TIME_WAIT dies with it.
"""
import fcntl
import functools
import os
import socket
import struct
import subprocess
from pathlib import Path
from typing import List

OUTSIDE = "CLK_OUTSIDE_NET"
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
TIME_WAIT_BUCKETS = Path("/proc/sys/net/ipv4/tcp_max_tw_buckets")


def _here() -> str:
    """The name of the present network namespace."""
    return os.readlink("/proc/self/ns/net")


@functools.lru_cache(maxsize=None)
def _prefix() -> tuple:
    """The command that makes a namespace here; () where none can be had."""
    how = ("unshare", "--net", "--") if os.geteuid() == 0 else \
        ("unshare", "-Urn", "--")
    try:
        done = subprocess.run([*how, "true"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, timeout=10,
                              stderr=subprocess.DEVNULL, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return how if done.returncode == 0 else ()


def can_be_private() -> bool:
    """Whether in_private_network has any effect on this machine."""
    return bool(_prefix())


def in_private_network(argv: List[str]) -> List[str]:
    """The command that runs argv in a network namespace of its own, without
    another process in between; argv unchanged where none can be had."""
    if not _prefix():
        return list(argv)
    return [*_prefix(), "env", f"{OUTSIDE}={_here()}", *argv]


def private() -> bool:
    """Whether this process runs in a namespace of in_private_network's."""
    return os.environ.get(OUTSIDE, _here()) != _here()


def loopback_up() -> None:
    """Bring up `lo`; in a private network also forget TIME_WAIT at once.

    Raises OSError if the interface is down and may not be touched."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        answer = fcntl.ioctl(any_socket, SIOCGIFFLAGS, request)
        flags = struct.unpack("16sh14x", answer)[1]
        if not flags & IFF_UP:
            fcntl.ioctl(any_socket, SIOCSIFFLAGS,
                        struct.pack("16sh14x", b"lo", flags | IFF_UP))
    if private():
        try:
            TIME_WAIT_BUCKETS.write_text("0")
        except OSError:
            pass    # only root of the machine may; ports differ anyway
