"""The media of a conversation as its next request has them: the bytes of what was kept.

Whoever made an item gets it back as it was. Another model is shown the pictures that were
drawn before with the question that follows them; one that sees none is told of them.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from aichat.core.conversation.media import FILE_MARK, media_in
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Part, Raw, Text, ToolResult
from aichat.core.text.json import dumps
from aichat.disk.history.kept_media import FileReader


class ReplayedMedia(NamedTuple):
    """Messages with their media in them, and what a person is told of those that are not."""

    messages: tuple[Message, ...]
    remarks: tuple[str, ...] = ()


def has_media(messages: Iterable[Message]) -> bool:
    """Whether there is anything to be done for ``messages``."""
    return any(
        isinstance(part, Media | ToolResult | Raw) for message in messages for part in message.parts
    )


def with_media(
    messages: Iterable[Message], folder: Path, who: tuple[str, str], takes: Callable[[str], bool]
) -> ReplayedMedia:
    """``messages`` for ``who`` (provider and model), read from the store's ``folder``.

    ``takes`` says whether the model takes media of a kind at all; the last message is a
    question that was just put, and none of its media is left out.
    """
    earlier = tuple(m._replace(parts=tuple(_without_echo(m.parts))) for m in messages)
    last = earlier[-1:]
    shown = [*_with_words(earlier[:-1], takes), *last]
    reader = FileReader(folder)
    read = tuple(map(reader.message, _move_pictures(shown, who)))
    found = tuple(_without_missing(message, reader.missing) for message in read)
    labels = dict.fromkeys(reader.missing.values())
    remarks = [f"{label} is no longer there, so it is not sent" for label in labels]
    left_out = _left_out(earlier[:-1], takes)
    if left_out:
        kinds = " and ".join(sorted({each.kind for each in left_out}))
        remarks.append(f"{who[1]} takes no {kinds}: earlier ones are only named to it")
    return ReplayedMedia(found, tuple(remarks))


def _left_out(messages: Iterable[Message], takes: Callable[[str], bool]) -> list[Media]:
    return [each for message in messages for each in media_in(message) if not takes(each.kind)]


def _with_words(messages: Iterable[Message], takes: Callable[[str], bool]) -> Iterator[Message]:
    """Messages in which what the model does not take stands as words."""

    def show(part: Part) -> Part:
        if isinstance(part, Media) and not takes(part.kind):
            return _as_words(part)
        if isinstance(part, ToolResult):
            below = (
                _as_words(p) if isinstance(p, Media) and not takes(p.kind) else p
                for p in part.parts
            )
            return part._replace(parts=tuple(below))
        return part

    for message in messages:
        yield message._replace(parts=tuple(map(show, message.parts)))


def _as_words(part: Media) -> Text:
    return Text(part.transcript or f"[{part.label}]")


def _move_pictures(messages: Iterable[Message], who: tuple[str, str]) -> Iterator[Message]:
    """Messages with the pictures that another model drew at the head of the next question."""
    drawn: list[Part] = []
    for message in messages:
        if message.role == "assistant" and not _is_replayed(message, who):
            pictures = [p for p in message.parts if isinstance(p, Media) and p.kind == "image"]
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


def _without_echo(parts: tuple[Part, ...]) -> Iterator[Part]:
    """Parts without sound whose words are among them as text."""
    said = "".join(part.text for part in parts if isinstance(part, Text))
    for part in parts:
        if not (isinstance(part, Media) and part.transcript and part.transcript in said):
            yield part


def _is_replayed(message: Message, who: tuple[str, str]) -> bool:
    """Whether the model that is asked made it, and gets its own items back."""
    own = (message.provider, message.model) == who
    return own and any(isinstance(part, Raw) and part.replay for part in message.parts)


def _without_missing(message: Message, missing: dict[str, str]) -> Message:
    """A message without what could not be read: items that lack a part of them, too."""
    if not missing:
        return message
    broken = any(isinstance(part, Raw) and FILE_MARK in dumps(part.item) for part in message.parts)
    parts = [part for part in message.parts if not (broken and isinstance(part, Raw))]
    return message._replace(parts=tuple(_present(part, missing) for part in parts))


def _present(part: Part, missing: dict[str, str]) -> Part:
    if isinstance(part, Media) and _is_missing(part, missing):
        return Text(f"[{part.label}: no longer there]")
    if isinstance(part, ToolResult):
        below = (
            Text(f"[{p.label}: no longer there]")
            if isinstance(p, Media) and _is_missing(p, missing)
            else p
            for p in part.parts
        )
        return part._replace(parts=tuple(below))
    return part


def _is_missing(part: Media, missing: dict[str, str]) -> bool:
    return part.address in missing
