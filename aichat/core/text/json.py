"""Reading untrusted JSON: any field may have any type, and any depth of nesting.

What is nested deeper than ``MAX_DEPTH`` is read as text, so that whatever was read can
be written again: stored, exported, sent back.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

MAX_DEPTH = 128  # levels of objects and lists

_scan: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder().scan_once  # type: ignore[attr-defined]

#: A string, even one without an end, or a bracket.
_TOKENS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


def loads(text: str) -> Any:
    """Like ``json.loads``, in two thirds of the time if nothing surrounds the value.

    Errors: ``ValueError``.
    """
    try:
        value, end = _scan(text, 0)
        if end != len(text):
            value = json.loads(text)
    except (ValueError, StopIteration):
        value = _parse(text)
    except RecursionError:
        return json.loads(_flatten(text))
    may_be_deep = len(text) > 2 * MAX_DEPTH and not _looks_shallow(text)
    return json.loads(_flatten(text)) if may_be_deep and is_deep(value) else value


def _looks_shallow(text: str) -> bool:
    """Whether the brackets of a JSON text show, without parsing it, that it is not deep.

    They do not if one is, or may be, within a string: then its quote is left over.
    """
    if "\\" in text and '\\"' in text:  # the first test takes a fifth of the time
        return False
    data = text.encode("utf-8", "surrogatepass")
    brackets = data.translate(_ONE_KIND, _NO_BRACKETS).replace(b'""', b"")
    for _ in range(MAX_DEPTH):
        if not brackets or b'"' in brackets:
            break
        brackets = brackets.replace(b"{}", b"")
    return not brackets


_ONE_KIND = bytes.maketrans(b"[]", b"{}")
_NO_BRACKETS = bytes(set(range(256)) - set(b'[]{}"'))


def _parse(text: str) -> Any:
    """Parse a value with what surrounds it, or raise an error that says what is wrong."""
    try:
        return json.loads(text)
    except RecursionError:
        return json.loads(_flatten(text))


def is_deep(value: Any) -> bool:
    """Whether a value has more levels than ``MAX_DEPTH``."""
    level = [value] if type(value) in _NESTED else []
    for _ in range(MAX_DEPTH):
        if not level:
            return False
        inner = (item.values() if type(item) is dict else item for item in level)
        level = [item for items in inner for item in items if type(item) in _NESTED]
    return bool(level)


_NESTED = frozenset((dict, list))  # a tuple would take three times as long


def _flatten(text: str) -> str:
    """The same JSON with everything below ``MAX_DEPTH`` as strings that hold its text."""
    pieces: list[str] = []
    depth = copied = start = 0
    for token in _TOKENS.finditer(text):
        kind = token[0]
        if kind in "[{":
            if depth == MAX_DEPTH:
                start = token.start()
            depth += 1
        elif kind in "]}":
            depth -= 1
            if depth == MAX_DEPTH:
                pieces += text[copied:start], json.dumps(text[start : token.end()])
                copied = token.end()
    cut = start if depth > MAX_DEPTH else len(text)  # anything unclosed is not JSON
    return "".join([*pieces, text[copied:cut]])


def read_json(answer: bytes | str) -> Any:
    """A server's response or event, with lone surrogates replaced by U+FFFD.

    Ids and URLs in it go into requests, which are UTF-8. Errors: ``ValueError``.
    """
    if isinstance(answer, bytes):
        answer = answer.decode(json.detect_encoding(answer), "replace")
    if "\\ud" in answer or "\\uD" in answer:
        answer = _HALVES.sub(lambda found: found[0] if found[1] else "\\ufffd", answer)
    return loads(answer)


#: An escaped backslash or a surrogate pair, both to be kept; else a lone surrogate.
_HALVES = re.compile(
    r"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)


def read_object(answer: bytes | str) -> dict[str, Any]:
    """The object in a server's response; an empty one if it is none."""
    try:
        found = read_json(answer)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def is_json(text: str) -> bool:
    """Whether a text is one complete JSON value."""
    try:
        loads(text)
    except ValueError:
        return False
    return True


def parse_object(text: str) -> dict[str, Any]:
    """The object in a JSON text; an empty one if it is none."""
    try:
        found = loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def get_object(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object called ``name``, or an empty one."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def objects(items: Any) -> Iterable[dict[str, Any]]:
    """The objects in a list; nothing if it is no list."""
    return (item for item in (items if isinstance(items, list) else ()) if isinstance(item, dict))


def text_or_none(value: Any) -> str | None:
    """A string that is not empty, else None."""
    return value if isinstance(value, str) and value else None


def dumps(value: Any) -> str:
    """``value`` as JSON text that UTF-8 can hold; empty if it is too deep to be written."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return ""
    return text if text.isascii() else to_utf8(text).decode()


def to_utf8(text: str) -> bytes:
    """Text to be sent; lone surrogates become U+FFFD, and two halves the character they are.

    Source: https://infra.spec.whatwg.org/#javascript-string-convert, which all browsers follow.
    """
    try:
        return text.encode()
    except UnicodeEncodeError:
        units = text.encode("utf-16-le", "surrogatepass")
        return units.decode("utf-16-le", "replace").encode()


def reject_constant(name: str) -> None:
    """For ``parse_constant``: refuse constants that Python reads but JSON does not have."""
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's
