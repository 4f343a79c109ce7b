"""Keys by name, and what they do."""

from typing import Any

import pytest

from aichat.core.config.key_bindings import BINDINGS, are_keys, bound_keys, parse_keys

KEYS = {
    "enter": ("enter",),
    "Ctrl-X  ALT-Enter": ("c-x", "escape", "enter"),
    "c-@": ("c-@",),
    "ctrl-\\": ("c-\\",),
    "ctrl-]": ("c-]",),
    "ctrl-_": ("c-_",),
    "ctrl-^": ("c-^",),
    "ctrl-right": ("c-right",),
    "ctrl-home": ("c-home",),
    "m-c-a": ("escape", "c-a"),
    "meta-f1": ("escape", "f1"),
    "a-x": ("escape", "x"),
    "f24": ("f24",),
    "space": (" ",),
    "backspace": ("c-h",),
    "pageup pagedown": ("pageup", "pagedown"),
    "home end insert delete": ("home", "end", "insert", "delete"),
    "up down left right": ("up", "down", "left", "right"),
    "tab escape": ("tab", "escape"),
    "é": ("é",),
    "-": ("-",),
}
NONE = [
    "",
    " ",
    "f0",
    "f25",
    "ctrl-enter",
    "ctrl-1",
    "ctrl-é",
    "return",
    "ctrl",
    "enter x2",
    "\x01",
]


@pytest.mark.parametrize(("keys", "presses"), KEYS.items())
def test_a_key_is_read_by_its_name(keys: str, presses: tuple[str, ...]) -> None:
    assert parse_keys(keys) == presses


@pytest.mark.parametrize("keys", NONE)
def test_what_is_no_key_is_none(keys: str) -> None:
    assert parse_keys(keys) is None


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        *(("enter", True), (["enter", "f1"], True), (("f1",), True)),
        *(("", False), ([], False), (["enter", 1], False), (["enter", "f0"], False), (1, False)),
        *(({"enter"}, False), (None, False)),
    ],
)
def test_a_value_names_keys_or_does_not(value: Any, fits: bool) -> None:
    assert are_keys(value) is fits


def test_every_name_has_keys_that_there_are_and_words_of_its_own() -> None:
    assert {name: binding.keys for name, binding in BINDINGS.items()} == {
        "submit": ("enter",),
        "newline": ("alt-enter", "ctrl-j"),
        "interrupt": ("ctrl-c",),
        "leave": ("ctrl-d",),
        "editor": ("ctrl-x ctrl-e",),
        "dictate": ("ctrl-x ctrl-t",),
        "clipboard": ("ctrl-v",),
        "search": ("ctrl-r",),
        "suspend": ("ctrl-z",),
        "complete": ("tab",),
        "suggestion": ("right", "end"),
        "word": ("alt-f", "ctrl-right"),
    }
    assert all(are_keys(binding.keys) for binding in BINDINGS.values())
    assert [binding.help for binding in BINDINGS.values()] == [
        "send the message; after a backslash, insert a newline",
        "insert a newline",
        "stop the answer, clear the line; twice on an empty line: exit",
        "on an empty line: exit",
        "edit the message in $VISUAL or $EDITOR",
        "record what you say, and insert the words",
        "insert what was copied: a picture as an attachment",
        "search the input history",
        "suspend aichat; fg resumes it",
        "complete the word",
        "take the dim suggestion from the input history",
        "take one word of it",
    ]


def test_the_config_names_other_keys_one_or_several() -> None:
    found = bound_keys({"submit": "f1", "leave": ["f2", "f3"]})
    assert (found["submit"], found["leave"], found["search"]) == (
        ("f1",),
        ("f2", "f3"),
        ("ctrl-r",),
    )
    assert found.keys() == BINDINGS.keys()
