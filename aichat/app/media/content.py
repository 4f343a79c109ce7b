"""The content of a medium: its first bytes, all of it, or a stream read while it is sent."""

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

#: Bytes sure to include the header of an image, with its preview, or of a video.
HEAD_BYTES = 1 << 18

#: The most bytes to fetch from a URL that the provider does not fetch itself.
MAX_FETCHED = 50_000_000

#: The most bytes of a text to send whole.
MAX_TEXT = 10_000_000

#: The most bytes of one file to read into memory.
MAX_READ = 200_000_000


def size_of(media: Media) -> int | None:
    """A medium's size in bytes; None if it is not local."""
    source = media.source
    if isinstance(source, LocalFile):
        return file_size(Path(source.path))
    if isinstance(source, Url | ProviderFile):
        return None
    return len(source) if isinstance(source, bytes) else source.size


def ends_of(media: Media) -> tuple[bytes, bytes]:
    """The first and last bytes of a medium; empty if it is not local. Errors: ``usage``."""
    source = media.source
    if isinstance(source, LocalFile):
        return read_ends(Path(source.path), HEAD_BYTES)
    if isinstance(source, AttachedFile):
        return read_ends(source.path, HEAD_BYTES)
    if isinstance(source, bytes):
        return source[:HEAD_BYTES], source[-HEAD_BYTES:]
    return b"", b""


def bytes_of(media: Media) -> bytes:
    """All bytes of a medium, fetched if it is not local. Errors: ``usage``, ``network``."""
    source = media.source
    if isinstance(source, bytes):
        return source
    if isinstance(source, Url):
        from aichat.net.pages import web_page  # most media are local

        return web_page.fetch_bytes(source.address, MAX_FETCHED)
    if isinstance(source, ProviderFile):
        raise usage_error(f"{media.label} is kept by a provider, and not here")
    if (size_of(media) or 0) > MAX_READ:
        raise usage_error(f"{media.label} has more than {MAX_READ / 10**6:g} MB")
    return read_file(Path(source.path)) if isinstance(source, LocalFile) else b"".join(source)


#: Media types in the ISO base media format.
_CONTAINERS = frozenset(
    ("video/mp4", "video/quicktime", "video/3gpp", "audio/mp4", "image/heic", "image/avif")
)


def place_blanks_of(media: Media) -> tuple[Blank, ...]:
    """The ranges of a video, or of a phone's photo, with its location. Errors: ``usage``."""
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
    """The medium with its location overwritten, in memory or while it is sent."""
    source = media.source
    if isinstance(source, bytes):
        return media._replace(source=b"".join(with_blanks((source,), blanks)))
    if isinstance(source, LocalFile | AttachedFile):
        return media._replace(source=AttachedFile(Path(source.path), blanks))
    return media


_TEXT_APPLICATIONS = ("json", "xml", "yaml", "toml", "javascript", "sql", "octet-stream")
#: Prefixes of media types that may be text.
_TEXT_TYPES = ("text/", "application/x-", *(f"application/{n}" for n in _TEXT_APPLICATIONS))


def is_text(media: Media) -> bool:
    """Whether a medium is text, by its type and its first bytes."""
    if not media.mime.startswith(_TEXT_TYPES):
        return False
    head, _ = ends_of(media)
    try:
        getincrementaldecoder("utf-8")().decode(head)  # the last character may be incomplete
    except ValueError:
        return False
    return b"\0" not in head


def is_there(media: Media) -> bool:
    """Whether a medium's file, if any, exists and may be read."""
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
    """The medium with its file as a stream that is read while it is sent."""
    if isinstance(media.source, LocalFile):
        return media._replace(source=AttachedFile(Path(media.source.path)))
    return media
