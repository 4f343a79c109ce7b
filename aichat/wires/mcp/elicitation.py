"""Elicitation: what a server asks the user while it works. A few simple fields, never a secret.

Source: https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation
"""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any
from unicodedata import normalize

from aichat.core.text.json import get_object, objects, text_or_none
from aichat.values import NamedTuple
from aichat.wires.mcp.tools import visible_text

#: The most fields of a form, and choices of a field, that a user can be asked about.
_MOST_FIELDS, _MOST_CHOICES = 20, 50

#: Words that ask for something no server may have.
_SECRET = re.compile(
    r"pass[-_ ]?(word|wd|phrase|code)|passwd|secret|token|credential|mnemonic|seed[-_ ]?phrase"
    r"|(api|private|access|secret|ssh|encryption|signing)[-_ ]?key|(^|[^a-z])keys?([^a-z]|$)"
    r"|(^|[^a-z])(pin|otp|2fa|mfa|cvv|cvc)([^a-z]|$)|one[-_ ]?time[-_ ]?code|card[-_ ]?number",
    re.IGNORECASE,
)

#: Why such a question is refused.
SECRET_REFUSAL = "nothing that looks like a password or a key is given to a server"  # noqa: S105

_YES, _NO = ("y", "yes", "true"), ("n", "no", "false")


class AskedField(NamedTuple):
    """One field to fill in; ``kind`` is its JSON type, ``default`` what an empty line means."""

    name: str
    kind: str = "string"
    label: str = ""
    choices: tuple[str, ...] = ()
    is_needed: bool = False
    default: Any = None


class Elicitation(NamedTuple):
    """A question and its fields; ``refusal`` is why the user is not even asked."""

    message: str
    fields: tuple[AskedField, ...] = ()
    refusal: str = ""


def read_elicitation(params: Mapping[str, Any]) -> Elicitation:
    """Parse a server's question; one that is no form, or asks for a secret, is refused."""
    message = visible_text(text_or_none(params.get("message")) or "something")
    schema = get_object(params, "requestedSchema")
    properties = get_object(schema, "properties")
    if params.get("mode", "form") != "form":
        return Elicitation(message, refusal="no page is opened for a server")
    if len(properties) > _MOST_FIELDS:
        return Elicitation(message, refusal=f"it asks for over {_MOST_FIELDS} things")
    needed = schema.get("required")
    fields = tuple(
        _field(name, get_object(properties, name), needed if isinstance(needed, list) else [])
        for name in properties
    )
    kinds = (str(get_object(properties, name).get("format", "")) for name in properties)
    words = (*kinds, *(f"{field.name} {field.label}" for field in fields))
    if any(_SECRET.search(_plain(text)) for text in (message, *words)):
        return Elicitation(message, refusal=SECRET_REFUSAL)
    if any(f.kind not in _PARSERS or len(f.choices) > _MOST_CHOICES for f in fields):
        return Elicitation(message, refusal="it asks for what cannot be typed")
    return Elicitation(message, fields)


def _plain(text: str) -> str:
    """A text as it looks: letters in other widths and styles as plain ones, without marks."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", normalize("NFKD", visible_text(text)))
    return "".join(char for char in apart if char.isascii())


def _field(name: str, schema: Mapping[str, Any], needed: list[Any]) -> AskedField:
    words = (text_or_none(schema.get(key)) for key in ("title", "description"))
    label = visible_text(": ".join(filter(None, words)))
    kind = text_or_none(schema.get("type")) or "string"
    listed = get_object(schema, "items") if kind == "array" else schema
    return AskedField(name, kind, label, _choices(listed), name in needed, schema.get("default"))


def _choices(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The allowed values, if they are listed, plainly or each with a title."""
    plain = schema.get("enum")
    titled = [*objects(schema.get("oneOf")), *objects(schema.get("anyOf"))]
    every = plain if isinstance(plain, list) else [choice.get("const") for choice in titled]
    return tuple(choice for choice in every if isinstance(choice, str))


def parse_field(field: AskedField, text: str) -> Any:
    """A typed text as a value of the field's type. Errors: ``ValueError``, saying what fits."""
    return _PARSERS[field.kind](field, text.strip())


def _string(field: AskedField, text: str) -> str:
    if field.choices and text not in field.choices:
        raise ValueError(f"one of: {', '.join(field.choices)}")
    return text


def _number(_field: AskedField, text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        raise ValueError("a number") from None
    if not isfinite(found):
        raise ValueError("a number")
    return found


def _integer(_field: AskedField, text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise ValueError("a whole number")
    return int(text)


def _boolean(_field: AskedField, text: str) -> bool:
    if text.lower() not in (*_YES, *_NO):
        raise ValueError("yes or no")
    return text.lower() in _YES


def _several(field: AskedField, text: str) -> list[str]:
    return [_string(field, each.strip()) for each in text.split(",") if each.strip()]


_PARSERS = {
    "string": _string,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "array": _several,
}
