"""About how many tokens something is, where nobody has counted."""

from aichat.core.message.message import Media, Message, Part, ToolResult

#: Bytes of UTF-8 in a token: right for English within a fifth, too few elsewhere.
BYTES = 4
_MEDIA = 1000  # a picture, as most providers count one


def estimated(text: str) -> int:
    """A quarter of the bytes, rounded up."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES)


def of_message(message: Message) -> int:
    """Everything that a message says or shows."""
    return sum(map(_of_part, message.parts))


def _of_part(part: Part) -> int:
    if isinstance(part, Media):
        return _MEDIA
    if isinstance(part, ToolResult):
        return sum(map(_of_part, part.parts))
    told = (getattr(part, name, "") for name in ("text", "arguments"))
    return sum(estimated(text) for text in told if isinstance(text, str))
