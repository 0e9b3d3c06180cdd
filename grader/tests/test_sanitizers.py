"""The given code and the reference under the tools that the course teaches."""
import shutil
import subprocess
from pathlib import Path

import pytest

from grader.witness import run

ROOT = Path(__file__).resolve().parents[2]
GIVEN = [f"lab/{name}.c" for name in ("main", "net", "http", "echo")]
SERVERS = {"serial": ["lab/serial.c", "lab/stats.c"], "fork": ["solutions/fork/serve.c", "solutions/fork/stats.c"],
           "pool": [f"solutions/pool/{m}.c" for m in ("serve", "queue", "stats")]}
OPTIONS = {"ASAN_OPTIONS": "detect_leaks=1:exitcode=66", "UBSAN_OPTIONS": "halt_on_error=1:exitcode=66",
           "TSAN_OPTIONS": "exitcode=66"}


def build(sources: list[str], flags: list[str], into: Path) -> str:
    target = into / "server"
    done = subprocess.run(["gcc", "@compile_flags.txt", *flags, *GIVEN, *sources, "-o", str(target)],
                          cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return str(target)


def quiet(seen: run.Observation) -> None:
    """The load was answered, the stop was obeyed, and the tool said nothing."""
    assert seen.load and seen.load.complete, seen.text
    assert (seen.status.kind, seen.status.value) == ("exit", 0), seen.text
    assert "ERROR" not in seen.text.replace("ERROR SUMMARY: 0 errors", "") and "WARNING" not in seen.text


@pytest.mark.parametrize("name", SERVERS)
def test_every_server_is_clean_under_asan_and_ubsan(tmp_path, name):
    server = build(SERVERS[name], ["-fsanitize=address,undefined", "-fno-sanitize-recover"], tmp_path)
    quiet(run.observe([server, "-p", "0"], run.plain, OPTIONS))


def test_the_pool_is_clean_under_tsan(tmp_path):
    server = build(SERVERS["pool"], ["-fsanitize=thread"], tmp_path)
    quiet(run.observe(["setarch", "-R", server, "-p", "0"], run.plain, OPTIONS))


@pytest.mark.parametrize("name", ["serial", "pool"])
def test_the_pool_is_clean_under_drd(tmp_path, name):
    if not shutil.which("valgrind"):
        pytest.skip("valgrind is not installed")
    server = build(SERVERS[name], [], tmp_path)
    quiet(run.observe(["valgrind", "--tool=drd", "--error-exitcode=97", server, "-p", "0"], run.plain, {}))


def test_a_leak_and_a_race_are_noticed_by_these_very_tests(tmp_path):
    leaking = tmp_path / "stats.c"
    leaking.write_text((ROOT / "lab/stats.c").read_text().replace(
        "    all.active++;", "    extern void *malloc(unsigned long);\n"
        "    void *volatile lost = malloc(10);\n    lost = 0;\n    (void)lost;\n    all.active++;"))
    server = build(["lab/serial.c", str(leaking)], ["-fsanitize=address,undefined"], tmp_path)
    with pytest.raises(AssertionError):
        quiet(run.observe([server, "-p", "0"], run.plain, OPTIONS))
    racy = [f"starter/pool/{m}.c" for m in ("serve", "queue", "stats")]
    server = build(racy, ["-fsanitize=thread"], tmp_path)
    with pytest.raises(AssertionError):
        quiet(run.observe(["setarch", "-R", server, "-p", "0"], run.plain, OPTIONS))
