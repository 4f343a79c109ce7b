"""Messages and their parts: who says what, in terms that fit every provider.

An assistant turn keeps the neutral parts (for display, export and other
providers) and, as ``Raw`` parts, the wire items that only its own provider
understands. Every part ends in ``type``, so that two parts of different kinds
never compare equal.
"""

from typing import Any, Literal

from aichat.core.message.media import Media
from aichat.values import NamedTuple

Role = Literal["system", "user", "assistant", "tool"]


class Text(NamedTuple):
    """Plain or Markdown text; ``phase`` and ``signature`` are sent back as they came."""

    text: str
    phase: str | None = None
    signature: str | None = None
    type: Literal["text"] = "text"


class Reasoning(NamedTuple):
    """Visible reasoning and the opaque state that only its own model accepts back.

    ``carrier`` is the field, tag or kind of part that it came in; None: the usual one.
    """

    text: str
    opaque: str | None = None
    id: str | None = None
    redacted: bool = False
    carrier: str | None = None
    type: Literal["reasoning"] = "reasoning"


class ToolCall(NamedTuple):
    """A call the model asks for; ``arguments`` is the raw string, JSON or not."""

    id: str
    name: str
    arguments: str
    item_id: str | None = None
    signature: str | None = None
    kind: str = "function"
    type: Literal["tool_call"] = "tool_call"


class ToolResult(NamedTuple):
    """The answer to a ``ToolCall``; ``name`` is needed by some wires.

    ``sent_bytes`` is the most of its text that is sent, however much is stored.
    """

    id: str
    name: str
    parts: tuple[Text | Media, ...]
    is_error: bool = False
    sent_bytes: int | None = None
    type: Literal["tool_result"] = "tool_result"


class ServerTool(NamedTuple):
    """A tool that the provider ran by itself: shown, never run by us."""

    id: str
    tool: str
    input: str = ""
    output: str = ""
    status: str = ""
    opaque: str | None = None
    type: Literal["server_tool"] = "server_tool"


class Refusal(NamedTuple):
    """The model's own words for not answering."""

    text: str
    category: str | None = None
    type: Literal["refusal"] = "refusal"


class Raw(NamedTuple):
    """A wire item kept untouched: for exact ``replay``, or because it is unknown."""

    wire: str
    item: Any
    replay: bool = False
    type: Literal["raw"] = "raw"


Part = Text | Reasoning | Media | ToolCall | ToolResult | ServerTool | Refusal | Raw


class Message(NamedTuple):
    """One turn of a conversation."""

    role: Role
    parts: tuple[Part, ...]
    provider: str | None = None
    model: str | None = None


def with_parts(message: Message, parts: tuple[Part, ...]) -> Message:
    """The message with these parts; the same object if they are its own, as is usual."""
    return message if parts == message.parts else message._replace(parts=parts)


def has_media(message: Message) -> bool:
    """Whether it contains media, if only in a tool result."""
    return any(
        isinstance(below, Media)
        for part in message.parts
        for below in (part.parts if isinstance(part, ToolResult) else (part,))
    )


def text_of(message: Message) -> str:
    """The message's text parts, joined."""
    return "".join(part.text for part in message.parts if isinstance(part, Text))
