"""Reasoning in every form that servers use: fields, lists of details, parts, tags.

An answer's reasoning often comes in two carriers at once, of which the first counts.
It is remembered, so that the reasoning is sent back the same way.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from aichat.core.exchange.event import Event, RawItem, ReasoningDelta
from aichat.core.message.message import Message, Raw, Reasoning
from aichat.core.message.think_tags import closing_tag, without_tags
from aichat.core.text.json import objects

#: Fields of a delta or a message that hold reasoning.
FIELDS = (
    *("reasoning_content", "reasoning", "reasoning_text", "thinking", "thinking_content"),
    *("thought", "thoughts", "reasoning_summary", "chain_of_thought"),
)
#: Fields whose value is a list that the server wants back unchanged.
LISTS = ("reasoning_details", "thinking_blocks")
#: The carrier for parts within the content, and the types of such parts.
PARTS = "content"
_PART_TYPES = frozenset(("thinking", "reasoning", "thought", "reasoning_text", "summary_text"))

#: The fields with the words of a part or entry, which are joined across deltas.
_WORDS = ("text", "thinking", "summary", "reasoning", "content")
_DEPTH = 4  # the most levels to search for words


def is_thinking_part(part: Any) -> bool:
    """Whether a part of the content is reasoning."""
    if not isinstance(part, Mapping):
        return False
    return str(part.get("type")) in _PART_TYPES or part.get("thought") is True


def words(value: Any, depth: int = 0) -> str:
    """The text of reasoning in any format."""
    if isinstance(value, str):
        return value
    if depth < _DEPTH and isinstance(value, list):
        return "".join(words(item, depth + 1) for item in value)
    if depth < _DEPTH and isinstance(value, Mapping):
        found = (words(value[name], depth + 1) for name in _WORDS if name in value)
        return next(filter(None, found), "")
    return ""


class ReasoningReader:
    """Reads one answer's reasoning; ``usual`` is the field that needs no naming."""

    def __init__(self, usual: str) -> None:
        self._usual = usual
        self._carrier = ""
        self._lists: dict[str, list[dict[str, Any]]] = {}

    def read(self, carrier: str, value: Any) -> list[Event]:
        """The events for more reasoning in ``carrier``."""
        if carrier in LISTS:
            self._extend_list(carrier, value)
        text = without_tags(words(value))
        if not text:
            return []
        self._carrier = self._carrier or carrier
        if carrier != self._carrier:
            return []
        return [ReasoningDelta(text, carrier=None if carrier == self._usual else carrier)]

    def close(self) -> list[Event]:
        """The events for the lists that the server wants back."""
        found: list[Event] = [RawItem("chat", {name: list_}) for name, list_ in self._lists.items()]
        self._lists = {}
        return found

    def _extend_list(self, name: str, value: Any) -> None:
        """Add entries; those with the same index are pieces of one."""
        known = self._lists.setdefault(name, [])
        for entry in objects(value if isinstance(value, list) else [value]):
            last = known[-1] if known else {}
            same = ("type", "index") if "signature" not in last else ("type", "index", "signature")
            if known and "data" not in entry and all(last.get(n) == entry.get(n) for n in same):
                for field, more in entry.items():
                    before = last.get(field)
                    joins = field in _WORDS and isinstance(before, str) and isinstance(more, str)
                    last[field] = before + more if joins else before if more is None else more
            else:
                known.append(dict(entry))


def carried_fields(message: Message, usual: str) -> dict[str, Any]:
    """The fields that send a message's reasoning back, in the carriers it came in."""
    lists: dict[str, Any] = {}
    for part in message.parts:
        if isinstance(part, Raw) and part.replay and part.wire == "chat":
            lists |= {name: part.item[name] for name in LISTS if name in part.item}
    fields: dict[str, Any] = {}
    for part in _reasoning(message):
        carrier = part.carrier or usual
        if carrier in FIELDS and not lists:
            fields[carrier] = fields.get(carrier, "") + part.text
    return fields | lists


def wrap_content(message: Message, text: str) -> str | list[dict[str, Any]]:
    """A message's text together with reasoning that came within the content."""
    for part in _reasoning(message):
        if part.carrier == PARTS:
            thought = {"type": "thinking", "thinking": [{"type": "text", "text": part.text}]}
            return [thought, *([{"type": "text", "text": text}] if text else [])]
        if part.carrier and (closing := closing_tag(part.carrier)):
            return f"{part.carrier}\n{part.text.rstrip(chr(10))}\n{closing}\n\n{text}"
    return text


def _reasoning(message: Message) -> Iterator[Reasoning]:
    return (part for part in message.parts if isinstance(part, Reasoning) and part.text)
