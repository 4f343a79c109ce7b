"""Tool calls and results, parsed from the Markdown that they were written as."""

import re
from collections.abc import Sequence

from aichat.core.message.message import Part, Text, ToolCall, ToolResult

_FENCED = r"`(?P<id>[^`\n]+)`: *\n\n(?P<fence>`{3,})\n"
_CALL = re.compile(
    rf"^Tool call {_FENCED}(?P<name>[^\s(]+)\((?P<arguments>.*?)\)\n(?P=fence)$", re.M | re.S
)
_RESULT = re.compile(rf"^Result of {_FENCED}(?P<text>.*?)\n(?P=fence)$", re.M | re.S)


def call_parts(block: str, answered: str) -> tuple[Part, ...]:
    """A model's words and calls, if the block after them has a result for each call.

    Otherwise all of it is text, since no provider accepts a call without a result.
    """
    calls = [ToolCall(one["id"], one["name"], one["arguments"]) for one in _CALL.finditer(block)]
    if not calls or not result_parts(answered, calls):
        return (Text(block),)
    said = _CALL.sub("", block).strip()
    return (*((Text(said),) if said else ()), *calls)


def result_parts(block: str, calls: Sequence[ToolCall]) -> tuple[ToolResult, ...]:
    """The results of the ``calls``; none unless the block has exactly one for each."""
    names = {call.id: call.name for call in calls}
    found = [*_RESULT.finditer(block)]
    if not found or sorted(one["id"] for one in found) != sorted(names):
        return ()
    ends = [*(one.start() for one in found[1:]), len(block)]
    told = (
        "\n\n".join(filter(None, (one["text"], block[one.end() : end].strip())))
        for one, end in zip(found, ends, strict=True)
    )
    return tuple(
        ToolResult(one["id"], names[one["id"]], (Text(text),))
        for one, text in zip(found, told, strict=True)
    )
