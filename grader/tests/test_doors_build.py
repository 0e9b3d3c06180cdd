"""make builds what has changed, and nothing else."""

from grader.tests import unpacked
from grader.tests.unpacked import make

packed, own = unpacked.packed, unpacked.own


def test_a_second_make_has_nothing_to_do(own):
    assert make(cwd=own).stdout.count("CC") == 4
    assert "CC" not in make(cwd=own).stdout


def test_a_changed_header_builds_again(own):
    make(cwd=own)
    (own / "lab/stats.h").touch()
    assert make(cwd=own).stdout.count("CC") == 4


def test_a_changed_part_builds_that_part_again(own):
    make(cwd=own)
    (own / "starter/pool/stats.c").touch()
    assert make(cwd=own).stdout.split() == ["CC", "build/starter/pool"]


def test_another_compiler_builds_again(own):
    make(cwd=own)
    done = make("CC=cc", "V=1", cwd=own)
    assert done.stdout.count("cc @compile_flags.txt") == 4
