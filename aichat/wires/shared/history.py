"""Preparing a conversation's tool calls for strict servers, before it is encoded.

Every call gets an id that the server accepts and arguments that are an object, and results
are in the order of their calls.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from aichat.core.message.message import Message, Part, Text, ToolCall, ToolResult, with_parts
from aichat.core.text.json import dumps, loads
from aichat.values import NamedTuple


class IdRule(NamedTuple):
    """Which call ids a server accepts: at most so many letters, digits, ``_``, ``-`` and ``also``.

    ``exact``: exactly so many letters and digits.
    """

    longest: int = 64
    also: str = ""
    exact: int | None = None

    def fit(self, call_id: str) -> str:
        """The id, or a valid one that uniquely stands for it."""
        letters, count = rf"[\w{re.escape(self.also)}-]", f"{{1,{self.longest}}}"
        pattern = rf"[A-Za-z0-9]{{{self.exact}}}" if self.exact else letters + count
        if re.fullmatch(pattern, call_id, re.ASCII):
            return call_id
        from hashlib import sha256  # here, since few ids need it

        mark = sha256(call_id.encode("utf-8", "replace")).hexdigest()
        if self.exact:
            return mark[: self.exact]
        return re.sub(r"[^A-Za-z0-9_-]", "_", call_id)[: self.longest - 9] + "_" + mark[:8]


def fit_history(
    messages: Iterable[Message], rule: IdRule, is_own: Callable[[Message], bool]
) -> Iterator[Message]:
    """The messages as a strict server accepts them; ids of the model's own calls stay."""
    ids: dict[str, str] = {}  # of the last answer with calls: our id -> the one sent
    for message in messages:
        calls = [part for part in message.parts if isinstance(part, ToolCall)]
        if calls:
            own = is_own(message)
            ids = {call.id: call.id if own else rule.fit(call.id) for call in calls}
        parts = [_fit_part(part, ids) for part in message.parts]
        if any(isinstance(part, ToolResult) for part in parts):
            order = {sent: place for place, sent in enumerate(ids.values())}
            parts.sort(key=lambda part: _place(part, order))
        yield with_parts(message, tuple(parts))


def _place(part: Part, order: dict[str, int]) -> int:
    return order.get(part.id, len(order)) if isinstance(part, ToolResult) else len(order)


def _fit_part(part: Part, ids: dict[str, str]) -> Part:
    if isinstance(part, ToolCall):
        fitting = (ids[part.id], fit_arguments(part))
        same = fitting == (part.id, part.arguments)
        return part if same else part._replace(id=fitting[0], arguments=fitting[1])
    if isinstance(part, ToolResult) and ids.get(part.id, part.id) != part.id:
        return part._replace(id=ids[part.id])
    return part


def fit_arguments(call: ToolCall) -> str:
    """A call's arguments as the text of an object; an empty one if they are none."""
    return object_text(call.arguments) if call.kind == "function" else call.arguments


def object_text(text: str) -> str:
    """``text`` if it is a JSON object; else an empty one."""
    try:
        found = loads(text)
    except ValueError:
        return "{}"
    return text if isinstance(found, dict) else dumps({})


def word_error(result: ToolResult) -> ToolResult:
    """A result that says in words that it is an error, for wires without a field for that."""
    return result._replace(parts=(Text("Error: "), *result.parts)) if result.is_error else result
