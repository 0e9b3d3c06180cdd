"""The request parser lab/http.c, held against cases, bytes and breaks.

The cases are in http_cases/cases.h, and a small driver in C runs them; here it
is compiled in several ways and its word taken. The broken parsers below keep
the cases honest: each is one mistake that the cases must notice.
"""
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "grader/tests/http_cases"
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
MODES = ["whole", "split", "guard", "numbers"]

# Each a mistake: what stands in http.c, and what somebody might have written.
BREAKS = {
    "a bare LF ends a line": (
        "        if (*s->p != *text)\n",
        "        if (*text == '\\r' && *s->p == '\\n')\n"
        "            text++;\n"
        "        if (*s->p != *text)\n"),
    "a name may be empty": ("span(s, is_token, 1, &name)",
                            "span(s, is_token, 0, &name)"),
    "a blank may stand in a name": (
        "return (c >= 'a' && c <= 'z')",
        "return c == ' ' || (c >= 'a' && c <= 'z')"),
    "a zero byte is a token": ("(c != '\\0' && strchr(", "(strchr("),
    "a control byte is text": ("(byte >= ' ' &&", "(byte != '\\r' &&"),
    "a path may begin anywhere": ("(e = peek(s, '/'))", "(e = 0)"),
    "any minor version": ("*s->p != '0' && *s->p != '1'", "!is_digit(*s->p)"),
    "lengths may disagree": ("if (r->has_length &&", "if (0 &&"),
    "lengths compare by their first digits": ("(value.n != s->length.n\n",
                                              "(false\n"),
    "zeros count in a length": ("while (value.n > 1 && *value.at == '0')",
                                "while (0)"),
    "a length overflows": ("        if (n <= most)\n", ""),
    "a length has letters": ("digits ? is_digit : is_text", "is_text"),
    "a length may be empty": ("is_text, digits, &value", "is_text, 0, &value"),
    "Host may come twice": ("if (s->host)", "if (0)"),
    "case counts in a field": ("strncasecmp(", "strncmp("),
    "the beginning of a word is the word": (
        "s.n == strlen(word) && strncasecmp", "strncasecmp"),
    "an option is all there is": ("next(&list, ',', &item)",
                                  "next(&list, ';', &item)"),
    "keep-alive beats close": ("!s.close && (r->minor == 1 || s.keep)",
                               "s.keep || (!s.close && r->minor == 1)"),
    "1.0 keeps the connection": ("(r->minor == 1 || s.keep)", "true"),
    "1.0 may expect a 100": ("r->expect_continue &= r->minor == 1;", ";"),
    "no line before the request": ("n > 0 && *buf == '\\r'", "false"),
    "half a line is bad": ("        if (s->p == s->end)\n"
                           "            return MORE;\n"
                           "        if (*s->p != *text)",
                           "        if (s->p == s->end)\n"
                           "            return BAD;\n"
                           "        if (*s->p != *text)"),
    "a byte too many is read": ("while (s->p < s->end && ok(*s->p))",
                                "while (ok(*s->p) && s->p < s->end)"),
    "the blank line is not counted": ("(int)(s.p - buf)",
                                      "(int)(s.p - buf) - 2"),
    "a number may be too small": ("n >= least && n <= most", "n <= most"),
    "a number may be too large": ("n >= least && n <= most", "n >= least"),
    "a number may be empty": ("return item.n > 0 && n", "return n"),
    "a name may end in another": ("item.at[length] != '='", "false"),
}


def compiler(name: str) -> str:
    """The path of a compiler; skips the test if it is not installed."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def compile_driver(cc: str, flags: list[str], parser: Path, out: Path) -> Path:
    """Compile the driver around one parser; returns the program."""
    done = subprocess.run(
        [cc, "@compile_flags.txt", *flags, "-o", str(out),
         str(CASES / "driver.c"), str(parser)],
        cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return out


def run(program: Path, *args: str, **env: str) -> subprocess.CompletedProcess:
    """Run a program to its end; after two minutes it and its children die.

    Returns its status and output; raises TimeoutExpired.
    """
    with subprocess.Popen([str(program), *args], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**os.environ, **env},
                          start_new_session=True) as process:
        try:
            out, err = process.communicate(timeout=120)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(args, process.returncode, out, err)


@pytest.fixture(scope="module", params=["gcc", "gcc-sanitized",
                                        "clang-sanitized"])
def driver(request, tmp_path_factory) -> Path:
    """The driver around the kit's parser, built in each of the ways."""
    name, _, sanitized = request.param.partition("-")
    out = tmp_path_factory.mktemp("driver") / "driver"
    return compile_driver(compiler(name), SANITIZE if sanitized else [],
                          ROOT / "lab/http.c", out)


@pytest.mark.parametrize("mode", MODES)
def test_every_case_gets_its_verdict(driver, mode):
    done = run(driver, mode)
    assert done.returncode == 0, done.stdout + done.stderr
    checked = int(done.stdout.split()[0])
    assert checked >= 30, f"only {checked} answers were checked"


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_parser_is_noticed(name, tmp_path):
    right, wrong = BREAKS[name]
    text = (ROOT / "lab/http.c").read_text()
    assert text.count(right) == 1, f"http.c has changed: where is {right!r}?"
    parser = tmp_path / "http.c"
    parser.write_text(text.replace(right, wrong))
    program = compile_driver(compiler("gcc"), ["-Wno-error", *SANITIZE],
                             parser, tmp_path / "driver")
    assert any(run(program, mode).returncode for mode in MODES), (
        f"no case notices that {name}")


def test_the_driver_refuses_an_unknown_mode(driver):
    done = run(driver, "everything")
    assert done.returncode == 2
    assert "usage" in done.stderr


@pytest.fixture
def tree(tmp_path) -> Path:
    """A copy of what the fuzzer needs, so that nothing here is touched."""
    shutil.copytree(ROOT / "grader/fuzz", tmp_path / "grader/fuzz")
    (tmp_path / "lab").mkdir()
    for name in "lab/http.c", "lab/http.h", "compile_flags.txt":
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def fuzz(tree: Path, *args: str, **env: str) -> subprocess.CompletedProcess:
    """Run the tree's fuzzer."""
    return run(tree / "grader/fuzz/run", *args, **env)


def seeds(tree: Path) -> dict[str, bytes]:
    """The seed inputs by name."""
    return {p.name: p.read_bytes()
            for p in (tree / "grader/fuzz/http").iterdir()}


def test_the_fuzzer_says_what_it_ran_and_leaves_the_seeds_alone(tree):
    compiler("clang")
    before = seeds(tree)
    done = fuzz(tree, "1", SEED="7")
    assert done.returncode == 0, done.stdout + done.stderr
    words = done.stdout.split()
    assert words[:3] == ["fuzz:", "seed", "7,"]
    assert int(words[3]) > len(before)
    assert seeds(tree) == before
    assert len(list((tree / "build/fuzz/corpus").iterdir())) > len(before), (
        "the fuzzer learned nothing new: does it see the parser's branches?")


def test_the_fuzzer_keeps_the_input_that_crashes(tree):
    compiler("clang")
    parser = tree / "lab/http.c"
    right, wrong = BREAKS["half a line is bad"]
    parser.write_text(parser.read_text().replace(right, wrong))
    done = fuzz(tree, "30")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "does not hold" in done.stderr
    kept = list((tree / "build/fuzz").glob("crash-*"))
    assert kept, "the crashing input is gone"
    assert kept[0].name in done.stderr


def test_the_fuzzer_says_that_clang_is_missing(tree):
    tools = tree / "bin"
    tools.mkdir()
    for name in "sh", "date", "dirname":
        (tools / name).symlink_to(shutil.which(name))
    done = fuzz(tree, PATH=str(tools))
    assert done.returncode == 3
    assert "clang is missing" in done.stderr


def test_the_fuzzer_refuses_a_wrong_argument(tree):
    assert fuzz(tree, "soon").returncode == 2
    assert fuzz(tree, "1", "2").returncode == 2
