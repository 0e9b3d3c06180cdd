"""Users that are leased: what is asked of the system, and Ctrl-C meanwhile."""
import pwd
import signal
import time

import pytest

from grader.box import user


def test_a_user_with_a_name_is_somebodys():
    assert user._has_a_name(pwd.getpwnam("root").pw_uid)
    assert not user._has_a_name(user.FIRST)


@pytest.fixture
def alarm(monkeypatch):
    """Ctrl-C after so many microseconds."""
    old = signal.signal(signal.SIGALRM, signal.default_int_handler)
    yield lambda after: signal.setitimer(signal.ITIMER_REAL, after / 1e6)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, old)


def test_ctrl_c_is_never_lost_while_a_user_is_looked_up(alarm):
    for n in range(100):
        deadline = time.monotonic() + 10
        with pytest.raises(KeyboardInterrupt):
            alarm(100 + n)
            while time.monotonic() < deadline:
                user._has_a_name(user.FIRST)
