"""The report in a terminal: one record in, and nothing but the record out."""

from __future__ import annotations

import io
import re
import unicodedata
from pathlib import Path

import pytest

from grader.report import formats, terminal, text, view
from grader.tests.reported import (DATA, Page, SAMPLES, a_class, find, page,
                                   report, sample)


def test_hidden_characters_are_spelled_out_and_bytes_are_counted() -> None:
    raw = b"\x1b[2Jcaf\xe9\x00".decode("utf-8", "surrogateescape")
    assert text.visible(raw + "\u202e\u200b") == \
        "\\x1b[2Jcaf\\xe9\\x00\\u202e\\u200b"
    assert text.visible("a\r\nb\tc") == "a\nb\tc"
    assert text.visible("ä" * 10, 9) == "ääää\n[11 more bytes are not shown]"


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
    assert [line for line in both.splitlines() if len(line) > 80] == []


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
