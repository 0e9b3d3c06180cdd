"""The comparison's questions that are held against compare.json, whatever is in it."""
import json
import random
from pathlib import Path
from typing import Callable, Optional

import pytest

from grader.bench import seal, table
from grader.checks import as_measured, measured
from grader.core.record import Failed, NotMeasured
from grader.core.submission import unpack
from grader.tests.asked import case, refused
from lab.predict import answers

MEASURE: dict[str, Callable] = {"q3.cpu": as_measured.cpu, "q4.memory": as_measured.memory, "q5.rate": as_measured.rate}
RIGHT = {"q3.cpu": 10.1, "q4.memory": 3.4, "q5.rate": 4.0}
SERVERS = [{"name": n, "files": f"{n}/*.c", "why": ""} for n in ("serial", "fork", "thread", "pool")]


@pytest.fixture(autouse=True)
def without_ours(monkeypatch) -> None:
    """As on a student's machine: there is no measurement of EchoCo's."""
    monkeypatch.setattr(measured, "OURS", Path("/nowhere"))
    monkeypatch.setattr(as_measured.measured, "ours", lambda: None)


def rows() -> list[dict]:
    """What make compare may have measured."""
    return [table.row("fork.wait0.cpu", 195.0, "us/request", 20, "pool", (9.8, 10.1, 10.5)),
            table.row("fork.held.memory", 47.0, "KiB/client", 5, "thread", (3.3, 3.4, 3.5)),
            table.row("pool.held.memory", -0.2, "KiB/client", 5, "thread", (0.0, 0.0, 0.0)),
            table.row("serial.wait0.rate", 32000.0, "requests/s", 20, "pool", (0.76, 0.8, 0.84)),
            table.row("fork.wait0.rate", 8000.0, "requests/s", 20, "pool", (0.19, 0.2, 0.21))]


def compared(**changed: object) -> dict:
    """A whole file of this machine and kit, sealed."""
    return seal.sealed({"command": "make compare", "made": "2026-11-30T14:00:00Z", "machine": table.machine(),
                        "kit": seal.kit(), "predicted": {}, "workers": 8, "clients": 8, "held": 32, "servers": SERVERS,
                        "base": "pool", "again": "pool again", "rows": rows(), **changed})


def asked(where: Path, check: str, number: Optional[float] = None, compare: object = None, more: str = ""):
    text = compare if isinstance(compare, (str, bytes)) else json.dumps(compare if compare is not None else compared())
    return case(where, check, f"ratio = {RIGHT[check] if number is None else number}\n{more}", compare=text)


each = pytest.mark.parametrize("check", MEASURE)


@each
def test_the_measured_number_passes_and_so_does_a_rounded_one(tmp_path: Path, check: str) -> None:
    for number in RIGHT[check], float(f"{RIGHT[check]:.2g}"), RIGHT[check] * 1.04, RIGHT[check] * 0.96:
        said = MEASURE[check](asked(tmp_path, check, number))
        assert "measured: " in said and "another" not in said


@each
@pytest.mark.parametrize("factor", [0.1, 0.5, 0.85, 1.2, 2, 100, 0])
def test_another_number_than_the_measured_one_fails(tmp_path: Path, check: str, factor: float) -> None:
    failed = refused(MEASURE[check], asked(tmp_path, check, RIGHT[check] * factor))
    assert failed.causes == ["number-not-as-measured"]


@each
def test_without_a_measurement_there_is_no_point_and_a_cause(tmp_path: Path, check: str) -> None:
    failed = refused(MEASURE[check], case(tmp_path, check, f"ratio = {RIGHT[check]}"))
    assert failed.causes == ["compare-missing"] and "make compare" in failed.observed


@each
def test_a_number_that_was_not_given_is_missing_whatever_was_measured(tmp_path: Path, check: str) -> None:
    assert refused(MEASURE[check], asked(tmp_path, check, -1)).causes == ["answer-missing"]


@each
def test_an_edited_file_is_told_from_an_intact_one(tmp_path: Path, check: str) -> None:
    data = json.loads(json.dumps(compared()))
    MEASURE[check](asked(tmp_path, check, compare=json.dumps(data, indent=2)))      # laid out anew, and not edited
    for row in data["rows"]:
        row["value"] = row["value"] * 2
    assert refused(MEASURE[check], asked(tmp_path, check, compare=data)).causes == ["compare-edited"]
    del data["hash"]
    assert refused(MEASURE[check], asked(tmp_path, check, compare=data)).causes == ["compare-edited"]


@each
def test_another_machine_and_another_kit_are_taken_and_said(tmp_path: Path, check: str) -> None:
    here = table.machine()
    for change, said in (({"machine": {**here, "cores": here["cores"] + 1}}, "measured on another machine"),
                         ({"machine": "mine"}, "measured on another machine"), ({"kit": "0" * 16}, "another version of the kit"),
                         ({"kit": None}, "another version of the kit")):
        assert said in MEASURE[check](asked(tmp_path, check, compare=compared(**change)))
    busy = compared(machine={**here, "load": 77.0, "tcp": "other"})
    assert "another" not in MEASURE[check](asked(tmp_path, check, compare=busy)), "the same machine at another hour"


@each
def test_a_quick_look_is_taken_and_said(tmp_path: Path, check: str) -> None:
    assert "by a quick look" in MEASURE[check](asked(tmp_path, check, compare=compared(quick=True)))
    for whole in compared(quick=False), compared():
        assert "by a quick look" not in MEASURE[check](asked(tmp_path, check, compare=whole))


def without(name: str, why: str = "", note: str = "") -> dict:
    """A comparison in which a server's rows are not measured."""
    servers = [{**s, "why": why} if s["name"] == name else s for s in SERVERS]
    left = [{**r, "value": None, "ratio": None, "low": None, "high": None, "note": note}
            if r["name"].startswith(f"{name}.") else r for r in rows()]
    return compared(servers=servers, rows=left)


@each
def test_a_server_that_was_not_measured_is_named_with_its_reason(tmp_path: Path, check: str) -> None:
    failed = refused(MEASURE[check], asked(tmp_path, check, compare=without("fork", "does not compile", "not-measured: x")))
    assert failed.causes == ["compare-incomplete"] and "does not compile" in failed.observed
    long = without("fork", "\x1b[2J" + "x" * 5000)
    assert outcome(tmp_path, check, long) == "compare-incomplete", "quoted in a sentence"
    failed = refused(MEASURE[check], asked(tmp_path, check, compare=compared(rows=rows()[2:3])))
    assert failed.causes == ["compare-incomplete"]


@each
def test_what_that_machine_could_not_measure_costs_nothing(tmp_path: Path, check: str) -> None:
    with pytest.raises(NotMeasured, match="could not be measured on that machine"):
        MEASURE[check](asked(tmp_path, check, compare=without("fork", note=measured.NOT_HERE)))


def test_memory_needs_the_thread_for_each_client_beside_it(tmp_path: Path) -> None:
    alone = [{**r, "versus": None, "ratio": None, "low": None, "high": None} for r in rows()]
    servers = [{**s, "why": "the pool is still that very code"} if s["name"] == "thread" else s for s in SERVERS]
    failed = refused(as_measured.memory, asked(tmp_path, "q4.memory", compare=compared(rows=alone, servers=servers)))
    assert failed.causes == ["compare-incomplete"] and "still that very code" in failed.observed
    against_pool = [{**r, "versus": "pool"} for r in rows()]
    failed = refused(as_measured.memory, asked(tmp_path, "q4.memory", compare=compared(rows=against_pool)))
    assert failed.causes == ["compare-incomplete"]


def ours_is(monkeypatch, factor: float) -> None:
    """EchoCo's own measurement: so many times what the student has measured."""
    def scaled(row: dict) -> dict:
        scale = {"fork.wait0.rate": 1 / factor}.get(row["name"], 1 if ".rate" in row["name"] else factor)
        return {**row, **{k: row[k] * scale for k in ("value", "ratio", "low", "high")}}
    other = measured.Measured({r["name"]: measured._row(scaled(r)) for r in rows()}, {})
    monkeypatch.setattr(as_measured.measured, "ours", lambda: other)


@each
@pytest.mark.parametrize("factor, good", [(1, True), (0.5, True), (8, True), (0.05, False), (20, False)])
def test_the_own_measurement_is_of_the_order_of_echocos(tmp_path: Path, check: str, factor: float, good: bool,
                                                       monkeypatch) -> None:
    ours_is(monkeypatch, factor)
    if good:
        MEASURE[check](asked(tmp_path, check))
    else:
        assert refused(MEASURE[check], asked(tmp_path, check)).causes == ["measured-otherwise"]


def test_the_own_measurement_points_the_same_way_as_echocos(tmp_path: Path, monkeypatch) -> None:
    ours_is(monkeypatch, 0.2)       # 0.8 of fork's rate, and 4 times in the student's
    assert refused(as_measured.rate, asked(tmp_path, "q5.rate")).causes == ["measured-otherwise"]


def test_what_was_predicted_before_is_told_from_what_was_predicted_after(tmp_path: Path) -> None:
    at = "2026-11-30T13:00:00Z"
    mark = answers.fingerprint("q3", "twice", at)
    more = f'predict = "twice"\npredicted = "{at}"\npredict_hash = "{mark}"'
    said = as_measured.cpu(asked(tmp_path, "q3.cpu", compare=compared(predicted={"q3": mark}), more=more))
    assert "predicted: twice" in said and "predicted before it was measured" in said
    for told in {}, {"q3": "another"}, {"q3": ["x"]}:
        said = as_measured.cpu(asked(tmp_path, "q3.cpu", compare=compared(predicted=told), more=more))
        assert "predicted, or changed, after it was measured" in said
    assert "measured;" not in as_measured.cpu(asked(tmp_path, "q3.cpu"))


# ---- whatever is in the file, a check fails with a cause and crashes nowhere


def outcome(where: Path, check: str, content: object) -> str:
    """A cause, "pass" or "not-measured"; anything else is raised."""
    try:
        MEASURE[check](asked(where, check, compare=content))
    except Failed as failed:
        assert len(failed.observed) < 600 and failed.observed.isprintable()
        return failed.causes[0]
    except NotMeasured:
        return "not-measured"
    return "pass"


BROKEN = {
    "empty": "", "a blank": " ", "null": "null", "a number": "17", "a text": '"rows"', "a list": "[]", "no rows": "{}",
    "bytes": b"\xff\xfe{}", "NaN": '{"hash": NaN}', "Infinity": '{"rows": [Infinity]}', "a long number": "9" * 5000,
    "deep": "[" * 100000, "deep tables": '{"rows":' * 50000, "twice": json.dumps({}) * 2, "NUL": "\0" * 4096}


@each
@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_what_is_no_table_of_json_is_unreadable_or_edited(tmp_path: Path, check: str, content: object) -> None:
    assert outcome(tmp_path, check, content) in ("compare-unreadable", "compare-edited")


@pytest.mark.parametrize("piece, times, said", [
    (" ", 300 << 10, "is larger than 256 KiB"), ("[", 3 << 20, "is larger than 256 KiB"),
    ("[", 200 << 10, "is nested too deep"), ('{"rows":', 20 << 10, "is nested too deep")])
def test_what_is_too_large_or_too_deep_is_not_said_to_be_missing(tmp_path: Path, piece: str, times: int, said: str) -> None:
    (tmp_path / "in/fork").mkdir(parents=True)
    (tmp_path / "in/fork/serve.c").touch()
    (tmp_path / "in/compare.json").write_text(piece * times)
    (tmp_path / "in/answers.toml").touch()
    taken = unpack(tmp_path / "in", tmp_path / "taken", ["fork"])
    failed = refused(as_measured.cpu, asked(tmp_path, "q3.cpu", compare=(taken.dir / "compare.json").read_bytes()))
    assert failed.causes == ["compare-unreadable"] and said in failed.observed


def test_lists_of_any_depth_crash_nothing(tmp_path: Path) -> None:
    seen = {outcome(tmp_path, "q3.cpu", '{"rows":' + "[" * n + "]" * n + "}") for n in range(700, 1000)}
    assert seen == {"compare-unreadable", "compare-edited"}, "what can be read may be too deep to be hashed"


def test_a_file_that_was_cut_short_anywhere_is_unreadable(tmp_path: Path) -> None:
    text = json.dumps(compared())
    for end in range(0, len(text) - 1, 11):
        assert outcome(tmp_path, "q3.cpu", text[:end]) == "compare-unreadable", end


ODD = [None, True, -1, 0, 1e308, 10 ** 400, "x" * 3000, "nan", [], {}, [[[]]], {"a": {"b": []}}, "\x1b[2J\n"]


@pytest.mark.parametrize("part", ["rows", "servers", "machine", "kit", "predicted", "made", "base", "workers", "quick", "hash"])
def test_a_part_of_another_kind_crashes_nothing(tmp_path: Path, part: str) -> None:
    known = {"pass", "compare-unreadable", "compare-incomplete", "compare-edited"}
    for odd in ODD:
        data = compared(**{part: odd})
        assert outcome(tmp_path, "q3.cpu", data) in known, odd
    gone = {k: v for k, v in compared().items() if k not in (part, "hash")}
    assert outcome(tmp_path, "q3.cpu", seal.sealed(gone)) in known


@each
def test_a_number_of_another_kind_in_a_row_crashes_nothing(tmp_path: Path, check: str) -> None:
    seen = set()
    for index in range(len(rows())):
        for key in rows()[0]:
            for odd in ODD:
                changed = rows()
                changed[index][key] = odd
                seen.add(outcome(tmp_path, check, compared(rows=changed)))
            changed = rows()
            del changed[index][key]
            seen.add(outcome(tmp_path, check, compared(rows=changed)))
    known = {"pass", "compare-unreadable", "compare-incomplete", "number-not-as-measured", "not-measured"}
    assert {"pass", "compare-unreadable", "compare-incomplete"} <= seen <= known


def test_bytes_changed_anywhere_crash_nothing(tmp_path: Path) -> None:
    text, luck = json.dumps(compared()).encode(), random.Random(7)
    for _ in range(600):
        bad = bytearray(text)
        for _ in range(luck.randint(1, 4)):
            bad[luck.randrange(len(bad))] = luck.randrange(256)
        assert outcome(tmp_path, "q5.rate", bytes(bad)) in ("compare-unreadable", "compare-edited", "pass")
