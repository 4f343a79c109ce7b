"""Arguments as a model writes them: frozen, and what is plainly wrong is said."""

from typing import Any

import pytest

from aichat.core.tools.arguments import argument_fault, freeze_arguments

VALUES: dict[str, tuple[Any, ...]] = {
    "string": ("", "a"),
    "integer": (0, -7),
    "number": (0.5, -1.5),
    "boolean": (True, False),
    "array": ([], [1]),
    "object": ({}, {"a": 1}),
}


@pytest.mark.parametrize("kind", VALUES)
def test_an_argument_must_be_of_its_type(kind: str) -> None:
    schema = {"properties": {"a": {"type": kind}}}
    for other, values in VALUES.items():
        fits = other == kind or (other, kind) == ("integer", "number")
        for value in values:
            told = argument_fault(schema, {"a": value})
            assert told == (None if fits else f"'a' must be of type {kind}")
    assert argument_fault(schema, {"a": None}) == f"'a' must be of type {kind}"


FAULTS: list[tuple[dict[str, Any], dict[str, Any], str | None]] = [
    ({}, {"a": 1}, None),
    ({"required": ["a", "b", "c"]}, {"a": 1}, "'b' is missing"),
    ({"required": ["a"]}, {"a": None}, None),
    ({"properties": {"a": {}}, "additionalProperties": False}, {"a": 1}, None),
    ({"properties": {"a": {}}, "additionalProperties": False}, {"a": 1, "b": 1}, "no argument 'b'"),
    ({"properties": {"a": {}}, "additionalProperties": True}, {"b": 1}, None),
    ({"properties": {"a": {}}}, {"b": 1}, None),
    ({"properties": ["a"], "additionalProperties": False}, {"a": 1}, "no argument 'a'"),
    ({"properties": {"a": {"type": ["string", "null"]}}}, {"a": 1}, None),
    ({"properties": {"a": {"type": "odd"}}}, {"a": 1}, None),
    ({"properties": {"a": True}}, {"a": 1}, None),
]


@pytest.mark.parametrize(("schema", "arguments", "fault"), FAULTS)
def test_what_is_plainly_wrong_is_said(
    schema: dict[str, Any], arguments: dict[str, Any], fault: str | None
) -> None:
    told = argument_fault(schema, arguments)
    assert told is None if fault is None else fault in (told or "")


@pytest.mark.parametrize(
    ("text", "frozen"),
    [("", "{}"), ('{"a":1}', '{"a": 1}'), ("[1]", None), ("{", None), ("null", None)],
)
def test_arguments_are_an_object(text: str, frozen: str | None) -> None:
    assert freeze_arguments(text) == frozen
