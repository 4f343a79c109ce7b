"""Turns as JSON values and back: nothing that a provider sent is lost on the way.

Fields at their defaults are left out; fields that a later version added are ignored.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage, UsageDetail
from aichat.core.conversation.turn import Conversation, Summary, Turn
from aichat.core.exchange import event
from aichat.core.exchange.answer import Answer, SchemaOutcome, ShortForm
from aichat.core.exchange.event import Audio, Citation, Event, Image, MadeFile, Source
from aichat.core.message import message
from aichat.core.message.media import LocalFile, Media, MediaSource, ProviderFile, Url
from aichat.core.message.message import Message, Part, Raw, Text, ToolResult
from aichat.core.message.tool_schema import Tool
from aichat.core.text.redact import mask_secrets
from aichat.errors import Fault

T = TypeVar("T")

_PARTS: Mapping[str, Any] = {
    kind._field_defaults["type"]: kind
    for kind in (
        Text,
        message.Reasoning,
        Media,
        message.ToolCall,
        ToolResult,
        message.ServerTool,
        message.Refusal,
        Raw,
    )
}
_EVENTS: Mapping[str, Any] = {kind._field_defaults["type"]: kind for kind in event.Event.__args__}


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def dump_json(value: Any, secrets: Iterable[str] = ()) -> str:
    """A value as JSON, without the ``secrets``; what UTF-8 cannot encode is escaped."""
    text = _encode(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(value, separators=(",", ":"))
    return mask_secrets(text, secrets)


def dump_turn(turn: Turn) -> dict[str, Any]:
    """A turn as a JSON value."""
    fields = _fields(turn, "message", "answer")
    fields["message"] = dump_message(turn.message)
    if turn.answer:
        fields["answer"] = dump_answer(turn.answer)
    return fields


def load_turn(value: Mapping[str, Any]) -> Turn:
    """The turn in a JSON value. Errors: ``ValueError`` if it is none."""
    given = value.get("answer")
    said = load_message(value["message"])
    with_message = {**value, "message": said._replace(parts=said.parts + _older_images(given))}
    answer = load_answer(given, with_message["message"]) if given else None
    tools = tuple(_make(Tool, tool) for tool in value.get("tools", ()))
    missed = tuple(value.get("instead_of", ()))
    return _make(Turn, {**with_message, "answer": answer, "tools": tools, "instead_of": missed})


def _older_images(answer: Any) -> tuple[Media, ...]:
    """The pictures of an answer from an older store, which kept them beside the parts."""
    listed = answer.get("images", ()) if answer else ()
    return tuple(load_media(image) for image in listed if not image.get("partial"))


def dump_message(given: Message) -> dict[str, Any]:
    """Who said what."""
    return {**_fields(given, "parts"), "parts": [_dump_part(part) for part in given.parts]}


def load_message(value: Mapping[str, Any]) -> Message:
    """Who said what."""
    return _make(Message, {**value, "parts": tuple(map(_load_part, value["parts"]))})


def dump_answer(answer: Answer) -> dict[str, Any]:
    """An answer without its message, which is in its turn."""
    fields = _fields(answer, "message", "conversation", "detail", "value", "summary", *_NESTED)
    for name in _NESTED:
        given = getattr(answer, name)
        if given not in (None, ()) and name != "detail":
            many = name in _MANY
            fields[name] = [_fields(each) for each in given] if many else _fields(given)
    return fields


def load_answer(value: Mapping[str, Any], said: Message) -> Answer:
    """The answer in a JSON value, with its message ``said``."""
    nested: dict[str, Any] = {"message": said}
    for name, kind in _NESTED.items():
        if name in value:
            many = name in _MANY
            one = value[name]
            nested[name] = tuple(_make(kind, each) for each in one) if many else _make(kind, one)
    return _make(Answer, {**value, **nested})


def dump_event(given: Event) -> dict[str, Any]:
    """One event of a stream."""
    if isinstance(given, Image | Audio | MadeFile):
        return {"type": given.type, **_fields(given, "media"), **dump_media(given.media)}
    fields = _fields(given)
    for name in ("usage", "cost", "detail", "fault"):
        if fields.get(name):
            fields[name] = _fields(fields[name])
    return {"type": given.type, **fields}


def load_event(value: Mapping[str, Any]) -> Event:
    """The event in a JSON value. Errors: ``KeyError`` for an unknown type."""
    kind = _EVENTS[value["type"]]
    if kind in (Image, Audio, MadeFile):
        value = {**value, "media": load_media({"mime": "audio/*", **value})}
    nested = {n: _make(k, value[n]) for n, k in _NESTED.items() if n in value and n not in _MANY}
    made: Event = _make(kind, {**value, **nested})
    return made


def dump_conversation(given: Conversation) -> dict[str, Any]:
    """A whole conversation as a JSON value, for export."""
    about = _fields(given.about, "turns", "model")
    return {"version": 1, **about, "turns": [dump_turn(turn) for turn in given.turns]}


def load_conversation(value: Any) -> Conversation:
    """The conversation in an export. Errors: ``ValueError`` if it is none."""
    try:
        turns = tuple(map(load_turn, value["turns"]))
        about = _make(Summary, {**value, "turns": len(turns)})
        shaped = isinstance(about.id, str) and isinstance(about.title, str)
        numbers = {turn.number for turn in turns}
        if not shaped or len(numbers) < len(turns) or 0 in numbers:
            raise ValueError("not a conversation")
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a conversation") from error
    return Conversation(about, turns)


def identity(turn: Turn) -> str:
    """A text that is equal for turns with the same content."""
    return dump_json(dump_turn(turn))


_NESTED: Mapping[str, Any] = {
    "usage": Usage,
    "cost": Cost,
    "detail": UsageDetail,
    "sources": Source,
    "citations": Citation,
    "fault": Fault,
    "schema": SchemaOutcome,
    "short_form": ShortForm,
}
_MANY = frozenset(("sources", "citations"))


def _fields(value: Any, *but: str) -> dict[str, Any]:
    """The fields of a named tuple that differ from their defaults."""
    default = value._field_defaults
    return {
        name: _plain_value(field)
        for name, field in zip(value._fields, value, strict=True)
        if name not in but and (name not in default or field != default[name]) and name != "type"
    }


def _plain_value(value: Any) -> Any:
    """A tuple of named tuples as a list of objects; anything else unchanged."""
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return [_fields(each) if hasattr(each, "_fields") else each for each in value]
    return dict(value) if isinstance(value, Mapping) else value


def _make(kind: Callable[..., T], value: Mapping[str, Any]) -> T:
    """A ``kind`` made from those of the fields that it has."""
    known: Iterable[str] = kind._fields  # type: ignore[attr-defined]
    return kind(**{name: value[name] for name in known if name in value and name != "type"})


def dump_media(given: Media) -> dict[str, Any]:
    """A medium as a JSON value: ``data`` is base64, ``url`` a URL or a path."""
    source: MediaSource = given.source
    if isinstance(source, bytes):
        where = {"data": b64encode(source).decode()}
    elif isinstance(source, ProviderFile):
        where = {"ref": source.id}
    else:
        where = {"url": given.address or ""}
    return {**_fields(given, "source"), **where}


def load_media(value: Mapping[str, Any]) -> Media:
    """The inverse of ``dump_media``."""
    source: MediaSource
    if value.get("data") is None and value.get("url") is not None:
        address = value["url"]
        source = Url(address) if re.match(_SCHEME, address) else LocalFile(address)
    elif value.get("data") is None and value.get("ref") is not None:
        source = ProviderFile(value["ref"])
    else:
        source = _read_base64(value.get("data") or "")
    return _make(Media, {**value, "source": source})


#: A URL's scheme: at least two letters, since a single one is a drive.
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]+:"


def _read_base64(text: str) -> bytes:
    """Decode base64; anything else, which older versions stored as it came, is kept as it is."""
    try:
        return b64decode(text)
    except ValueError:
        return text.encode("utf-8", "replace")


def _dump_part(part: Part) -> dict[str, Any]:
    if isinstance(part, Media):
        return {"type": part.type, **dump_media(part)}
    fields = {"type": part.type, **_fields(part)}
    if isinstance(part, ToolResult):
        fields["parts"] = [_dump_part(below) for below in part.parts]
    return fields


def _load_part(value: Mapping[str, Any]) -> Part:
    """The part in a JSON value; one of an unknown type, from a later version, is kept as it is."""
    kind = _PARTS.get(value["type"])
    if kind is None:
        return Raw("aichat", dict(value))
    if kind is Media:
        return load_media(value)
    if kind is ToolResult:
        value = {**value, "parts": tuple(map(_load_part, value["parts"]))}
    made: Part = _make(kind, value)
    return made
