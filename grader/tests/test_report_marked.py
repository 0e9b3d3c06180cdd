"""Helgrind's own words beside ours: the lines that say the same are marked."""
import re
from pathlib import Path

from grader.report import marked

GOLDEN = Path(__file__).parent / "witness" / "golden"
RACE = re.compile(r"==\d+== (Possible data race.*?data symbol \"all\")", re.DOTALL)


def finding(text: str, lines: tuple[int, int], variable: str = "all.active") -> dict:
    return {"tool": "helgrind", "kind": "race", "variable": variable, "text": text,
            "accesses": [{"file": "pool/stats.c", "line": line} for line in lines]}


def helgrind() -> str:
    text = (GOLDEN / "helgrind-race-and-order.txt").read_text()
    return re.sub(r"(?m)^==\d+== ?", "", RACE.search(text)[0])


def told(finding: dict) -> list[tuple[str, str]]:
    return [(line.what, line.text.strip()) for line in marked.lines(finding) if line.what]


def test_both_accesses_their_lines_their_locks_and_the_variable_are_marked() -> None:
    whats = [what for what, _ in told(finding(helgrind(), (19, 37)))]
    assert whats == ["one access", "locks", "its line", "other access", "locks", "its line", "variable"]
    texts = dict(reversed(told(finding(helgrind(), (19, 37)))))
    assert texts["its line"].startswith("at ") and "stats.c:19)" in texts["its line"]
    assert "data symbol \"all\"" in texts["variable"]


def test_of_the_frames_of_an_access_only_the_one_that_is_named_is_marked() -> None:
    places = [text for what, text in told(finding(helgrind(), (19, 37))) if what == "its line"]
    assert [re.search(r"stats.c:(\d+)", p)[1] for p in places] == ["19", "37"]
    assert not [t for w, t in told(finding(helgrind(), (1, 3))) if w == "its line"]


def test_another_variable_is_not_marked() -> None:
    assert "variable" not in [what for what, _ in told(finding(helgrind(), (19, 37), "others"))]


def test_the_words_of_threadsanitizer_are_marked_too() -> None:
    text = (GOLDEN / "tsan-race-and-order.txt").read_text()
    whats = [what for what, _ in told(finding(text, (19, 37)))]
    assert {"one access", "other access"} <= set(whats)


def test_of_two_orders_the_second_locks_their_lines_and_the_first_locks_are_marked() -> None:
    text = (GOLDEN / "helgrind-race-and-order.txt").read_text()
    text = re.sub(r"(?m)^==\d+== ?", "", text[text.rindex("lock order"):text.rindex("Thread-Announcement")])
    marks = told({**finding(text, (32, 22), "byte 0 of the block made in init (pool/stats.c:12) and mine"),
                  "kind": "lock-order"})
    assert [what for what, _ in marks] == ["locks", "one access", "its line", "locks", "other access", "its line",
                                           "variable"]
    assert [re.search(r"stats.c:(\d+)", text)[1] for what, text in marks if what == "its line"] == ["32", "22"]


def test_every_line_of_the_text_is_there_marked_or_not() -> None:
    text = helgrind()
    assert "\n".join(line.text for line in marked.lines(finding(text, (19, 37)))) == text
    assert marked.lines({"accesses": []}) == []
