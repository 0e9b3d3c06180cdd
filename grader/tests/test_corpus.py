"""The corpus: what a case.toml may say, what becomes of it, and how its
verdict is held against it. (That the grader agrees is for `make selftest`.)"""
import json
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from grader.corpus import bounds, made_of, measure, mutant, results, selftest, verify
from grader.corpus.counts import Count
from grader.corpus.measure import Bench, Measured
from grader.corpus.mutant import Broken, Case
from grader.course.read import Course
from grader.explore.scenarios import table

ROOT = mutant.ROOT
KNOWN = mutant.load_rubrics()
RUBRIC = KNOWN["submission"]
SERVE = "int serve(void)\n{\n    close(3);\n    return 0;\n}\n"
PATCH = "--- a/fork/serve.c\n+++ b/fork/serve.c\n@@ -1,5 +1,4 @@\n int serve(void)\n {\n" \
        "-    close(3);\n     return 0;\n }\n"
TOML = {"about": "x", "base": "solutions/fork", "must_fail": ["1b.reaped"], "may_fail": [],
        "causes": ["never-reaped"]}


@pytest.fixture
def kit(tmp_path) -> Path:
    """A kit with a reference of one file and no corpus yet."""
    (tmp_path / "solutions/fork").mkdir(parents=True)
    (tmp_path / "solutions/fork/serve.c").write_text(SERVE)
    (tmp_path / "lab").mkdir()
    (tmp_path / "compile_flags.txt").write_text("-O1\n")
    return tmp_path


def add(kit: Path, name: str = "m", patch: str = PATCH, kind: str = "mutants", **words) -> Path:
    """Put a case into the corpus of a kit; a word that is None is left out."""
    path = kit / "grader/corpus" / kind / name
    path.mkdir(parents=True, exist_ok=True)
    if patch:
        (path / "patch").write_text(patch)
    table = {k: v for k, v in {**TOML, **words}.items() if v is not None}
    (path / "case.toml").write_text("".join(f"{k} = {json.dumps(v)}\n" for k, v in table.items()))
    return path


def load(kit: Path, **words) -> Case:
    return mutant.load(add(kit, **words), KNOWN, kit)


# ---- case.toml ----------------------------------------------------------------


def test_a_mutant_that_waits_for_a_check_joins_when_it_is_there(kit):
    add(kit, waits="1b.to-come")
    assert mutant.load_all(KNOWN, kit) == ([], {})
    with pytest.raises(Broken, match="waits for 1b.coalesced, which is there"):
        load(kit, waits="1b.coalesced")


def test_a_mutant_that_waits_is_a_patch_that_applies(tmp_path):
    waiting = [p.parent for p in (ROOT / "grader/corpus/mutants").glob("*/case.toml") if "\nwaits = " in p.read_text()]
    for path in waiting:
        case = mutant.read(path, KNOWN)
        mutant.make_tree(case, tmp_path / case.name)


@pytest.mark.parametrize("words, says", [
    ({"must_fail": ["1b.nosuch"]}, "no check '1b.nosuch'"),
    ({"may_fail": ["1b.nosuch"]}, "no check '1b.nosuch'"),
    ({"causes": ["nosuch"]}, "no cause 'nosuch'"),
    ({"also": ["nosuch"]}, "no cause 'nosuch'"),
    ({"also": "never-reaped"}, "also should be a list"),
    ({"causes": None}, "lacks causes"),
    ({"about": None}, "lacks about"),
    ({"base": None}, "lacks base"),
    ({"base": "solutions/nosuch"}, "no part 'nosuch'"),
    ({"base": "correct/nosuch"}, "no base 'correct/nosuch'"),
    ({"base": "../../etc"}, "no base"),
    ({"mode": "nosuch"}, "mode should be one of submission"),
    ({"must_fail": []}, "must_fail or causes is empty"),
    ({"must_fail": "1b.reaped"}, "must_fail should be a list"),
    ({"must_fial": []}, "nobody reads must_fial"),
])
def test_a_case_that_cannot_be_meant_is_refused_in_words(kit, words, says):
    with pytest.raises(Broken, match=says):
        load(kit, **words)


def test_a_right_design_that_should_fail_something_is_refused(kit):
    with pytest.raises(Broken, match="a right design fails nothing"):
        load(kit, kind="correct", patch="", base=None, part="fork")


@pytest.mark.parametrize("patch, says", [
    (PATCH.replace("close(3)", "close(4)"), "does not apply to solutions/fork"),
    (PATCH.replace(" {\n", " {{\n"), "does not apply"),       # what fuzz would overlook
    (PATCH.replace("fork/", "lab/"), "does not apply"),
    ("--- /dev/null\n+++ b/pool/x.c\n@@ -0,0 +1 @@\n+int x;\n", "more than fork/"),
    ("--- /dev/null\n+++ b/lab/x.c\n@@ -0,0 +1 @@\n+int x;\n", "in mode submission"),
    ("", "No such file"),
    (PATCH.replace("1,4", "1,5").replace("-    close(3);\n", "-    close(3);\n+    close(3);\n"), "changes nothing"),
])
def test_a_patch_that_does_not_fit_is_refused_in_words(kit, patch, says):
    with pytest.raises(Broken, match=says):
        mutant.make_tree(load(kit, patch=patch), kit / "tree", kit)


def test_a_mutant_is_its_base_with_the_patch(kit):
    tree = mutant.make_tree(load(kit), kit / "tree", kit)
    assert (tree / "fork/serve.c").read_text() == SERVE.replace("    close(3);\n", "")
    assert [p.name for p in tree.iterdir()] == ["fork"]


def test_the_base_of_a_mutant_may_be_a_right_design(kit):
    path = add(kit, "d", kind="correct", patch="", base=None, part="fork", must_fail=[], causes=[])
    (path / "fork").mkdir()
    (path / "fork/serve.c").write_text(SERVE)
    case = load(kit, base="correct/d")
    assert case.part == "fork"
    assert "close" not in (mutant.make_tree(case, kit / "tree", kit) / "fork/serve.c").read_text()


def twin(kit: Path, part: str = "fork") -> None:
    """The base that the mutant m brings along."""
    path = kit / "grader/corpus/mutants/m/right" / part
    path.mkdir(parents=True)
    (path / "serve.c").write_text(SERVE)


def test_a_mutant_may_bring_its_base_along_which_is_a_right_design(kit):
    twin(kit)
    case = load(kit, base="here")
    made = mutant.make_tree(case, kit / "tree", kit)
    assert (made / "fork/serve.c").read_text() == SERVE.replace("    close(3);\n", "")
    [right] = mutant.twins([case, Case("d", kit, "right", "fork", RUBRIC)])
    assert (right.name, right.part, right.design) == ("m-right", "fork", True)
    assert (mutant.make_tree(right, kit / "tree", kit) / "fork/serve.c").read_text() == SERVE
    assert selftest.Plan([right], {}).wants(right) == []


@pytest.mark.parametrize("parts, says", [((), "there is no right/"), (("fork", "pool"), "no part 'fork and pool'")])
def test_a_base_that_is_not_there_or_of_two_parts_is_refused(kit, parts, says):
    for part in parts:
        twin(kit, part)
    with pytest.raises(Broken, match=says):
        load(kit, base="here")


def test_cases_that_cannot_be_used_do_not_hide_the_others(kit):
    add(kit, "good")
    add(kit, "bad", causes=["nosuch"])
    cases, broken = mutant.load_all(KNOWN, kit)
    assert [c.name for c in cases] == ["good"] and list(broken) == ["bad"]


def test_every_case_of_the_corpus_can_be_read_and_its_patch_applies(tmp_path):
    cases, broken = mutant.load_all(KNOWN)
    for case in cases:
        try:
            mutant.make_tree(case, tmp_path / "tree")
        except Broken as why:
            broken[case.name] = str(why)
    assert cases and broken == {}


# ---- results against case.toml ------------------------------------------------


def record(check, outcome, causes=(), observed=""):
    return {"check": check, "outcome": outcome, "causes": list(causes), "observed": observed}


LATE = "not reached: first make {} pass"


@pytest.mark.parametrize("case, checks, said", [
    ({"must_fail": ["a.x"]}, [record("a.x", "fail"), record("b.x", "blocked", observed=LATE.format("a.x"))], []),
    ({"must_fail": ["a.x"]}, [record("a.x", "fail"), record("b.x", "blocked", observed=LATE.format("a.x")),
                              record("c.x", "blocked", observed=LATE.format("b.x"))], []),
    ({"must_fail": ["a.x"]}, [record("a.x", "fail"), record("b.x", "blocked", observed=LATE.format("c.x"))],
     ["b.x should pass and is blocked"]),
    ({"must_fail": ["a.x"], "may_fail": ["b.x"], "causes": ["planted"]},
     [record("b.x", "fail", ["planted"]), record("a.x", "blocked", observed=LATE.format("b.x"))], []),
    ({"must_fail": ["a.x"], "may_fail": ["b.x"], "causes": ["planted"]},
     [record("b.x", "fail", ["other"]), record("a.x", "blocked", observed=LATE.format("b.x"))],
     ["none of planted is named, but other"]),
    ({"must_fail": ["a.x"], "may_fail": ["b.x"], "causes": ["planted"]},
     [record("b.x", "fail", ["planted"]), record("a.x", "fail", ["other"])], ["none of planted is named, but other"]),
    ({"must_fail": ["a.x"], "causes": ["planted"], "also": []}, [record("a.x", "fail", ["planted"])], []),
    ({"must_fail": ["a.x"], "causes": ["planted"], "also": ["true-too"]},
     [record("a.x", "fail", ["planted", "true-too", "other"])], ["another mistake is named, too: other"]),
    ({"must_fail": ["a.x"], "causes": ["planted"]}, [record("a.x", "fail", ["planted", "other"])], []),
    ({"must_fail": ["g.x"]}, [record("g.x", "fail"), record("b.x", "fail", observed="guard g.x is broken: so")], []),
    ({"must_fail": ["a.x"]}, [record("a.x", "fail"), record("b.x", "fail", observed="guard g.x is broken: so")],
     ["b.x should pass and is fail"]),
    ({"must_fail": ["a.x"]}, [record("a.x", "fail"), record("b.x", "fail", observed="a.x was seen")],
     ["b.x should pass and is fail"]),
    ({"must_fail": [], "may_fail": ["a.x"]}, [record("a.x", "not-measured")], ["a.x is not-measured"]),
    ({"must_fail": [], "unknown": ["a.x"]}, [record("a.x", "not-measured")], []),
])
def test_what_only_follows_from_an_expected_failure_needs_no_mention(case, checks, said):
    assert verify.mismatches(case, {"checks": checks}) == said


# ---- the selftest -------------------------------------------------------------


def result(*checks, **more):
    points = [c["outcome"] == "pass" for c in checks]
    return {"submission": "m", "score": sum(points), "measured_max": len(points), "max": len(points),
            "complete": True, "checks": list(checks), "boxes": [], "notes": [], "missing": [], "level": "uid",
            "causes": {}, **more}


class Graded(Bench):
    """A bench on which results lie ready, or words of why there is none."""

    def __init__(self, results):
        self.results, self.asked = results, {}

    def measure(self, case, wants=()):
        self.asked[case.name] = list(wants)
        found = self.results[case.name]
        if isinstance(found, Exception):
            raise found
        return Measured(found, Path("/nowhere"))


@pytest.fixture
def ungraded(monkeypatch):
    """The feedback is not looked at here."""
    monkeypatch.setattr(selftest.feedback, "mismatches", lambda *_: [])


def two(kit: Path) -> list[Case]:
    """A mutant and a right design."""
    return [load(kit), Case("d", kit, "right", "fork", RUBRIC)]


def test_a_mutant_is_asked_its_own_checks_and_two_others_by_seed(kit):
    case = load(kit)
    first, again, other = (selftest.Plan([case], {}, seed=s).wants(case) for s in (1, 1, 2))
    assert first == again and first != other
    assert first[0] == "1b.reaped" and len(set(first)) == 3
    assert all(c.startswith("1") and not RUBRIC.checks[c].guard for c in first)
    assert selftest.Plan([case], {}, full=True).wants(case) == []


def test_of_a_share_the_reference_is_always_part_and_a_seed_chooses_the_rest(kit):
    cases = [Case(f"d{n}", kit / f"d{n}", "right", "fork", RUBRIC) for n in range(300)]
    reference = Case("r", ROOT / "solutions", "the reference", "fork", RUBRIC)
    first, again, other = (selftest.chosen([*cases, reference], 3, seed) for seed in (1, 1, 2))
    assert first == again and first != other
    assert all(70 < len(share) < 130 and share[-1] == reference for share in (first, other))
    assert selftest.chosen(cases, 1, 1) == cases


def test_all_of_it_and_a_share_of_it_are_not_asked_for_together(capsys):
    with pytest.raises(SystemExit):
        selftest.arguments(["--full", "--share", "3"])
    assert "--share a part" in capsys.readouterr().err


def test_one_bad_case_stops_nothing_and_is_told_at_the_end(kit, ungraded, capsys):
    caught = result(record("1b.reaped", "fail", ["never-reaped"]))
    bench = Graded({"m": RuntimeError("nobody could grade it"), "d": result(record("1b.reaped", "pass"))})
    cases = two(kit)
    done = list(selftest.run(selftest.Plan(cases, {"gone": "no patch"}), bench))
    assert {o.name: o.wrong for o in done} == {
        "gone": ["no patch"], "m": ["nobody could grade it"], "d": []}
    assert selftest.report(done, [], write=False) == 1
    assert "gone: no patch" in capsys.readouterr().out
    bench.results["m"] = caught
    assert selftest.report(list(selftest.run(selftest.Plan(cases, {}), bench)), [], write=False) == 0


@pytest.mark.parametrize("name, made, says", [
    ("m", result(record("1b.reaped", "pass")), "1b.reaped should fail and is pass"),
    ("m", result(record("1b.reaped", "fail", ["one-wait-per-signal"])), "none of never-reaped is named"),
    ("d", result(record("1b.reaped", "fail", ["never-reaped"])), "1b.reaped should pass"),
    ("d", result(record("1b.reaped", "pass"), score=0), "full marks expected"),
    ("d", result(record("1b.reaped", "not-measured")), "1b.reaped is not-measured"),
    ("d", {"error": "no check could be run", "checks": []}, "no check could be run"),
])
def test_each_cell_off_its_expectation_is_told(kit, ungraded, name, made, says):
    case = next(c for c in two(kit) if c.name == name)
    outcome = selftest.run_one(case, Graded({name: made}), selftest.Plan([case], {}))
    assert any(says in w for w in outcome.wrong) and outcome.line().startswith("WRONG")


def test_a_starter_with_a_point_is_told():
    parts = ("fork", "locks", "pool")
    empty, lucky = result(record("a", "fail")), result(record("a", "pass"))
    bench = Graded({f"starter-{p}": empty for p in parts})
    assert selftest.starter(bench, RUBRIC) == []
    bench.results["starter-pool"] = lucky
    assert "pool: 0 points" in selftest.starter(bench, RUBRIC)[0]


def test_programs_fail_the_selftest_where_nobody_can_grade_them(kit, monkeypatch, tmp_path):
    monkeypatch.setattr("grader.corpus.measure.grades_programs", lambda: False)
    case = Case("p", kit / "solutions", "from outside", "fork", RUBRIC, mode="program")
    outcome = selftest.run_one(case, Bench(tmp_path / "out", "kit", kit), selftest.Plan([case], {}))
    assert "mode program is not wired" in outcome.wrong[0]


def test_what_was_measured_is_kept_until_code_or_kit_change(kit, monkeypatch, tmp_path):
    calls = []

    def grade(out, *_, **__):
        calls.append(out)
        (out / "m").mkdir(parents=True)
        (out / "m/result.json").write_text(json.dumps(result(record("1b.reaped", "fail"))))
    monkeypatch.setattr("grader.corpus.measure.grade", grade)
    case, bench = load(kit), Bench(tmp_path / "out", "kit", kit)
    assert not bench.measure(case, ["1b.reaped"]).kept
    assert bench.measure(case, ["1b.reaped"]).kept
    assert not bench.measure(case, ["1b.coalesced"]).kept
    (kit / "solutions/fork/serve.c").write_text(SERVE + "int more;\n")
    assert not bench.measure(case, ["1b.reaped"]).kept
    assert not Bench(tmp_path / "out", "another kit", kit).measure(case, ["1b.reaped"]).kept
    assert len(calls) == 4


def test_what_was_measured_in_another_course_is_not_kept(kit, tmp_path, monkeypatch):
    bench, tree = Bench(tmp_path / "out", "kit", kit), kit / "solutions"
    before = bench.key(tree)
    monkeypatch.setattr(measure, "course", lambda: Course(digest="of another course"))
    assert bench.key(tree) != before


# ---- what a check is made of --------------------------------------------------


def test_a_check_is_made_of_what_its_file_imports_however_far():
    names = {str(p.relative_to(ROOT)) for p in made_of.files("2b.race-check", "pool")}
    assert {"grader/checks/test_2b.py", "grader/checks/common.py", "grader/checks/conftest.py",
            "grader/core/subject.py", "grader/observe/server.py", "grader/observe/gdb_look.py", "grader/witness/helgrind.py",
            "grader/witness/canary/racy.c", "grader/box/init.c", "lab/net.c", "lab/queue.h",
            "lab/chaos/luck.h", "compile_flags.txt"} <= names
    assert not any(n.startswith(("grader/report/", "grader/corpus/", "grader/tests/")) for n in names)
    assert "grader/checks/test_1a.py" not in names


def test_every_check_is_made_of_something():
    for rubric in KNOWN.values():
        for check in rubric.checks.values():
            assert made_of.files(check.id, check.part)


def test_a_check_is_made_of_what_belongs_to_its_own_part():
    own = {n: {str(p.relative_to(ROOT)) for p in made_of.files(n, part)}
           for n, part in [("1a.exit", "fork"), ("2c.order", "pool"), ("2c.exact", "pool")]}
    assert "solutions/fork/serve.c" in own["1a.exit"] and "solutions/fork/serve.c" not in own["2c.order"]
    assert {"solutions/pool/queue.c", "grader/hidden/pool/serve.c", "grader/scenarios/queue.c"} <= own["2c.exact"]
    assert "grader/scenarios/locks.c" in own["2c.exact"], "of nobody's"
    assert not any(n.startswith(("grader/scenarios", "lab/explore")) for n in own["1a.exit"])
    assert ROOT / "lab/locks/page.h" in made_of.files("3b.bounded", "locks")
    assert ROOT / "lab/zoo/mutex.c" in made_of.files("2b.zoo", "answers")
    assert ROOT / "lab/zoo/mutex.c" not in made_of.files("2b.exact", "pool")


def test_another_parts_scenario_changes_no_hash_and_an_own_one_does(monkeypatch):
    def hashed(extra) -> str:
        made_of.check_hash.cache_clear()
        monkeypatch.setattr(made_of, "table", lambda path: {**table(path), "new": extra})
        return made_of.hash_of("2c.exact", "a", RUBRIC)
    queue = table()["queue-crowd"]
    elsewhere = [replace(queue, module=f"{part}/queue.c", schedules=n) for part in ("locks", "pool") for n in (1, 2)]
    locks, other_locks, pool, other_pool = map(hashed, elsewhere)
    made_of.check_hash.cache_clear()
    assert locks == other_locks and pool != other_pool


def test_a_hash_stands_for_the_check_its_entry_and_the_subject(monkeypatch):
    hashes = {made_of.hash_of(check, code, RUBRIC) for check in ("2c.exact", "2c.order") for code in "ab"}
    assert len(hashes) == 4
    assert made_of.hash_of("2c.exact", "a", RUBRIC) in hashes


# ---- RESULTS.md ---------------------------------------------------------------


def test_three_over_n_bounds_a_rate_of_which_nothing_was_seen():
    assert bounds.upper(0, 100) == 0.03 and bounds.upper(0, 2) == 1.0 and bounds.upper(0, 0) == 1.0


@pytest.mark.parametrize("bad, n, limit", [(1, 100, 0.0466), (2, 10, 0.5069), (10, 10, 1.0), (3, 600, 0.0129)])
def test_clopper_and_pearson_bound_what_was_seen(bad, n, limit):
    assert bounds.upper(bad, n) == pytest.approx(limit, abs=1e-4)


def test_a_bound_covers_the_true_rate_19_times_of_20():
    chance, rate, n = random.Random(1), 0.1, 60
    covered = sum(bounds.upper(sum(chance.random() < rate for _ in range(n)), n) >= rate for _ in range(2000))
    assert covered >= 0.94 * 2000


DATA = {"commit": "abc", "machine": {"cpu": "one"}, "parts": {"fork": {
    "title": "1 A process per client", "checks": ["1.echo", "1b.reaped"],
    "mutants": {"m": ".F", "n": ".b!"}, "designs": {"d": ".."}}}}


def test_the_results_tell_matrix_and_rates():
    counts = [Count("1b.reaped", "clean", load, name, "h", 50) for load in ("idle", "load") for name in "de"]
    counts += [Count("1b.reaped", "mutant", "idle", "m", "h", 10, 1, 2)]
    told = results.render(DATA, counts)
    assert "mutants: 1 of 2 as expected" in told and "designs: 1 of 1 as expected" in told
    assert "\n  m                                 .F\n" in told
    assert "| 1b.reaped | 100 | 100 | 0 | 1.5 % | 10 | 1 | 39.4 % | 2 |" in told


def test_a_row_tells_naming_failing_and_following_apart(kit):
    case = load(kit, must_fail=["1b.reaped", "1b.coalesced"])
    made = result(record("1b.reaped", "fail", ["never-reaped"]), record("1b.coalesced", "fail", ["reaper-spins"]),
                  record("1a.exit", "blocked", observed=LATE.format("1b.reaped")), record("1.echo", "pass"),
                  record("1c.fork-fails", "fail", ["never-reaped"], "guard 1b.reaped is broken: so"),
                  record("1d.peak", "not-measured"))
    columns = ["1.echo", "1b.reaped", "1b.coalesced", "1a.exit", "1c.fork-fails", "1d.peak", "1e.x"]
    assert results.row(case, made, columns) == ".Ffbb? "


def test_the_results_that_lie_here_are_those_of_the_stored_data():
    data = json.loads(results.MATRIX.read_text("utf-8"))
    assert results.RESULTS.read_text("utf-8") == results.render(data, results.read(results.COUNTS))


def test_nothing_that_decides_a_verdict_knows_a_name_of_the_corpus():
    names = [p.parent.name for kind in ("mutants", "correct", "class")
             for p in (ROOT / "grader/corpus" / kind).glob("*/case.toml")]
    rubric = " ".join(c for known in KNOWN.values() for c in known.causes)     # some names are causes, or words
    words = re.compile(r"\b(?:" + "|".join(n for n in names if re.search("[-_]", n) and n not in rubric) + r")\b")
    deciding = [p for top in ("checks", "core", "observe", "witness", "box", "program", "unit", "report")
                for p in (ROOT / "grader" / top).rglob("*") if p.suffix in (".py", ".c", ".h", ".toml")]
    assert len(names) > 100 and len(deciding) > 80
    found = [f"{p.name}: {hit[0]}" for p in deciding for hit in words.finditer(p.read_text("utf-8"))]
    assert found == []
