"""What the user said aloud: known in writing only once it is answered, or later."""

from collections.abc import Iterator

from aichat.core.message.media import Media
from aichat.core.message.message import Message, Part, Text

#: What was said where nobody has written it down.
UNHEARD = "[speech]"


def spoken(sound: bytes, name: str | None = None) -> Media:
    """Something said whose words are not known yet; ``sound`` is a WAV file, or nothing."""
    return Media("audio/wav", sound, name, transcript="")


def is_spoken(message: Message) -> bool:
    """Whether there is something in it whose words are not known yet."""
    return any(map(_is_open, message.parts))


def spoken_names(message: Message) -> set[str | None]:
    """What the sounds in it are called whose words are not known yet."""
    return {part.name for part in message.parts if isinstance(part, Media) and _is_open(part)}


def without_sound(message: Message) -> Message:
    """The message as it is kept by who keeps no sound."""
    parts = tuple(
        part._replace(source=b"") if isinstance(part, Media) and _is_open(part) else part
        for part in message.parts
    )
    return message._replace(parts=parts)


def written_down(message: Message, heard: str | None) -> Message:
    """The message with what was heard in writing; sound that is kept stands before its words."""
    return message._replace(parts=tuple(_written_parts(message, heard)))


def _written_parts(message: Message, heard: str | None) -> Iterator[Part]:
    for part in message.parts:
        if not (isinstance(part, Media) and _is_open(part)):
            yield part
            continue
        if part.source:
            yield part._replace(transcript=heard)
        yield Text(heard or UNHEARD)


def _is_open(part: Part) -> bool:
    return isinstance(part, Media) and part.transcript == ""
