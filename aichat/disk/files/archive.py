"""An export as it was downloaded: a ZIP archive that is read in place, or its JSON file alone."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from aichat.errors import usage_error

#: Files of an export that hold conversations; large ones are in several.
_CONVERSATIONS = re.compile(r"(?:^|/)conversations(?:-\d+)?\.json$")

#: Bytes that are read at once, and those of the largest attachment.
_PIECE, _MAX_FILE = 1 << 20, 256 << 20

#: How much smaller an honest file may be in an archive, from this many bytes on.
_MAX_RATIO, _SMALL = 200, 16 << 20


class ExportArchive:
    """An open export: a context manager. Errors: ``usage`` where it cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path, self._stack = path, ExitStack()
        self._zip = self._open_zip() if zipfile.is_zipfile(path) else None
        self._by_name = self._names()

    def __enter__(self) -> "ExportArchive":
        return self

    def __exit__(self, *about: object) -> None:
        self._stack.close()

    def _open_zip(self) -> zipfile.ZipFile:
        try:
            return self._stack.enter_context(zipfile.ZipFile(self._path))
        except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
            raise usage_error(f"cannot read {self._path}: {error}") from error

    def _names(self) -> dict[str, zipfile.ZipInfo]:
        """Its files by their names without folders, and by what those begin with."""
        found: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist() if self._zip else ():
            name = info.filename.rpartition("/")[2]
            for known in (name, name.split(".")[0], name.split("-sanitized")[0]):
                found.setdefault(known, info)
            if match := re.match(r"file[-_][A-Za-z0-9]+", name):
                found.setdefault(match[0], info)
        return found

    def conversation_files(self) -> Iterator[Iterator[str]]:
        """The text of each file of conversations, in pieces.

        Errors: ``usage`` for an archive that has none; those of reading it.
        """
        if self._zip is None:
            with self._path.open("rb") as file:
                yield _texts(file)
            return
        infos = [i for i in self._zip.infolist() if _CONVERSATIONS.search(i.filename)]
        if not infos:
            raise usage_error(f"{self._path} has no conversations.json")
        for info in sorted(infos, key=lambda one: one.filename):
            _check_honest(info)
            with self._zip.open(info) as member:
                yield _texts(member)

    def find(self, name: str) -> bytes | None:
        """The bytes of an attachment; None where it is not there, or larger than any is."""
        info = self._by_name.get(name)
        if self._zip is None or info is None or info.is_dir() or info.file_size > _MAX_FILE:
            return None
        try:
            with self._zip.open(info) as member:
                return member.read(_MAX_FILE)
        except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
            return None


def _check_honest(info: zipfile.ZipInfo) -> None:
    if info.file_size > max(_SMALL, _MAX_RATIO * info.compress_size):
        raise usage_error(f"{info.filename} would be {info.file_size:,} bytes: it is not read")


def _texts(file: IO[bytes]) -> Iterator[str]:
    """A file as text, in pieces; what is no UTF-8 is replaced."""
    from codecs import getincrementaldecoder

    decode = getincrementaldecoder("utf-8")("replace").decode
    while data := file.read(_PIECE):
        yield decode(data)
    yield decode(b"", True)
