"""``--tools``: the shapes that are understood, and the path of what is wrong."""

import json
from typing import Any

import pytest

from aichat.core.message.tool_schema import Tool, parse_tools
from aichat.errors import AichatError

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"port": {"type": "string"}}}
STRICT: dict[str, Any] = SCHEMA | {"required": ["port"], "additionalProperties": False}
EMPTY = {"type": "object", "properties": {}}
DEPTH = Tool("depth", "How deep.", SCHEMA)
FLAT = {"name": "depth", "description": "How deep.", "parameters": SCHEMA}

SHAPES: dict[str, tuple[Any, tuple[Tool, ...]]] = {
    "a list": ([FLAT], (DEPTH,)),
    "one": (FLAT, (DEPTH,)),
    "OpenAI's, nested": ([{"type": "function", "function": FLAT}], (DEPTH,)),
    "OpenAI's, flat": ([{"type": "function", **FLAT}], (DEPTH,)),
    "Anthropic's": (
        [{"name": "depth", "description": "How deep.", "input_schema": SCHEMA}],
        (DEPTH,),
    ),
    "a name alone": ([{"name": "now"}], (Tool("now", "", EMPTY),)),
    "no type in the schema": (
        [{"name": "f", "parameters": {"properties": {}}}],
        (Tool("f", "", EMPTY),),
    ),
    "a description of null": ([FLAT | {"description": None}], (DEPTH._replace(description=""),)),
    "several, in order": ([FLAT, {"name": "now"}], (DEPTH, Tool("now", "", EMPTY))),
    "none": ([], ()),
    "strict": (
        [FLAT | {"parameters": STRICT, "strict": True}],
        (Tool("depth", "How deep.", STRICT, strict=True),),
    ),
    "not strict": ([FLAT | {"strict": False}], (DEPTH._replace(strict=False),)),
    "strict of null": ([FLAT | {"strict": None}], (DEPTH,)),
    "a schema with words of its own": (
        [{"name": "f", "parameters": SCHEMA | {"$defs": {}, "title": "F"}}],
        (Tool("f", "", SCHEMA | {"$defs": {}, "title": "F"}),),
    ),
    "the longest name": ([{"name": "a" * 64}], (Tool("a" * 64, "", EMPTY),)),
    "every sign of a name": ([{"name": "aZ0_-"}], (Tool("aZ0_-", "", EMPTY),)),
}


@pytest.mark.parametrize(("document", "tools"), SHAPES.values(), ids=SHAPES)
def test_every_shape_becomes_the_one(document: Any, tools: tuple[Tool, ...]) -> None:
    assert parse_tools(json.dumps(document)) == tools


def strict(parameters: Any) -> list[dict[str, Any]]:
    return [{"name": "f", "strict": True, "parameters": parameters}]


def holding(schema: Any) -> dict[str, Any]:
    """A strict schema whose one property is ``schema``."""
    return STRICT | {"properties": {"port": schema}}


# what is refused, and the place that the error names
REFUSED: dict[str, tuple[Any, str]] = {
    "a text": ("depth", "[0]"),
    "a number in the list": ([FLAT, 1], "[1]"),
    "no name": ([{"description": "d"}], "[0].name"),
    "an empty name": ([{"name": ""}], "[0].name"),
    "a name of null": ([{"name": None}], "[0].name"),
    "a name with a space": ([{"name": "a b"}], "[0].name"),
    "a name with a dot": ([{"name": "a.b"}], "[0].name"),
    "a name with a newline": ([{"name": "a\n"}], "[0].name"),
    "a name of another alphabet": ([{"name": "æ"}], "[0].name"),
    "a name that is too long": ([{"name": "a" * 65}], "[0].name"),
    "the second one's name": ([FLAT, {"name": 5}], "[1].name"),
    "the same name twice": ([FLAT, FLAT], "'depth'"),
    "parameters as a text": ([FLAT | {"parameters": "{}"}], "[0].parameters"),
    "parameters as a list": ([FLAT | {"parameters": []}], "[0].parameters"),
    "parameters of null": ([FLAT | {"parameters": None}], "[0].parameters"),
    "parameters of another type": ([FLAT | {"parameters": {"type": "array"}}], "[0].parameters"),
    "strict as a text": ([FLAT | {"strict": "yes"}], "[0].strict"),
    "strict, and others are allowed": (strict(SCHEMA), "[0].parameters"),
    "strict, and others are allowed by name": (
        strict(STRICT | {"additionalProperties": True}),
        "[0].parameters",
    ),
    "strict, and one is not required": (strict(STRICT | {"required": []}), "'port'"),
    "strict, below": (strict(holding(SCHEMA)), "[0].parameters.properties.port"),
    "strict, below a list": (
        strict(holding({"type": "array", "items": SCHEMA})),
        "[0].parameters.properties.port.items",
    ),
    "strict, in one of several": (
        strict(holding({"anyOf": [{"type": "null"}, SCHEMA]})),
        "[0].parameters.properties.port.anyOf[1]",
    ),
    "strict, in a definition": (
        strict(STRICT | {"$defs": {"port": SCHEMA}}),
        "[0].parameters.$defs.port",
    ),
    "strict, below an object that may be null": (
        strict(holding(SCHEMA | {"type": ["object", "null"]})),
        "[0].parameters.properties.port",
    ),
    "strict, of no parameters": ([{"name": "f", "strict": True}], "[0].parameters"),
}


@pytest.mark.parametrize(("document", "place"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_named_by_its_place(document: Any, place: str) -> None:
    with pytest.raises(AichatError) as caught:
        parse_tools(json.dumps(document))
    fault = caught.value.fault
    assert (fault.kind, fault.exit_code) == ("usage", 2)
    assert place in fault.message
    assert fault.message.startswith("--tools: ")


NONSENSE = {
    "properties as a list": {"type": "object", "properties": []},
    "properties of null": {"type": "object", "properties": None},
    "required of null": STRICT | {"required": None},
    "required as a number": STRICT | {"required": 1},
    "required of lists": STRICT | {"required": [["port"]]},
    "a type that is a list": {"type": ["object"]},
    "a type that is an object": {"type": {}},
    "items as a list": STRICT | {"properties": {"port": {"type": "array", "items": [1]}}},
}


@pytest.mark.parametrize("tight", [True, False])
@pytest.mark.parametrize("schema", NONSENSE.values(), ids=NONSENSE)
def test_a_schema_that_is_none_is_never_a_bug_of_ours(schema: Any, tight: bool) -> None:
    """Sent as it is, or refused as a mistake of usage."""
    document = [{"name": "f", "strict": tight, "parameters": schema}]
    try:
        (tool,) = parse_tools(json.dumps(document))
    except AichatError as error:
        assert error.fault.kind == "usage"
    else:
        assert tool.parameters == {"type": "object", **schema}


@pytest.mark.parametrize("text", ["", "{", "[", "name", "{'name': 'f'}", "[1,]", "[" * 100_000])
def test_what_is_not_json_is_a_mistake_of_usage(text: str) -> None:
    with pytest.raises(AichatError) as caught:
        parse_tools(text)
    assert caught.value.fault.kind == "usage"
    assert caught.value.fault.message.startswith("--tools: not JSON")


@pytest.mark.parametrize("text", ["NaN", '[{"name": "f", "parameters": {"maximum": Infinity}}]'])
def test_numbers_that_json_has_not_are_refused(text: str) -> None:
    with pytest.raises(AichatError) as caught:
        parse_tools(text)
    assert caught.value.fault.kind == "usage"


SHAPE = 'expected [{"name", "description", "parameters"}]'
NAME = "[0].name: letters, digits, _ and -, at most 64"
MESSAGES: dict[str, tuple[Any, str]] = {
    "no object": ([1], f"[0]: {SHAPE}"),
    "no name": ([{}], NAME),
    "a builtin without a name": ([{"type": "builtin_function"}], NAME),
    "twice": ([FLAT, FLAT], "'depth' is defined twice"),
    "parameters": (
        [FLAT | {"parameters": 1}],
        "[0].parameters: expected a JSON schema of an object",
    ),
    "strict": ([FLAT | {"strict": 1}], "[0].strict: expected true or false"),
    "properties": (
        [FLAT | {"parameters": {"properties": 1}}],
        "[0].parameters.properties: expected an object of schemas",
    ),
    "a property": (
        [FLAT | {"parameters": {"properties": {"a": 1}}}],
        "[0].parameters.properties.a: expected a schema",
    ),
    "required": (
        [FLAT | {"parameters": {"required": "a"}}],
        "[0].parameters.required: expected a list of names",
    ),
    "required of numbers": (
        [FLAT | {"parameters": {"required": ["a", 1]}}],
        "[0].parameters.required: expected a list of names",
    ),
    "others are allowed": (
        strict(SCHEMA),
        "[0].parameters: strict needs additionalProperties: false",
    ),
    "one of two is not required": (
        strict(STRICT | {"properties": {"b": {}, "a": {}}, "required": []}),
        "[0].parameters: strict needs 'a' in required",
    ),
    "an object of nothing": (
        strict(holding({"type": "object"})),
        "[0].parameters.properties.port: strict needs additionalProperties: false",
    ),
    "an object of nothing, or null": (
        strict(holding({"type": ["null", "object"]})),
        "[0].parameters.properties.port: strict needs additionalProperties: false",
    ),
    "no type but properties": (
        strict(holding({"properties": {"a": {}}})),
        "[0].parameters.properties.port: strict needs additionalProperties: false",
    ),
}


@pytest.mark.parametrize(("document", "message"), MESSAGES.values(), ids=MESSAGES)
def test_what_is_wrong_is_said_with_what_would_be_right(document: Any, message: str) -> None:
    with pytest.raises(AichatError) as caught:
        parse_tools(json.dumps(document))
    assert caught.value.fault.message == f"--tools: {message}"


def test_what_is_not_json_is_told_what_is_expected() -> None:
    with pytest.raises(AichatError) as caught:
        parse_tools("{")
    assert caught.value.fault.hint == SHAPE
    assert caught.value.fault.message.startswith("--tools: not JSON: Expecting")


def test_a_tool_of_the_servers_own_is_its_name_alone() -> None:
    given = {"type": "builtin_function", "function": {"name": "$web_search"}}
    assert parse_tools(json.dumps([given])) == (
        Tool("$web_search", "", {}, kind="builtin_function"),
    )


@pytest.mark.parametrize("schema", [True, False])
def test_a_property_may_be_anything_or_nothing(schema: bool) -> None:
    (tool,) = parse_tools(json.dumps([FLAT | {"parameters": {"properties": {"a": schema}}}]))
    assert tool.parameters["properties"] == {"a": schema}


#: Every place of a schema that holds schemas, and that strictness reaches.
PLACES: dict[str, Any] = {
    **{name: {"x": SCHEMA} for name in ("patternProperties", "$defs", "definitions")},
    "dependentSchemas": {"x": SCHEMA},
    **{name: [SCHEMA] for name in ("prefixItems", "anyOf", "allOf", "oneOf")},
    **dict.fromkeys(("items", "contains", "not", "if", "then", "else"), SCHEMA),
    **dict.fromkeys(("propertyNames", "unevaluatedProperties"), SCHEMA),
}


@pytest.mark.parametrize("keyword", PLACES)
def test_strict_reaches_every_schema(keyword: str) -> None:
    with pytest.raises(AichatError, match="additionalProperties"):
        parse_tools(json.dumps(strict(STRICT | {keyword: PLACES[keyword]})))
    parse_tools(json.dumps(strict(STRICT | {"enum": [SCHEMA], "default": SCHEMA})))


def test_strict_reaches_what_else_is_allowed() -> None:
    inner = {"type": "object", "additionalProperties": False, "properties": {"a": SCHEMA}}
    with pytest.raises(AichatError, match=r"properties\.a: strict needs additional"):
        parse_tools(json.dumps(strict(STRICT | {"$defs": {"x": inner | {"required": ["a"]}}})))
    loose = [FLAT | {"parameters": {"additionalProperties": {"properties": 1}}}]
    with pytest.raises(AichatError, match=r"parameters\.additionalProperties\.properties"):
        parse_tools(json.dumps(loose))
