"""Structs that go through calls by value, of which gcc's hooks tell only half."""
import subprocess
from pathlib import Path

import pytest

from grader.tests.explored import ROOT, build

CASE = Path(__file__).parent / "explore_cases" / "structs.c"
CC = str(ROOT / "lab" / "explore" / "explore-cc")
LINE = 1 + CASE.read_text("utf-8").splitlines().index("    DOES;")
TOOLS = "/usr/bin", "/bin"


def refused(does: str, out: Path, **env: str) -> tuple[int, str]:
    done = subprocess.run([CC, "-o", str(out), "-w", f"-DDOES={does}", str(CASE)], capture_output=True, text=True,
                          timeout=60, env={"PATH": ":".join(TOOLS), **env})
    return done.returncode, done.stderr


@pytest.mark.parametrize("cc", ["gcc", "clang"])
@pytest.mark.parametrize("does", ["all = more()", "*at = more()",
                                  "static struct pair (*made)(void) = more; all = made()"])
def test_a_struct_that_a_call_returns_is_seen_where_it_is_stored(does: str, cc: str) -> None:
    found = build(str(CASE), "-w", f"-DDOES={does}", cc=cc).search()
    assert found.verdict == "wrong-result" and found.text.startswith("it is 1 "), found.text


@pytest.mark.parametrize("does", ["all = more()", "static struct pair kept; kept = more()", "ring[1] = more()"])
def test_without_clang_such_a_store_is_refused_with_its_line(does: str, tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    for tool in (t for folder in TOOLS for t in Path(folder).iterdir() if not t.name.startswith("clang")):
        if not (tmp_path / "tools" / tool.name).is_symlink():
            (tmp_path / "tools" / tool.name).symlink_to(tool)
    status, said = refused(does, tmp_path / "out", PATH=str(tmp_path / "tools"))
    assert status == 3 and said.startswith(f"explore-cc: structs.c:{LINE} stores a struct that a call returns")


@pytest.mark.parametrize("does", ["add_to(all)", "add_to(*at)", "add_to(ring[all.b])", "all = more(); add_to(all)",
                                  "struct pair p = more(); at = &p; add_to(p)"])
def test_a_struct_that_others_know_is_refused_where_it_is_passed(does: str, tmp_path: Path) -> None:
    status, said = refused(does, tmp_path / "out")
    assert status == 3 and said.startswith(f"explore-cc: structs.c:{LINE} passes a struct by value"), said
    assert len(said.splitlines()) == 1


def test_a_structs_own_copy_and_a_functions_address_are_no_such_thing() -> None:
    assert build(str(CASE), "-w", "-DDOES=__atomic_fetch_add(&all.a,1,5)").search().verdict == "fine"


def test_code_that_is_not_looked_at_may_do_it(tmp_path: Path) -> None:
    (tmp_path / "main.c").write_text("int main(void) { return 0; }\n")
    plain = tmp_path / "plain.c"
    plain.write_text("struct pair { long a, b; } all; void f(struct pair p) { all = p; } void g(void) { f(all); }\n")
    assert build(str(tmp_path / "main.c"), "--plain", str(plain)).search().verdict == "fine"
