"""Reading the output items of a Responses answer, which no field is sure to be in."""

import re
from collections.abc import Mapping
from typing import Any

from aichat.core.text.json import dumps, get_object

#: Progress of a tool that the server runs: which tool, and what it does.
TOOL_PROGRESS = re.compile(r"response\.(\w+)_call\.(\w+)")
#: Perplexity's steps on the way to an answer.
THOUGHT_STEPS = (
    "started",
    "search_queries",
    "search_results",
    "fetch_url_queries",
    "fetch_url_results",
)
#: Events that say nothing which another one does not.
REDUNDANT_EVENTS = re.compile(
    r"keepalive|response\.(in_progress|content_part\.\w+|output_text\.done|refusal\.done"
    r"|reasoning_\w+\.done|code_interpreter_call_code\.\w+|mcp_call_arguments\.\w+"
    r"|custom_tool_call_input\.done|reasoning\.stopped)"
)


def output_index(event: Mapping[str, Any]) -> int:
    """Which output item an event is about."""
    index = event.get("output_index")
    return index if isinstance(index, int) else 0


def named_item(event: Mapping[str, Any]) -> str:
    """The id of the item that an event is about; empty where it names none."""
    return str(event.get("item_id") or get_object(event, "item").get("id") or "")


def content_index(event: Mapping[str, Any]) -> int:
    """Which part of its item an event is about."""
    index = event.get("content_index")
    return index if isinstance(index, int) else 0


def item_id(item: Mapping[str, Any], index: int) -> str:
    """What an item goes by: its id, else its call's, else its place."""
    return str(item.get("id") or item.get("call_id") or index)


def tool_name(item: Mapping[str, Any]) -> str:
    """The tool behind an item."""
    return str(item.get("name") or str(item.get("type", "")).removesuffix("_call"))


def tool_input(item: Mapping[str, Any]) -> str:
    """What a tool was asked, as text."""
    action = get_object(item, "action")
    asked = action.get("query") or action.get("queries") or action.get("url")
    given = asked or item.get("arguments") or item.get("input") or item.get("code") or ""
    return given if isinstance(given, str) else dumps(given)


def image_mime(item: Mapping[str, Any]) -> str:
    """The type of a picture."""
    return f"image/{item.get('output_format') or 'png'}"


class ItemState:
    """One output item as it is told."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind, self.id = kind, name
        self.has_deltas = False  # text, refusal or reasoning of it came as deltas
        self.slot: int | None = None  # of the call of ours that it is
        self.has_citations = False  # its citations came as events
        self.call_id = ""
        self.initial_arguments = ""  # arguments that came with its beginning
        self.pieces: list[str] = []
        self.item: Mapping[str, Any] = {}  # as it was when it was done

    def is_same(self, item: Mapping[str, Any]) -> bool:
        """Whether ``item`` is this one again, which had been done."""
        named = str(item.get("id") or "")
        return named == self.id if named else item == self.item

    @property
    def arguments(self) -> str:
        """As far as they came."""
        return "".join(self.pieces) or self.initial_arguments
