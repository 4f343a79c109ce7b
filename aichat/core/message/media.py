"""Pictures, sound, video and documents, as they go in and as they come out."""

from typing import Literal

from aichat.core.http.call import ByteStream
from aichat.values import NamedTuple

Kind = Literal["image", "audio", "video", "document", "other"]


class Url(NamedTuple):
    """Where whoever wants it can fetch it."""

    address: str
    type: Literal["url"] = "url"


class LocalFile(NamedTuple):
    """A file of this machine, by its absolute path.

    Only one that the user gave to this run ``is_attached``, and may be read to be sent: a
    conversation that came from elsewhere may name any.
    """

    path: str
    is_attached: bool = False
    type: Literal["file"] = "file"


class ProviderFile(NamedTuple):
    """A file that a provider keeps, by the name that it gave."""

    id: str
    type: Literal["provider_file"] = "provider_file"


#: A page of the web that shows one video, which some providers look at by its address.
VIDEO_PAGE = "video/x-web-page"

#: What the name of a file says of what an answer is to put into it.
NAMED_KINDS: dict[str, Kind] = {
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".webp", ".gif"), "image"),
    **dict.fromkeys((".wav", ".mp3", ".flac", ".ogg", ".opus"), "audio"),
}

MediaSource = bytes | Url | LocalFile | ProviderFile | ByteStream


class Media(NamedTuple):
    """One picture, sound, video or document, and where it is: its bytes, or what leads to them.

    ``detail`` says how closely to look at a picture; ``transcript`` is what a sound says;
    ``clip`` is the part of a video that is meant, as ``10s-60s@1``. ``for_code``: it is for
    the provider's code to open, and not for the model to look at.
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
        """What a person would call it."""
        return media_kind(self.mime)

    @property
    def data(self) -> bytes | None:
        """The bytes, where they are here."""
        return self.source if isinstance(self.source, bytes) else None

    @property
    def address(self) -> str | None:
        """The URL, or the path of the file; None for bytes, and for what a provider keeps."""
        if isinstance(self.source, Url):
            return self.source.address
        return self.source.path if isinstance(self.source, LocalFile) else None

    @property
    def label(self) -> str:
        """What it is called in a sentence: its name, if it has one, and its type."""
        return f"{self.name} ({self.mime})" if self.name else self.mime


def named_kind(name: str) -> Kind | None:
    """What is to be in a file of this name; None: words."""
    dot = name.rfind(".")
    return NAMED_KINDS.get(name[dot:].lower()) if dot >= 0 else None


def media_kind(mime: str) -> Kind:
    """The kind of a media type, whatever its parameters: ``application/pdf`` is a document."""
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

#: Documents among the types that begin with ``application/``.
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
