"""The reports: one record in, and nothing but the record out."""

from __future__ import annotations

import copy
import csv
import html.parser
import io
import json
import re
import resource
import sys
import unicodedata
from pathlib import Path
from typing import Any, Callable

import jsonschema
import pytest

from grader.report import files, formats, html as pages
from grader.report import schema, terminal, text, view
from grader.report.formats import klass as class_page

DATA = Path(__file__).with_name("data")
SAMPLES = ["full", "half", "broken", "hostile", "ungradable"]
HUGE = "A" * 60_000


def sample(name: str) -> dict[str, Any]:
    """A result of data/; the hostile one gets its megabytes here."""
    result = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    if name == "hostile":
        find(result, "1a.overlap")["evidence"][0]["text"] += HUGE
        find(result, "1a.overlap")["observed"] += HUGE
    return result


def find(result: dict[str, Any], check: str) -> dict[str, Any]:
    return next(c for c in result["checks"] if c["check"] == check)


def fail(result: dict[str, Any], check: str) -> None:
    """Turn a pass into a failure and keep the sums right."""
    record = find(result, check)
    box = next(b for b in result["boxes"] if b["title"] == (
        "Processes work" if check[0] == "1" else
        "Race scenarios are resolved" if check[:2] == "2b" else
        "Threads work"))
    result["score"] -= record["points"]
    box["score"] -= record["points"]
    record.update(outcome="fail", points=0, observed="seen", expected="due")


def a_class() -> list[dict[str, Any]]:
    """Twelve submissions: ten grown from full, one half, one not gradable."""
    results = []
    for n, name in enumerate(("amber-otter brisk-wren calm-tern dusky-lynx "
                              "eager-mole fleet-ibis gentle-newt hardy-pika "
                              "idle-starter jolly-crane").split()):
        result = copy.deepcopy(sample("full"))
        result["submission"] = name
        for i, check in enumerate(view.scored(result)):
            if n and (i * 7 + n) % (9 - n if n < 8 else 1 + n % 2) == 0:
                fail(result, check["check"])
        results.append(result)
    return results + [sample("half"), sample("ungradable")]


def report(result: Any, colour: bool = False,
           show: Callable[..., None] = terminal.print_result) -> str:
    stream = io.StringIO()
    show(result, stream, colour)
    return stream.getvalue()


def page(name: str, tmp_path: Path) -> str:
    formats.write_submission(sample(name), tmp_path)
    return (tmp_path / "index.html").read_text(encoding="utf-8")


# --- the schema


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_a_right_result(name: str) -> None:
    schema.validate(sample(name))


def test_every_submission_of_the_sample_class_is_a_right_result() -> None:
    for result in a_class():
        schema.validate(result)


def test_a_line_of_the_record_is_held_to_the_same_schema() -> None:
    record = sample("half")["checks"][1]
    schema.validate_check(record)
    with pytest.raises(jsonschema.ValidationError):
        schema.validate_check({**record, "outcome": "skipped"})


WRONG = {
    "a field nobody knows": ("1a.exit", {"grade": 1}),
    "an outcome nobody knows": ("1a.exit", {"outcome": "error"}),
    "a pass with part of its points": ("1a.exit", {"points": 1}),
    "a failure without what was seen": ("1a.parent-fd", {"observed": ""}),
    "a failure without what was due": ("1a.parent-fd", {"expected": ""}),
    "a failure that earns points": ("1a.parent-fd", {"points": 1}),
    "a blocked check that earns points": ("2e.idle", {"points": 1}),
    "not measured without a reason": ("2c.waits", {"observed": ""}),
    "a guard with points": ("fork.echo", {"max": 1, "points": 1}),
    "a cause without a sentence": ("1a.parent-fd", {"causes": ["moon"]}),
    "four causes": ("1a.parent-fd", {"causes": ["a", "b", "c", "d"]}),
    "evidence of no kind": ("1a.exit", {"evidence": [{"text": "so"}]}),
}


@pytest.mark.parametrize("what", WRONG)
def test_the_schema_refuses(what: str) -> None:
    check, change = WRONG[what]
    result = sample("half")
    find(result, check).update(change)
    with pytest.raises(jsonschema.ValidationError):
        schema.validate(result)


@pytest.mark.parametrize("change", [
    {"score": 30}, {"measured_max": 50}, {"complete": True}, {"schema": 2},
    {"error": "no"}, {"level": ""}, {"seed": None}, {"extra": 0}])
def test_the_schema_refuses_a_result_with(change: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        schema.validate({**sample("half"), **change})


def test_the_schema_refuses_a_check_that_is_there_twice() -> None:
    result = sample("full")
    result["checks"].append(copy.deepcopy(find(result, "fork.echo")))
    with pytest.raises(jsonschema.ValidationError, match="twice"):
        schema.validate(result)


# --- text

def test_hidden_characters_are_spelled_out_and_bytes_are_counted() -> None:
    raw = b"\x1b[2Jcaf\xe9\x00".decode("utf-8", "surrogateescape")
    assert text.visible(raw + "\u202e\u200b") == \
        "\\x1b[2Jcaf\\xe9\\x00\\u202e\\u200b"
    assert text.visible("a\r\nb\tc") == "a\nb\tc"
    assert text.visible("ä" * 10, 9) == "ääää\n[11 more bytes are not shown]"


# --- the terminal

@pytest.mark.parametrize("name", ["half", "broken", "ungradable"])
def test_the_plain_report_is_the_golden_one(name: str) -> None:
    golden = (DATA / f"{name}.txt").read_text(encoding="utf-8")
    assert report(sample(name)) == golden


def test_the_plain_table_of_a_class_is_the_golden_one() -> None:
    golden = (DATA / "class.txt").read_text(encoding="utf-8")
    assert report(a_class(), show=terminal.print_class) == golden


def test_the_plain_report_is_ascii_in_80_columns() -> None:
    both = report(sample("half")) + report(a_class(),
                                           show=terminal.print_class)
    assert both.isascii()
    # Paths and commands are not broken, so findings alone may be longer.
    assert [line for line in both.splitlines()
            if len(line) > 80 and " by " not in line] == []


@pytest.mark.parametrize("name", SAMPLES)
def test_colour_adds_no_fact(name: str) -> None:
    coloured = re.sub(r"\x1b\[[0-9;]*m", "", report(sample(name), True))
    assert re.sub(r"[█░]+  ", "", coloured) == report(sample(name))


@pytest.mark.parametrize("colour", [False, True])
def test_no_byte_of_a_student_reaches_the_terminal_raw(colour: bool) -> None:
    shown = report(sample("hostile"), colour) + report(
        [sample("hostile")], colour, terminal.print_class)
    shown = re.sub(r"\x1b\[(0|1|2|34|35|1;31)m", "", shown)
    assert {c for c in shown if unicodedata.category(c)[0] == "C"} == {"\n"}
    assert "\\x1b[31m100/100 PASS" in shown
    assert len(shown) < 30_000


def test_a_terminal_without_umlauts_gets_the_report_too() -> None:
    result = sample("half")
    result["notes"].append("Größe: 1 → 2")
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", newline="\n")
    terminal.print_result(result, stream, True)
    stream.flush()
    assert b"Gr\\xf6\\xdfe: 1 \\u2192 2" in raw.getvalue()
    assert b"####" in raw.getvalue()


def test_a_witness_is_told_in_four_lines() -> None:
    finding = find(sample("half"), "2b.race-check")["evidence"][0]
    assert view.finding_lines(finding) == [
        "data race on all.served, declared at pool/stats.c:9",
        "pool/stats.c:22  write in stats_end by worker (thread 3), "
        "holding no lock",
        "pool/stats.c:22  write in stats_end by worker (thread 4), "
        "holding no lock",
        "helgrind, confirmed by tsan"]


def test_guards_are_one_line_until_one_breaks() -> None:
    assert "fork.echo" not in report(sample("full"))
    assert "guards: 3 of 3" in report(sample("full"))
    assert "FAIL         fork.echo" in report(sample("hostile"))
    assert "guards: 2 of 3" in report(sample("hostile"))


def test_a_broken_guard_is_told_once(tmp_path: Path) -> None:
    shown = report(sample("broken"))
    assert shown.count("'al' undeclared") == 1
    assert shown.count("guard pool.echo is broken, see there") == 13
    source = page("broken", tmp_path)
    assert source.count("&#39;al&#39; undeclared") == 1
    assert source.count('href="#pool.echo"') == 14      # and the advice
    assert Page(source).open == []


def test_a_long_text_is_cut_in_the_terminal_and_whole_in_the_page(
        tmp_path: Path) -> None:
    result = sample("half")
    record = find(result, "1a.parent-fd")
    record["observed"] = "\n".join(f"line {n}." for n in range(50))
    assert "line 19." in report(result) and "line 20." not in report(result)
    assert "[30 more lines]" in report(result)
    formats.write_submission(result, tmp_path)
    assert "line 49." in (tmp_path / "index.html").read_text()


def test_progress_is_one_line_a_check_even_for_a_hostile_title() -> None:
    record = sample("half")["checks"][4]
    record["title"] = "a\nb\x1b[2J " + "long " * 99
    line = terminal.progress_line(record)
    assert len(line) <= 80 and "\n" not in line and "\x1b" not in line
    assert line.startswith("FAIL         1a.parent-fd")


class _Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("tty, environ, want", [
    (True, {"TERM": "xterm"}, True),
    (False, {"TERM": "xterm"}, False),
    (True, {"TERM": "dumb"}, False),
    (True, {}, False),
    (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
    (True, {"TERM": "xterm", "NO_COLOR": ""}, True),
    (True, {"TERM": "xterm", "PLAIN": "1"}, False),
    (False, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True),
    (True, {"TERM": "xterm", "FORCE_COLOR": "0"}, False)])
def test_colour_is_for_terminals_that_want_it(
        tty: bool, environ: dict[str, str], want: bool) -> None:
    stream = _Tty() if tty else io.StringIO()
    assert terminal.want_colour(stream, environ) is want


# --- files

def test_a_format_is_added_by_adding_a_file(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ("def submission(r, d): (d / 'x').write_text(r['submission'])\n"
              "def klass(rs, d): (d / 'y').write_text(str(len(rs)))\n")
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "other.py").write_text(source)
    monkeypatch.setattr(formats, "__path__",
                        [*formats.__path__, str(tmp_path / "extra")])
    formats.write_submission(sample("full"), tmp_path)
    formats.write_class(a_class(), tmp_path)
    sys.modules.pop("grader.report.formats.other")
    assert (tmp_path / "x").read_text() == "amber-otter"
    assert (tmp_path / "y").read_text() == "12"
    assert {"index.html", "summary.csv"} <= {p.name for p in tmp_path.iterdir()}


def test_a_full_disk_leaves_the_old_report_and_no_half_of_a_new_one(
        tmp_path: Path) -> None:
    formats.write_class(a_class()[:1], tmp_path)
    old = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limit[1]))
        with pytest.raises(OSError):
            formats.write_class(a_class(), tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == old


def test_a_directory_that_cannot_be_made_is_an_os_error(
        tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        files.write_text(tmp_path / "file" / "index.html", "")


# --- summary.csv

def _table(results: list[dict[str, Any]], path: Path) -> list[dict[str, str]]:
    formats.write_class(results, path)
    with open(path / "summary.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_summary_has_a_row_a_submission_and_a_column_a_check(
        tmp_path: Path) -> None:
    rows = {r["submission"]: r for r in _table(a_class(), tmp_path)}
    assert len(rows) == 12
    half = rows["quiet-heron"]
    assert (half["score"], half["measured_max"], half["max"],
            half["complete"], half["level"]) == ("29", "49", "50", "no", "uid")
    assert (half["1a.parent-fd"], half["2c.waits"], half["2e.idle"]) == \
        ("fail", "not-measured", "blocked")
    broken = rows["broken-archive"]
    assert broken["score"] == "" and "512 bytes" in broken["error"]


@pytest.mark.parametrize("name", [
    "=HYPERLINK(\"http://e\")", "+1", "-1", "@SUM(A1)", "\t=1", " =1"])
def test_a_spreadsheet_takes_no_name_for_a_formula(
        name: str, tmp_path: Path) -> None:
    result = {**sample("ungradable"), "submission": name, "error": name}
    row = _table([result], tmp_path)[0]
    assert row["submission"][0] == row["error"][0] == "'"


# --- pages

VOID = {"meta", "link", "input", "br"}


class Page(html.parser.HTMLParser):
    """What a browser would build: elements, and whether they nest."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.code: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.code.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for found, attrs in self.found if found == tag]


def _every_page(tmp_path: Path) -> list[Page]:
    formats.write_class(a_class() + [sample("hostile")], tmp_path)
    sources = [page(name, tmp_path / name) for name in SAMPLES]
    sources.append((tmp_path / "index.html").read_text(encoding="utf-8"))
    return [Page(source) for source in sources]


def test_pages_nest_and_hold_no_element_of_a_student(tmp_path: Path) -> None:
    for built in _every_page(tmp_path):
        assert built.open == []
        assert len(built.all("style")) == 1
        assert built.all("img") == [] and built.all("iframe") == []
        assert len("".join(built.code)) in (0, len(pages._source("filter.js")))
        for tag, attrs in built.found:
            assert not [a for a in attrs if a.startswith("on")], tag
            assert "style" not in attrs and "src" not in attrs, tag


def test_pages_point_at_nothing_but_their_neighbours(tmp_path: Path) -> None:
    for built in _every_page(tmp_path):
        for _, attrs in built.found:
            href = attrs.get("href") or ""
            assert "//" not in href and ":" not in href.replace("data:,", "")
        policy = next(m["content"] for m in built.all("meta")
                      if m.get("http-equiv") == "Content-Security-Policy")
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy


def test_pages_can_be_heard(tmp_path: Path) -> None:
    for built in _every_page(tmp_path):
        assert built.all("html") == [{"lang": "en"}]
        heads = [int(t[1]) for t, _ in built.found if re.match(r"h\d$", t)]
        assert heads[0] == 1 and heads.count(1) == 1
        assert all(b - a <= 1 for a, b in zip(heads, heads[1:]))
        for svg in built.all("svg"):
            assert svg.get("aria-hidden") or svg.get("aria-label")
        ids = [a["id"] for _, a in built.found if "id" in a]
        assert len(ids) == len(set(ids))
        labels = {a["for"] for a in built.all("label")}
        assert {a["id"] for a in built.all("input")} <= labels


def test_a_page_shows_a_hostile_server_and_does_not_obey_it(
        tmp_path: Path) -> None:
    source = page("hostile", tmp_path)
    assert "&lt;script&gt;document.title" in source
    assert "\\x1b[2J" in source and "caf\\xe9" in source
    assert "{{ 7 * 7 }}" in source
    assert "more bytes are not shown" in source and len(source) < 120_000
    assert not {c for c in source if unicodedata.category(c)[0] == "C"} - {"\n"}


def test_a_page_says_every_outcome_in_words(tmp_path: Path) -> None:
    source = page("half", tmp_path)
    for word in view.WORDS.values():
        assert f"</svg>{word}</span>" in source
    assert "not reached: first make 2d.fixed pass" in source
    assert "This score is provisional." in source
    assert "<p>8 of 24 points</p>" in source
    assert "provisional" not in re.sub(r"<style>.*?</style>", "", page(
        "full", tmp_path), flags=re.S)


def test_failures_are_open_and_passes_are_not(tmp_path: Path) -> None:
    built = Page(page("half", tmp_path))
    failed = [c for c in view.shown(sample("half")["checks"])
              if c["outcome"] == "fail"]
    opened = [a for a in built.all("details") if "open" in a]
    assert len(opened) == len(failed) == 5


def test_a_submission_that_cannot_be_graded_has_a_page(
        tmp_path: Path) -> None:
    source = page("ungradable", tmp_path)
    assert "Could not be graded." in source and "512 bytes" in source


def test_the_class_page_links_each_submission_and_counts_them(
        tmp_path: Path) -> None:
    odd = {**sample("ungradable"), "submission": "a b/../?#ü"}
    formats.write_class(a_class() + [odd], tmp_path)
    source = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<h1>13 submissions</h1>" in source
    assert 'href="quiet-heron/index.html"' in source
    assert 'href="a%20b%2F..%2F%3F%23%C3%BC/index.html"' in source


def test_rates_count_those_who_reached_a_check() -> None:
    done = [r for r in a_class() if view.graded(r)]
    row = next(r for r in class_page.rates(done) if r["check"] == "2d.overlap")
    assert row["tried"] == len(done) - 1 and row["blocked"] == 1
    assert row["fail"] == sum(
        find(r, "2d.overlap")["outcome"] == "fail" for r in done)


def test_full_marks_and_zero_lie_at_the_ends_of_the_distribution() -> None:
    def scored(score: float, most: float) -> dict[str, Any]:
        return {"score": score, "measured_max": most}
    assert class_page.distribution(
        [scored(50, 50), scored(0, 50), scored(0, 0), scored(14.7, 49)]) == \
        [2, 0, 0, 1, 0, 0, 0, 0, 0, 1]


def words(source: str) -> str:
    """A page's text without its markup."""
    source = re.sub(r"<(style|script)>.*?</\1>", "", source, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", source))


def without_points(result: dict[str, Any], check: str) -> None:
    """Make a check what it is where only others were asked for: a guard."""
    record = find(result, check)
    result["max"] -= record["max"]
    result["measured_max"] -= record["max"]
    result["score"] -= record["points"]
    record.update(guard=True, max=0, points=0)


def test_a_check_that_others_need_is_shown_like_a_guard(
        tmp_path: Path) -> None:
    result = sample("full")
    without_points(result, "1a.overlap")
    schema.validate(result)
    formats.write_submission(result, tmp_path)
    formats.write_class([result] * 3, tmp_path / "class")
    source = (tmp_path / "index.html").read_text()
    assert 'id="1a.overlap"' not in source
    assert "stand): 4 of 4." in source
    assert "<code>1a.overlap</code>" not in \
        (tmp_path / "class/index.html").read_text()
    find(result, "1a.overlap").update(
        outcome="fail", observed="seen", expected="due", reproduce="make")
    formats.write_submission(result, tmp_path)
    formats.write_class([result] * 3, tmp_path / "class")
    source = (tmp_path / "index.html").read_text()
    assert 'id="1a.overlap"' in source and ">guard</span>" in source
    assert "stand): 3 of 4." in source
    assert "<code>1a.overlap</code>" in \
        (tmp_path / "class/index.html").read_text()


def test_a_check_with_points_in_one_submission_is_no_guard_of_the_class(
        ) -> None:
    one, other = sample("full"), sample("full")
    without_points(other, "1a.overlap")
    rows = {r["check"]: r for r in class_page.rates([one, other])}
    assert not rows["1a.overlap"]["guard"] and rows["fork.echo"]["guard"]


def test_a_guard_that_was_only_not_reached_is_no_trouble_of_the_class(
        ) -> None:
    result = sample("full")
    find(result, "fork.echo").update(outcome="blocked", observed="so")
    rows = {r["check"]: r for r in class_page.rates([result])}
    assert not rows["fork.echo"]["listed"]
    find(result, "1a.exit").update(outcome="blocked", observed="so")
    find(result, "fork.echo").update(outcome="not-measured")
    rows = {r["check"]: r for r in class_page.rates([result])}
    assert rows["fork.echo"]["listed"] and rows["1a.exit"]["listed"]


def test_one_submission_is_told_without_statistics(tmp_path: Path) -> None:
    formats.write_class([sample("full")], tmp_path)
    source = (tmp_path / "index.html").read_text()
    built = Page(source)
    assert built.open == []
    assert "histogram" not in {a.get("class") for a in built.all("svg")}
    assert "Median" not in words(source) and "the class" not in words(source)
    assert "Nowhere: every check passed." in source
    formats.write_class([sample("half")], tmp_path)
    source = (tmp_path / "index.html").read_text()
    listed = re.findall(r'<tr><th scope="row"><code>(.*?)</code>', source)
    assert listed == [c["check"] for c in view.shown(sample("half")["checks"])
                      if c["outcome"] != "pass"]


def test_a_box_without_points_is_a_dash_and_not_0_percent(
        tmp_path: Path) -> None:
    result = sample("full")
    result["boxes"][1].update(score=0, measured_max=0, max=0)
    formats.write_submission(result, tmp_path / "one")
    formats.write_class([result], tmp_path)
    shown = words((tmp_path / "index.html").read_text())
    assert "Threads work &ndash; Race" in shown and " 0 %" not in shown
    assert "0 / 0" not in shown
    shown = words((tmp_path / "one/index.html").read_text())
    assert "Threads work &ndash;" in shown and "0 of 0" not in shown


def test_a_box_that_a_result_lacks_breaks_no_report(tmp_path: Path) -> None:
    first, last = sample("full"), sample("half")
    first["submission"] = "a-first"
    first["boxes"] = first["boxes"][1:]
    assert view.boxes([first, last]) == [b["title"] for b in last["boxes"]]
    formats.write_class([first, last, {**first, "boxes": []}], tmp_path)
    source = (tmp_path / "index.html").read_text()
    assert source.count('<td class="n">&ndash;</td>') == 4
    assert len(_table([first, last], tmp_path)) == 2


def test_each_table_of_the_class_can_be_scrolled_by_keyboard(
        tmp_path: Path) -> None:
    formats.write_class(a_class(), tmp_path)
    built = Page((tmp_path / "index.html").read_text())
    wide = [a for a in built.all("div") if a.get("class") == "wide"]
    assert len(wide) == len(built.all("table")) == 3
    assert all(a.get("tabindex") == "0" and a.get("role") == "region"
               and a.get("aria-label") for a in wide)


def test_the_first_failure_of_the_record_is_to_be_looked_at_first(
        tmp_path: Path) -> None:
    result = sample("full")
    for check in "2c.exact", "1c.fork-fails", "1b.reaped":
        fail(result, check)
    formats.write_submission(result, tmp_path)
    assert "Look at 1b.reaped first:" in words(
        (tmp_path / "index.html").read_text()).replace("  ", " ")
    result["checks"].reverse()
    formats.write_submission(result, tmp_path)
    assert "Look at 2c.exact first:" in words(
        (tmp_path / "index.html").read_text()).replace("  ", " ")


def test_a_tool_is_named_once_with_its_version(tmp_path: Path) -> None:
    result = sample("full")
    result["tools"] = {"valgrind": "valgrind-3.19.0", "gcc": "12.2.0",
                       "make": "GNU Make 4"}
    formats.write_submission(result, tmp_path)
    assert "valgrind 3.19.0, gcc 12.2.0, make GNU Make 4" in words(
        (tmp_path / "index.html").read_text())


def test_findings_of_one_variable_have_one_heading(tmp_path: Path) -> None:
    result = sample("half")
    check = find(result, "2b.race-check")
    one = check["evidence"][0]
    other = {**copy.deepcopy(one), "variable": "all.bytes"}
    second = copy.deepcopy(one)
    second["accesses"][0]["line"] = 99
    nameless = {**copy.deepcopy(one), "variable": None, "declared": None}
    check["evidence"] = [one, other, second, nameless, nameless]
    schema.validate(result)
    assert [(head.split(",")[0], len(found))
            for head, found in view.by_variable(check)] == [
        ("data race on all.served", 2), ("data race on all.bytes", 1),
        ("data race", 1), ("data race", 1)]
    formats.write_submission(result, tmp_path)
    source = (tmp_path / "index.html").read_text()
    assert source.count("data race on all.served") == 1
    shown = re.findall(r'<pre tabindex="0" aria-label="What helgrind saw">'
                       r"(.*?)</pre>", source, re.S)
    assert len(shown) == 5
    for text_ in shown:
        assert text_.splitlines()[0].startswith("pool/stats.c:")
        assert len(text_.strip().splitlines()) == 3
    assert "stats.c:99" in shown[1]


def test_an_empty_class_is_a_page_too(tmp_path: Path) -> None:
    formats.write_class([], tmp_path)
    formats.write_class([sample("ungradable")], tmp_path)
    assert report([], show=terminal.print_class).endswith("graded: 0 of 0\n")


def _luminance(colour: str) -> float:
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [c / 12.92 if c <= .03928 else ((c + .055) / 1.055) ** 2.4
             for c in parts]
    return sum(w * c for w, c in zip((.2126, .7152, .0722), parts))


@pytest.mark.parametrize("theme", [0, 1])
def test_colours_reach_aa_in_both_themes(theme: int) -> None:
    css = pages._source("page.css")
    blocks = re.findall(r":root \{(.*?)\}", css, re.S)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[theme]))
    for ink in ("ink", "soft", "link", "pass", "fail", "blocked",
                "not-measured"):
        for paper in ("paper", "card", "well"):
            a, b = sorted((_luminance(colours[ink]),
                           _luminance(colours[paper])))
            assert (b + .05) / (a + .05) >= 4.5, (ink, paper)
