"""grader/grade --recheck: one check of a graded submission, measured again."""
import hashlib
import json
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from grader.core.beside import side_by_side
from grader.report import schema
from grader.tests.test_grade import GRADE, ROOT, eventually, grade, result

ONE_WAIT = ROOT / "grader/corpus/class/one-wait"
CHECK = "1b.coalesced"


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> Path:
    """The results of a submission that fails the check, for tests that only read them."""
    out = tmp_path_factory.mktemp("graded")
    assert grade("--out", out, "--task", CHECK, ONE_WAIT).returncode == 0
    return out


@pytest.fixture
def out(graded, tmp_path) -> Path:
    """A copy of these, free to be changed."""
    return Path(shutil.copytree(graded, tmp_path / "out"))


def recheck(out: Path, *args):
    return grade("--out", out, "--recheck", *args)


def again(out: Path, check: str = CHECK, name: str = "one-wait") -> dict:
    return json.loads((out / "recheck" / name / check / "result.json").read_text())


def record(found: dict, check: str = CHECK) -> dict:
    return next(c for c in found["checks"] if c["check"] == check)


def files(directory: Path) -> dict:
    """What there is, without the instructor's own: students may be given any of it."""
    mine = directory / "recheck"
    return {p: p.read_bytes() for p in directory.rglob("*") if p.is_file() and mine not in p.parents}


def test_the_same_seed_gives_the_same_verdict_and_the_old_result_stays(out):
    before = files(out)
    done = recheck(out, CHECK, ONE_WAIT)
    assert done.returncode == 0, done.stderr
    assert files(out) == before
    old, new = result(out, "one-wait"), again(out)
    schema.validate(new)
    assert [(r["outcome"], r["seed"]) for r in map(record, (old, new))] == [("fail", record(old)["seed"])] * 2
    assert {c["check"] for c in new["checks"] if c["max"]} == {CHECK} and (new["score"], new["max"]) == (0, 2)
    assert "The same verdict. Nothing else differs." in done.stdout
    rows = {line[:11].strip(): line[13:].split() for line in done.stdout.splitlines()}
    assert rows["outcome"] == ["FAIL", "FAIL"] and rows["causes"] == ["one-wait-per-signal"] * 2
    assert rows["kit"] == [old["kit"]] * 2 and rows["seed"] == [str(record(old)["seed"])] * 2
    assert max(map(len, done.stdout.splitlines())) <= max(80, len(str(out)) + 60)
    assert (out / "recheck/one-wait" / CHECK / "index.html").exists()


def test_a_mended_submission_is_told_from_the_one_that_was_graded(out, tmp_path):
    mended = Path(shutil.copytree(ONE_WAIT, tmp_path / "one-wait"))
    shutil.copyfile(ROOT / "solutions/fork/serve.c", mended / "fork/serve.c")
    done = recheck(out, CHECK, mended)
    assert done.returncode == 0 and record(again(out))["outcome"] == "pass"
    said = " ".join(done.stdout.split())
    assert "Another verdict. What differs between the two: the files handed in. That may be why." in said
    assert record(result(out, "one-wait"))["outcome"] == "fail"


def test_another_kit_measures_with_the_seeds_of_the_first(out):
    path = out / "one-wait/result.json"
    path.write_text(json.dumps({**result(out, "one-wait"), "kit": "0123456789abcdef"}))
    done = recheck(out, CHECK, ONE_WAIT)
    assert done.returncode == 0 and "What differs between the two: the kit." in done.stdout
    seed = int(hashlib.sha256(f"0123456789abcdef {CHECK}".encode()).hexdigest()[:8], 16)
    assert record(again(out))["seed"] == seed != record(result(out, "one-wait"))["seed"]
    assert again(out)["seed"] == 0x01234567 and again(out)["kit"] != "0123456789abcdef"


def test_the_company_is_that_of_the_first_grade(tmp_path):
    out = tmp_path / "out"
    assert grade("--out", out, "--task", "1b.reaped", "--task", "1d.shared", ROOT / "solutions").returncode == 0
    old = result(out, "solutions")
    record(old, "1b.reaped").update(outcome="fail", points=0, observed="for this test")
    (out / "solutions/result.json").write_text(json.dumps(old))
    assert recheck(out, "1d.shared", ROOT / "solutions").returncode == 0
    new = again(out, "1d.shared", "solutions")
    said = [e["text"] for e in record(new, "1d.shared")["evidence"] if e["title"] == "company"]
    assert said == ["Measured with EchoCo's serve.c, because of 1b.reaped."]
    assert "1b.reaped" not in {c["check"] for c in new["checks"]}, "what is not needed was measured, or told"


def test_stopped_it_leaves_the_old_result_as_it_was(out):
    before = files(out)
    child = subprocess.Popen([GRADE, "--no-timing", "--out", str(out), "--recheck", CHECK, str(ONE_WAIT)], cwd=ROOT,
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    journal = out / "recheck/one-wait" / CHECK / "checks.jsonl"
    eventually(lambda: journal.exists() and len(journal.read_text().splitlines()) > 1)
    child.send_signal(signal.SIGINT)
    said = child.communicate(timeout=30)[1]
    assert child.returncode == 130 and "the earlier result is as it was" in said
    assert files(out) == before


def changed(out: Path, **fields) -> None:
    path = out / "one-wait/result.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


@pytest.mark.parametrize("args, said", [
    ([CHECK, "solutions"], "there is no earlier result of solutions in"),
    ([CHECK, "grader/corpus/class/one-wake-up"], "do you mean one-wait?"),
    (["9z.never", ONE_WAIT], "there is no task or check '9z.never'"),
    (["1b", ONE_WAIT], "--recheck takes one check; those of 1b are: 1b.reaped, 1b.coalesced"),
    (["1c.fork-fails", ONE_WAIT], "is not in the earlier result of one-wait; grade it with --task"),
    (["1a.pace", ONE_WAIT], "speeds were not compared with EchoCo's: it was told so (--no-timing)"),
    ([CHECK, ONE_WAIT, "--quick"], "--recheck takes one submission, and neither"),
    ([CHECK, ONE_WAIT, "solutions"], "--recheck takes one submission, and neither"),
    ([CHECK], "name a submission"),
])
def test_what_cannot_be_measured_again_is_said_in_one_line(graded, args, said):
    done = recheck(graded, *args)
    assert done.returncode == 2 and said in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 1 and not (graded / "recheck").exists()


@pytest.mark.parametrize("fields, said", [
    ({"quick": True}, "is a quick look, which repeats less"),
    ({"error": "it holds no C files"}, "the earlier grade could not be made (it holds no C files)"),
    ({"submission": "two-waits"}, "holds a result of two-waits, and not of one-wait"),
    ({"level": "fortress"}, "fortress")])
def test_an_earlier_result_that_is_none_to_compare_with_is_said(out, fields, said):
    changed(out, **fields)
    done = recheck(out, CHECK, ONE_WAIT)
    assert done.returncode == 2 and said in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_submission_that_cannot_be_taken_any_more_has_status_1(out, tmp_path):
    (tmp_path / "one-wait").mkdir()
    before = files(out)
    done = recheck(out, CHECK, tmp_path / "one-wait")
    assert done.returncode == 1 and "there is nothing to grade in it" in done.stderr
    assert files(out) == before


# ---- both records, side by side ---------------------------------------------

OLD = {"submission": "alice", "kit": "k1", "rubric": "r1", "contents": "c1", "level": "uid", "tools": {"gcc": "12.2.0"},
       "numbers": {"2c.capacity": 14, "2d.workers": 7},
       "checks": [{"check": "2c.order", "outcome": "pass", "title": "in order", "observed": "", "causes": [], "seed": 3},
                  {"check": "2c.exact", "outcome": "fail", "title": "each client once", "seed": 7,
                   "observed": "61 of 64 held clients were answered; the server stands still: none of its threads runs",
                   "causes": ["client-lost", "echo-not-exact"]}]}


def beside(**changes) -> str:
    return "\n".join(side_by_side(OLD, {**OLD, **changes}, "2c.exact"))


def outcome(check: str, outcome: str) -> dict:
    return {"checks": [{**c, "outcome": outcome if c["check"] == check else c["outcome"]} for c in OLD["checks"]]}


def test_the_two_columns_fit_80_and_hold_all_of_it():
    said = beside(contents="c2", kit="k2").splitlines()
    assert max(map(len, said)) <= 80
    left = " ".join(line[13:47].strip() for line in said if line.startswith("  ") or line.startswith("seen"))
    assert OLD["checks"][1]["observed"] in left


@pytest.mark.parametrize("changes, said", [
    ({}, "The same verdict. Nothing else differs."),
    ({"kit": "k2", "tools": {"gcc": "13.1.0"}},
     "The same verdict. What differs between the two: the kit, gcc, 12.2.0 before and 13.1.0 now."),
    ({"numbers": {"2c.capacity": 15, "2d.workers": 9}},
     "What differs between the two: the number 2c.capacity, 14 before and 15 now."),
    ({"level": "practice", **outcome("2c.exact", "pass")},
     "Another verdict. What differs between the two: the box, uid before and practice now. That may be why."),
    (outcome("2c.exact", "pass"), "Another verdict, and nothing that is known differs. The same code must not"),
    (outcome("2c.order", "blocked"), "What it needs first: 2c.order was PASS, is BLOCKED now.")])
def test_what_differs_is_said_and_whether_the_verdict_does(changes, said):
    assert said in " ".join(beside(**changes).split())


def test_a_result_of_an_older_grader_is_compared_as_far_as_it_goes():
    older = {key: value for key, value in OLD.items() if key not in ("contents", "rubric", "numbers")}
    said = " ".join("\n".join(side_by_side(older, OLD, "2c.exact")).split())
    assert "perhaps the files handed in, which the older result does not say" in said
    assert "2c.capacity not known 14" in said
