"""Media as the wires encode and decode them: nothing is silently left out."""

from binascii import a2b_base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aichat.core.exchange.event import Audio, Event, Image, MadeFile, Notice
from aichat.core.http.call import Blob, Header, blob_marker
from aichat.core.message.media import LocalFile, Media, ProviderFile, Url
from aichat.core.message.message import Message, Part, Text, ToolResult, with_parts
from aichat.errors import AichatError, Fault

if TYPE_CHECKING:
    from aichat.core.media.fragment import Clip

_REFUSED_HINT = "nothing was sent; try another --wire or --provider"


def refused_media(media: Media, why: str) -> AichatError:
    """The error for a medium that a wire cannot carry (exit 5)."""
    message = f"{media.label} cannot be sent: {why}"
    return AichatError(Fault("invalid_request", message, _REFUSED_HINT))


def media_url(media: Media, blobs: list[Blob]) -> str:
    """A medium as a URL: its own, the provider's, or a data URL.

    Errors: ``invalid_request`` if the provider's id for it is not a URL.
    """
    if isinstance(media.source, Url):
        return media.source.address
    if isinstance(media.source, ProviderFile):
        if ":" not in media.source.id:
            raise refused_media(media, "files uploaded to a provider are not supported there")
        return media.source.id
    return f"data:{media.mime};base64,{media_base64(media, blobs)}"


def media_base64(media: Media, blobs: list[Blob]) -> str:
    """The marker for its bytes, which join ``blobs``. Errors: ``invalid_request`` without any."""
    source = media.source
    if isinstance(source, Url | LocalFile | ProviderFile):
        raise refused_media(media, f"its bytes are needed, not a {_SOURCES[source.type]}")
    blobs.append(Blob(source))
    return blob_marker(blobs[-1])


_SOURCES = {"url": "URL", "file": "path", "provider_file": "provider's file"}


def store_headers(messages: Iterable[Message]) -> tuple[Header, ...]:
    """The header that makes DashScope resolve ``oss://`` URLs, if there are any."""
    sources = (part.source for m in messages for part in m.parts if isinstance(part, Media))
    stored = any(isinstance(s, ProviderFile) and s.id.startswith("oss://") for s in sources)
    return (Header("x-dashscope-ossresourceresolve", "enable"),) if stored else ()


def frame_rate(media: Media) -> dict[str, float]:
    """The frames per second to sample from a video, in the terms of Qwen's wires."""
    clip = clip_of(media)
    return {"fps": clip.rate} if clip and clip.rate else {}


def clip_of(media: Media) -> "Clip | None":
    """The part of a video that is meant, if not all of it."""
    if not media.clip:
        return None
    from aichat.core.media.fragment import parse_clip  # here, since few requests have one

    return parse_clip(media.clip)


def audio_format(mime: str) -> str:
    """OpenAI's name for a type of sound: ``mp3`` or ``wav``, else the subtype itself."""
    name = mime.partition(";")[0].partition("/")[2].removeprefix("x-")
    return {"mpeg": "mp3", "wave": "wav"}.get(name, name)


def place_media(
    messages: Iterable[Message], fits_result: Callable[[Media], bool]
) -> Iterator[Message]:
    """The messages with every medium where the wire can carry it.

    What a tool result cannot contain follows in a message of the user, after the last result,
    which refers to it. A model's own media, which it does not take back, become words.
    Errors: ``invalid_request`` for media in a system prompt.
    """
    moved: list[Part] = []
    for message in messages:
        if moved and message.role != "tool":
            yield Message("user", tuple(moved))
            moved = []
        yield with_parts(message, tuple(_placed_parts(message, fits_result, moved)))
    if moved:
        yield Message("user", tuple(moved))


def _placed_parts(
    message: Message, fits_result: Callable[[Media], bool], moved: list[Part]
) -> Iterator[Part]:
    for part in message.parts:
        if isinstance(part, ToolResult):
            yield _placed_result(part, fits_result, moved)
        elif isinstance(part, Media) and message.role == "system":
            raise refused_media(part, "a system prompt can only contain text")
        elif isinstance(part, Media) and message.role == "assistant":
            yield Text(part.transcript or f"[{part.label}]")
        else:
            yield part


def _placed_result(
    result: ToolResult, fits_result: Callable[[Media], bool], moved: list[Part]
) -> ToolResult:
    """A result with what fits; the rest goes into ``moved``, each after a remark."""
    if not any(isinstance(part, Media) for part in result.parts):
        return result
    parts: list[Text | Media] = []
    for part in result.parts:
        if isinstance(part, Media) and not fits_result(part):
            parts.append(Text(f"[{part.label}: see the next message]"))
            moved += (Text(f"[{part.label}, returned by {result.name or result.id}]"), part)
        else:
            parts.append(part)
    return result._replace(parts=tuple(parts))


def made_file(name: object, address: str) -> MadeFile:
    """A file made at the provider, with ``address`` as its path below the base URL."""
    told = name if isinstance(name, str) and name else None
    return MadeFile(Media("application/octet-stream", ProviderFile(address), told))


def read_image(mime: str, data: str, *, partial: bool = False) -> Event:
    """A picture that came as base64, or a notice if it cannot be decoded."""
    try:
        return Image(Media(mime, a2b_base64(data)), partial)
    except ValueError:
        return Notice("image", f"cannot save an image: its {mime} is not valid base64")


def picture(value: Any) -> Event | None:
    """The picture in a part, an entry of a list or a bare URL; None if there is none."""
    if isinstance(value, str):
        head, comma, data = value.partition(",")
        if comma and head.startswith("data:"):
            return read_image(head[5:].partition(";")[0], data)
        return Image(Media("image/*", Url(value))) if value else None
    if not isinstance(value, Mapping):
        return None
    coded = next((value[n] for n in ("b64_json", "image_base64") if value.get(n)), None)
    if isinstance(coded, str):
        return read_image(str(value.get("mime_type") or "image/png"), coded)
    source = value.get("source")
    if isinstance(source, Mapping) and isinstance(source.get("data"), str):
        return read_image(str(source.get("media_type") or "image/png"), source["data"])
    below = next((value[n] for n in ("image_url", "image", "url") if value.get(n)), None)
    return picture(below) if isinstance(below, str | Mapping) else None


def media_of_data(part: Mapping[str, Any]) -> Media | None:
    """The medium in a part of an interaction, a URL or base64; None if it is none."""
    mime, uri, data = (part.get(name) for name in ("mime_type", "uri", "data"))
    if part.get("type") not in ("video", "image", "audio") or not isinstance(mime, str):
        return None
    if isinstance(uri, str) and uri:
        return Media(mime, Url(uri))
    try:
        content = a2b_base64(data) if isinstance(data, str) else b""
    except ValueError:
        return None
    return Media(mime, content) if content else None


def read_audio(mime: str, data: str, transcript: str = "") -> Audio:
    """A piece of sound that came as base64; only its transcript if it cannot be decoded."""
    try:
        sound = a2b_base64(data)
    except ValueError:
        sound = b""
    return Audio(Media(mime, sound, transcript=transcript or None))
