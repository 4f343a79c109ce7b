"""About how many tokens something is, where nobody has counted."""

from aichat.core.message.media import Media
from aichat.core.message.message import Message, Part, ToolResult

#: Bytes of UTF-8 in a token: right for English within a fifth, too few elsewhere.
BYTES_PER_TOKEN = 4
_TOKENS_PER_MEDIA = 1000  # a picture, as most providers count one


def estimate_text(text: str) -> int:
    """A quarter of the bytes, rounded up."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


def estimate_message(message: Message) -> int:
    """Everything that a message says or shows."""
    return sum(map(_estimate_part, message.parts))


def _estimate_part(part: Part) -> int:
    if isinstance(part, Media):
        return _TOKENS_PER_MEDIA
    if isinstance(part, ToolResult):
        return sum(map(_estimate_part, part.parts))
    texts = (getattr(part, name, "") for name in ("text", "arguments"))
    return sum(estimate_text(text) for text in texts if isinstance(text, str))
