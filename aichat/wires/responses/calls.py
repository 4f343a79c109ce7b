"""The tool calls among the output items of a Responses answer."""

from collections.abc import Mapping
from typing import Any

from aichat.core.exchange.event import Event, Notice, ToolCallDelta, ToolCallEnd, ToolCallStart
from aichat.core.text.json import dumps, is_json, text_or_none
from aichat.wires.responses.items import ItemState
from aichat.wires.shared.call_ids import CallIds

_ARGUMENT_FIELDS = {"function_call": "arguments", "custom_tool_call": "input"}


class ClientCalls:
    """Decides which items are calls for the client, and makes events of them.

    ``declared`` are the names of the tools in the request; ``server_calls`` are kinds of
    items that are the provider's own unless declared.
    """

    def __init__(self, declared: frozenset[str], server_calls: frozenset[str]) -> None:
        self._declared, self._server_calls = declared, server_calls
        self._ids = CallIds()
        self.count = 0
        self.are_whole = True  # all complete arguments are JSON

    def is_client_item(self, kind: str) -> bool:
        """Whether items of a kind are normally calls for the client."""
        return kind in _ARGUMENT_FIELDS and kind not in self._server_calls

    def is_ours(self, item: Mapping[str, Any]) -> bool:
        """Whether an item is a call for the client, with a name."""
        kind, name = str(item.get("type", "")), str(item.get("name") or "")
        known = name in self._declared or kind not in self._server_calls
        return kind in _ARGUMENT_FIELDS and name != "" and known

    def open(self, state: ItemState, item: Mapping[str, Any], index: int) -> list[Event]:
        """The start of a call, and any of its arguments that came earlier."""
        state.slot, wanted = index, str(item.get("call_id") or item.get("id") or f"call_{index}")
        self.count += 1
        state.call_id = self._ids.claim(wanted)
        style = "custom" if item.get("type") == "custom_tool_call" else "function"
        signature = text_or_none(item.get("thought_signature"))
        own, name = text_or_none(item.get("id")), str(item["name"])
        start = ToolCallStart(index, state.call_id, name, own, signature, style)
        return [start, ToolCallDelta(index, state.arguments)] if state.pieces else [start]

    def end(self, state: ItemState, arguments: str) -> list[Event]:
        """The end of a call, if the item is one; a missing name is reported."""
        if state.slot is not None:
            self.are_whole = self.are_whole and is_json(arguments or "{}")
            return [ToolCallEnd(state.slot, arguments)]
        if self.is_client_item(state.kind):
            return [Notice("tool_call", "the model called a tool without naming it")]
        return []


def initial_arguments(item: Mapping[str, Any]) -> str:
    """The arguments in a call's item itself."""
    given = item.get(_ARGUMENT_FIELDS.get(str(item.get("type")), "arguments"))
    return given if isinstance(given, str) else dumps(given) if given else ""
