"""The command: what it compares, and what it says when something cannot be had."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Optional

import pytest

from grader.bench import compare, gathered, rounds, seal, table
from grader.bench.servers import ROOT, build, part, serial
from grader.checks import measured
from grader.core.record import Failed
from grader.pace.tool import build_load
from grader.tests.compared import DIES, GOOD, tree

BAD_REPLY = r'''
#include "serve.h"
#include <sys/socket.h>
#include <unistd.h>
int serve(int listener, const struct options *options)
{
    (void)options;
    for (;;) {
        int conn = accept(listener, 0, 0);
        char head[4096];
        if (read(conn, head, sizeof head) > 0)
            send(conn, "HTTP/1.1 500 Oh\r\n\r\n", 19, MSG_NOSIGNAL);
        close(conn);
    }
}
'''


def compare_main(*args: str) -> int:
    return compare.main(list(args))


@pytest.fixture
def little(monkeypatch, tmp_path: Path):
    """A comparison of one round, for tests of everything around it. What it
    builds goes away with the test; what never changes is copied there."""
    real, built = rounds.burst_rounds, tmp_path / "built"
    for made in (build_load(compare.BUILT), build(serial(), compare.BUILT),
                 build(part(ROOT / "starter", "pool", "thread"),
                       compare.BUILT)):
        copy = built / made.relative_to(compare.BUILT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(made, copy)
    monkeypatch.setattr(compare, "BUILT", built)
    monkeypatch.setattr(compare, "WAITS", (0,))
    monkeypatch.setattr(compare, "QUICK", replace(
        compare.QUICK, clients=(1,), waits=(0,)))
    monkeypatch.setattr(
        rounds, "burst_rounds", lambda c, load, waits, n, until, least, show:
        real(c, load, waits, 1, 0, 1, show))


def test_broken_servers_are_left_out_and_named(tmp_path: Path, little,
                                               capsys) -> None:
    where = tree(tmp_path / "t", fork=BAD_REPLY, pool=GOOD)
    out = tmp_path / "new" / "compare.json"
    status = compare_main("--quick", "--dir", str(where), "--out", str(out))
    text = capsys.readouterr().out
    rows = {r["name"]: r for r in json.loads(out.read_text())["rows"]}
    assert status == 1
    assert "not-measured: fork: 8 wrong status in 8 requests" in text
    assert rows["fork.wait0.rate"]["value"] is None
    assert rows["serial.wait0.rate"]["value"] > 0
    assert rows["pool again.wait0.rate"]["ratio"] > 0
    assert rows["serial.held.accepted"]["value"] == 1
    assert set(rows["serial.wait0.rate"]) == {
        "name", "value", "unit", "versus", "ratio", "low", "high",
        "interval", "n"}
    short = text.replace(str(tmp_path), "/tmp/x")
    assert max(map(len, short.splitlines())) <= 100


def test_the_files_are_named_and_a_missing_server_too(tmp_path: Path) -> None:
    where = tree(tmp_path, pool=GOOD)
    text = table.heading(*compare.choose(str(where)), 42)
    assert "in about 42 seconds:" in text
    assert f"pool        {where}/pool/{{serve,stats}}.c" in text
    assert "thread      starter/pool/{queue,serve,stats}.c" in text
    assert "serial      lab/{serial,stats}.c" in text
    assert f"not-measured: fork: there is no {where}/fork/serve.c" in text


def test_the_reference_is_measured_where_it_is(monkeypatch) -> None:
    def files(directory: Optional[str]) -> dict:
        return {p.name: p.files() for p in compare.choose(directory)[0]}

    assert files(None)["pool"].startswith("solutions/pool/")
    own = files(str(ROOT / "starter"))
    assert own["pool"].startswith("starter/pool/") and "thread" not in own


def test_who_finished_the_pool_still_has_the_thread_per_client(
        monkeypatch, tmp_path: Path) -> None:
    """In the student's kit it lies in lab/thread; starter/ is theirs."""
    kept = tree(tmp_path / "lab", thread=GOOD) / "thread"
    own = tree(tmp_path / "own", pool=GOOD, fork=GOOD)
    monkeypatch.setattr(seal, "thread", lambda: kept)

    def names() -> list:
        programs, missing = compare.choose(str(own))
        assert missing == []
        return [p.name for p in programs]

    assert compare.untouched(own), "still the same code"
    (own / "pool/serve.c").write_text(GOOD + "\n")
    assert names() == ["serial", "fork", "thread", "pool"]
    thread = compare.choose(str(own))[0][2]
    assert {s.parent for s in thread.sources} == {kept}
    (own / "pool/serve.c").write_text(GOOD)
    (own / "pool/queue.c").write_text("")
    assert "thread" in names(), "a file more is other code"


@pytest.mark.parametrize("code, words", [
    ("int serve(void) { return x; }\n", "pool does not compile:\n"),
    (DIES, " in 8 requests; the server has ended: cannot go on\n")],
    ids=["compiles not", "dies"])
def test_a_base_that_cannot_be_had_is_said(tmp_path: Path, little, capsys,
                                           code: str, words: str) -> None:
    where = tree(tmp_path / "t", fork=GOOD, pool=code)
    out = tmp_path / "c.json"
    assert compare_main("--quick", "--dir", str(where),
                        "--out", str(out)) == 1
    said = capsys.readouterr()
    assert words in said.err + said.out
    assert (code is DIES) or "pool/serve.c:1:" in said.err
    assert out.exists() == (code is DIES), "there is nothing to write"


def test_bad_arguments_get_a_clear_message(tmp_path: Path, capsys) -> None:
    with pytest.raises(SystemExit) as end:
        compare_main("--dir", str(tmp_path / "nowhere"))
    assert end.value.code == 2
    assert "there is no directory" in capsys.readouterr().err
    assert compare_main("--dir", str(tmp_path)) == 1
    assert f"there is no {tmp_path}/pool/serve.c" in capsys.readouterr().err


@pytest.mark.parametrize("name, said", [
    ("c.html", "name the numbers, .json"), ("c.csv", "the table lie beside"),
    ("", "is a directory")])
def test_the_numbers_take_nobody_elses_name(tmp_path: Path, capsys, name: str,
                                            said: str) -> None:
    with pytest.raises(SystemExit) as end:
        compare_main("--quick", "--dir", str(tmp_path), "--out",
                     str(tmp_path / name))
    assert end.value.code == 2 and said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_only_the_models_that_were_named_are_measured(tmp_path: Path,
                                                      capsys) -> None:
    where = tree(tmp_path, pool=GOOD, fork=GOOD)
    programs, _ = compare.choose(str(where), compare.models("fork, serial"))
    assert [p.name for p in programs] == ["serial", "fork", "pool"]
    with pytest.raises(SystemExit):
        compare_main("--models", "fork,epoll")
    assert "there is no model 'epoll'; there are serial, fork, thread, pool" \
        in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_said(tmp_path: Path, little,
                                                  capsys) -> None:
    (tmp_path / "file").write_text("")
    where = tree(tmp_path / "t", fork=GOOD, pool=GOOD)
    assert compare_main("--quick", "--dir", str(where), "--out",
                        str(tmp_path / "file" / "c.json")) == 1
    assert "compare: " in capsys.readouterr().err


def test_a_pool_that_is_none_yet_is_said_wherever_thread_is_missed(
        tmp_path: Path, little, capsys) -> None:
    own = tree(tmp_path / "own", fork=GOOD)
    shutil.copytree(ROOT / "starter/pool", own / "pool")
    out = tmp_path / "compare.json"
    why = "your pool is still the server with a thread for each client"
    assert compare_main("--quick", "--dir", str(own), "--out", str(out)) == 0
    assert f"  not-measured: thread: {why}\n" in capsys.readouterr().out
    data = json.loads(out.read_text())
    assert data["workers"] is None
    assert {"name": "thread", "files": "", "why": why} in data["servers"]
    with pytest.raises(Failed, match=f"against thread: {why}"):
        measured.read(out).ratio("fork.held.memory", "thread")
    assert compare.choose(str(own), ["fork"])[1] == [], "nobody asked for it"


def test_the_command_is_what_was_parsed(tmp_path: Path, little) -> None:
    """make keeps DIR for itself, so the environment lacks it."""
    where = tree(tmp_path / "a tree", fork=GOOD, pool=GOOD)
    out = tmp_path / "c.json"
    assert compare_main("--quick", "--models", "fork pool", "--dir",
                        str(where), "--out", str(out)) == 0
    assert json.loads(out.read_text())["command"] == \
        f"make compare DIR='{where}' MODELS=fork,pool QUICK=1"
    assert gathered.command(None, [], False) == "make compare"
    options = compare.arguments(["--dir", str(where)])
    assert compare.named(options) == []


@pytest.mark.slow
def test_the_whole_comparison_tells_the_models_apart(tmp_path: Path) -> None:
    out = tmp_path / "compare.json"
    done = subprocess.run(
        [sys.executable, "-m", "grader.bench.compare", "--quick", "--dir",
         str(ROOT / "solutions"), "--out", str(out)], cwd=ROOT, text=True,
        capture_output=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {r["name"]: r for r in json.loads(out.read_text())["rows"]}
    assert rows["fork.wait0.cpu"]["low"] > 1.5
    assert rows["serial.wait20.rate"]["high"] < 0.3
    assert rows["fork.held.processes"]["value"] == 33
    assert rows["thread.held.threads"]["value"] == 33
    assert rows["pool.held.accepted"]["value"] == 8 + 16 + 1
    assert rows["fork.held.memory"]["ratio"] > 1.5
    assert max(map(len, done.stdout.splitlines())) <= 100
