"""What of a comparison is handed in: sealed, and put beside the answers."""

import copy
import json
import math
import time
import tomllib
from pathlib import Path

import pytest

from grader import dist
from grader.bench import compare, seal, table
from grader.bench.servers import ROOT
from grader.tests.compared import GOOD, tree
from grader.tests.test_compare_command import compare_main, little
from lab.predict import answers

little = little
ROW = table.row("fork.wait0.cpu", 195.25, "us/request", 20, "pool", (9.5, 10.1, 1 / 3, 10.4, 9.9, 10.0))
DATA = {"made": "2026-11-30T14:00:00Z", "machine": {"cores": 2, "load": 0.1}, "kit": "k", "predicted": {"q3": "p"},
        "rows": [ROW], "curves": [{"x": 1}]}


def as_read(data: dict) -> dict:
    return json.loads(json.dumps(data))


def test_everything_that_is_said_to_decide_the_numbers_is_there() -> None:
    assert [p for p in seal.MEASURING if not list(ROOT.glob(p))] == []


def test_the_seal_holds_however_the_file_is_laid_out() -> None:
    made = seal.sealed(DATA)
    again = json.loads(json.dumps(made, indent=3, sort_keys=True))
    assert seal.digest(as_read(made)) == seal.digest(again) == made["hash"]
    assert isinstance(ROW["interval"], tuple), "what JSON makes of it is another kind"


@pytest.mark.parametrize("path, value", [
    (("rows", 0, "ratio"), 10.0), (("rows", 0, "value"), math.nextafter(195.25, 196)), (("rows", 0, "note"), ""),
    (("made",), "2026-11-30T14:00:01Z"), (("predicted", "q3"), "other"), (("machine", "cores"), 4), (("kit",), "l")])
def test_a_change_breaks_the_seal(path: tuple, value: object) -> None:
    data = as_read(seal.sealed(DATA))
    place = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert seal.digest(data) != data["hash"]


def test_a_row_that_was_taken_out_breaks_the_seal() -> None:
    data = copy.deepcopy(as_read(seal.sealed(DATA)))
    del data["rows"][0]
    assert seal.digest(data) != data["hash"]


def test_what_is_handed_in_is_small_and_bears_the_same_hash(tmp_path: Path) -> None:
    assert seal.hand_in(seal.sealed(DATA), tmp_path) == "", "there are no answers beside which it could lie"
    (tmp_path / "answers.toml").write_text("")
    assert str(tmp_path / "compare.json") in seal.hand_in(seal.sealed(DATA), tmp_path)
    told = json.loads((tmp_path / "compare.json").read_text())
    assert "curves" not in told and seal.digest(told) == told["hash"] == seal.sealed(DATA)["hash"]


def run(servers: str = "fork pool", lost: str = "", **changes: object) -> dict:
    """A sealed run of these servers, of which some could not be measured."""
    told = [{"name": n, "files": "", "why": "does not compile" if n in lost.split() else ""} for n in servers.split()]
    return seal.sealed({**DATA, "command": "make compare", "servers": told, **changes})


WHOLE, LOOK = run(quick=False), run(quick=True)


@pytest.mark.parametrize("there", [WHOLE, run(), run("fork thread pool", quick=False)], ids=["whole", "of old", "more"])
def test_a_quick_look_takes_no_whole_run_away(tmp_path: Path, there: dict) -> None:
    (tmp_path / "answers.toml").write_text("")
    seal.hand_in(there, tmp_path)
    before = (tmp_path / "compare.json").read_text()
    told = seal.hand_in(LOOK, tmp_path)
    assert told.startswith("not handed in: a quick look; ") and told.endswith(": make compare\n")
    assert (tmp_path / "compare.json").read_text() == before
    assert seal.hand_in(run(quick=False, made="later"), tmp_path).startswith("to hand in: ")
    assert json.loads((tmp_path / "compare.json").read_text())["made"] == "later"


EDITED = {**as_read(WHOLE), "made": "once"}


@pytest.mark.parametrize("there", [None, LOOK, run(command="make compare QUICK=1"), run(lost="fork", quick=False), EDITED, "{",
                                   [], {}, {"servers": 3}],
                         ids=["none", "a look", "a look of old", "less", "edited", "cut", "a list", "empty", "odd"])
def test_a_quick_look_is_handed_in_where_nothing_better_lies(tmp_path: Path, there: object) -> None:
    (tmp_path / "answers.toml").write_text("")
    if there is not None:
        (tmp_path / "compare.json").write_text(there if isinstance(there, str) else json.dumps(there))
    assert "of a quick look: make compare measures better" in seal.hand_in(LOOK, tmp_path)
    assert json.loads((tmp_path / "compare.json").read_text())["quick"] is True


def student_kit(into: Path) -> Path:
    """What students get of the code, unpacked, and then their own pool."""
    for name, (content, _) in dist.contents(ROOT).items():
        if name.startswith(("lab/", "starter/", "grader/bench/", "grader/pace/")) or name == "compile_flags.txt":
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            (into / name).write_bytes(content)
    (into / "starter/pool/serve.c").write_text("a student's\n")
    return into


def test_a_student_has_the_kits_hash_whatever_they_write(tmp_path: Path) -> None:
    assert seal.kit(student_kit(tmp_path)) == seal.kit()


@pytest.mark.parametrize("name", ["lab/load/loop.c", "lab/load/loop.h", "lab/serve.h", "lab/stats.c", "lab/thread/queue.c",
                                  "grader/bench/compare.py", "grader/bench/grid.py", "grader/bench/rounds.py"])
def test_the_kits_hash_is_of_what_measures(tmp_path: Path, name: str) -> None:
    kit = student_kit(tmp_path)
    with (kit / name).open("a") as file:
        file.write("\n")
    assert seal.kit(kit) != seal.kit()


@pytest.fixture
def foretold(tmp_path: Path) -> Path:
    """Answers with two predictions, one of them about the comparison."""
    path = tmp_path / "answers.toml"
    path.write_text('student = "ada"\ndesign = "given"\n[1a]\n[q3]\nratio = -1\n')
    answers.put(path, "q3", "twice")
    answers.put(path, "1a", "106")
    return path


def test_a_prediction_has_a_fingerprint_of_what_was_said_and_when(foretold: Path, monkeypatch) -> None:
    said = tomllib.loads(foretold.read_text())["q3"]
    mark = answers.fingerprint("q3", "twice", said["predicted"])
    assert answers.predicted(foretold) == {"q3": mark} and said["predict_hash"] == mark
    monkeypatch.setattr(time, "gmtime", lambda: time.struct_time((2030, 1, 1, 0, 0, 0, 0, 1, 0)))
    answers.put(foretold, "q3", "twice")
    assert answers.predicted(foretold)["q3"] != mark, "it was said later"
    assert foretold.read_text().count("predict_hash") == 2


@pytest.mark.parametrize("text", ["", "[", "\udcff", "q3 = 4", "[q3]\npredict_hash = 5", '[q3]\npredict_hash = "%s"' % ("x" * 65),
                                  "a = " + "[" * 5000])
def test_answers_without_a_fingerprint_or_broken_have_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "a").write_text(text, errors="surrogateescape")
    assert answers.predicted(tmp_path / "a") == answers.predicted(tmp_path / "none") == {}


def test_a_comparison_hands_in_what_it_found_with_what_was_foretold(tmp_path: Path, little, foretold, monkeypatch,
                                                                    capsys) -> None:
    where = tree(tmp_path, fork=GOOD, pool=GOOD)
    monkeypatch.setattr(compare, "WRITTEN", tmp_path / "report/compare.json")
    assert compare_main("--quick", "--models", "fork", "--dir", str(where)) == 0
    told = json.loads((where / "compare.json").read_text())
    assert told["quick"] is True
    assert told["predicted"] == answers.predicted(foretold) and told["kit"] == seal.kit()
    whole = json.loads((tmp_path / "report/compare.json").read_text())
    assert seal.digest(told) == told["hash"] == seal.digest(whole) == whole["hash"] and "curves" in whole
    assert f"to hand in: {where}/compare.json" in capsys.readouterr().out


def test_a_comparison_into_another_file_hands_in_nothing(tmp_path: Path, little, foretold) -> None:
    where = tree(tmp_path, fork=GOOD, pool=GOOD)
    assert compare_main("--quick", "--models", "fork", "--dir", str(where), "--out", str(tmp_path / "x.json")) == 0
    assert (tmp_path / "x.json").exists() and not (where / "compare.json").exists()
