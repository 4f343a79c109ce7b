"""The keys of the REPL, by name: what ``/keys`` prints and ``[bindings]`` changes."""

import re
from collections.abc import Mapping
from typing import Any

from aichat.values import NamedTuple


class Binding(NamedTuple):
    """What a binding does, and the key sequences that do it, each of one or several keys."""

    help: str
    keys: tuple[str, ...]


#: Every binding that the config can change.
BINDINGS: Mapping[str, Binding] = {
    "submit": Binding("send the message; after a backslash, insert a newline", ("enter",)),
    "newline": Binding("insert a newline", ("alt-enter", "ctrl-j")),
    "interrupt": Binding(
        "stop the answer, clear the line; twice on an empty line: exit", ("ctrl-c",)
    ),
    "leave": Binding("on an empty line: exit", ("ctrl-d",)),
    "editor": Binding("edit the message in $VISUAL or $EDITOR", ("ctrl-x ctrl-e",)),
    "dictate": Binding("record what you say, and insert the words", ("ctrl-x ctrl-t",)),
    "clipboard": Binding("insert what was copied: a picture as an attachment", ("ctrl-v",)),
    "search": Binding("search the input history", ("ctrl-r",)),
    "suspend": Binding("suspend aichat; fg resumes it", ("ctrl-z",)),
    "complete": Binding("complete the word", ("tab",)),
    "suggestion": Binding("take the dim suggestion from the input history", ("right", "end")),
    "word": Binding("take one word of it", ("alt-f", "ctrl-right")),
}

_NAMES = frozenset(
    (
        *("enter", "tab", "escape", "space", "up", "down", "left", "right", "home", "end"),
        *("pageup", "pagedown", "insert", "delete", "backspace"),
        *(f"f{n}" for n in range(1, 25)),
    )
)
#: Keys that terminals report differently while Ctrl is held.
_WITH_CTRL = ("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "delete")
_PRESS = re.compile(r"(?P<alt>(?:a|m|alt|meta)-)?(?P<ctrl>(?:c|ctrl)-)?(?P<key>.[a-z0-9]*)")


def parse_keys(keys: str) -> tuple[str, ...] | None:
    """``"ctrl-x alt-enter"`` as ``("c-x", "escape", "enter")``; None if a key is unknown."""
    found: list[str] = []
    for press in keys.lower().split():
        match = _PRESS.fullmatch(press)
        key = match and _key(bool(match["ctrl"]), match["key"])
        if not match or not key:
            return None
        found += ["escape", key] if match["alt"] else [key]
    return tuple(found) or None


def _key(ctrl: bool, name: str) -> str | None:
    if ctrl:
        is_known = name in _WITH_CTRL or re.fullmatch(r"[a-z@\\\]^_]", name)
        return f"c-{name}" if is_known else None
    if name in _NAMES:
        return {"space": " ", "backspace": "c-h"}.get(name, name)
    return name if len(name) == 1 and name.isprintable() else None


def bound_keys(given: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The keys of every binding: the config's where it names any, else the default ones."""
    return {name: _as_tuple(given.get(name, binding.keys)) for name, binding in BINDINGS.items()}


def are_keys(value: Any) -> bool:
    """Whether a value of ``[bindings]`` names keys: one text, or a list of them."""
    if not isinstance(value, str | list | tuple) or not value:
        return False
    return all(isinstance(keys, str) and parse_keys(keys) for keys in _as_tuple(value))


def _as_tuple(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
