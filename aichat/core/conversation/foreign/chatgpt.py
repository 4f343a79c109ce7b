"""ChatGPT's export: ``conversations.json``, or since 2026 ``conversations-000.json`` and on.

Source: exports as importers describe them (convoviz, LibreChat#15229, PortOS#1264); the format
is undocumented, so any field may be missing or of any type.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aichat.core.conversation.foreign.tree import (
    FindFile,
    ForeignTalk,
    ForeignTurn,
    parents_first,
    text_in,
)
from aichat.core.media.media_type import media_type
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Part, Reasoning, ServerTool, Text
from aichat.core.text.dates import parse_instant
from aichat.core.text.json import get_object, objects

#: Citation marks, which mean nothing outside ChatGPT's own page. None holds the beginning of
#: another, or a text of beginnings without ends would take time in proportion to its square.
_CITED = re.compile(
    "\ue200[^\ue200\ue201]*+\ue201|\u3010\\d++(?::\\d++)?\u2020[^\u3010\u3011]*+\u3011"
)

#: How ids of conversations from there begin here.
PREFIX = "chatgpt-"

_POINTER = re.compile(r"^(?:file-service|sediment)://")


def is_chatgpt(value: Mapping[str, Any]) -> bool:
    """Whether ``value`` is a conversation from an export."""
    return isinstance(value.get("mapping"), dict)


def read_chatgpt(value: Mapping[str, Any], find: FindFile) -> ForeignTalk:
    """A conversation from an export. Errors: ``ValueError`` if it has no id."""
    known = text_in(value.get("conversation_id")) or text_in(value.get("id"))
    if not re.fullmatch(r"[\w-]{1,100}", known):
        raise ValueError("it has no id")
    nodes = {key: node for key, node in value["mapping"].items() if isinstance(node, dict)}
    parents = {key: text_in(node.get("parent")) or None for key, node in nodes.items()}
    reader = _NodeReader(find, text_in(value.get("default_model_slug")))
    turns = [turn for key, node in nodes.items() for turn in reader.turns(key, node)]
    return ForeignTalk(
        f"{PREFIX}{known}",
        text_in(value.get("title")),
        parse_instant(value.get("create_time")),
        parse_instant(value.get("update_time")),
        parents_first(turns, parents),
        parents,
        text_in(value.get("current_node")) or None,
        reader.left_out,
    )


class _NodeReader:
    """Reads the messages of one conversation; ``left_out`` names what could not be imported."""

    def __init__(self, find: FindFile, model: str) -> None:
        self._find, self._model = find, model
        self.left_out: list[str] = []

    def turns(self, key: str, node: Mapping[str, Any]) -> Iterator[ForeignTurn]:
        """The turn at a node; none at a node that only holds others."""
        message = get_object(node, "message")
        about = get_object(message, "metadata")
        role = get_object(message, "author").get("role")
        if not message:
            return
        if about.get("is_visually_hidden_from_conversation") or role == "system":
            self.left_out += ["hidden message"] if any(self._texts(message)) else []
            return
        if role not in ("user", "assistant", "tool"):
            self.left_out.append("message of an unknown kind")
            return
        parts = (*self._parts(message, role), *self._attachments(message))
        model = text_in(about.get("model_slug")) or self._model
        speaker: Any = "user" if role == "user" else "assistant"  # so are its tools
        if parts:
            at = parse_instant(message.get("create_time"))
            yield ForeignTurn(key, Message(speaker, parts), at, "" if role == "user" else model)

    def _parts(self, message: Mapping[str, Any], role: str) -> Iterator[Part]:
        content = get_object(message, "content")
        kind = content.get("content_type")
        tool = text_in(get_object(message, "author").get("name"))
        recipient = text_in(message.get("recipient"))
        if kind in ("thoughts", "reasoning_recap"):
            for thought in objects(content.get("thoughts")):
                yield Reasoning(text_in(thought.get("content")))
        elif role == "tool" and kind != "multimodal_text":
            output = "\n".join(self._texts(message))
            yield from [ServerTool("", tool, output=output)] if output else ()
        elif role == "assistant" and recipient not in ("", "all"):
            called = "\n".join(self._texts(message))
            yield from [ServerTool("", recipient, input=called)] if called else ()
        elif kind in ("text", "multimodal_text", "code"):
            yield from self._said_parts(content, message)
        elif kind:
            self.left_out.append(_kind_of(kind))

    def _said_parts(self, content: Mapping[str, Any], message: Mapping[str, Any]) -> Iterator[Part]:
        """Words and media, in their order."""
        parts = content.get("parts")
        about = {text_in(each.get("id")): each for each in _attached(message)}
        for part in parts if isinstance(parts, list) else [content.get("text")]:
            if isinstance(part, str):
                text = _CITED.sub("", part)
                yield from [Text(text)] if text.strip() else ()
            elif isinstance(part, dict) and text_in(part.get("text")):
                yield Text(part["text"])
            elif isinstance(part, dict):
                pointer = text_in(part.get("asset_pointer"))
                yield from self._media(pointer, about.get(_POINTER.sub("", pointer), {}))

    def _attachments(self, message: Mapping[str, Any]) -> Iterator[Part]:
        """Files that go with a message and are not shown in it."""
        attached = [*_attached(message)]
        shown = str(get_object(message, "content")) if attached else ""
        for each in attached:
            name = text_in(each.get("id"))
            if name and name not in shown:
                yield from self._media(name, each)

    def _media(self, pointer: str, about: Mapping[str, Any]) -> Iterator[Part]:
        name = _POINTER.sub("", pointer)
        data = self._find(name) if re.fullmatch(r"[\w-]{4,100}", name) else None
        if data is None:
            self.left_out.append("attachment that is not in the archive")
            return
        mime = media_type(data[:4096]) or text_in(about.get("mime_type"))
        yield Media(mime or "application/octet-stream", data, text_in(about.get("name")) or None)

    def _texts(self, message: Mapping[str, Any]) -> list[str]:
        """Every text of a message, whatever its kind."""
        content = get_object(message, "content")
        parts = content.get("parts")
        every = [*(parts if isinstance(parts, list) else ()), content.get("text")]
        return [text for text in every if isinstance(text, str) and text.strip()]


def _attached(message: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    return objects(get_object(message, "metadata").get("attachments"))


def _kind_of(kind: Any) -> str:
    """The name under which the summary counts something left out."""
    if "editable_context" in str(kind):
        return "custom instructions"
    known = re.fullmatch(r"[a-z_]{1,40}", str(kind))
    return f"content of the kind {kind}" if known else "content of an unknown kind"
