"""Assembling the tool calls of a chat completions answer from fragments.

Servers give a fragment an index, an id, both or neither, and change or repeat ids;
a name comes whole, in pieces, or again with every fragment.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from aichat.core.exchange.event import (
    Event,
    Notice,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UnknownItem,
)
from aichat.core.text.json import dumps, is_json
from aichat.wires.shared.call_ids import CallIds


class _OpenCall:
    """One call being assembled; ``slot`` is our number for it."""

    def __init__(self, slot: int) -> None:
        self.slot = slot
        self.id = self.name = ""
        self.kind = "function"
        self.pieces: list[str] = []
        self.size = 0  # characters of the arguments
        self.is_announced = False

    @property
    def is_whole(self) -> bool:
        """Whether the arguments are a complete object."""
        return self.pieces[-1].rstrip().endswith("}") and is_json(self.arguments)

    @property
    def arguments(self) -> str:
        """The arguments so far."""
        return "".join(self.pieces)


class ToolCalls:
    """The calls of one answer. ``declared`` are the names of the tools in the request."""

    def __init__(self, declared: frozenset[str]) -> None:
        self._declared = declared
        self._calls: list[_OpenCall] = []
        self._by_index: dict[str, _OpenCall] = {}  # the latest for each
        self._by_id: dict[str, _OpenCall] = {}
        self._unannounced: list[_OpenCall] = []  # calls without a start event yet
        self._unended: list[_OpenCall] = []
        self._ids = CallIds()

    @property
    def has_any(self) -> bool:
        """Whether any call with a name has begun."""
        return any(call.name for call in self._calls)

    @property
    def are_whole(self) -> bool:
        """Whether there are calls, all with a name and with arguments that are JSON."""
        return self.has_any and all(
            call.name and is_json(call.arguments or "{}") for call in self._calls
        )

    def feed(self, fragment: Mapping[str, Any]) -> Iterator[Event]:
        """The events that one fragment makes certain."""
        function = fragment.get("function") or fragment.get("custom")
        function = function if isinstance(function, dict) else {}
        call_id, name = _text(fragment.get("id")), _text(function.get("name"))
        arguments = function.get("arguments") or function.get("input") or ""
        arguments = arguments if isinstance(arguments, str) else dumps(arguments)
        call = self._latest_call(fragment.get("index"), call_id)
        if call and name in ("", call.name) and _is_repeat(call, call_id, arguments):
            return
        if call is None or self._is_another(call, call_id, name, arguments):
            yield from self._announce_all()
            call = self._open_call(fragment.get("index"))
        if call_id and not call.id:
            call.id = call_id
            self._by_id[call_id] = call
        if fragment.get("type") == "custom":
            call.kind = "custom"
        if not call.is_announced:
            self._unannounced += [call] if name and not call.name else []
            call.name = name if name.startswith(call.name) else call.name + name
        yield from self._extend(call, arguments)

    def _open_call(self, index: object) -> _OpenCall:
        call = _OpenCall(len(self._calls))
        self._calls.append(call)
        self._unended.append(call)
        self._by_index[str(index)] = call
        return call

    def _extend(self, call: _OpenCall, arguments: str) -> Iterator[Event]:
        if arguments:
            call.pieces.append(arguments)
            call.size += len(arguments)
            if call.is_announced:
                yield ToolCallDelta(call.slot, arguments)
            else:
                yield from self._announce_all()

    def close(self) -> Iterator[Event]:
        """The ends of all calls; one that never got a name is reported, and kept."""
        yield from self._announce_all()
        calls, self._unended = self._unended, []
        for call in calls:
            if call.is_announced:
                yield ToolCallEnd(call.slot, call.arguments)
            else:
                yield Notice("tool_call", "the model called a tool without naming it")
                yield UnknownItem("chat", {"tool_calls": [{"arguments": call.arguments}]})

    def _latest_call(self, index: object, call_id: str) -> _OpenCall | None:
        """The call that a fragment continues, unless it begins another."""
        if index is not None:
            return self._by_index.get(str(index))
        last = self._calls[-1] if self._calls else None
        return self._by_id.get(call_id, last)

    def _is_another(self, call: _OpenCall, call_id: str, name: str, arguments: str) -> bool:
        if not name or not call.name:
            return False
        if call_id and call.id and call_id != call.id:
            return True
        if not call.pieces:
            both = {call.name, name} <= self._declared
            return both and name != call.name and call.name + name not in self._declared
        if call.is_whole:
            return name != call.name or bool(arguments)
        return name != call.name

    def _announce_all(self) -> Iterator[Event]:
        """The start events of calls whose names are complete, and any earlier arguments."""
        waiting, self._unannounced = self._unannounced, []
        for call in waiting:
            call.is_announced = True
            call_id = self._ids.claim(call.id or f"call_{call.slot}")
            yield ToolCallStart(call.slot, call_id, call.name, kind=call.kind)
            if call.pieces:
                yield ToolCallDelta(call.slot, call.arguments)


def _is_repeat(call: _OpenCall, call_id: str, arguments: str) -> bool:
    """Whether a fragment only repeats the call, as a message after its deltas does."""
    known = bool(call_id) and call.id == call_id and 0 < call.size == len(arguments)
    return known and arguments == call.arguments


def _text(value: Any) -> str:
    return "" if value is None else str(value)
