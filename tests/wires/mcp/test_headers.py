"""What a request over HTTP says in its headers."""

from typing import Any

import pytest

from aichat.wires.mcp import messages
from aichat.wires.mcp.headers import encode_value, has_valid_mirrors, message_headers
from aichat.wires.mcp.messages import Era


def schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def marked(name: Any, kind: str = "string") -> dict[str, Any]:
    return {"type": kind, "x-mcp-header": name}


def sent(method: str, params: dict[str, Any], era: Era, wanted: Any = None) -> dict[str, str]:
    message = messages.request(1, method, params, era)
    return {header.name: header.value for header in message_headers(message, era, wanted)}


def test_a_call_names_its_tool_and_the_arguments_that_its_schema_marks() -> None:
    wanted = schema(
        region=marked("Region"),
        flag=marked("Flag", "boolean"),
        left=marked("Left"),
        deep=schema(id=marked("Id", "integer")),
    )
    arguments = {"region": "eu", "flag": True, "left": None, "deep": {"id": 7}, "other": "x"}
    found = sent("tools/call", {"name": "t", "arguments": arguments}, Era(), wanted)
    assert found == {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/call",
        "Mcp-Name": "t",
        "Mcp-Param-Region": "eu",
        "Mcp-Param-Flag": "true",
        "Mcp-Param-Id": "7",
    }


def test_the_era_before_has_its_version_only() -> None:
    found = sent("tools/call", {"name": "t"}, Era("2025-11-25", is_modern=False))
    assert [name for name in found if name.lower().startswith("mcp")] == ["MCP-Protocol-Version"]


@pytest.mark.parametrize(
    ("value", "header"),
    [
        ("plain text", "plain text"),
        (7, "7"),
        (False, "false"),
        ("", "=?base64??="),
        (" led", "=?base64?IGxlZA==?="),
        ("a\r\nX: y", "=?base64?YQ0KWDogeQ==?="),
        ("\u00e9", "=?base64?w6k=?="),
        ("=?base64?YQ==?=", "=?base64?PT9iYXNlNjQ/WVE9PT89?="),
    ],
)
def test_what_is_not_plain_goes_as_base64(value: object, header: str) -> None:
    assert encode_value(value) == header


@pytest.mark.parametrize(
    "wrong",
    [
        schema(a=marked("with space")),
        schema(a=marked("with\r\nbreak")),
        schema(a=marked("")),
        schema(a=marked(7)),
        schema(a=marked("Same"), b=marked("same")),
        schema(a=marked("A", "object")),
        schema(a=marked("A", "number")),
        schema(a={"type": "array", "items": marked("A")}),
    ],
)
def test_a_tool_whose_marks_cannot_be_heeded_is_none(wrong: dict[str, Any]) -> None:
    assert not has_valid_mirrors(wrong)
    assert has_valid_mirrors(schema(a=marked("A"), b={"type": "string"}))
