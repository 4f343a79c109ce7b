"""A server's tools, as it lists them, and the results of their calls.

None of this is trusted: invisible characters are removed, schemas are bounded, and tools
with invalid names are left out.
"""

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Mapping
from math import inf
from typing import Any

from aichat.core.message.media import Media
from aichat.core.message.message import Text
from aichat.core.text.json import get_object, objects, text_or_none
from aichat.core.tools.tool import ToolOutcome
from aichat.values import NamedTuple

#: The most levels and values of a schema; more is no interface but an attack.
_MAX_DEPTH, _MAX_VALUES = 32, 2000

#: The most characters of a text in a schema, and how many count as one more value.
_MAX_TEXT, _TEXT_OF_VALUE = 4000, 100

#: A valid name, by the protocol.
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")

#: Characters that are invisible to people but not to models: tags, zero width, bidi.
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e0fff]")

#: The most bytes of pictures and sound in a result.
_MAX_MEDIA = 20_000_000


class ListedTool(NamedTuple):
    """A tool as its server describes it: ``whole`` is what is pinned.

    The rest is computed on demand, since few tools of a long list are used.
    """

    name: str
    whole: Mapping[str, Any]

    @property
    def description(self) -> str:
        """Its purpose, in its maker's words."""
        words = self.whole.get("description")
        return visible_text(words) if isinstance(words, str) else ""

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """The schema of its arguments; None if it is not usable."""
        return bounded_schema(self.whole.get("inputSchema"))

    @property
    def claims(self) -> str:
        """What its maker claims a call does or does not do, in our words."""
        annotations = get_object(self.whole, "annotations")
        return ", ".join(
            words[0 if annotations[key] else 1]
            for key, words in _CLAIMS.items()
            if isinstance(annotations.get(key), bool)
        )


def read_tools(result: Mapping[str, Any]) -> list[ListedTool]:
    """The tools on one page of a list, without those with invalid names."""
    return [
        ListedTool(name, item if _PINNED.issuperset(item) else _pinned(item))
        for item in objects(result.get("tools"))
        if isinstance(name := item.get("name"), str) and _NAME.fullmatch(name)
    ]


def list_seconds(result: Mapping[str, Any]) -> float:
    """How many seconds a page of a list is valid, as its server says; infinite if it does not."""
    given = result.get("ttlMs")
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    return given / 1000 if is_number and given >= 0 else inf  # type: ignore[operator]


#: Our words for a maker's claims: if true, and if false.
_CLAIMS = {
    "readOnlyHint": ("it only reads", "it changes something"),
    "destructiveHint": ("it may destroy", "it destroys nothing"),
}


#: Everything that a model or user decides by: if it changes, the tool has changed.
_PINNED = frozenset(("name", "title", "description", "inputSchema", "outputSchema", "annotations"))


def _pinned(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: item[key] for key in item.keys() & _PINNED}


def visible_text(text: str) -> str:
    """A text without invisible characters."""
    return text if text.isascii() else _HIDDEN.sub("", text)


def bounded_schema(schema: Any) -> Mapping[str, Any] | None:
    """A schema of an object that any provider accepts; None if it is invalid, or too large.

    References within it are inlined; one that leads elsewhere, or into itself, becomes an open
    schema: nothing is ever fetched.
    """
    if not isinstance(schema, dict):
        return None
    kind = schema.get("type", "object")
    if kind != "object":
        return None
    try:
        found: dict[str, Any] = _placed(schema, schema, 0, (), [_MAX_VALUES])
    except _TooLargeError:
        return None
    for key in ("$schema", "$id", "$defs", "definitions"):
        found.pop(key, None)
    if not isinstance(found.get("properties", {}), dict):
        return None
    required = found.get("required", [])
    if not (isinstance(required, list) and all(isinstance(name, str) for name in required)):
        return None
    return {"type": "object", "properties": {}, **found}


_SIZED = (str, dict, list)


class _TooLargeError(Exception):
    """A schema exceeds the bounds."""


def _placed(
    value: Any, root: Mapping[str, Any], depth: int, seen: tuple[str, ...], budget: list[int]
) -> Any:
    """The value with references inlined, and without invisible characters."""
    if not isinstance(value, _SIZED):
        return value
    budget[0] -= len(value) // _TEXT_OF_VALUE if isinstance(value, str) else 1 + len(value)
    if depth > _MAX_DEPTH or budget[0] < 0:
        raise _TooLargeError
    if isinstance(value, str):
        return visible_text(value[:_MAX_TEXT])
    if isinstance(value, list):
        return [_placed(item, root, depth + 1, seen, budget) for item in value]
    target = value.get("$ref")
    if isinstance(target, str):
        if target in seen:
            return {}
        return _placed(_find(target, root), root, depth + 1, (*seen, target), budget)
    skipped = ("$defs", "definitions") if depth == 0 else ()
    return {
        visible_text(key): _placed(item, root, depth + 1, seen, budget)
        for key, item in value.items()
        if key not in skipped
    }


def _find(reference: str, root: Mapping[str, Any]) -> Any:
    """The target of a reference within a schema; an open schema if there is none."""
    if not reference.startswith("#/"):
        return {}
    found: Any = root
    for step in reference[2:].split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        found = found.get(name, {}) if isinstance(found, dict) else {}
    return found


# -- results


def call_outcome(result: Mapping[str, Any]) -> ToolOutcome:
    """The outcome of a call: its content, else its structured result, never both."""
    parts = _parts(result.get("content"))
    structured = result.get("structuredContent")
    if not parts and structured is not None:
        parts = [Text(visible_text(json.dumps(structured, ensure_ascii=False)))]
    return ToolOutcome(tuple(parts), "error" if result.get("isError") is True else "ok")


def _parts(content: Any) -> list[Text | Media]:
    """The parts of a result, with consecutive texts merged."""
    found: list[Text | Media] = []
    texts: list[str] = []
    for item in objects(content):
        part = _part(item)
        if isinstance(part, str):
            texts.append(part)
            continue
        if texts:
            found.append(Text("\n".join(texts)))
            texts = []
        found.append(part)
    if texts:
        found.append(Text("\n".join(texts)))
    return found


def _part(item: Mapping[str, Any]) -> str | Media:
    """One piece of content as a text or medium, or else a line that says what it was."""
    kind = item.get("type")
    if kind == "text":
        return visible_text(text_or_none(item.get("text")) or "")
    if kind in ("image", "audio"):
        return _media(item, str(kind))
    if kind == "resource":
        return resource_part(get_object(item, "resource"))
    if kind == "resource_link":
        name = visible_text(text_or_none(item.get("name")) or "")
        return f"[resource {name}: {visible_text(text_or_none(item.get('uri')) or '')}]"
    return f"[content of an unknown kind: {visible_text(str(kind))[:40]}]"


def resource_part(item: Mapping[str, Any]) -> str | Media:
    """The content of a resource."""
    if isinstance(item.get("text"), str):
        return visible_text(item["text"])
    mime = text_or_none(item.get("mimeType")) or "application/octet-stream"
    return _media({"data": item.get("blob"), "mimeType": mime}, "resource")


_MIME = re.compile(r"[a-z]+/[A-Za-z0-9.+-]{1,80}")


def _media(item: Mapping[str, Any], kind: str) -> str | Media:
    data, mime = item.get("data"), item.get("mimeType")
    if not (isinstance(data, str) and isinstance(mime, str) and _MIME.fullmatch(mime)):
        return f"[{kind} without data]"
    if len(data) > _MAX_MEDIA:
        return f"[{kind} of over {_MAX_MEDIA // 10**6} MB: left out]"
    try:
        return Media(mime, b64decode(data, validate=True))
    except (binascii.Error, ValueError):
        return f"[{kind} that is not base64]"
