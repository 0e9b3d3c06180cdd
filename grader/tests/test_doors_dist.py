"""make dist: what is in the archive, and what must not be."""

import re
import tarfile
from pathlib import Path

from grader import dist
from grader.tests import unpacked
from grader.tests.unpacked import ROOT, listed, make

packed, own = unpacked.packed, unpacked.own


def squeezed(text: str) -> str:
    """text without indentation: a copy is a copy wherever it stands."""
    return "\n".join(map(str.strip, text.splitlines()))


def solution_lines() -> set:
    """Pairs of neighbouring lines that only the solutions have.

    Pairs, because a line alone (taking a lock) may be anybody's.
    """
    found = set()
    for source in ROOT.glob("solutions/*/*.[ch]"):
        region = None
        for line in squeezed(source.read_text()).splitlines():
            if re.match(r"//@ (begin|starter)", line):
                region = []
            elif line.startswith("//@ end"):
                found |= {f"{a}\n{b}" for a, b in zip(region, region[1:])}
                region = None
            elif region is not None and not line.startswith("//@"):
                region.append(line)
    given = "\n".join(squeezed(p.read_text()) for d in ("starter", "lab")
                      for p in (ROOT / d).rglob("*.[ch]"))
    return {pair for pair in found if pair not in given and len(pair) > 20}


def leaks(archive: Path) -> list:
    """The files of archive that have lines of a solution."""
    secret = solution_lines()
    with tarfile.open(archive) as tar:
        return [m.name for m in tar for text in
                [squeezed(tar.extractfile(m).read().decode(errors="replace"))]
                if any(pair in text for pair in secret)]


def test_the_archive_has_no_line_of_a_solution(packed):
    assert leaks(packed) == []


def test_a_solution_in_the_archive_would_be_noticed(own, tmp_path):
    (own / "lab/notes.c").write_text(
        (ROOT / "solutions/pool/queue.c").read_text().replace("    ", "\t"))
    dist.pack(own, tmp_path / "leaky.tar.gz")
    assert leaks(tmp_path / "leaky.tar.gz") == ["clk-lab/lab/notes.c"]


def test_the_archive_has_one_folder_and_nothing_that_is_kept_back(packed):
    with tarfile.open(packed) as tar:
        names = tar.getnames()
    assert {n.split("/")[0] for n in names} == {"clk-lab"}
    assert "clk-lab/starter/pool/queue.c" in names
    kept = re.compile(r"/(solutions|corpus|tests|hidden|\.git|__pycache__)/"
                      r"|\.(pyc|mk|o)$")
    assert [n for n in names if kept.search(n)] == []


def test_thread_per_client_is_packed_a_second_time_untouched(packed, own):
    for name in ("serve.c", "queue.c", "stats.c"):
        assert ((own / "lab/thread" / name).read_bytes()
                == (ROOT / "starter/pool" / name).read_bytes())


def test_the_starter_is_packed_a_second_time_untouched_and_read_only(packed, own):
    edited = {p.relative_to(own / "starter") for p in own.glob("starter/*/*.[ch]")}
    copies = [p for p in (own / "lab/starter").rglob("*") if p.is_file()]
    assert {p.relative_to(own / "lab/starter") for p in copies} == edited and len(edited) == 10
    for copy in copies:
        inside = copy.relative_to(own / "lab/starter")
        assert copy.read_bytes() == (ROOT / "starter" / inside).read_bytes()
        assert copy.stat().st_mode & 0o222 == 0


def test_the_students_readme_names_only_what_they_have(own):
    text = (own / "README.md").read_text()
    named = re.findall(r"`((?!make)[\w.]+/?)`|\]\(([\w./]+)\)", text)
    missing = [n for pair in named for n in pair if n and n.strip("/")
               not in ("build", "report") and not (own / n).exists()]
    assert missing == [] and text.count("\n") < 25
    assert set(re.findall(r"\bmake ([a-z-]+)", text)) <= set(
        listed(make("help", cwd=own).stdout))
    assert not re.search(r"solutions|corpus|DESIGN", text)
    assert not (own / "DESIGN.md").exists()


def test_the_same_files_give_the_same_bytes(own, tmp_path):
    dist.pack(own, tmp_path / "one.tar.gz")
    (own / "lab/main.c").touch()
    dist.pack(own, tmp_path / "two.tar.gz")
    one, two = (tmp_path / f"{n}.tar.gz" for n in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
