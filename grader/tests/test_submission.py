"""What a submission may be, and what is refused."""
import gzip
import io
import os
import re
import shutil
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from grader.core.members import shown
from grader.core.submission import SubmissionError, safe_name, unpack

GOOD = {"fork/serve.c": b"int a;\n", "fork/stats.c": b"int b;\n",
        "pool/queue.c": b"int c;\n", "answers.toml": b"x = 1\n",
        "README.md": b"hello\n"}


@pytest.fixture
def lab(tmp_path):
    """A stand-in for lab/, so that its growth changes no test."""
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "queue.h").write_text("")
    return tmp_path / "lab"


@pytest.fixture
def take(tmp_path, lab):
    """take(path) unpacks into a fresh directory; a failure leaves nothing."""
    def take(path, **options):
        into = tmp_path / "into"
        shutil.rmtree(into, ignore_errors=True)
        try:
            return unpack(path, into, **{"parts": ("fork", "pool"), "lab": lab, **options})
        except SubmissionError:
            assert not into.exists()
            raise
    return take


def folder(where, files):
    for name, data in files.items():
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        (where / name).write_bytes(data)
    return where


def a_tar(path, files, mode="w:gz", extra=()):
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in extra:
            archive.addfile(info)
    return path


def a_zip(path, files, extra=()):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [*files.items(), *extra]:
            archive.writestr(name, data)
    return path


def member(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def enclosed(files):
    return {f"ann/{name}": data for name, data in files.items()}


def test_a_directory_is_copied(tmp_path, take):
    taken = take(folder(tmp_path / "ann", GOOD))
    assert taken.name == "ann"
    assert taken.files == sorted(GOOD) and taken.notes == []
    assert {n: (taken.dir / n).read_bytes() for n in GOOD} == GOOD


@pytest.mark.parametrize("suffix, mode", [
    (".tar", "w"), (".tar.gz", "w:gz"), (".tgz", "w:gz"), (".tar.xz", "w:xz")])
@pytest.mark.parametrize("files", [GOOD, enclosed(GOOD)])
def test_a_tar_gives_the_same_as_the_directory(tmp_path, take, suffix, mode,
                                               files):
    want = take(folder(tmp_path / "ann", GOOD))
    taken = take(a_tar(tmp_path / f"ann{suffix}", files, mode))
    assert (taken.name, taken.hash) == (want.name, want.hash)


@pytest.mark.parametrize("files", [
    GOOD, enclosed(GOOD),
    {n.replace("/", "\\"): d for n, d in enclosed(GOOD).items()}])
def test_a_zip_gives_the_same_as_the_directory(tmp_path, take, files):
    want = take(folder(tmp_path / "ann", GOOD))
    assert take(a_zip(tmp_path / "ann.zip", files)).hash == want.hash


def test_a_directory_may_have_an_enclosing_folder(tmp_path, take):
    assert take(folder(tmp_path / "x", enclosed(GOOD))).files == sorted(GOOD)


def test_the_hash_is_of_names_and_bytes(tmp_path, take):
    def of(files):
        shutil.rmtree(tmp_path / "h", ignore_errors=True)
        return take(folder(tmp_path / "h", files)).hash
    assert of(GOOD) == of(dict(reversed(list(GOOD.items()))))
    assert of(GOOD) == of({**GOOD, "Makefile": b"all:\n"})
    assert of(GOOD) != of({**GOOD, "fork/serve.c": b"int z;\n"})
    assert of({"fork/a.c": b"fork/b.cX"}) \
        != of({"fork/a.c": b"", "fork/b.c": b"X"})


@pytest.mark.parametrize("name", [
    "Makefile", ".valgrindrc", "fork/.valgrindrc", "fork/server",
    "fork/serve.o", "fork/-o.c", "fork/@opts.c", "fork/a$(x).c", "fork/a b.c",
    "fork/deep/x.c", "locks/serve.c", "serve.c", "fork/" + "x" * 41 + ".c",
    "fork/serve.c\n", ".git/config", "answers.toml.c", "fork/é.c"])
def test_anything_else_is_ignored_with_a_note(tmp_path, take, name):
    taken = take(a_tar(tmp_path / "a.tgz", {**GOOD, name: b"x"}))
    assert taken.files == sorted(GOOD)
    assert len(taken.notes) == 1 and shown(name) in taken.notes[0]
    if "/" not in name.strip("."):
        shutil.rmtree(tmp_path / "d", ignore_errors=True)
        assert take(folder(tmp_path / "d", {**GOOD, name: b"x"})
                    ).files == sorted(GOOD)


def test_a_later_part_joins_by_a_parameter(tmp_path, take):
    path = folder(tmp_path / "a", {**GOOD, "locks/serve.c": b""})
    assert "locks/serve.c" in take(path, parts=("fork", "locks")).files
    assert "pool/queue.c" not in take(path, parts=("fork", "locks")).files


@pytest.mark.parametrize("size", [(256 << 10) + 1, 3 << 20])
def test_a_measurement_is_taken_and_one_too_large_costs_itself_alone(tmp_path, take, size):
    files = {**GOOD, "compare.json": b"{}"}
    assert take(a_tar(tmp_path / "a.tgz", files)).files == sorted(files)
    taken = take(a_tar(tmp_path / "b.tgz", {**GOOD, "compare.json": b" " * size}))
    assert taken.files == sorted(files) and (taken.dir / "compare.json").stat().st_size == (256 << 10) + 1
    assert taken.notes == ["compare.json does not count: it is larger than 256 KiB"]


def test_a_file_of_the_labs_is_left_out_and_the_labs_is_used(tmp_path, take):
    taken = take(folder(tmp_path / "a", {
        **GOOD, "pool/queue.h": b"", "pool/mine.h": b"", "fork/main.c": b""}))
    assert "pool/mine.h" in taken.files
    assert not {"pool/queue.h", "fork/main.c"} & set(taken.files)
    assert taken.notes == [
        "fork/main.c was left out: lab/main.c is used",
        "pool/queue.h was left out: lab/queue.h is used"]


def test_many_notes_are_cut_short(tmp_path, take):
    junk = {f"junk{n}": b"" for n in range(100)}
    notes = take(a_tar(tmp_path / "a.tgz", {**GOOD, **junk})).notes
    assert len(notes) == 21 and notes[-1] == "and 80 more were ignored"


@pytest.mark.parametrize("extra, words", [
    (member("../x", tarfile.REGTYPE), "'..'"),
    (member("fork/../../x.c", tarfile.REGTYPE), "'..'"),
    (member("fork\\..\\x.c", tarfile.REGTYPE), "'..'"),
    (member("/etc/x", tarfile.REGTYPE), "absolute"),
    (member("C:\\x", tarfile.REGTYPE), "absolute"),
    (member("fork/x.c", tarfile.SYMTYPE, "/etc/passwd"), "symbolic link"),
    (member("pool", tarfile.SYMTYPE, "/etc"), "symbolic link"),
    (member("fork/x.c", tarfile.LNKTYPE, "fork/serve.c"), "hard link"),
    (member("fork/x.c", tarfile.FIFOTYPE), "FIFO"),
    (member("junk", tarfile.CHRTYPE), "device"),
    (member("junk", tarfile.BLKTYPE), "device")])
def test_a_tar_that_reaches_outside_is_refused(tmp_path, take, extra, words):
    with pytest.raises(SubmissionError, match=words):
        take(a_tar(tmp_path / "a.tgz", GOOD, extra=[extra]))


def zip_member(name, kind):
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o777) << 16
    return info


@pytest.mark.parametrize("info, words", [
    (zip_member("../x", stat.S_IFREG), "'..'"),
    (zip_member("/etc/x", stat.S_IFREG), "absolute"),
    (zip_member("fork/x.c", stat.S_IFLNK), "symbolic link"),
    (zip_member("fork/x.c", stat.S_IFIFO), "FIFO")])
def test_a_zip_that_reaches_outside_is_refused(tmp_path, take, info, words):
    with pytest.raises(SubmissionError, match=words):
        take(a_zip(tmp_path / "a.zip", GOOD, [(info, b"/etc/passwd")]))


@pytest.mark.parametrize("place, how, words", [
    ("fork/x.c", lambda p: os.symlink("/etc/passwd", p), "symbolic link"),
    ("pool/d", lambda p: os.symlink("/etc", p), "symbolic link"),
    ("extra", lambda p: os.symlink(".", p), "symbolic link"),
    ("fork/x.c", os.mkfifo, "FIFO")])
def test_a_directory_with_a_link_or_fifo_is_refused(tmp_path, take, place,
                                                    how, words):
    where = folder(tmp_path / "a", GOOD)
    how(where / place)
    with pytest.raises(SubmissionError, match=f"{place} is a.*{words}"):
        take(where)


def refused(take, path):
    """The sentence of a refusal."""
    with pytest.raises(SubmissionError) as refusal:
        take(path)
    return str(refusal.value)


BOMB = bytes(300 << 20)


def test_a_zip_bomb_is_refused_at_once(tmp_path, take):
    path = a_zip(tmp_path / "a.zip", {"fork/serve.c": BOMB})
    assert "fork/serve.c is larger than 1 MiB" in refused(take, path)


def test_a_zip_that_lies_about_a_size_is_refused(tmp_path, take):
    path = a_zip(tmp_path / "a.zip", {"fork/serve.c": bytes(5 << 20)})
    size = (5 << 20).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, bytes([9, 0, 0, 0])))
    with pytest.raises(SubmissionError, match="larger|cannot be read"):
        take(path)


@pytest.mark.parametrize("name, words", [
    ("fork/serve.c", "fork/serve.c is larger than 1 MiB"),
    ("junk", "unpacks to more than 64 MiB")])
def test_a_tar_bomb_is_refused_at_once(tmp_path, take, name, words):
    with gzip.open(tmp_path / "a.tgz", "wb", compresslevel=1) as file:
        info = tarfile.TarInfo(name)
        info.size = len(BOMB)
        file.write(info.tobuf() + BOMB)
    assert words in refused(take, tmp_path / "a.tgz")


@pytest.mark.parametrize("name", ["x/{}", "x/{}/"])
def test_20000_members_are_refused_at_once(tmp_path, take, name):
    names = [name.format(n) for n in range(20000)]
    path = a_zip(tmp_path / "a.zip", dict.fromkeys(names, b""))
    assert "more than 2000" in refused(take, path)
    kind = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
    path = a_tar(tmp_path / "a.tgz", {}, extra=[member(n, kind)
                                                for n in names])
    assert "more than 2000" in refused(take, path)


def test_a_directory_of_thousands_of_files_is_refused(tmp_path, take):
    path = folder(tmp_path / "a", {f"x/{n}": b"" for n in range(2001)})
    assert "more than 2000 files" in refused(take, path)


def test_a_checkout_of_git_is_taken(tmp_path, take):
    history = {f".git/objects/{n}": b"" for n in range(2001)}
    assert take(folder(tmp_path / "a", {**GOOD, **history})).notes == []


def test_too_many_files_that_count_are_refused(tmp_path, take):
    at_most = {f"fork/f{n}.c": b"" for n in range(64)}
    assert len(take(a_tar(tmp_path / "a.tgz", at_most)).files) == 64
    with pytest.raises(SubmissionError, match="more than 64 files"):
        take(a_tar(tmp_path / "b.tgz", {**at_most, "pool/one.c": b""}))


def test_too_many_bytes_are_refused(tmp_path, take):
    mib = {f"fork/f{n}.c": bytes(1 << 20) for n in range(8)}
    assert len(take(folder(tmp_path / "a", mib)).files) == 8
    with pytest.raises(SubmissionError, match="8 MiB"):
        take(folder(tmp_path / "a", {"fork/g.c": b"1"}))
    with pytest.raises(SubmissionError, match="fork/x.c is larger than 1 MiB"):
        take(folder(tmp_path / "b", {"fork/x.c": bytes((1 << 20) + 1)}))


def test_each_thing_that_is_no_submission_has_its_sentence(tmp_path, take):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("not an archive")
    (tmp_path / "nothing.tgz").write_bytes(b"")
    (tmp_path / "cut.tgz").write_bytes(
        a_tar(tmp_path / "a.tgz", GOOD).read_bytes()[:60])
    (tmp_path / "cut.zip").write_bytes(
        a_zip(tmp_path / "a.zip", GOOD).read_bytes()[:200])
    os.mkfifo(tmp_path / "fifo")
    for name, words in [
            ("none", "there is no such file or directory"),
            ("empty", "nothing to grade in it: no fork/*.c and no pool/*.c"),
            ("text.zip", "neither a directory nor an archive"),
            ("nothing.tgz", "neither a directory nor an archive"),
            ("cut.tgz", "cannot be read"), ("cut.zip", "cannot be read"),
            ("fifo", "neither a file nor a directory")]:
        with pytest.raises(SubmissionError, match=re.escape(words)):
            take(tmp_path / name)


@pytest.mark.parametrize("make, name, mode", [
    (a_tar, "a.tgz", "w:gz"), (a_tar, "a.tar.xz", "w:xz")])
def test_a_damaged_archive_is_never_taken_for_a_whole_one(tmp_path, take, make,
                                                          name, mode):
    path = make(tmp_path / name, GOOD, mode)
    whole = path.read_bytes()
    for at in range(30, len(whole) - 8, 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55])
                         + whole[at + 1:])
        with pytest.raises(SubmissionError):
            take(path)


def test_a_damaged_zip_never_gives_other_contents(tmp_path, take):
    path = a_zip(tmp_path / "a.zip", GOOD)
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55])
                         + whole[at + 1:])
        try:
            taken = take(path)
        except SubmissionError:
            continue
        assert all((taken.dir / name).read_bytes() == GOOD[name]
                   for name in taken.files)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_refused(tmp_path, take):
    where = folder(tmp_path / "a", GOOD)
    (where / "fork/serve.c").chmod(0)
    with pytest.raises(SubmissionError, match="Permission denied"):
        take(where)


def test_two_submissions_in_one_archive_are_refused(tmp_path, take):
    both = {**enclosed(GOOD), "bob/fork/serve.c": b""}
    with pytest.raises(SubmissionError, match="more than one.*: ann, bob"):
        take(a_zip(tmp_path / "a.zip", both))


def test_what_a_mac_adds_does_no_harm(tmp_path, take):
    mac = {**enclosed(GOOD), "__MACOSX/ann/fork/._serve.c": b"",
           "ann/.DS_Store": b""}
    assert take(a_zip(tmp_path / "a.zip", mac)).files == sorted(GOOD)


@pytest.mark.parametrize("given, name", [
    ("ann.tar.gz", "ann"), ("Ann Lee.zip", "Ann_Lee"), ("../x", "x"),
    ("=cmd|x.tgz", "_cmd_x"), ("<b>a</b>.zip", "b_.zip"), ("-rf", "rf"),
    (".hidden", "hidden"), ("Jürgen.zip", "Jurgen"), ("日本.zip", "cf2abf"),
    ("...", "submission"), ("a" * 200, "a" * 60)])
def test_names_are_made_safe(given, name):
    safe = safe_name(Path("/class") / given)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,59}", safe)
    assert safe == name or given.startswith("<")
