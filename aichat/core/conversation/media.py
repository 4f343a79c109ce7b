"""The media of a turn: found and replaced wherever they are, in a provider's raw items too.

A provider's items hold media as base64. A stored conversation names files in their
place (``FILE_MARK``), and what is sent has the same base64 again, letter for letter.
"""

import re
from base64 import b64encode
from binascii import Error, a2b_base64
from collections.abc import Callable
from typing import Any

from aichat.core.conversation.turn import Turn
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Part, Raw, Reasoning, ToolResult, with_parts

#: The folder of media files, within the store's; a row names a file by its path from there.
MEDIA_FOLDER = "media"
MEDIA_NAME = re.compile(rf"{MEDIA_FOLDER}/[0-9a-f]{{32}}\.[a-z0-9]{{1,8}}")

#: Replaces base64 in an item; the name of the file follows it.
FILE_MARK = "aichat-file:"

#: The length of base64 from which on it becomes a file whatever it is; and from which on it
#: does if its beginning shows that it is a picture, sound or document.
_LONG, _SHORT = 1 << 16, 64

#: How PNG, JPEG, GIF, RIFF, PDF, MP3 and Ogg begin in base64.
_BEGINNINGS = ("iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "JVBERi", "SUQz", "T2dnUw")

#: Fields that name the type of base64 in the field beside them.
_TYPE_FIELDS = frozenset(("mimeType", "mime_type", "media_type"))

ChangeMedia = Callable[[Media], Media]
ChangeText = Callable[[str], str]


def map_message(message: Message, change: ChangeMedia, change_text: ChangeText) -> Message:
    """A message with its media, and the texts in its provider's items, changed."""
    parts = tuple(_map_part(part, change, change_text) for part in message.parts)
    return with_parts(message, parts)


def map_turn(turn: Turn, change: ChangeMedia, change_text: ChangeText) -> Turn:
    """The same for a turn and its answer."""
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
        return part._replace(opaque=change_text(part.opaque))  # may take a megabyte
    if isinstance(part, Raw):
        return part._replace(item=_map_texts(part.item, change_text))
    return part


def _map_texts(item: Any, change: ChangeText) -> Any:
    """An item with every text changed that is a file, or stands for one."""
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
    """The bytes of base64 if we would write it exactly so; None for any other text."""
    try:
        data = a2b_base64(text.encode("ascii"))
    except (Error, ValueError):
        return None
    return data if data and b64encode(data).decode() == text else None
