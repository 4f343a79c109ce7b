"""Sessions of terminal programs: Claude Code, Codex and sigoden's aichat.

Sources: session files as those programs write them, which none of them documents, and
sigoden/aichat ``src/config/session.rs`` (2026-02). Any field may be missing or of any type.
"""

import re
from binascii import a2b_base64
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aichat.core.conversation.foreign.tree import (
    ForeignTalk,
    ForeignTurn,
    parents_first,
    text_in,
)
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Part, Reasoning, ServerTool, Text
from aichat.core.text.dates import parse_instant
from aichat.core.text.json import dumps, get_object, objects

#: The beginning of a message that the program wrote, and not its user.
_OWN = re.compile(r"\s*<(?:command-|local-command|environment_context|user_instructions)")

#: A picture as a data URL.
_DATA_URL = re.compile(r"data:([\w.+-]{1,40}/[\w.+-]{1,60});base64,([A-Za-z0-9+/=\s]*)")

_SPEAKERS: Mapping[str, Any] = {"user": "user", "assistant": "assistant"}


def is_session_line(head: str) -> bool:
    """Whether a file that begins with ``head`` is a coding agent's session."""
    return head.startswith("{") and any(f'"{key}"' in head for key in ("sessionId", "payload"))


def read_agent_session(lines: Iterable[Mapping[str, Any]]) -> ForeignTalk:
    """The session made up of these lines. Errors: ``ValueError`` if it has no id."""
    known, title, before = "", "", None
    left_out: list[str] = []
    turns, parents = [], dict[str, str | None]()
    for place, line in enumerate(lines):
        payload = get_object(line, "payload")
        started = text_in(payload.get("id")) if line.get("type") == "session_meta" else ""
        name = f"codex-{started}" if started else ""
        name = name or (f"claude-code-{line['sessionId']}" if line.get("sessionId") else "")
        known = known or name
        title = title or text_in(line.get("summary"))
        key = text_in(line.get("uuid")) or f"{place}"
        message = payload if line.get("type") == "response_item" else get_object(line, "message")
        parts = (*_parts(message, left_out),) if _is_said(line, message, left_out) else ()
        if "uuid" in line or parts:
            parents[key] = text_in(line.get("parentUuid")) or before
            before = key
        if parts:
            has_words = any(isinstance(part, Text) for part in parts)
            asked = message.get("role") == "user" and has_words
            said = Message("user" if asked else "assistant", parts)
            at = parse_instant(line.get("timestamp"))
            turns.append(ForeignTurn(key, said, at, text_in(message.get("model"))))
    if not re.fullmatch(r"[\w-]{1,150}", known):
        raise ValueError("it has no id")
    ordered = parents_first(turns, parents)
    return ForeignTalk(known, title, None, None, ordered, parents, before, left_out)


def _is_said(line: Mapping[str, Any], message: Mapping[str, Any], left_out: list[str]) -> bool:
    """Whether a line is part of the conversation; anything else worth telling is counted."""
    if line.get("isSidechain"):
        left_out.append("message of a side conversation")
        return False
    if line.get("isMeta"):
        left_out.append("note of the program")
        return False
    return text_in(message.get("role")) in _SPEAKERS and message.get("type") in ("message", None)


def _parts(message: Mapping[str, Any], left_out: list[str]) -> Iterator[Part]:
    content = message.get("content")
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else objects(content)
    for block in blocks:
        kind, text = block.get("type"), text_in(block.get("text"))
        if kind in ("text", "input_text", "output_text"):
            if _OWN.match(text):
                left_out.append("note of the program")
            elif text.strip():
                yield Text(text)
        elif kind == "thinking":
            yield Reasoning(text_in(block.get("thinking")))
        elif kind == "tool_use":
            given = dumps(block.get("input"))
            yield ServerTool(text_in(block.get("id")), text_in(block.get("name")), input=given)
        elif kind == "tool_result":
            texts = [text_in(one.get("text")) for one in objects(block.get("content"))]
            output = "\n".join(filter(None, texts)) or text_in(block.get("content"))
            yield ServerTool(text_in(block.get("tool_use_id")), "", output=output)
        elif picture := _picture(block):
            yield picture
        else:
            known = re.fullmatch(r"[a-z_]{1,40}", str(kind))
            left_out.append(f"content of the kind {kind}" if known else "unknown content")


def _picture(block: Mapping[str, Any]) -> Media | None:
    """A picture whose bytes are in the session, in either program's form."""
    source, url = get_object(block, "source"), get_object(block, "image_url").get("url")
    mime, data = text_in(source.get("media_type")), text_in(source.get("data"))
    if found := _DATA_URL.fullmatch(text_in(url) or text_in(block.get("image_url"))):
        mime, data = found.groups()
    try:
        return Media(mime, a2b_base64(data.encode("ascii"))) if mime and data else None
    except ValueError:
        return None


def read_older_session(name: str, document: Mapping[str, Any], at: float) -> ForeignTalk:
    """A session of sigoden's aichat, which has no times: ``at`` is when it was last written.

    Errors: ``ValueError`` if it is none.
    """
    if not isinstance(document.get("messages"), list) or not re.fullmatch(r"[\w -]{1,150}", name):
        raise ValueError("no session of the older aichat")
    left_out: list[str] = []
    turns, parents, before = [], dict[str, str | None](), None
    said = [*objects(document.get("compressed_messages")), *objects(document["messages"])]
    for place, message in enumerate(said):
        role = text_in(message.get("role"))
        parts = (*_parts(message, left_out),) if role in _SPEAKERS else ()
        if role not in _SPEAKERS:
            left_out.append("system prompt" if role == "system" else "message of an unknown kind")
        if parts:
            key = f"{place}"
            parents[key], before = before, key
            turns.append(ForeignTurn(key, Message(_SPEAKERS[role], parts), at))
    return ForeignTalk(f"aichat-{name}", name, at, at, turns, parents, before, left_out)
