"""The content of a medium: how it begins, all of it, or a stream read while it is sent."""

from codecs import getincrementaldecoder
from pathlib import Path

from aichat.core.media.boxes import Blank, place_blanks, with_blanks
from aichat.core.message.media import LocalFile, Media, ProviderFile, Url
from aichat.disk.files.attached import (
    AttachedFile,
    file_size,
    open_reader,
    read_ends,
    read_file,
)
from aichat.errors import AichatError, usage_error

#: Bytes that hold the header of a picture, with a preview in it, or that of a film.
HEAD_BYTES = 1 << 18

#: Bytes that are fetched of what a provider does not fetch itself.
MAX_FETCHED = 50_000_000

#: Bytes of a text that a model is told whole.
MAX_TEXT = 10_000_000

#: Bytes of one file that are ever read into memory at once.
MAX_READ = 200_000_000


def size_of(media: Media) -> int | None:
    """How many bytes it has; None where it is not here."""
    source = media.source
    if isinstance(source, LocalFile):
        return file_size(Path(source.path))
    if isinstance(source, Url | ProviderFile):
        return None
    return len(source) if isinstance(source, bytes) else source.size


def ends_of(media: Media) -> tuple[bytes, bytes]:
    """How it begins and ends; nothing of what is not here. Errors: ``usage``."""
    source = media.source
    if isinstance(source, LocalFile):
        return read_ends(Path(source.path), HEAD_BYTES)
    if isinstance(source, AttachedFile):
        return read_ends(source.path, HEAD_BYTES)
    if isinstance(source, bytes):
        return source[:HEAD_BYTES], source[-HEAD_BYTES:]
    return b"", b""


def bytes_of(media: Media) -> bytes:
    """All of it, fetched where it is elsewhere. Errors: ``usage``, ``network``."""
    source = media.source
    if isinstance(source, bytes):
        return source
    if isinstance(source, Url):
        from aichat.net import web_page  # most are not of the web

        return web_page.fetch_bytes(source.address, MAX_FETCHED)
    if isinstance(source, ProviderFile):
        raise usage_error(f"{media.label} is kept by a provider, and not here")
    if (size_of(media) or 0) > MAX_READ:
        raise usage_error(f"{media.label} has more than {MAX_READ / 10**6:g} MB")
    return read_file(Path(source.path)) if isinstance(source, LocalFile) else b"".join(source)


#: Types of ISO's container.
_CONTAINERS = frozenset(
    ("video/mp4", "video/quicktime", "video/3gpp", "audio/mp4", "image/heic", "image/avif")
)


def place_blanks_of(media: Media) -> tuple[Blank, ...]:
    """What of a film, or of a phone's photo, tells where it was taken. Errors: ``usage``."""
    source = media.source
    if media.mime not in _CONTAINERS:
        return ()
    if isinstance(source, bytes):
        return place_blanks(lambda place, count: source[place : place + count], len(source))
    if not isinstance(source, LocalFile | AttachedFile):
        return ()
    path = Path(source.path)
    with open_reader(path) as read:
        return place_blanks(read, file_size(path))


def without_place(media: Media, blanks: tuple[Blank, ...]) -> Media:
    """The same, with what tells its place written over, in memory or while it is sent."""
    source = media.source
    if isinstance(source, bytes):
        return media._replace(source=b"".join(with_blanks((source,), blanks)))
    if isinstance(source, LocalFile | AttachedFile):
        return media._replace(source=AttachedFile(Path(source.path), blanks))
    return media


_TEXT_APPLICATIONS = ("json", "xml", "yaml", "toml", "javascript", "sql", "octet-stream")
#: How the types of files begin that may be text.
_TEXT_TYPES = ("text/", "application/x-", *(f"application/{n}" for n in _TEXT_APPLICATIONS))


def is_text(media: Media) -> bool:
    """Whether it is text, by its type and by how it begins."""
    if not media.mime.startswith(_TEXT_TYPES):
        return False
    head, _ = ends_of(media)
    try:
        getincrementaldecoder("utf-8")().decode(head)  # a character may be cut at the end
    except ValueError:
        return False
    return b"\0" not in head


def is_there(media: Media) -> bool:
    """Whether its file, if it is one, can be read, and may be."""
    if not isinstance(media.source, LocalFile):
        return True
    if not media.source.is_attached:
        return False
    try:
        read_ends(Path(media.source.path), 1)
    except AichatError:
        return False
    return True


def as_stream(media: Media) -> Media:
    """The same, whose file is read only while it is sent."""
    if isinstance(media.source, LocalFile):
        return media._replace(source=AttachedFile(Path(media.source.path)))
    return media
