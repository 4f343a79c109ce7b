"""Reading JSON that nobody vouches for: every field may be of any type, or nested without end.

What is nested deeper than ``MAX_DEPTH`` becomes text as it is read, so that whatever
was read can be written again: stored, exported, sent back.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

MAX_DEPTH = 128  # levels of objects and lists

_scan: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder().scan_once  # type: ignore[attr-defined]

#: A string, to its end even where it has none, or a bracket.
_TOKENS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


def loads(text: str) -> Any:
    """As ``json.loads``, in two thirds of its time where nothing surrounds the value.

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
    """Whether the brackets of a text that is JSON show that it is not deep, without its values.

    Where one is within a string, or may be, they do not: then its quote is left over.
    """
    if "\\" in text and '\\"' in text:  # the first is found in a fifth of the time
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
    """With what surrounds the value, or an error that says what is wrong."""
    try:
        return json.loads(text)
    except RecursionError:
        return json.loads(_flatten(text))


def is_deep(value: Any) -> bool:
    """Whether there are more levels than are taken."""
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
    cut = start if depth > MAX_DEPTH else len(text)  # what never ends is no JSON
    return "".join([*pieces, text[copied:cut]])


def read_json(answer: bytes | str) -> Any:
    """What a server answers, or says in an event; halves of characters are U+FFFD in it.

    Ids and addresses in it go into requests, which are UTF-8. Errors: ``ValueError``.
    """
    if isinstance(answer, bytes):
        answer = answer.decode(json.detect_encoding(answer), "replace")
    if "\\ud" in answer or "\\uD" in answer:
        answer = _HALVES.sub(lambda found: found[0] if found[1] else "\\ufffd", answer)
    return loads(answer)


#: What is no half of a character: a backslash that is meant, or both halves; else one half.
_HALVES = re.compile(
    r"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)


def read_object(answer: bytes | str) -> dict[str, Any]:
    """The object that a server answers; an empty one where it is none."""
    try:
        found = read_json(answer)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def is_json(text: str) -> bool:
    """Whether a text is one JSON value, and whole."""
    try:
        loads(text)
    except ValueError:
        return False
    return True


def parse_object(text: str) -> dict[str, Any]:
    """The object in a JSON text; an empty one where there is none."""
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
    """The objects in a list, or nothing."""
    return (item for item in (items if isinstance(items, list) else ()) if isinstance(item, dict))


def text_or_none(value: Any) -> str | None:
    """A text that says something, or None."""
    return value if isinstance(value, str) and value else None


def dumps(value: Any) -> str:
    """``value`` as JSON text; empty where it is nested too deep to be written."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return ""


def reject_constant(name: str) -> None:
    """For ``parse_constant``: refuse what Python reads but JSON does not have."""
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's
