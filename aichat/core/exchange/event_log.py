"""Events as the JSON objects of ``--events``: stable, flat, one per line."""

from collections.abc import Callable, Iterable
from typing import Any

from aichat.core.exchange.event import (
    Approval,
    Audio,
    Citation,
    Event,
    Heard,
    Image,
    MadeFile,
    Notice,
    ReasoningDelta,
    RefusalDelta,
    RoundStart,
    ServerToolProgress,
    Source,
    TextDelta,
    ToolCallEnd,
    ToolCallStart,
    ToolEnd,
    ToolProgress,
    UsageUpdate,
)


class EventLog:
    """Turns events into objects; a tool call becomes one, once it is whole."""

    def __init__(self) -> None:
        self._calls: dict[int, ToolCallStart] = {}

    def feed(self, events: Iterable[Event]) -> list[dict[str, Any]]:
        """The objects to print, ``type`` first."""
        objects = []
        for event in events:
            if isinstance(event, ToolCallStart):
                self._calls[event.slot] = event
            elif isinstance(event, ToolCallEnd) and event.slot in self._calls:
                call = self._calls[event.slot]
                objects.append(_tool_call("tool_call", call.id, call.name, event.arguments))
            elif isinstance(event, Audio) and event.media.data is not None:
                continue  # a piece: the whole is told when it is a file
            elif shape := _SHAPES.get(type(event)):
                objects.append({"type": event.type, **shape(event)})
        return objects


def _tool_call(kind: str, call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"type": kind, "id": call_id, "name": name, "arguments": arguments}


def _pick(*names: str) -> Callable[[Any], dict[str, Any]]:
    return lambda event: {name: getattr(event, name) for name in names}


_SHAPES: dict[type, Callable[[Any], dict[str, Any]]] = {
    TextDelta: _pick("text"),
    ReasoningDelta: _pick("text"),
    RefusalDelta: _pick("text"),
    ServerToolProgress: lambda e: {"name": e.tool, "phase": e.phase, "detail": e.output or e.input},
    Source: lambda e: (
        {"index": e.number, "url": e.url, "title": e.title}
        | ({"redirect": e.redirect} if e.redirect else {})
    ),
    Citation: lambda e: {"index": e.number, "start": e.start, "end": e.end},
    Image: lambda e: {"mime": e.media.mime, "path": e.media.address, "partial": e.partial},
    Audio: lambda e: {
        "mime": e.media.mime,
        "path": e.media.address,
        "transcript": e.media.transcript,
    },
    Heard: _pick("text"),
    MadeFile: lambda e: {"mime": e.media.mime, "path": e.media.address, "name": e.media.name},
    UsageUpdate: lambda e: e.usage._asdict(),
    Notice: _pick("kind", "message"),
    RoundStart: _pick("n"),
    Approval: _pick("id", "decision", "by", "rule", "sha256"),
    ToolProgress: _pick("id", "progress", "total", "message"),
    ToolEnd: _pick("id", "name", "status", "text", "bytes", "cut", "seconds"),
}
