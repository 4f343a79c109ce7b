"""The media of earlier turns for the next request, read from their files.

The model that made an item gets it back unchanged. Another model gets images that were
generated earlier with the question after them. What a model does not support is left to
``fit_media``.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from aichat.core.conversation.media import FILE_MARK
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Part, Raw, Text, with_parts
from aichat.core.text.json import dumps
from aichat.disk.catalogue import models
from aichat.disk.history.kept_media import FileReader
from aichat.values import NamedTuple


class ReplayedMedia(NamedTuple):
    """Messages with their media, and remarks on media that are missing."""

    messages: tuple[Message, ...]
    remarks: tuple[str, ...] = ()


def with_media(messages: Iterable[Message], folder: Path, who: tuple[str, str]) -> ReplayedMedia:
    """``messages`` for ``who`` (provider and model), with media from the store's ``folder``."""
    reader = FileReader(folder)
    once = (with_parts(m, tuple(_without_echo(m.parts))) for m in messages)
    found = tuple(map(reader.attached, _move_pictures(once, who) if _sees(*who) else once))
    if not reader.missing:
        return ReplayedMedia(found)
    labels = dict.fromkeys(reader.missing.values())
    remarks = (f"{label} is no longer there: left out of this request" for label in labels)
    return ReplayedMedia(tuple(map(_without_broken, found)), tuple(remarks))


def _sees(provider: str, model: str) -> bool:
    """Whether a model is known to accept images."""
    known = models.find(provider, model)
    return not (known and known.inputs) or "image" in known.inputs


def _without_echo(parts: tuple[Part, ...]) -> Iterator[Part]:
    """Parts without audio whose transcript is among them."""
    said = "".join(part.text for part in parts if isinstance(part, Text))
    for part in parts:
        if not (isinstance(part, Media) and part.transcript and part.transcript in said):
            yield part


def _move_pictures(messages: Iterable[Message], who: tuple[str, str]) -> Iterator[Message]:
    """Messages with images by another model moved to the start of the next question."""
    drawn: list[Part] = []
    for message in messages:
        if message.role == "assistant" and not _is_replayed(message, who):
            pictures = [part for part in message.parts if _is_picture(part)]
            for part in pictures:
                drawn += (Text("[drawn in the answer before]"), part)
            rest = tuple(part for part in message.parts if part not in pictures)
            if pictures and not rest:
                rest = (Text("[a picture]"),)
            yield message._replace(parts=rest)
        elif message.role == "user" and drawn:
            yield message._replace(parts=(*drawn, *message.parts))
            drawn = []
        else:
            yield message


def _is_picture(part: Part) -> bool:
    """Whether a part is an image that still exists."""
    if not (isinstance(part, Media) and part.kind == "image"):
        return False
    return part.data is not None or Path(part.address or "").is_file()


def _is_replayed(message: Message, who: tuple[str, str]) -> bool:
    """Whether ``who`` made the message and gets its own items back."""
    own = (message.provider, message.model) == who
    return own and any(isinstance(part, Raw) and part.replay for part in message.parts)


def _without_broken(message: Message) -> Message:
    """A message without incomplete items."""
    raw = [part.item for part in message.parts if isinstance(part, Raw)]
    if FILE_MARK not in dumps(raw):
        return message
    return message._replace(parts=tuple(p for p in message.parts if not isinstance(p, Raw)))
