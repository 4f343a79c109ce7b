"""A stored conversation as the messages of the next request.

The model that made a turn gets it back whole, raw items and all; any other gets
what every model understands: no reasoning, no items, and what a server's tool
found as text (wire reference, 11.6).
"""

from collections.abc import Iterable, Iterator

from aichat.core.answer import Answer
from aichat.core.conversation import Turn, paused
from aichat.core.message import (
    Message,
    Part,
    Raw,
    Reasoning,
    ServerTool,
    Text,
    ToolCall,
    ToolResult,
)


def messages(
    path: Iterable[Turn], provider: str, model: str, *, tools: bool = True
) -> Iterator[Message]:
    """The turns of ``path`` as ``model`` may see them; ``tools``: it takes calls and results."""
    for turn in path:
        parts = turn.message.parts
        if turn.status != "complete" and not paused(turn):
            parts = tuple(p for p in parts if not isinstance(p, ToolCall | Raw | Reasoning))
        if turn.role == "assistant" and not _made_by(turn.message, provider, model):
            parts = tuple(_neutral(parts, turn.answer))
        if not tools:
            parts = tuple(_told(part) for part in parts)
        if parts:
            yield turn.message._replace(parts=parts)


def _made_by(message: Message, provider: str, model: str) -> bool:
    return (message.provider, message.model) == (provider, model)


def _neutral(parts: Iterable[Part], answer: Answer | None) -> Iterator[Part]:
    """Parts for another model: a server's tools become text, with the sources they found."""
    searched = False
    for part in parts:
        if isinstance(part, ServerTool):
            searched = True
            if part.output:
                yield Text(f"[{part.tool}: {part.input}]\n{part.output}\n\n")
        elif not isinstance(part, Raw | Reasoning):
            yield part
    if searched and answer and answer.sources:
        lines = (f"[{s.number}] {s.title or ''} {s.url}".rstrip() for s in answer.sources)
        yield Text("\n\nSources:\n" + "\n".join(lines))


def _told(part: Part) -> Part:
    """A call or its result in words, for a model that knows neither."""
    if isinstance(part, ToolCall):
        return Text(f"[{part.name}({part.arguments})]")
    if isinstance(part, ToolResult):
        said = "".join(below.text for below in part.parts if isinstance(below, Text))
        return Text(f"[{part.name} returned: {said}]")
    return part
