"""A result as a model gets it: its beginning and its end, and a word on what lies between."""

from aichat.core.message.message import Text, ToolResult

#: Bytes of a result that a model gets at most, the share of its context that one may fill,
#: bytes that a token is at least, and bytes that are kept.
MOST_SENT, CONTEXT_SHARE, TOKEN_BYTES, MOST_KEPT = 64_000, 0.1, 4, 10_000_000

#: How much of what is sent is of the beginning.
_HEAD = 0.75

#: Bytes of a character at most.
_CHARACTER_BYTES = 4


def send_limit(context: int | None) -> int:
    """The bytes of a result that a model is sent which has a ``context`` of so many tokens."""
    share = int(context * TOKEN_BYTES * CONTEXT_SHARE) if context else MOST_SENT
    return min(MOST_SENT, share)


def cut_text(text: str, limit: int) -> str:
    """At most ``limit`` bytes of a text and a line on the rest: whole lines where there are any."""
    if len(text) * _CHARACTER_BYTES <= limit:
        return text
    data = text.encode("utf-8", "replace")
    if len(data) <= limit:
        return text
    head = data[: int(limit * _HEAD)].decode("utf-8", "ignore")
    tail = data[len(data) - (limit - int(limit * _HEAD)) :].decode("utf-8", "ignore")
    head = head[: head.rfind("\n") + 1] or head
    tail = tail[tail.find("\n") + 1 :] or tail
    gone = len(data) - len(head.encode()) - len(tail.encode())
    begin = "" if head.endswith("\n") else "\n"
    return f"{head}{begin}[... {gone} of {len(data)} bytes left out ...]\n{tail}"


def cut_result(result: ToolResult) -> ToolResult:
    """A result with as much of its texts as is sent."""
    limit = result.sent_bytes
    if limit is None:
        return result
    parts = tuple(
        _cut_part(part, limit) if isinstance(part, Text) else part for part in result.parts
    )
    return result if parts == result.parts else result._replace(parts=parts)


def _cut_part(part: Text, limit: int) -> Text:
    text = cut_text(part.text, limit)
    return part if text is part.text else part._replace(text=text)
