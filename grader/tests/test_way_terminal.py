"""The student's way in a real terminal of 80 columns, with colour and without."""

import re
import shutil
import tarfile
import time
from pathlib import Path
from typing import Callable, Iterator

import pytest

from grader.tests import tmuxed, unpacked
from grader.tests.tmuxed import ENDED, ESCAPE, Terminal
from lab.watch.watch import WAITING

packed, own = unpacked.packed, unpacked.own
FRAMES = re.compile("[\u2500-\u257f]")              # what boxes are drawn with
NUMBER = re.compile(r"\b\d{3,}\b")                  # of a thread, say
BARS = re.compile("[\u2588\u2591]+  ")              # a terminal's own, and no fact
SERVE = "starter/fork/serve.c"
pytestmark = pytest.mark.timeout(600)               # a busy machine makes a check slower, and nothing else
COMMANDS = ["status", "predict", "predict TASK=1b", "hint TASK=1b", "help"]
Start = Callable[..., Terminal]


@pytest.fixture
def start() -> Iterator[Start]:
    """start(directory, command, **environment): a terminal that goes with the test."""
    started = []

    def one(here: Path, command: str, **more: str) -> Terminal:
        started.append(Terminal(here, command, **more))
        return started[-1]

    yield one
    for terminal in started:
        terminal.close()


@pytest.fixture
def two(packed: Path, tmp_path: Path) -> tuple:
    """The archive, unpacked twice: in one there is colour, in the other none."""
    for name in "colour", "plain":
        with tarfile.open(packed) as tar:
            tar.extractall(tmp_path / name)
    return tmp_path / "colour/clk-lab", tmp_path / "plain/clk-lab"


def in_both(two: tuple, start: Start, command: str, keys: tuple = ()) -> tuple:
    """The terminals with and without colour, when a command has come to its end."""
    both = start(two[0], command), start(two[1], command, NO_COLOR="1")
    for terminal in both:
        if keys:
            assert terminal.until(lambda: "You say:" in terminal.text), terminal.text
            terminal.type(*keys)
        assert terminal.until(lambda: f"{ENDED} 0" in terminal.text), terminal.text
    return both


def must_fit(terminal: Terminal) -> None:
    """In 80 columns, none of them wrapped, and without frames."""
    assert terminal.wrapped == []
    assert not FRAMES.search(terminal.text)
    assert all(len(line) <= tmuxed.COLUMNS for line in terminal.lines)


def must_say_the_same(both: tuple) -> None:
    """Colour adds no fact."""
    coloured, plain = both
    assert NUMBER.sub("N", BARS.sub("", ESCAPE.sub("", coloured.painted))) == NUMBER.sub("N", plain.text)
    assert "\x1b" not in plain.painted


@pytest.mark.parametrize("command", COMMANDS)
def test_it_fits_and_says_the_same_without_colour(two: tuple, start: Start, command: str) -> None:
    both = in_both(two, start, f"make {command}", ("Enter",) if "predict TASK" in command else ())
    for terminal in both:
        must_fit(terminal)
    must_say_the_same(both)
    assert ("\x1b" in both[0].painted) == (command == "status")


def test_what_is_typed_is_kept_and_shown_again(two: tuple, start: Start) -> None:
    in_both(two, start, "make predict TASK=1b", ("20 zombies", "Enter"))
    both = in_both(two, start, "make predict && make status")
    must_say_the_same(both)
    assert "1b  Nobody stays behind                   said: 20 zombies" in both[0].text
    assert re.search(r"^1b  Nobody stays behind .* kept ", both[0].text, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("right", [False, True])
def test_a_check_fits_and_says_the_same_without_colour(two: tuple, start: Start, right: bool) -> None:
    for here in two:
        if right:
            shutil.copy(unpacked.ROOT / "solutions/fork/serve.c", here / SERVE)
    command = 'make -s predict TASK=1b SAY="20 zombies" && make -s predict TASK=1a SAY=106 && make check TASK=1b'
    both = in_both(two, start, command)
    for terminal in both:
        must_fit(terminal)
    must_say_the_same(both)
    assert "\x1b[" in both[0].painted and BARS.search(both[0].text)
    text = both[1].text
    if right:
        assert "\n1b done: 20 children ended while the server was stopped; no zombie stayed\n" in text
        assert "\n    You predicted: 20 zombies (the question: make predict TASK=1b)\n" in text
    else:
        assert "\n    You predicted: 106 (the question: make predict TASK=1a)\n    seen: " in text
        assert "\n    handout:    1a A process per client\n" in text and "1b done" not in text


@pytest.mark.slow
def test_what_witnesses_say_fits(own: Path, start: Start) -> None:
    terminal = start(own, "make check TASK=2b.exact")
    assert terminal.until(lambda: f"{ENDED} 0" in terminal.text), terminal.text
    assert "data race on" in terminal.text and "started at pool/serve.c:" in terminal.text
    must_fit(terminal)


class Watching:
    """make watch in a terminal, while its file is saved."""

    def __init__(self, terminal: Terminal, here: Path):
        self.terminal, self.file = terminal, here / SERVE
        self.given = self.file.read_text()
        self.runs = 1

    def begun(self) -> bool:
        return self.terminal.text.count("checking 1b") >= self.runs

    def over(self) -> bool:
        return self.terminal.text.count(WAITING) >= self.runs

    def write(self, text: str) -> None:
        self.runs += 1
        self.file.write_text(text)

    def save(self, text: str) -> float:
        """Save it, and wait for the run to begin. Returns the seconds until then."""
        at = time.monotonic()
        self.write(text)
        assert self.terminal.until(self.begun), self.terminal.text
        return time.monotonic() - at

    def checked(self) -> str:
        """What the run that is going on has said, when it is over."""
        assert self.terminal.until(self.over), self.terminal.text
        return self.terminal.text.rpartition("checking 1b")[2]


@pytest.fixture
def watching(own: Path, start: Start) -> Watching:
    return Watching(start(own, "make watch TASK=1b"), own)


@pytest.mark.slow
def test_watch_begins_a_run_within_a_second_of_a_save(watching: Watching) -> None:
    watching.checked()
    took = []
    for n in range(3):      # the best of them: this machine may have other things to do
        took.append(watching.save(watching.given + f"/* {n} */\n"))
        watching.checked()
    print(f"a run began {', '.join(f'{t:.2f}' for t in took)} s after a save")
    assert min(took) <= 1, took
    must_fit(watching.terminal)


@pytest.mark.slow
def test_watch_answers_a_save_during_a_run_within_a_second_and_begins_anew(watching: Watching) -> None:
    """How long the run that goes on needs to leave is not in this second."""
    took, began = [], []
    for n in range(3):
        seen = lambda: "1.starts" in watching.terminal.text.rpartition("checking 1b")[2]
        assert watching.terminal.until(seen), watching.terminal.text
        at = time.monotonic()
        watching.write(watching.given + f"/* {n} */\n")
        ends = lambda: watching.terminal.text.count("serve.c saved: this run ends") > n
        assert watching.terminal.until(ends), watching.terminal.text
        took.append(time.monotonic() - at)
        assert watching.terminal.until(watching.begun), watching.terminal.text
        began.append(time.monotonic() - at)
    print("answered and began after a save during a run:", *(f"{a:.2f} {b:.2f}" for a, b in zip(took, began)))
    assert min(took) <= 1, took


@pytest.mark.slow
def test_watch_survives_a_file_that_does_not_compile(watching: Watching) -> None:
    assert "PASS         1.builds" in watching.checked()
    watching.save(watching.given + "int x = ;\n")
    broken = watching.checked()
    assert "FAIL         1.builds" in broken and "the compiler says" in broken and "serve.c:" in broken
    watching.save(watching.given)
    assert "PASS         1.builds" in watching.checked()
    must_fit(watching.terminal)
    watching.terminal.type("C-c")
    assert watching.terminal.until(lambda: f"watch: ended\n{ENDED} " in watching.terminal.text), watching.terminal.text


@pytest.mark.slow
def test_watch_without_colour_has_no_escape(own: Path, start: Start) -> None:
    terminal = start(own, "make watch TASK=1b", NO_COLOR="1")
    assert terminal.until(lambda: WAITING in terminal.text), terminal.text
    assert "\x1b" not in terminal.painted and "FAIL" in terminal.text
