"""Media as the wires write them: data URLs and base64."""

from aichat.core.http.call import Blob, blob_marker
from aichat.core.message.message import Media


def media_url(part: Media, blobs: list[Blob]) -> str:
    """Where a part's content is: its URL, the provider's reference, or its bytes as a data URL."""
    return part.url or part.ref or f"data:{part.mime};base64,{media_base64(part, blobs)}"


def media_base64(part: Media, blobs: list[Blob]) -> str:
    """The mark of a part's bytes, which join ``blobs``."""
    blobs.append(Blob(part.data or b""))
    return blob_marker(blobs[-1])


def audio_format(mime: str) -> str:
    """What the OpenAI family calls a type of sound: ``mp3`` or ``wav``, else as it is."""
    name = mime.partition("/")[2].removeprefix("x-")
    return {"mpeg": "mp3", "wave": "wav"}.get(name, name)
