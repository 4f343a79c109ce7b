"""A stored conversation as the messages of the next request.

The model that made a turn gets it back whole, raw items and all; any other gets
what every model understands: no reasoning, no raw items, and the output of a
server's tool as text.
"""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from aichat.core.conversation.turn import Turn, is_paused
from aichat.core.exchange.answer import Answer
from aichat.core.message.media import Media
from aichat.core.message.message import (
    Message,
    Part,
    Raw,
    Reasoning,
    ServerTool,
    Text,
    ToolCall,
    ToolResult,
    with_parts,
)
from aichat.core.text.json import dumps, loads


def messages(
    path: Iterable[Turn], provider: str, model: str, *, tools: bool = True, sealed: bool = False
) -> Iterator[Message]:
    """The turns of ``path`` as ``model`` may see them; ``tools``: it accepts calls and results.

    ``sealed``: drop reasoning that only the server has, since it was told not to keep any.
    """
    turns = tuple(path)
    names = _CallIds(turns)
    for turn in turns:
        own = _is_made_by(turn.message, provider, model)
        parts = names.make_unique(_as_sent(turn.message.parts), own=own)
        resumed = is_paused(turn) and turn is turns[-1]
        if turn.status != "complete" and not resumed:
            parts = tuple(p for p in parts if not isinstance(p, ToolCall | Raw | Reasoning))
        if sealed and any(map(_is_unsealed, parts)):
            parts = tuple(p for p in parts if not isinstance(p, Raw))
        if turn.role == "assistant" and not own:
            parts = tuple(_neutral_parts(parts, turn.answer))
        if not tools:
            parts = tuple(plain for part in parts for plain in _describe_part(part))
        if parts:
            yield with_parts(turn.message, parts)


def _as_sent(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts, with each tool result cut to what is sent."""
    if not any(isinstance(part, ToolResult) and part.sent_bytes is not None for part in parts):
        return parts
    from aichat.core.tools.cut import cut_result  # here, since most conversations have no results

    return tuple(cut_result(part) if isinstance(part, ToolResult) else part for part in parts)


def _is_made_by(message: Message, provider: str, model: str) -> bool:
    return (message.provider, message.model) == (provider, model)


def _is_unsealed(part: Part) -> bool:
    """Whether it is a reasoning item whose content only its server has."""
    item = part.item if isinstance(part, Raw) and isinstance(part.item, dict) else {}
    return item.get("type") == "reasoning" and not item.get("encrypted_content")


class _CallIds:
    """Makes call ids unique: two answers may use the same, which only their own model accepts."""

    def __init__(self, turns: Iterable[Turn]) -> None:
        parts = [part for turn in turns for part in turn.message.parts]
        self._used = {part.id for part in parts if isinstance(part, ToolCall)}
        self._seen: set[str] = set()
        self._current: dict[str, str] = {}  # the new id of each id in the last answer

    def make_unique(self, parts: tuple[Part, ...], *, own: bool) -> tuple[Part, ...]:
        """The parts of one turn, with a new id for each call whose id was used before."""
        return tuple(self._rename(part, own) for part in parts)

    def _rename(self, part: Part, own: bool) -> Part:
        if isinstance(part, ToolCall):
            repeated = part.id in self._seen and not own
            self._current[part.id] = self._new_id() if repeated else part.id
            self._seen.add(part.id)
            return part._replace(id=self._current[part.id]) if repeated else part
        if isinstance(part, ToolResult) and self._current.get(part.id, part.id) != part.id:
            return part._replace(id=self._current[part.id])
        return part

    def _new_id(self) -> str:
        name = next(name for n in count() if (name := f"call_{n}") not in self._used)
        self._used.add(name)
        return name


def _neutral_parts(parts: Iterable[Part], answer: Answer | None) -> Iterator[Part]:
    """The parts for another model: a server's tools become text, with the sources they found."""
    for part in parts:
        if isinstance(part, ServerTool):
            if part.output:
                yield Text(f"[{part.tool}: {part.input}]\n{_readable_output(part.output)}\n\n")
        elif not isinstance(part, Raw | Reasoning):
            yield part
    if answer and answer.sources:
        lines = (" ".join(filter(None, (f"[{s.number}]", s.title, s.url))) for s in answer.sources)
        yield Text("\n\nSources:\n" + "\n".join(lines))


def _readable_output(output: str) -> str:
    """The output of a server's tool, without what only its own provider can read."""
    try:
        return dumps(_drop_encrypted(loads(output))) if "encrypted" in output else output
    except ValueError:
        return output


def _drop_encrypted(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            n: _drop_encrypted(below) for n, below in value.items() if not n.startswith("encrypted")
        }
    return [_drop_encrypted(below) for below in value] if isinstance(value, list) else value


def _describe_part(part: Part) -> tuple[Part, ...]:
    """A call or its result in words, and its media, for a model without tools."""
    if isinstance(part, ToolCall):
        return (Text(f"[{part.name}({part.arguments})]"),)
    if isinstance(part, ToolResult):
        said = "".join(below.text for below in part.parts if isinstance(below, Text))
        media = (below for below in part.parts if isinstance(below, Media))
        return (Text(f"[{part.name} returned: {said}]"), *media)
    return (part,)
