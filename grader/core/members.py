"""The regular files of a directory, a tar or a zip, read without trust.

Nothing is extracted: a member is a name and a way to read at most so many
bytes. What is not a regular file or a directory, and a name that leads outside,
is refused, and the whole submission with it.
"""
import contextlib
import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
from pathlib import Path
from typing import Callable, IO, Iterator, NamedTuple, Tuple

ARCHIVE_MAX = 16 << 20          # bytes of the archive itself
UNPACKED_MAX = 64 << 20         # bytes a compressed tar may become
MEMBERS_MAX = 2000
DEPTH = 3                       # folder/part/file
SUFFIXES = ".tar", ".tar.gz", ".tgz", ".tar.xz", ".zip"


class SubmissionError(Exception):
    """A submission that cannot be taken; the text says why, in a sentence."""


class Member(NamedTuple):
    """parts: the name, cut at its slashes. read(n): at most its first n bytes,
    to be called before the next member is asked for."""

    parts: Tuple[str, ...]
    read: Callable[[int], bytes]


def shown(name: str) -> str:
    """A name from a submission, fit to be printed in a sentence."""
    text = "".join(c if c.isprintable() else "?" for c in name)
    return text if len(text) <= 60 else text[:57] + "..."


def members(path: Path) -> Iterator[Member]:
    """The members of the directory or archive at path.

    Raises SubmissionError, also while it is iterated."""
    with _clearly():
        if path.is_dir():
            top = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            found = _directory(top, ())
        else:
            found = _archive(_read_archive(path))
        for count, member in enumerate(found):
            if count == MEMBERS_MAX:
                raise SubmissionError(f"it holds more than {MEMBERS_MAX} files")
            yield Member(member.parts, _clear_reader(member.read))


@contextlib.contextmanager
def _clearly() -> Iterator[None]:
    """Turn every error of reading into a SubmissionError: on a damaged
    archive tarfile, zipfile and the decompressors raise nearly anything."""
    try:
        yield
    except SubmissionError:
        raise
    except Exception as error:
        text = getattr(error, "strerror", None) or str(error)
        raise SubmissionError("it cannot be read: "
                              + shown(text or type(error).__name__)) from error


def _clear_reader(read: Callable[[int], bytes]) -> Callable[[int], bytes]:
    def clear(most: int) -> bytes:
        with _clearly():
            return read(most)
    return clear


def _directory(folder: int, above: Tuple[str, ...]) -> Iterator[Member]:
    """The files below an open directory, which is closed at the end. No deeper
    than a submission goes, and no hidden folder (.git)."""
    try:
        for entry in sorted(os.scandir(folder), key=lambda e: e.name):
            parts = (*above, entry.name)
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                if len(parts) < DEPTH and not entry.name.startswith("."):
                    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
                    below = os.open(entry.name, flags, dir_fd=folder)
                    yield from _directory(below, parts)
            elif stat.S_ISREG(mode):
                yield Member(parts, _reader(folder, entry.name))
            else:
                _refuse("/".join(parts), _kind(mode))
    finally:
        os.close(folder)


def _reader(folder: int, name: str) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        with open(os.open(name, flags, dir_fd=folder), "rb") as file:
            return file.read(most)
    return read


def _read_archive(path: Path) -> bytes:
    if not path.exists():
        raise SubmissionError("there is no such file or directory")
    if not path.is_file():
        raise SubmissionError("it is neither a file nor a directory")
    with open(path, "rb") as file:
        data = file.read(ARCHIVE_MAX + 1)
    if len(data) > ARCHIVE_MAX:
        raise SubmissionError(f"it is larger than {ARCHIVE_MAX >> 20} MiB")
    return data


def _archive(data: bytes) -> Iterator[Member]:
    """The members of an archive, whatever its file is called."""
    if data.startswith(b"PK"):
        return _zip(data)
    if data.startswith(b"\x1f\x8b"):
        return _tar(_Capped(gzip.open(io.BytesIO(data))))
    if data.startswith(b"\xfd7zXZ\x00"):
        return _tar(_Capped(lzma.open(io.BytesIO(data))))
    if data[257:262] == b"ustar":
        return _tar(io.BytesIO(data))
    raise SubmissionError("it is neither a directory nor an archive of one "
                          f"({', '.join(SUFFIXES)})")


class _Capped:
    """A stream that refuses to become larger than UNPACKED_MAX."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._left = stream, UNPACKED_MAX

    def read(self, size: int) -> bytes:
        data = self._stream.read(min(size, 1 << 20))
        self._left -= len(data)
        if self._left < 0:
            raise SubmissionError("the archive unpacks to more than "
                                  f"{UNPACKED_MAX >> 20} MiB")
        return data


def _tar(stream) -> Iterator[Member]:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for count, info in enumerate(archive):
            if count == MEMBERS_MAX:
                raise SubmissionError(
                    f"it holds more than {MEMBERS_MAX} members")
            parts = _parts(info.name)
            if info.isdir():
                continue
            if not info.isreg():
                _refuse(info.name, "a symbolic link" if info.issym()
                        else "a hard link" if info.islnk()
                        else "a device or FIFO")
            yield Member(parts, archive.extractfile(info).read)
    while stream.read(1 << 16):
        pass        # its checksum comes last


def _zip(data: bytes) -> Iterator[Member]:
    # Counted before zipfile makes an object of each.
    if data.count(b"PK\x01\x02") > MEMBERS_MAX:
        raise SubmissionError(f"it holds more than {MEMBERS_MAX} members")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
        for info in infos:
            _parts(info.filename)
            mode = info.external_attr >> 16
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                _refuse(info.filename, _kind(mode))
        for info in infos:
            if not info.is_dir():
                yield Member(_parts(info.filename), _zip_reader(archive, info))


def _zip_reader(archive: zipfile.ZipFile,
                info: zipfile.ZipInfo) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        if info.flag_bits & 1:
            raise SubmissionError("the archive is encrypted")
        with archive.open(info) as file:
            return file.read(most)
    return read


def _parts(name: str) -> Tuple[str, ...]:
    """Cut a name. Windows' slashes count, so that they hide nothing."""
    name = name.replace("\\", "/")
    parts = tuple(p for p in name.split("/") if p not in ("", "."))
    if name.startswith("/") or name[1:2] == ":":
        _refuse(name, "an absolute path")
    if ".." in parts:
        _refuse(name, "a path with '..'")
    return parts


def _kind(mode: int) -> str:
    return "a symbolic link" if stat.S_ISLNK(mode) else "a device or FIFO"


def _refuse(name: str, what: str) -> None:
    raise SubmissionError(f"{shown(name)} is {what}: only regular files and "
                          "folders are taken")
