"""A tool result as a model gets it: its beginning and end, and a remark on what was cut."""

from aichat.core.message.message import Text, ToolResult

#: The most bytes of a result that are sent, the share of the context that one may fill,
#: the assumed bytes per token, and the most bytes that are stored.
MOST_SENT, CONTEXT_SHARE, TOKEN_BYTES, MOST_KEPT = 64_000, 0.1, 4, 10_000_000

#: The share of the beginning in what is sent.
_HEAD = 0.75

#: The most bytes of a character.
_CHARACTER_BYTES = 4


def send_limit(context: int | None) -> int:
    """The most bytes of a result to send to a model with a ``context`` of so many tokens."""
    share = int(context * TOKEN_BYTES * CONTEXT_SHARE) if context else MOST_SENT
    return min(MOST_SENT, share)


def cut_text(text: str, limit: int) -> str:
    """At most ``limit`` bytes of a text, in whole lines if possible, and a line about the rest."""
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
    """A result with its texts cut to what is sent."""
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
