"""An export as it was downloaded: a ZIP archive, read in place, or its unpacked folder or file."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO

from aichat.errors import AichatError, usage_error
from aichat.values import NamedTuple

#: Files of an export that hold conversations; large ones are in several.
_CONVERSATIONS = re.compile(r"(?:^|/)conversations(?:-\d+)?\.json$")

#: The number in the name of a shard, and the most missing shards that are named.
_SHARD = re.compile(r"(?:^|/)conversations-(\d{1,4})\.json$")
_MOST_MISSING = 100

#: Bytes read at once, and the most bytes of an attachment.
_PIECE, _MAX_FILE = 1 << 20, 256 << 20

#: The most files of a folder that are visited.
_MOST_MEMBERS = 100_000

#: The highest compression ratio that is believed, and the size from which on it is checked.
_MAX_RATIO, _SMALL = 200, 16 << 20


def is_export(folder: Path) -> bool:
    """Whether an export was unpacked in a folder."""
    return any(_CONVERSATIONS.search(path.name) for path in folder.glob("conversations*.json"))


class _Member(NamedTuple):
    """A file of an export; ``packed``: its bytes in an archive, None for a file on the disk."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]
    packed: int | None = None


class ExportArchive:
    """An open export: a context manager. Errors: ``usage`` where it cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path, self._stack = path, ExitStack()
        self._zip = self._open_zip() if _is_zip(path) else None
        self._members: Sequence[_Member] = [*self._found_members()]
        self._by_name = self._names()

    def __enter__(self) -> "ExportArchive":
        return self

    def __exit__(self, *about: object) -> None:
        self._stack.close()

    def _open_zip(self) -> zipfile.ZipFile:
        try:
            return self._stack.enter_context(zipfile.ZipFile(self._path))
        except zipfile.BadZipFile as error:
            why = f"{self._path} is no whole ZIP archive: {error}"
            raise usage_error(why, "download it again") from error
        except (OSError, NotImplementedError) as error:
            raise usage_error(f"cannot read {self._path}: {error}") from error

    def _found_members(self) -> Iterator["_Member"]:
        """The files of the archive or of its unpacked folder, without links out of it."""
        if archive := self._zip:
            for info in (one for one in archive.infolist() if not one.is_dir()):
                opened = partial(_open_packed, archive, info)
                yield _Member(info.filename, info.file_size, opened, info.compress_size)
        if self._path.is_dir():
            for path in islice(sorted(self._path.rglob("*")), _MOST_MEMBERS):
                if path.is_file() and path.resolve().is_relative_to(self._path.resolve()):
                    yield _Member(str(path), path.stat().st_size, _opener(path))

    def _names(self) -> dict[str, "_Member"]:
        """The files by name without folder, and by the beginning of that."""
        found: dict[str, _Member] = {}
        for member in self._members:
            name = member.name.rpartition("/")[2]
            for known in (name, name.split(".")[0], name.split("-sanitized")[0]):
                found.setdefault(known, member)
            if match := re.match(r"file[-_][A-Za-z0-9]+", name):
                found.setdefault(match[0], member)
        return found

    def conversation_files(self) -> Iterator[Iterator[str]]:
        """The text of each file of conversations, in pieces.

        Errors: ``usage`` for an archive that has none; those of reading it.
        """
        if self._path.is_file() and self._zip is None:
            with self._path.open("rb") as file:
                yield _texts(file)
            return
        held = [one for one in self._members if _CONVERSATIONS.search(one.name)]
        if not held:
            raise usage_error(f"{self._path} has no conversations.json")
        for member in sorted(held, key=lambda one: one.name):
            _check_honest(member)
            with member.open() as file:
                yield _texts(file)

    def missing_files(self) -> list[str]:
        """The names of missing shards, judged by the numbers of those that are there."""
        numbers = {int(found[1]) for one in self._members if (found := _SHARD.search(one.name))}
        missing = sorted({*range(max(numbers, default=0))} - numbers)
        return [f"conversations-{number:03}.json" for number in missing[:_MOST_MISSING]]

    def find(self, name: str) -> bytes | None:
        """The bytes of an attachment; None if it is missing or too large."""
        member = self._by_name.get(name)
        if member is None or member.size > _MAX_FILE:
            return None
        try:
            with member.open() as file:
                return file.read(_MAX_FILE)
        except (
            *(OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError),
            *(AichatError, zlib.error),
        ):
            return None


def _is_zip(path: Path) -> bool:
    """Whether a file begins like a ZIP archive, whole or not."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(2) == b"PK"
    except OSError as error:
        raise usage_error(f"cannot read {path}: {error.strerror}") from error


def _open_packed(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    if info.flag_bits & 1:
        raise usage_error(f"{info.filename} is encrypted", "unpack the archive, and import that")
    return archive.open(info)


def _opener(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")


def _check_honest(member: _Member) -> None:
    packed = member.size if member.packed is None else member.packed
    if member.size > max(_SMALL, _MAX_RATIO * packed):
        raise usage_error(f"{member.name} would be {member.size:,} bytes: it is not read")


def _texts(file: IO[bytes]) -> Iterator[str]:
    """A file as text, in pieces; invalid UTF-8 is replaced."""
    from codecs import getincrementaldecoder

    decode = getincrementaldecoder("utf-8")("replace").decode
    while data := file.read(_PIECE):
        yield decode(data)
    yield decode(b"", True)
