"""A stored conversation as the messages of the next request.

The model that made a turn gets it back whole, raw items and all; any other gets
what every model understands: no reasoning, no items, and what a server's tool
found as text (wire reference, 11.6).
"""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from aichat.core.conversation.turn import Turn, paused
from aichat.core.exchange.answer import Answer
from aichat.core.message.message import (
    Message,
    Part,
    Raw,
    Reasoning,
    ServerTool,
    Text,
    ToolCall,
    ToolResult,
)
from aichat.core.text.json import dumped, loads


def messages(
    path: Iterable[Turn], provider: str, model: str, *, tools: bool = True, sealed: bool = False
) -> Iterator[Message]:
    """The turns of ``path`` as ``model`` may see them; ``tools``: it takes calls and results.

    ``sealed``: its server looks up reasoning that is not, and was told not to keep any.
    """
    turns = tuple(path)
    names = _Names(turns)
    for turn in turns:
        own = _made_by(turn.message, provider, model)
        parts = names.told_apart(turn.message.parts, own=own)
        resumed = paused(turn) and turn is turns[-1]
        if turn.status != "complete" and not resumed:
            parts = tuple(p for p in parts if not isinstance(p, ToolCall | Raw | Reasoning))
        if sealed and any(map(_unsealed, parts)):
            parts = tuple(p for p in parts if not isinstance(p, Raw))
        if turn.role == "assistant" and not own:
            parts = tuple(_neutral(parts, turn.answer))
        if not tools:
            parts = tuple(_told(part) for part in parts)
        if parts:
            yield turn.message._replace(parts=parts)


def _made_by(message: Message, provider: str, model: str) -> bool:
    return (message.provider, message.model) == (provider, model)


def _unsealed(part: Part) -> bool:
    """Whether it is a reasoning item of which only an id goes back (section 2b)."""
    item = part.item if isinstance(part, Raw) and isinstance(part.item, dict) else {}
    return item.get("type") == "reasoning" and not item.get("encrypted_content")


class _Names:
    """Ids of calls: two answers may use the same one, which only their own model takes back."""

    def __init__(self, turns: Iterable[Turn]) -> None:
        parts = [part for turn in turns for part in turn.message.parts]
        self._taken = {part.id for part in parts if isinstance(part, ToolCall)}
        self._seen: set[str] = set()
        self._now: dict[str, str] = {}  # what each id stands for in the last answer

    def told_apart(self, parts: tuple[Part, ...], *, own: bool) -> tuple[Part, ...]:
        """The parts of one turn, with a new id for a call whose id was there before."""
        return tuple(self._renamed(part, own) for part in parts)

    def _renamed(self, part: Part, own: bool) -> Part:
        if isinstance(part, ToolCall):
            repeated = part.id in self._seen and not own
            self._now[part.id] = self._fresh() if repeated else part.id
            self._seen.add(part.id)
            return part._replace(id=self._now[part.id])
        if isinstance(part, ToolResult):
            return part._replace(id=self._now.get(part.id, part.id))
        return part

    def _fresh(self) -> str:
        name = next(name for n in count() if (name := f"call_{n}") not in self._taken)
        self._taken.add(name)
        return name


def _neutral(parts: Iterable[Part], answer: Answer | None) -> Iterator[Part]:
    """Parts for another model: a server's tools become text, with the sources they found."""
    for part in parts:
        if isinstance(part, ServerTool):
            if part.output:
                yield Text(f"[{part.tool}: {part.input}]\n{_readable(part.output)}\n\n")
        elif not isinstance(part, Raw | Reasoning):
            yield part
    if answer and answer.sources:
        lines = (" ".join(filter(None, (f"[{s.number}]", s.title, s.url))) for s in answer.sources)
        yield Text("\n\nSources:\n" + "\n".join(lines))


def _readable(output: str) -> str:
    """What a server's tool gave, without what only its own provider can read."""
    try:
        return dumped(_opened(loads(output))) if "encrypted" in output else output
    except (ValueError, RecursionError):
        return output


def _opened(value: Any) -> Any:
    if isinstance(value, dict):
        return {n: _opened(below) for n, below in value.items() if not n.startswith("encrypted")}
    return [_opened(below) for below in value] if isinstance(value, list) else value


def _told(part: Part) -> Part:
    """A call or its result in words, for a model that knows neither."""
    if isinstance(part, ToolCall):
        return Text(f"[{part.name}({part.arguments})]")
    if isinstance(part, ToolResult):
        said = "".join(below.text for below in part.parts if isinstance(below, Text))
        return Text(f"[{part.name} returned: {said}]")
    return part
