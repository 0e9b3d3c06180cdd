"""The numbers of a comparison: each that is drawn is in the table under it, and
what was not measured is said."""

from __future__ import annotations

from html import unescape

import pytest

from grader.bench import figures, page
from grader.tests.compare_run import NAMES, SOME, charts, close, numbers, sample, source, table
from grader.tests.reported import words


def test_every_number_of_a_line_is_in_the_table_under_it(source: str) -> None:
    captions = {"rate": "Requests a second", "p50": "p50", "p99": "p99", "cpu": "CPU for a request"}
    for cell in sample()["curves"]:
        for metric, what in captions.items():
            wait = f"with a wait of {cell['wait']} ms" if cell["wait"] else "without waiting"
            rows = table(source, f"{what} {wait}, ")
            shown = next(r for r in rows if r["clients"] == [str(cell["clients"])])[cell["server"]]
            if cell[metric] is None:
                assert shown == ["not measured", "more than a second a burst"]
            else:
                assert numbers(shown) == [close(cell[metric][key]) for key in ("value", "low", "high")]


@pytest.mark.parametrize("what, caption", [
    ("wait0.cpu", "CPU for a request without waiting. "), ("held.memory", "Memory for each held client"),
    ("wait20.cpu", "CPU for a request with a wait of 20 ms. ")])
def test_every_number_of_a_bar_is_in_the_table_under_it(what: str, caption: str, source: str) -> None:
    rows = {row["server"][0]: row for row in table(source, caption)}
    for name in NAMES:
        r = next(r for r in sample()["rows"] if r["name"] == f"{name}.{what}")
        shown = list(rows[name].values())[1:]
        if r["value"] < 1:
            assert shown == [["about 0"], [], [], [], [], [], ["20"]]
            continue
        assert numbers(shown[0]) == [close(r["value"])]
        told = [r["ratio"], r["low"], r["high"], *(r["interval"] or [None, None])]
        assert [numbers(cell) for cell in shown[1:6]] == [[close(v)] if v is not None else [] for v in told]


def test_the_page_speaks_of_intervals_only_where_there_are_some(source: str) -> None:
    assert "The small numbers below a ratio are the interval" in words(source)
    data = sample()
    for r in data["rows"]:
        r["interval"] = None
    few = page.render(data)
    assert "interval" not in words(few)
    fork = next(r for r in table(few, "CPU for a request without waiting. ") if r["server"] == ["fork"])
    assert list(fork) == ["server", "\xb5s", "times pool", "1st quartile", "3rd quartile", "rounds"]


def test_every_number_of_a_run_over_time_is_in_a_table(source: str) -> None:
    for run in sample()["live"]:
        for what in "processes", "threads":
            rows = [r for r in table(source, f"{what.capitalize()} over time") if r["server"] == [run["server"]]]
            assert [numbers(r["second"] + r[what]) for r in rows] == [
                [close(s["at"]), s[what]] for s in run["samples"]]
        for what, caption, unit in ("switches", "Context switches", "switches"), ("peak_kib", "Most memory", "KiB"):
            shown = next(r for r in table(source, caption) if r["server"] == [run["server"]])[unit]
            assert shown == ["not measured"] if run[what] is None else numbers(shown) == [run[what]]


def test_every_number_of_a_histogram_is_in_the_table_under_it(source: str) -> None:
    rows = table(source, "Requests by how long they took: 8 clients with a wait of 20 ms")
    for h in sample()["histograms"]:
        assert [numbers(r["up to, ms"] + r[h["server"]]) for r in rows] == [[close(u), n] for u, n in h["steps"]]


def test_system_calls_are_counted_a_request_and_none_is_no_number() -> None:
    calls = [{"server": "fork", "a_request": 3.25, "calls": {"wait4": 1.25, "read": 2.0}, "note": ""},
             {"server": "pool", "a_request": 2.0, "calls": {"read": 2.0}, "note": ""},
             {"server": "serial", "a_request": None, "calls": {}, "note": "strace is not installed"}]
    source = page.render(sample(syscalls=calls))
    assert table(source, "System calls") == [
        {"call": ["all together"], "fork": ["3.25"], "pool": ["2"]}, {"call": ["read"], "fork": ["2"], "pool": ["2"]},
        {"call": ["wait4"], "fork": ["1.25"], "pool": ["\xb7"]}]
    assert "Not measured: serial: strace is not installed" in words(source).replace(" :", ":").replace("  ", " ")


def test_what_was_not_measured_is_said_with_its_reason_and_is_not_0() -> None:
    data = sample()
    for r in data["rows"]:
        if r["name"].startswith("fork."):
            r.update(SOME, note="not-measured: fork does not compile")
    data["servers"][1]["why"] = "fork does not compile"
    source = page.render(data)
    assert "Left out: fork does not compile" in words(source)
    for caption in "CPU for a request without waiting. ", "Memory for each held":
        fork = next(r for r in table(source, caption) if r["server"] == ["fork"])
        assert list(fork.values())[1:] == [["not measured", "fork does not compile"], [], [], [], [], [], ["0"]]
    for svg in charts(source):
        if (svg.get("aria-label") or "").startswith(("CPU", "Memory for")):
            assert "fork: not measured" in svg.get("aria-label")
            assert len([p for p in svg if (p.get("class") or "").startswith("bar")]) == 4


def test_a_cell_that_nobody_measured_says_so_once() -> None:
    data = sample()
    data["curves"][0].update(rate=None, left_out="not measured")
    del data["curves"][11]
    rows = table(page.render(data), "Requests a second without waiting")
    assert rows[0]["serial"] == ["not measured"] and rows[1]["fork"] == ["not measured"]


def test_the_noise_is_how_far_the_base_is_from_itself(source: str) -> None:
    assert "Without waiting: 3 % in requests a second and 3 % in CPU for a request." in words(source)
    assert "busy" not in words(source.partition("noise")[2].partition("</section>")[0])
    data = sample()
    for r in data["rows"]:
        if r["name"] == "pool again.wait20.rate":
            r.update(ratio=0.75, low=0.625, high=1.5)
    noisy = words(page.render(data))
    assert "With a wait of 20 ms: 50 % in requests a second" in noisy
    assert "its median is off by 25 %: this machine was busy" in noisy
    alone = sample(rows=[r for r in data["rows"] if not r["name"].startswith("pool again")])
    assert "Not measured: there is no second pool" in words(page.render(alone)).replace("  ", " ")


def test_the_pool_has_a_level_that_its_workers_cannot_pass(source: str) -> None:
    def levels(source: str) -> list[str | None]:
        return [t.text for svg in charts(source) for t in svg if t.get("class") == "mark"]
    assert levels(source) == ["8 workers: 400"]
    assert "8 \xd7 50 = 400" in unescape(words(source))
    assert levels(page.render(sample(workers=4))) == ["4 workers: 200"]


def test_a_pool_that_is_none_yet_has_no_workers() -> None:
    why = "your pool is still the server with a thread for each client"
    data = sample(workers=None)
    data["servers"][2]["why"] = why
    source = page.render(data)
    assert "workers" not in words(source) and 'class="mark"' not in source
    assert "Here pool is still one of these." in words(source).replace("  ", " ") and f"Left out: {why}" in words(source)


def test_a_client_that_was_the_limit_is_marked(source: str) -> None:
    assert source.count("the client was the limit") == 1
    assert table(source, "Medians of paired rounds without")[0]["requests/s"] == ["33,000", "the client was the limit"]


def test_the_last_tasks_are_listed_and_those_beyond_are_counted(source: str) -> None:
    rows = table(source, "fork, 1 s after the start")
    assert len(rows) == figures.TASKS and source.count("and 53 more") == 2
    assert rows[0] == {"name": ["fork"], "id": ["4000"], "state": ["S: sleeps"], "priority": ["20"],
                       "stack, KiB": ["8,192"], "CPU": ["12.5 %"]}
    assert len(table(source, "pool, 1 s after the start")) == 9
