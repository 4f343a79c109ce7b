"""Reading the output items of a Responses answer, in which any field may be missing."""

import re
from collections.abc import Mapping
from typing import Any

from aichat.core.text.json import dumps, get_object

#: Progress of a server's tool: which one, and its phase.
TOOL_PROGRESS = re.compile(r"response\.(\w+)_call\.(\w+)")
#: Perplexity's intermediate steps.
THOUGHT_STEPS = (
    "started",
    "search_queries",
    "search_results",
    "fetch_url_queries",
    "fetch_url_results",
)
#: Events that only repeat what others say.
REDUNDANT_EVENTS = re.compile(
    r"keepalive|response\.(in_progress|content_part\.\w+|output_text\.done|refusal\.done"
    r"|reasoning_\w+\.done|code_interpreter_call_code\.\w+|mcp_call_arguments\.\w+"
    r"|custom_tool_call_input\.done|reasoning\.stopped)"
)


def output_index(event: Mapping[str, Any]) -> int:
    """The index of the output item that an event is about."""
    index = event.get("output_index")
    return index if isinstance(index, int) else 0


def named_item(event: Mapping[str, Any]) -> str:
    """The id of the item that an event is about; empty if it names none."""
    return str(event.get("item_id") or get_object(event, "item").get("id") or "")


def content_index(event: Mapping[str, Any]) -> int:
    """The index of the part of its item that an event is about."""
    index = event.get("content_index")
    return index if isinstance(index, int) else 0


def item_id(item: Mapping[str, Any], index: int) -> str:
    """The id of an item: its own, else its call's, else one made from its index."""
    return str(item.get("id") or item.get("call_id") or index)


def tool_name(item: Mapping[str, Any]) -> str:
    """The tool behind an item."""
    return str(item.get("name") or str(item.get("type", "")).removesuffix("_call"))


def tool_input(item: Mapping[str, Any]) -> str:
    """The input of a tool, as text."""
    action = get_object(item, "action")
    asked = action.get("query") or action.get("queries") or action.get("url")
    given = asked or item.get("arguments") or item.get("input") or item.get("code") or ""
    return given if isinstance(given, str) else dumps(given)


def image_mime(item: Mapping[str, Any]) -> str:
    """The type of a picture."""
    return f"image/{item.get('output_format') or 'png'}"


class ItemState:
    """One output item as it streams in."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind, self.id = kind, name
        self.has_deltas = False  # its text, refusal or reasoning came as deltas
        self.slot: int | None = None  # if it is a call for us
        self.has_citations = False  # its citations came as events
        self.call_id = ""
        self.initial_arguments = ""  # arguments in its first event
        self.pieces: list[str] = []
        self.item: Mapping[str, Any] = {}  # as it was when done

    def is_same(self, item: Mapping[str, Any]) -> bool:
        """Whether ``item`` repeats this one, which is already done."""
        named = str(item.get("id") or "")
        return named == self.id if named else item == self.item

    @property
    def arguments(self) -> str:
        """The arguments so far."""
        return "".join(self.pieces) or self.initial_arguments
