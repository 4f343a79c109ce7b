"""A schema in a few words: ``name, age int, tags [str]`` becomes a JSON schema.

The notation is that of the program ``llm``, plus nesting, choices and optional fields::

    fields  = field, ("," | newline), field ...
    field   = name, ["?"], [type], [":" description]
    type    = word | word "|" word ... | "[" type "]" | "{" fields "}"
"""

import re
from collections.abc import Mapping
from typing import Any

from aichat.errors import AichatError, suggestion, usage_error

#: The schema of each type word; a field without one is a string.
TYPES: Mapping[str, Mapping[str, Any]] = {
    **{name: {"type": "string"} for name in ("str", "string", "text")},
    **{name: {"type": "integer"} for name in ("int", "integer")},
    **{name: {"type": "number"} for name in ("float", "number")},
    **{name: {"type": "boolean"} for name in ("bool", "boolean")},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "datetime": {"type": "string", "format": "date-time"},
    "email": {"type": "string", "format": "email"},
    "url": {"type": "string", "format": "uri"},
    "uuid": {"type": "string", "format": "uuid"},
}

_SPACE = re.compile(r"[^\S\n]*")
_NAME = re.compile(r"[^\W\d][\w-]*")
_WORD = re.compile(r"[\w.+-]+")
_BREAKS = re.compile(r"[\s,]*")
_SHOWN = 24  # characters quoted at an error
_HINT = "write 'name, age int, tags [str]', JSON, a file's name, or @NAME"


def parse_shorthand(text: str) -> dict[str, Any]:
    """The schema of an object with these fields. Errors: ``usage``, with the position."""
    reader = _FieldReader(text)
    schema = reader.read_fields("")
    if not schema["properties"]:
        raise reader.error("expected a field")
    return schema


class _FieldReader:
    def __init__(self, text: str) -> None:
        self._text, self._place = text, 0
        # if fields are on separate lines, a comma may be part of a description
        self._ends = r"[^\n}]*" if "\n" in text.strip() else r"[^,\n}]*"

    def error(self, message: str) -> AichatError:
        rest = self._text[self._place :].strip()
        where = f"at '{rest[:_SHOWN]}'" if rest else "at its end"
        return usage_error(f"--schema: {message} {where}", _HINT)

    def read_fields(self, end: str) -> dict[str, Any]:
        """An object's fields, up to ``end``. Errors: ``usage``."""
        properties: dict[str, Any] = {}
        required = []
        self._take(_BREAKS)
        while self._peek() != end:
            name = self._take(_NAME)
            if not name:
                raise self.error("expected a field's name")
            if name in properties:
                raise self.error(f"'{name}' stands there twice, the second time")
            if not self._skip("?"):
                required.append(name)
            properties[name] = self._read_type() | self._read_description()
            if self._peek() not in (end, ",", "\n", ""):
                raise self.error("expected a comma")
            self._take(_BREAKS)
            if end and not self._peek():
                raise self.error(f"'{end}' is missing")
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }

    def _read_type(self) -> dict[str, Any]:
        if self._skip("["):
            items = self._read_type()
            if not self._skip("]"):
                raise self.error("']' is missing")
            return {"type": "array", "items": items}
        if self._skip("{"):
            fields = self.read_fields("}")
            self._skip("}")
            return fields
        words = [self._take(_WORD)]
        while self._skip("|"):
            words.append(self._take(_WORD))
        if len(words) > 1:
            if not all(words):
                raise self.error("expected a choice")
            return {"type": "string", "enum": list(dict.fromkeys(words))}
        if words[0] and words[0] not in TYPES:
            raise self.error(f"unknown type '{words[0]}'{suggestion(words[0], TYPES)}")
        return dict(TYPES[words[0] or "str"])

    def _read_description(self) -> dict[str, str]:
        if not self._skip(":"):
            return {}
        said = self._take(re.compile(self._ends)).strip()
        return {"description": said} if said else {}

    def _peek(self) -> str:
        self._take(_SPACE)
        return self._text[self._place : self._place + 1]

    def _skip(self, character: str) -> bool:
        if self._peek() != character:
            return False
        self._place += 1
        return True

    def _take(self, pattern: re.Pattern[str]) -> str:
        if pattern is not _SPACE:
            self._take(_SPACE)
        found = pattern.match(self._text, self._place)
        self._place = found.end() if found else self._place
        return found[0] if found else ""
