"""A result as a model gets it: its beginning and its end, and a word on what lies between."""

from aichat.core.message.message import Text, ToolResult

#: Bytes of a result that a model gets at most, the share of its context that one may fill,
#: bytes that a token is at least, and bytes that are kept.
MOST_SENT, CONTEXT_SHARE, TOKEN_BYTES, MOST_KEPT = 64_000, 0.1, 4, 10_000_000

#: How much of what is sent is of the beginning.
_HEAD = 0.75


def send_limit(context: int | None) -> int:
    """The bytes of a result that a model is sent which has a ``context`` of so many tokens."""
    share = int(context * TOKEN_BYTES * CONTEXT_SHARE) if context else MOST_SENT
    return min(MOST_SENT, share)


def cut_text(text: str, limit: int) -> str:
    """At most ``limit`` bytes of a text and a line on the rest: whole lines where there are any."""
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
        part._replace(text=cut_text(part.text, limit)) if isinstance(part, Text) else part
        for part in result.parts
    )
    return result._replace(parts=parts)
