"""Roughly how many tokens something is, where nobody has counted them."""

from collections.abc import Callable

from aichat.core.message.media import Media
from aichat.core.message.message import Message, Part, Text, ToolResult

#: Bytes of UTF-8 in a token: right for English within a fifth, too few elsewhere.
BYTES_PER_TOKEN = 4
_TOKENS_PER_MEDIA = 1000  # a picture, as most providers count one


def estimate_text(text: str) -> int:
    """A quarter of the bytes, rounded up."""
    size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    return -(-size // BYTES_PER_TOKEN)


def estimate_message(message: Message, count_media: Callable[[Media], int] | None = None) -> int:
    """The tokens of everything in a message, its media as ``count_media`` counts them."""
    count = count_media or (lambda _: _TOKENS_PER_MEDIA)
    return sum(_estimate_part(part, count) for part in message.parts)


def _estimate_part(part: Part, count_media: Callable[[Media], int]) -> int:
    if isinstance(part, Text):  # nearly all are
        return estimate_text(part.text)
    if isinstance(part, Media):
        return count_media(part)
    if isinstance(part, ToolResult):
        return sum(_estimate_part(below, count_media) for below in part.parts)
    texts = (getattr(part, name, "") for name in ("text", "arguments"))
    return sum(estimate_text(text) for text in texts if isinstance(text, str))
