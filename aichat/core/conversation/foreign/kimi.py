"""Sessions of kimi-cli: ``context.jsonl``, one message per line. Source: its ``soul/context.py``.

Messages have no times, and the session's id is the name of its folder.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aichat.core.conversation.foreign.tree import ForeignTalk, ForeignTurn, text_in
from aichat.core.message.message import Message, Part, Reasoning, ServerTool, Text
from aichat.core.text.json import get_object, objects

#: The roles of lines that are not messages.
_MARKS = ("_system_prompt", "_checkpoint", "_usage")

_MARK = re.compile(rf'"role"\s*:\s*"(?:{"|".join(_MARKS)})"')


def is_kimi_session(head: str) -> bool:
    """Whether a file that begins with ``head`` is such a session."""
    return head.startswith("{") and _MARK.search(head) is not None


def read_kimi_session(name: str, lines: Iterable[Mapping[str, Any]], at: float) -> ForeignTalk:
    """The session called ``name``, last written ``at`` (seconds since 1970).

    Errors: ``ValueError`` if it has no name.
    """
    if not re.fullmatch(r"[\w-]{1,150}", name):
        raise ValueError("it has no id")
    left_out: list[str] = []
    turns, parents, before = [], dict[str, str | None](), None
    for place, line in enumerate(lines):
        role = line.get("role")
        parts = (*_parts(line, left_out),)
        if role == "_system_prompt":
            left_out.append("system prompt")
        elif role not in ("user", "assistant", "tool", *_MARKS) and line:
            left_out.append("message of an unknown kind")
        elif parts:
            key = f"{place}"
            parents[key], before = before, key
            said = Message("user" if role == "user" else "assistant", parts)
            turns.append(ForeignTurn(key, said, at))
    return ForeignTalk(f"kimi-{name}", "", at, at, turns, parents, before, left_out)


def _parts(line: Mapping[str, Any], left_out: list[str]) -> Iterator[Part]:
    role, content = line.get("role"), line.get("content")
    if role == "tool":
        output = _text(content)
        yield ServerTool(text_in(line.get("tool_call_id")), "", output=output)
    if role not in ("user", "assistant"):
        return
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else objects(content)
    for block in blocks:
        kind = block.get("type")
        if kind == "text":
            text = text_in(block.get("text"))
            yield from [Text(text)] if text.strip() else ()
        elif kind == "think":
            yield Reasoning(text_in(block.get("think")))
        else:
            known = re.fullmatch(r"[a-z_]{1,40}", str(kind))
            left_out.append(f"content of the kind {kind}" if known else "unknown content")
    for call in objects(line.get("tool_calls")):
        about = get_object(call, "function")
        given = text_in(about.get("arguments"))
        yield ServerTool(text_in(call.get("id")), text_in(about.get("name")), input=given)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(filter(None, (text_in(block.get("text")) for block in objects(content))))
