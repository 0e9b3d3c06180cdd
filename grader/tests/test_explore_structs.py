"""Structs that go through calls by value, of which gcc's hooks tell only half."""
import subprocess
from pathlib import Path

import pytest

from grader.explore import scenarios
from grader.tests.explored import ROOT, build

CASE = Path(__file__).parent / "explore_cases" / "structs.c"
CC = str(ROOT / "lab" / "explore" / "explore-cc")
LINE = 1 + CASE.read_text("utf-8").splitlines().index("    DOES;")
TOOLS = "/usr/bin", "/bin"


def compiled(*words: object, path: str = ":".join(TOOLS)) -> tuple[int, str]:
    done = subprocess.run([CC, "-w", *map(str, words)], capture_output=True, text=True, timeout=60, env={"PATH": path})
    return done.returncode, done.stderr


def refused(does: str, out: Path, **path: str) -> tuple[int, str]:
    return compiled("-o", out, f"-DDOES={does}", CASE, **path)


@pytest.fixture
def no_clang(tmp_path: Path) -> str:
    """A PATH with all tools but clang."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in {t.name: t for folder in TOOLS for t in Path(folder).iterdir()}.values():
        if not tool.name.startswith("clang"):
            (tools / tool.name).symlink_to(tool)
    return str(tools)


def modules() -> dict[str, Path]:
    """All that students are given to explore, its solution, and the journals of
    the sample class; of the same text one."""
    explored = {s.module for s in scenarios.table().values() if s.module}
    files = [ROOT / tree / module for tree in ("starter", "solutions") for module in sorted(explored)]
    files += ROOT.glob("grader/corpus/class/*/locks/journal.c")
    texts = {file.read_bytes(): file for file in reversed(files) if file.is_file()}
    return {str(file.relative_to(ROOT)): file for file in texts.values()}


@pytest.mark.parametrize("cc", ["gcc", "clang"])
@pytest.mark.parametrize("does", ["all = more()", "*at = more()",
                                  "static struct pair (*made)(void) = more; all = made()"])
def test_a_struct_that_a_call_returns_is_seen_where_it_is_stored(does: str, cc: str) -> None:
    found = build(str(CASE), "-w", f"-DDOES={does}", cc=cc).search()
    assert found.verdict == "wrong-result" and found.text.startswith("it is 1 "), found.text


@pytest.mark.parametrize("does", ["all = more()", "static struct pair kept; kept = more()", "ring[1] = more()",
                                  "box.pair = more()", "box.pairs[all.b] = more()", "to->pair = more()",
                                  "to->pairs[all.b] = more()"])
def test_without_clang_such_a_store_is_refused_with_its_line(does: str, no_clang: str, tmp_path: Path) -> None:
    status, said = refused(does, tmp_path / "out", path=no_clang)
    assert status == 3 and said.startswith(f"explore-cc: structs.c:{LINE} stores a struct that a call returns")


@pytest.mark.parametrize("module", modules().values(), ids=modules())
def test_what_students_are_given_to_explore_needs_no_clang(module: Path, no_clang: str, tmp_path: Path) -> None:
    status, said = compiled("-c", "-o", tmp_path / "module.explored.o", f"-I{module.parent}", module, path=no_clang)
    assert status == 0, said


@pytest.mark.parametrize("does", ["add_to(all)", "add_to(*at)", "add_to(ring[all.b])", "all = more(); add_to(all)",
                                  "add_to(box.pair)", "add_to(to->pair)", "add_to(to->pairs[all.b])",
                                  "struct box b; to = &b; add_to(b.pair)", "struct pair p = more(); at = &p; add_to(p)"])
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
