"""Request bodies that are read from disk while they are sent, never whole in memory."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from aichat.core.http.call import ByteStream, Call, Header, StreamedBody
from aichat.core.http.multipart import MEDIA_TYPES, FormField, closing_boundary, part_header
from aichat.core.media.boxes import Blank, with_blanks
from aichat.disk.paths import expand_path
from aichat.errors import usage_error

#: Bytes read at once, and up to how many a pipe is kept in memory.
_PIECE_BYTES, _SPOOL_BYTES = 1 << 18, 10_000_000


class FileSource:
    """The bytes of an open file from its position on, which can be read repeatedly.

    ``blanks`` are overwritten on the way. ``is_clean``: its text needs no redaction.
    """

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        blanks: tuple[Blank, ...] = (),
        *,
        is_clean: bool = False,
    ) -> None:
        self._file, self.name, self._blanks, self._is_clean = file, name, blanks, is_clean
        self._start = file.tell()
        self.size = file.seek(0, os.SEEK_END) - self._start
        self.curl = (("--data-binary", f"@{name}"),)

    def __iter__(self) -> Iterator[bytes]:
        """All bytes; anything appended meanwhile is left out. Errors: ``usage`` if it shrank."""
        return self.pieces(0, self.size)

    def read(self, place: int, count: int) -> bytes:
        """Bytes at an offset, unchanged; fewer at the end of the file."""
        self._file.seek(self._start + place)
        return self._file.read(max(min(count, self.size - place), 0))

    def with_texts(self, change: Callable[[str], str]) -> "FileSource":
        """The same with its text changed, if it is text. Errors: ``usage`` if that is too long."""
        if self._is_clean:
            return self
        from aichat.core.message.private.files import changed_content  # few change any

        changed = changed_content(self, self.size, change, self.name)
        if changed is None:
            return self
        return FileSource(BytesIO(changed), self.name, is_clean=True)

    def pieces(self, start: int, size: int) -> Iterator[bytes]:
        """A range of bytes, in pieces. Errors: ``usage`` if the file shrank."""
        found = self._pieces(start, start + size)
        return with_blanks(found, self._blanks, start) if self._blanks else found

    def _pieces(self, place: int, end: int) -> Iterator[bytes]:
        while place < end:
            piece = self.read(place, min(end - place, _PIECE_BYTES))
            if not piece:
                raise usage_error(f"{self.name} shrank while it was being sent")
            place += len(piece)
            yield piece


class FilePart:
    """A range of a file, after a prefix; ``name`` is for a command line."""

    def __init__(self, whole: FileSource, begin: bytes, start: int, size: int, name: str) -> None:
        self._whole, self._begin, self._range = whole, begin, (start, size)
        self.size = len(begin) + size
        self.curl = (("--data-binary", f"@{name}"),)

    def __iter__(self) -> Iterator[bytes]:
        """All of it. Errors: ``usage`` where the file shrank."""
        yield self._begin
        yield from self._whole.pieces(*self._range)


class CountedBody:
    """A body that reports how much of it was sent."""

    def __init__(self, body: StreamedBody, add: Callable[[int], object]) -> None:
        self._body, self._add = body, add
        self.size, self.curl = body.size, body.curl

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._body:
            yield piece
            self._add(len(piece))

    def with_texts(self, change: Callable[[str], str]) -> "CountedBody":
        """The same with its text changed, if it has any."""
        if isinstance(self._body, MultipartForm | FileSource):
            return CountedBody(self._body.with_texts(change), self._add)
        return self


class MultipartForm:
    """A multipart/form-data body, with files read while they are sent."""

    def __init__(
        self, fields: Iterable[FormField], open_source: Callable[[str], ByteStream | bytes]
    ) -> None:
        self.boundary = f"aichat-{os.urandom(16).hex()}"
        self._lay_out(
            (field, b"" if field.file is None else open_source(field.file))
            for field in map(_with_filename, fields)
        )

    def call(self, call: Call) -> Call:
        """A call with this form as its body."""
        kind = Header("content-type", f"multipart/form-data; boundary={self.boundary}")
        return call._replace(headers=(*call.headers, kind))

    def with_texts(self, change: Callable[[str], str]) -> "MultipartForm":
        """The same form with the text of its fields, and of text files, changed."""
        made = MultipartForm.__new__(MultipartForm)
        made.boundary = self.boundary
        made._lay_out(
            (
                field._replace(text=change(field.text)),
                content.with_texts(change) if isinstance(content, FileSource) else content,
            )
            for field, content in self._fields
        )
        return made

    def _lay_out(self, fields: Iterable[tuple[FormField, ByteStream | bytes]]) -> None:
        """Arrange the fields with their headers, and compute the size."""
        self._fields = [*fields]
        self._parts: list[tuple[bytes, Iterable[bytes]]] = []
        self.size, curl = len(closing_boundary(self.boundary)), []
        for field, source in self._fields:
            content = field.text.encode() if field.file is None else source
            before = part_header(field, self.boundary)
            size = len(content) if isinstance(content, bytes) else content.size
            self.size += len(before) + size + len(b"\r\n")
            self._parts.append((before, (content,) if isinstance(content, bytes) else content))
            curl.append(_curl_option(field))
        self.curl = tuple(curl)

    def __iter__(self) -> Iterator[bytes]:
        """All of it."""
        for before, content in self._parts:
            yield before
            yield from content
            yield b"\r\n"
        yield closing_boundary(self.boundary)


def file_source(name: str, blanks: tuple[Blank, ...] = (), *, is_clean: bool = False) -> FileSource:
    """The file called ``name``; one that cannot be read twice is copied first.

    Errors: ``usage``, naming the file.
    """
    path = expand_path(name)
    try:
        file = path.open("rb")
        whole = file if _is_regular(file) else _copy_pipe(file)
        return FileSource(whole, str(path), blanks, is_clean=is_clean)
    except IsADirectoryError:
        raise usage_error(f"{path} is a folder, not a file") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise usage_error(f"cannot read {path}: {why}") from error


def _is_regular(file: BinaryIO) -> bool:
    return stat.S_ISREG(os.fstat(file.fileno()).st_mode)


def _copy_pipe(file: BinaryIO) -> BinaryIO:
    """A copy of a pipe's content, on disk if it is long. Errors: ``ValueError`` for a device."""
    from shutil import copyfileobj
    from tempfile import SpooledTemporaryFile

    is_device = stat.S_ISCHR(os.fstat(file.fileno()).st_mode) and not file.isatty()
    if is_device and file.read(1):  # as /dev/zero, which would fill the disk
        raise ValueError("a device has no end")
    copy: BinaryIO = SpooledTemporaryFile(_SPOOL_BYTES)  # type: ignore[assignment]  # noqa: SIM115
    with file:
        copyfileobj(file, copy)
    copy.seek(0)
    return copy


def _with_filename(field: FormField) -> FormField:
    """The field with a file name and media type for the server."""
    if field.file is None:
        return field
    filename = field.filename or (Path(field.file).name if field.file != "-" else "stdin")
    return field._replace(filename=filename, kind=field.kind or media_type(filename))


def media_type(filename: str) -> str:
    """The media type by a file's suffix."""
    from mimetypes import guess_type

    known = MEDIA_TYPES.get(Path(filename).suffix.lower())
    return known or guess_type(filename)[0] or "application/octet-stream"


def _curl_option(field: FormField) -> tuple[str, str]:
    if field.file is None:
        return "--form-string", f"{field.name}={field.text}"
    return "-F", f"{field.name}=@{field.file};type={field.kind};filename={field.filename}"
