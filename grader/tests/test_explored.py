"""What is built for tests is kept: exactly as long as it is what would be built."""
from pathlib import Path

from grader.tests.explored import Program, build_anew

TEXT = '#include "value.h"\n#include "explore/explore.h"\nint main(void) { EXPECT(VALUE == 0, WORDS); return 0; }\n'


def said(*words: str) -> str:
    return Program(build_anew(words, "gcc")).search("--schedules", "1").text.partition(" (")[0]


def test_a_program_is_built_once_until_something_that_it_is_made_of_changes(tmp_path: Path) -> None:
    file, headers = tmp_path / "a.c", tmp_path / "headers"
    headers.mkdir()
    (headers / "value.h").write_text("#define VALUE 1\n")
    file.write_text(TEXT)
    words = str(file), f"-I{headers}", '-DWORDS="one"'
    assert said(*words) == "one"
    assert build_anew(words, "gcc") == build_anew(words, "gcc")
    assert said(*words[:2], '-DWORDS="another"') == "another"
    (headers / "value.h").write_text("#define VALUE 0\n")
    assert said(*words) == ""
    (tmp_path / "value.h").write_text("#define VALUE 2\n")
    assert said(*words) == "one"
    file.write_text(TEXT.replace("WORDS", '"two"'))
    assert said(*words) == "two"
