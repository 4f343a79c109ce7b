"""Speech of the user, which is transcribed only once it is answered, or later."""

from collections.abc import Iterator

from aichat.core.message.media import Media
from aichat.core.message.message import Message, Part, Text

#: Stands for speech that was never transcribed.
UNHEARD = "[speech]"


def spoken(sound: bytes, name: str | None = None) -> Media:
    """Speech that is not transcribed yet; ``sound`` is a WAV file, or empty."""
    return Media("audio/wav", sound, name, transcript="")


def is_spoken(message: Message) -> bool:
    """Whether a message has speech that is not transcribed yet."""
    return any(map(_is_open, message.parts))


def spoken_names(message: Message) -> set[str | None]:
    """The names of the sounds in a message that are not transcribed yet."""
    return {part.name for part in message.parts if isinstance(part, Media) and _is_open(part)}


def without_sound(message: Message) -> Message:
    """The message without its sound, for those who do not keep it."""
    parts = tuple(
        part._replace(source=b"") if isinstance(part, Media) and _is_open(part) else part
        for part in message.parts
    )
    return message._replace(parts=parts)


def written_down(message: Message, heard: str | None) -> Message:
    """The message with the words that were heard; sound that is kept precedes them."""
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
