"""What the user said aloud: known in writing only once it is answered, or later."""

from collections.abc import Iterator

from aichat.core.conversation.turn import Draft, Turn, title_from
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Part, Text

#: What was said where nobody has written it down.
UNHEARD = "[speech]"


def spoken(sound: bytes, name: str | None = None) -> Media:
    """Something said whose words are not known yet; ``sound`` is a WAV file, or nothing."""
    return Media("audio/wav", sound, name, transcript="")


def is_spoken(turn: Turn) -> bool:
    """Whether there is something in it whose words are not known yet."""
    return any(map(_is_open, turn.message.parts))


def without_sound(turn: Turn) -> Turn:
    """The turn as it is kept by who keeps no sound."""
    parts = tuple(
        part._replace(source=b"") if isinstance(part, Media) and _is_open(part) else part
        for part in turn.message.parts
    )
    return turn._replace(message=turn.message._replace(parts=parts))


def with_words(draft: Draft, heard: str | None) -> Draft:
    """A draft whose spoken turns say in writing what was heard; it names the conversation too."""
    if not any(map(is_spoken, draft.turns)):
        return draft
    parts = (part for turn in draft.turns for part in turn.message.parts)
    names = {part.name for part in parts if isinstance(part, Media) and _is_open(part)}
    title = draft.title if draft.title not in ("", *names) else title_from(heard or UNHEARD)
    turns = tuple(turn._replace(message=_written(turn.message, heard)) for turn in draft.turns)
    return draft._replace(turns=turns, title=title)


def _written(message: Message, heard: str | None) -> Message:
    return message._replace(parts=tuple(_written_parts(message, heard)))


def _written_parts(message: Message, heard: str | None) -> Iterator[Part]:
    """Sound that is kept stands before its words."""
    for part in message.parts:
        if not (isinstance(part, Media) and _is_open(part)):
            yield part
            continue
        if part.source:
            yield part._replace(transcript=heard)
        yield Text(heard or UNHEARD)


def _is_open(part: Part) -> bool:
    return isinstance(part, Media) and part.transcript == ""
