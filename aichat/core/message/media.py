"""Pictures, sound, video and documents, as input and as output."""

from typing import Literal

from aichat.core.http.call import ByteStream
from aichat.values import NamedTuple

Kind = Literal["image", "audio", "video", "document", "other"]


class Url(NamedTuple):
    """A web address where anyone can fetch it."""

    address: str
    type: Literal["url"] = "url"


class LocalFile(NamedTuple):
    """A file on this machine, by its absolute path.

    Only a file that the user gave to this run ``is_attached``, and may be read and sent: an
    imported conversation may name any file.
    """

    path: str
    is_attached: bool = False
    type: Literal["file"] = "file"


class ProviderFile(NamedTuple):
    """A file stored at a provider, by the id the provider gave it."""

    id: str
    type: Literal["provider_file"] = "provider_file"


#: A web page that shows one video, which some providers accept by its URL.
VIDEO_PAGE = "video/x-web-page"

#: The kind of output that a file's suffix asks for.
NAMED_KINDS: dict[str, Kind] = {
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".webp", ".gif"), "image"),
    **dict.fromkeys((".wav", ".mp3", ".flac", ".ogg", ".opus"), "audio"),
}

MediaSource = bytes | Url | LocalFile | ProviderFile | ByteStream


class Media(NamedTuple):
    """One picture, sound, video or document, and where it is: its bytes, or how to get them.

    ``detail`` says how closely to look at a picture; ``transcript`` is what a sound says;
    ``clip`` is the part of a video to look at, as ``10s-60s@1``. ``for_code``: it is for
    the provider's code tool to open, and not for the model to look at.
    """

    mime: str
    source: MediaSource
    name: str | None = None
    detail: str | None = None
    transcript: str | None = None
    clip: str | None = None
    for_code: bool = False
    type: Literal["media"] = "media"

    @property
    def kind(self) -> Kind:
        """Its kind, in everyday terms."""
        return media_kind(self.mime)

    @property
    def data(self) -> bytes | None:
        """The bytes, if they are in memory."""
        return self.source if isinstance(self.source, bytes) else None

    @property
    def address(self) -> str | None:
        """The URL, or the path of the file; None for bytes, and for a file at a provider."""
        if isinstance(self.source, Url):
            return self.source.address
        return self.source.path if isinstance(self.source, LocalFile) else None

    @property
    def label(self) -> str:
        """A description for a sentence: its name, if it has one, and its type."""
        return f"{self.name} ({self.mime})" if self.name else self.mime


def named_kind(name: str) -> Kind | None:
    """The kind of output for a file with this name; None for text."""
    dot = name.rfind(".")
    return NAMED_KINDS.get(name[dot:].lower()) if dot >= 0 else None


def media_kind(mime: str) -> Kind:
    """The kind of a media type, without regard to parameters: ``application/pdf`` is a document."""
    essence = mime.partition(";")[0].strip().lower()
    kind = _KINDS.get(essence.partition("/")[0], "other")
    is_document = essence in _DOCUMENTS or essence.startswith(_OFFICE_PREFIXES)
    return "document" if is_document else kind


_KINDS: dict[str, Kind] = {
    "image": "image",
    "audio": "audio",
    "video": "video",
    "text": "document",
}

#: The documents among the types that begin with ``application/``.
_DOCUMENTS = frozenset(
    f"application/{name}"
    for name in (
        *("pdf", "json", "xml", "yaml", "rtf", "msword", "epub+zip"),
        *("vnd.ms-excel", "vnd.ms-powerpoint"),
    )
)
_OFFICE_PREFIXES = (
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.oasis.opendocument.",
)
