"""Attaching media, and files for code: by path, URL, stdin, clipboard."""

from pathlib import Path

from aichat.core.media.fragment import DETAILS, parse_clip, parse_pages
from aichat.core.media.media_type import HEAD_BYTES, is_archive, media_type
from aichat.core.message.compose import Attachment
from aichat.core.message.media import VIDEO_PAGE, LocalFile, Media, MediaSource, Url
from aichat.disk.files.attached import file_media_type, file_size
from aichat.disk.files.upload import media_type as type_by_name
from aichat.errors import usage_error
from aichat.process.stdin import decode_text
from aichat.process.world import World

#: The most bytes fetched from a URL that only this machine can reach.
MAX_FETCHED = 50_000_000

#: Hosts whose pages each show one video, which some providers can watch.
_VIDEO_HOSTS = ("youtube.com", "youtu.be")


def file_attachment(path: Path, name: str, fragment: str) -> Attachment | None:
    """A file as a medium; None if it is text or unknown.

    Errors: ``usage`` for an empty file, and for a part that it does not have.
    """
    mime = file_media_type(path)
    if mime is None or is_archive(mime):
        return None
    if not file_size(path):
        raise usage_error(f"{path} is empty")
    source = LocalFile(str(path.absolute()), is_attached=True)
    return Attachment(name, media=_media(mime, source, path.name, fragment))


def bytes_attachment(data: bytes, name: str, fragment: str = "") -> Attachment | None:
    """Bytes as a medium; None if they are text or unknown."""
    mime = media_type(data[:HEAD_BYTES])
    if is_archive(mime):
        from aichat.app.media.documents import packed_type  # few pipes bring a document

        mime = packed_type(data)
    return Attachment(name, media=_media(mime, data, name, fragment)) if mime else None


def url_attachment(url: str, fragment: str, *, allow_local: bool) -> Attachment:
    """Attach a URL: text to be inlined, or media that the provider may fetch itself.

    Errors: ``usage`` and ``network``, as in ``web_page.fetch_page``.
    """
    from aichat.net.pages import web_page

    if _is_video_page(url):
        return Attachment(url, media=_media(VIDEO_PAGE, Url(url), url, fragment))
    page = web_page.fetch_page(url, allow_local=allow_local)
    if page.mime is None:
        return Attachment(url, page.text)
    source: MediaSource = Url(url)
    name = url.partition("?")[0].rstrip("/").rpartition("/")[2] or url
    if page.is_local or is_archive(page.mime):  # an archive must be opened to tell its type
        data = web_page.fetch_bytes(url, MAX_FETCHED, allow_local=allow_local)
        found = bytes_attachment(data, name, fragment)
        if found is None or found.media is None:
            raise usage_error(f"cannot attach {url}: {page.mime} is not text")
        return found._replace(name=url)
    return Attachment(url, media=_media(page.mime, source, name, fragment))


def clipboard_attachment(world: World) -> Attachment:
    """The picture, or else the text, in the clipboard.

    Errors: ``usage`` if it is empty, or no program can read it.
    """
    from aichat.process import clipboard

    data = clipboard.read_content(world)
    found = bytes_attachment(data, "clipboard")
    return found or Attachment("clipboard", decode_text(data, "the clipboard"))


def code_attachment(path: Path, name: str, inner: str) -> Attachment:
    """Attach a file for code; ``inner`` is its name within an attached folder, made flat.

    Errors: ``usage`` for an empty or unreadable file.
    """
    if not file_size(path):
        raise usage_error(f"{path} is empty")
    mime = file_media_type(path) or type_by_name(path.name)
    source = LocalFile(str(path.absolute()), is_attached=True)
    flat = inner.replace("/", "_").replace("\\", "_")
    return Attachment(name, media=Media(mime, source, flat, for_code=True))


def piped_attachment(piped: Attachment) -> Attachment:
    """Piped text as a file; media and empty input stay as they are."""
    if piped.media is None and piped.text:
        media = Media("text/plain", piped.text.encode(), f"{piped.name}.txt", for_code=True)
        return Attachment(piped.name, media=media)
    return piped._replace(media=piped.media and piped.media._replace(for_code=True))


def _is_video_page(url: str) -> bool:
    from aichat.core.http.connection import host_of

    host = host_of(url)
    return any(host == one or host.endswith(f".{one}") for one in _VIDEO_HOSTS)


def _media(mime: str, source: MediaSource, name: str, fragment: str) -> Media:
    """Make the medium. Errors: ``usage`` if the fragment does not fit its kind."""
    media = Media(mime, source, name)
    if not fragment:
        return media
    if fragment in DETAILS and media.kind in ("image", "video", "document"):
        return media._replace(detail=fragment)
    if media.kind in ("video", "audio") and parse_clip(fragment):
        return media._replace(clip=fragment)
    if mime == "application/pdf" and (pages := parse_pages(fragment)):
        from aichat.app.media.documents import cut_pages  # with a library, which few need

        return media._replace(source=cut_pages(media, *pages))
    raise usage_error(f"{name}#{fragment}: {mime} has no such part", _FRAGMENT_HINT)


_FRAGMENT_HINT = "pages of a PDF: #3-7; of a video: #10s-60s@1; of a picture: #low, #high"
