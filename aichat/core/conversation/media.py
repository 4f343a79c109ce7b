"""The media of a turn: found and replaced wherever they stand, in a provider's own items too.

A provider's items hold media as base64. What is kept of a conversation names files in
their place (``FILE_MARK``), and what is sent has the bytes again, letter for letter.
"""

import re
from base64 import b64encode
from binascii import Error, a2b_base64
from collections.abc import Callable
from typing import Any

from aichat.core.conversation.turn import Turn
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Part, Raw, Reasoning, ToolResult, with_parts

#: Where files of media lie, below the folder of the store, and how a row names one: by that place.
MEDIA_FOLDER = "media"
MEDIA_NAME = re.compile(rf"{MEDIA_FOLDER}/[0-9a-f]{{32}}\.[a-z0-9]{{1,8}}")

#: What stands in an item in place of base64, before the name of its file.
FILE_MARK = "aichat-file:"

#: Characters of base64 that are a file of their own whatever they hold, and those that can be
#: told to be a picture, sound or document by how they begin.
_LONG, _SHORT = 1 << 16, 64

#: How the base64 begins of PNG, JPEG, GIF, RIFF, PDF, MP3 and Ogg.
_BEGINNINGS = ("iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "JVBERi", "SUQz", "T2dnUw")

#: The fields of an item that hold base64 beside the name of its type.
_TYPE_FIELDS = frozenset(("mimeType", "mime_type", "media_type"))

ChangeMedia = Callable[[Media], Media]
ChangeText = Callable[[str], str]


def map_message(message: Message, change: ChangeMedia, change_text: ChangeText) -> Message:
    """A message with other media, and other texts in the items of its provider."""
    parts = tuple(_map_part(part, change, change_text) for part in message.parts)
    return with_parts(message, parts)


def map_turn(turn: Turn, change: ChangeMedia, change_text: ChangeText) -> Turn:
    """The same of a turn and its answer."""
    said = map_message(turn.message, change, change_text)
    answer = turn.answer._replace(message=said) if turn.answer else None
    return turn._replace(message=said, answer=answer)


def _map_part(part: Part, change: ChangeMedia, change_text: ChangeText) -> Part:
    if isinstance(part, Media):
        return change(part)
    if isinstance(part, ToolResult):
        below = tuple(change(p) if isinstance(p, Media) else p for p in part.parts)
        return part if below == part.parts else part._replace(parts=below)
    if isinstance(part, Reasoning) and part.opaque and _may_be_file(part.opaque):
        return part._replace(opaque=change_text(part.opaque))  # a picture's may take a megabyte
    if isinstance(part, Raw):
        return part._replace(item=_map_texts(part.item, change_text))
    return part


def _map_texts(item: Any, change: ChangeText) -> Any:
    """An item with every text changed that is, or stands for, a file."""
    if isinstance(item, dict):
        typed = not _TYPE_FIELDS.isdisjoint(item)
        return {
            name: change(below)
            if isinstance(below, str) and (_may_be_file(below) or (typed and name == "data"))
            else _map_texts(below, change)
            for name, below in item.items()
        }
    if isinstance(item, list):
        return [
            change(below)
            if isinstance(below, str) and _may_be_file(below)
            else _map_texts(below, change)
            for below in item
        ]
    return item


def _may_be_file(text: str) -> bool:
    begins = text.startswith(_BEGINNINGS) and len(text) >= _SHORT
    return begins or len(text) >= _LONG or text.startswith(FILE_MARK)


def exact_base64(text: str) -> bytes | None:
    """The bytes of base64 that is written as we would write it; None for any other text."""
    try:
        data = a2b_base64(text.encode("ascii"))
    except (Error, ValueError):
        return None
    return data if data and b64encode(data).decode() == text else None
