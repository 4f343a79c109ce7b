"""Claude's export: ``conversations.json``, an array of conversations with ``chat_messages``.

Source: exports as importers describe them (LibreChat#11124, nexus#63); the format is
undocumented, so any field may be missing or of any type.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from aichat.core.conversation.foreign.tree import (
    FindFile,
    ForeignTalk,
    ForeignTurn,
    parents_first,
    text_in,
)
from aichat.core.media.media_type import media_type
from aichat.core.message.compose import inline_text
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Part, Reasoning, ServerTool, Text
from aichat.core.text.dates import parse_instant
from aichat.core.text.json import dumps, objects

_SPEAKERS: Mapping[str, Any] = {"human": "user", "assistant": "assistant"}


def is_claude(value: Mapping[str, Any]) -> bool:
    """Whether ``value`` is a conversation from an export."""
    return isinstance(value.get("chat_messages"), list)


def read_claude(value: Mapping[str, Any], find: FindFile) -> ForeignTalk:
    """A conversation from an export. Errors: ``ValueError`` if it has no id."""
    known = text_in(value.get("uuid"))
    if not re.fullmatch(r"[\w-]{1,100}", known):
        raise ValueError("it has no id")
    left_out: list[str] = []
    turns, parents = [], dict[str, str | None]()
    before: str | None = None
    for place, said in enumerate(objects(value["chat_messages"])):
        key = text_in(said.get("uuid")) or f"{place}"
        parents[key] = text_in(said.get("parent_message_uuid")) or before
        before = key
        role = _SPEAKERS.get(text_in(said.get("sender")))
        parts = (*_parts(said, left_out), *_files(said, find, left_out))
        if role is None:
            left_out.append("message of an unknown kind")
        elif parts:
            turns.append(
                ForeignTurn(key, Message(role, parts), parse_instant(said.get("created_at")))
            )
    created, updated = (parse_instant(value.get(name)) for name in ("created_at", "updated_at"))
    ordered = parents_first(turns, parents)
    title = text_in(value.get("name"))
    return ForeignTalk(
        f"claude-{known}", title, created, updated, ordered, parents, before, left_out
    )


def _parts(said: Mapping[str, Any], left_out: list[str]) -> Iterator[Part]:
    """The parts of a message: from ``content`` if it has any words, else from ``text``."""
    pasted = "".join(
        inline_text(text_in(each.get("file_name")) or "pasted", text_in(each["extracted_content"]))
        for each in objects(said.get("attachments"))
        if text_in(each.get("extracted_content"))
    )
    found = [part for each in objects(said.get("content")) for part in _part(each, left_out)]
    if not any(isinstance(part, Text) for part in found) and text_in(said.get("text")).strip():
        found.append(Text(said["text"]))
    if pasted:
        first = next((n for n, part in enumerate(found) if isinstance(part, Text)), None)
        words = found.pop(first) if first is not None else Text("")
        found.insert(first or 0, Text(pasted + (words.text if isinstance(words, Text) else "")))
    yield from found


def _part(each: Mapping[str, Any], left_out: list[str]) -> Iterator[Part]:
    kind = each.get("type")
    if kind == "text":
        yield from [Text(text_in(each.get("text")))] if text_in(each.get("text")).strip() else ()
    elif kind == "thinking":
        yield Reasoning(text_in(each.get("thinking")))
    elif kind == "tool_use":
        given = dumps(each.get("input"))
        yield ServerTool(text_in(each.get("id")), text_in(each.get("name")), input=given)
    elif kind == "tool_result":
        texts = [text_in(one.get("text")) for one in objects(each.get("content"))]
        output = "\n".join(filter(None, texts)) or text_in(each.get("content"))
        name = text_in(each.get("name"))
        yield ServerTool(text_in(each.get("tool_use_id")), name, output=output)
    else:
        known = re.fullmatch(r"[a-z_]{1,40}", str(kind))
        left_out.append(f"content of the kind {kind}" if known else "content of an unknown kind")


def _files(said: Mapping[str, Any], find: FindFile, left_out: list[str]) -> Iterator[Part]:
    """The files of a message, which mostly have a name but no bytes."""
    for each in objects(said.get("files")):
        name = text_in(each.get("file_name"))
        data = find(name) if name else None
        if data is None:
            left_out.append("attachment that is not in the archive")
        else:
            yield Media(media_type(data[:4096]) or "application/octet-stream", data, name)
    for each in objects(said.get("attachments")):
        if not text_in(each.get("extracted_content")):
            left_out.append("attachment that is not in the archive")
