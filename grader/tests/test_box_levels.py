"""The levels of a box: which this machine has, and what they lack."""

import pytest

from grader.box import network, probe
from grader.box.box import Box, BoxError, Mode
from grader.tests.boxed import USERS


def test_the_probe_names_the_level_and_what_is_missing():
    found = Box.probe()
    assert found.level == ("uid" if USERS else "practice")
    assert {"own-root", "disk-quota", "cgroup"} <= set(found.missing)
    assert ("uid" in found.missing) != USERS
    assert ("netns" in found.missing) != network.private()
    assert set(probe.lacks(Mode(USERS, "-"))) \
        == set(probe.lacks(Mode(USERS, "pm"))) | {"pidns"}


@pytest.mark.parametrize("level", [
    "full", "nonsense", "practice" if USERS else "uid"])
def test_a_level_that_cannot_be_had_is_an_error(level):
    with pytest.raises(BoxError, match=level):
        Box.probe(level)


def test_namespaces_that_are_refused_are_missing_and_not_fatal(monkeypatch):
    """As on a machine whose init cannot unshare."""
    real = probe.prove

    def refuse(mode):
        if "p" in mode.flags:
            raise BoxError("cannot run /bin/true: unshare")
        return real(mode)

    monkeypatch.setattr(probe, "prove", refuse)
    mode, missing = probe._best.__wrapped__(USERS)
    assert mode == Mode(USERS, "-") and "pidns" in missing


def test_a_box_that_does_not_hold_is_refused(monkeypatch):
    monkeypatch.setattr(probe, "ATTACK", "echo read; echo core; echo done")
    with pytest.raises(BoxError, match="does not hold: core"):
        probe._best.__wrapped__(USERS)
