"""Tools as a server lists them, and the results of their calls: nothing in them is trusted."""

import json
from math import inf
from typing import Any

import pytest

from aichat.core.message.media import Media
from aichat.core.message.message import Text
from aichat.wires.mcp.tools import (
    bounded_schema,
    call_outcome,
    list_seconds,
    read_tools,
    visible_text,
)

OPEN = {"type": "object"}


def listed(**tool: Any) -> list[str]:
    return [found.name for found in read_tools({"tools": [{"inputSchema": OPEN, **tool}]})]


@pytest.mark.parametrize("name", ["a", "c.d", "a-b_c.D9", "x" * 128])
def test_a_name_of_the_protocol_is_taken(name: str) -> None:
    assert listed(name=name) == [name]


@pytest.mark.parametrize("name", ["", "x" * 129, "a b", "a/b", "\u202egnol", "a\n", 7, None])
def test_a_tool_with_another_name_is_none(name: object) -> None:
    assert listed(name=name) == []


@pytest.mark.parametrize(
    "schema",
    [
        None,
        True,
        {"type": ["object", "null"]},
        {"type": "string"},
        {"type": "object", "properties": []},
        {"type": "object", "required": "a"},
        {"type": "object", "properties": {"a": {"anyOf": [{"type": "string"}] * 10_000}}},
        json.loads('{"a":' * 40 + "1" + "}" * 40),
    ],
    ids=["none", "bool", "types", "text", "list", "required", "wide", "deep"],
)
def test_a_tool_whose_schema_is_out_of_bounds_is_none(schema: object) -> None:
    assert bounded_schema(schema) is None


def test_references_within_a_schema_are_put_in_place_and_no_other_is_followed() -> None:
    schema = {
        "type": "object",
        "$schema": "x",
        "properties": {
            "a": {"$ref": "#/$defs/a~1b"},
            "loop": {"$ref": "#/properties/loop"},
            "net": {"$ref": "http://127.0.0.1:1/x"},
            "gone": {"$ref": "#/nowhere/at/all"},
        },
        "$defs": {"a/b": {"type": "integer"}},
    }
    found = bounded_schema(schema)
    assert found == {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "loop": {}, "net": {}, "gone": {}},
    }


def test_a_bomb_of_references_is_out_of_bounds() -> None:
    defs = {f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 10} for n in range(20)}
    schema = {"type": "object", "$defs": defs, "properties": {"a": {"$ref": "#/$defs/d0"}}}
    assert bounded_schema(schema) is None


HIDDEN = "a\u200bb\u202ec\U000e0041d\ufeffe\u00adf"


def test_what_cannot_be_seen_reaches_no_model() -> None:
    (tool,) = read_tools({"tools": [{"name": "t", "description": HIDDEN, "inputSchema": OPEN}]})
    assert tool.description == visible_text(HIDDEN) == "abcdef"
    outcome = call_outcome({"content": [{"type": "text", "text": HIDDEN}]})
    assert outcome.text == "abcdef"


def test_what_cannot_be_seen_in_a_schema_reaches_no_model_either() -> None:
    inner = {"type": "string", "description": HIDDEN, "enum": [HIDDEN, 1]}
    schema = {"type": "object", "properties": {HIDDEN: inner}, "required": [HIDDEN]}
    seen = {"type": "string", "description": "abcdef", "enum": ["abcdef", 1]}
    found = {"type": "object", "properties": {"abcdef": seen}, "required": ["abcdef"]}
    assert bounded_schema(schema) == found


def test_a_long_text_in_a_schema_is_cut_and_one_without_end_is_out_of_bounds() -> None:
    def described(length: int) -> Any:
        return bounded_schema({"properties": {"a": {"description": "x" * length}}})

    assert len(described(100_000)["properties"]["a"]["description"]) == 4000
    assert described(1_000_000) is None


def test_a_list_holds_as_long_as_its_server_says() -> None:
    given = ({"ttlMs": 1500}, {"ttlMs": 0}, {}, {"ttlMs": -1}, {"ttlMs": True}, {"ttlMs": "1"})
    assert [list_seconds(result) for result in given] == [1.5, 0, inf, inf, inf, inf]


def test_what_a_server_says_of_its_tool_is_put_in_words_of_ours() -> None:
    annotations = {"readOnlyHint": False, "destructiveHint": True, "title": "x", "other": 1}
    (tool,) = read_tools(
        {"tools": [{"name": "t", "inputSchema": OPEN, "annotations": annotations}]}
    )
    assert tool.claims == "it changes something, it may destroy"


TEXT = {"type": "text", "text": "plain"}
IMAGE = {"type": "image", "data": "aGk=", "mimeType": "image/png"}


@pytest.mark.parametrize(
    ("result", "parts"),
    [
        ({"content": [TEXT, TEXT]}, (Text("plain\nplain"),)),
        ({"content": [TEXT, IMAGE]}, (Text("plain"), Media("image/png", b"hi"))),
        ({"content": [{**IMAGE, "data": "%%"}]}, (Text("[image that is not base64]"),)),
        ({"content": [{**IMAGE, "mimeType": "a\nb"}]}, (Text("[image without data]"),)),
        (
            {"content": [{**IMAGE, "data": "a" * 20_000_001}]},
            (Text("[image of over 20 MB: left out]"),),
        ),
        (
            {"content": [{"type": "resource_link", "uri": "file:///etc", "name": "n"}]},
            (Text("[resource n: file:///etc]"),),
        ),
        ({"content": [{"type": "resource", "resource": {"text": "held"}}]}, (Text("held"),)),
        ({"content": [{"type": "holo"}]}, (Text("[content of an unknown kind: holo]"),)),
        ({"content": [TEXT], "structuredContent": {"a": 1}}, (Text("plain"),)),
        ({"content": [], "structuredContent": {"a": 1}}, (Text('{"a": 1}'),)),
        ({"content": "nonsense"}, ()),
        ({}, ()),
    ],
)
def test_a_result_is_its_content_or_the_structured_one(
    result: dict[str, Any], parts: tuple[Any, ...]
) -> None:
    assert call_outcome(result).parts == parts


def test_a_result_that_is_an_error_is_one() -> None:
    assert call_outcome({"isError": True, "content": [TEXT]}).status == "error"
    assert call_outcome({"isError": "true", "content": [TEXT]}).status == "ok"
