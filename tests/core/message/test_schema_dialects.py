"""Schema dialects: what a provider takes of JSON schema, converted or refused by its path."""

import copy
from typing import Any

import pytest

from aichat.core.message.tool_schema import Tool, convert_tools
from aichat.errors import AichatError
from aichat.providers import gemini, groq, moonshot, qwen

DIALECTS = ("json", "gemini", "mfjs")
#: Every keyword under which a schema, or named schemas, stand: a schema with `inner` there.
PLACES: dict[str, Any] = {
    "properties.at": lambda inner: {"properties": {"at": inner}},
    "patternProperties.^a": lambda inner: {"patternProperties": {"^a": inner}},
    "$defs.at": lambda inner: {"$defs": {"at": inner}},
    "definitions.at": lambda inner: {"definitions": {"at": inner}},
    "dependentSchemas.at": lambda inner: {"dependentSchemas": {"at": inner}},
    **{
        keyword: lambda inner, keyword=keyword: {keyword: inner}
        for keyword in (
            *("items", "contains", "not", "if", "then", "else"),
            *("additionalProperties", "propertyNames", "unevaluatedProperties"),
        )
    },
    **{
        f"{keyword}[1]": lambda inner, keyword=keyword: {keyword: [{"type": "null"}, inner]}
        for keyword in ("anyOf", "allOf", "oneOf", "prefixItems")
    },
}
EVERY_PLACE = pytest.mark.parametrize("path", PLACES)


def schema(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {}, **fields}


def inside(path: str, inner: dict[str, Any]) -> dict[str, Any]:
    """The schema of a tool in which ``inner`` stands at ``path`` of the property ``port``."""
    return schema(properties={"port": PLACES[path](inner)})


def as_sent(parameters: dict[str, Any], dialect: str) -> Any:
    """The parameters of a tool in a dialect; what was given stays as it was."""
    before = copy.deepcopy(parameters)
    (tool,) = convert_tools((Tool("depth", "How deep.", parameters, strict=True),), dialect)
    assert parameters == before
    assert tool._replace(parameters={}) == Tool("depth", "How deep.", {}, strict=True)
    return tool.parameters


def refusal(*parameters: dict[str, Any], dialect: str = "gemini") -> str:
    with pytest.raises(AichatError) as raised:
        convert_tools(tuple(Tool(f"t{n}", "", each) for n, each in enumerate(parameters)), dialect)
    assert (raised.value.fault.kind, raised.value.fault.exit_code) == ("usage", 2)
    return raised.value.fault.message


def deep(inner: Any, levels: int) -> dict[str, Any]:
    """``inner`` below ``levels`` properties called ``a``."""
    for _ in range(levels):
        inner = schema(properties={"a": inner})
    found: dict[str, Any] = inner
    return found


# --- which provider has which


@pytest.mark.parametrize(
    ("provider", "dialect"),
    [(gemini, "gemini"), (moonshot, "mfjs"), (groq, "json"), (qwen, "json")],
    ids=lambda value: value if isinstance(value, str) else value.PROVIDER.id,
)
def test_a_provider_names_its_dialect(provider: Any, dialect: str) -> None:
    assert provider.PROVIDER.quirks.schema_dialect == dialect


@pytest.mark.parametrize("dialect", ["json", "somebody-elses"])
def test_another_dialect_takes_everything_as_it_is(dialect: str) -> None:
    given = schema(**{"$schema": "x", "$ref": "#/a", "items": [{}], "anyOf": [{}]})
    assert as_sent(given, dialect) == given


# --- gemini


@EVERY_PLACE
def test_gemini_takes_no_reference_anywhere_and_its_place_is_named(path: str) -> None:
    message = refusal(inside(path, {"$ref": "#/$defs/port"}))
    assert f"[0].parameters.properties.port.{path}:" in message
    assert "$ref" in message


@pytest.mark.parametrize("levels", [0, 1, 5, 50])
def test_gemini_finds_a_reference_however_deep(levels: int) -> None:
    assert f"[0].parameters{'.properties.a' * levels}:" in refusal(deep({"$ref": "#"}, levels))


def test_the_tool_with_the_reference_is_named() -> None:
    assert "[2].parameters.items:" in refusal(schema(), schema(), schema(items={"$ref": "#"}))


@EVERY_PLACE
def test_gemini_is_not_told_where_a_schema_comes_from(path: str) -> None:
    inner = {"$schema": "https://json-schema.org/x", "$id": "urn:x", "type": "string"}
    given = inside(path, inner) | {"$schema": "x", "$id": "y"}
    assert as_sent(given, "gemini") == inside(path, {"type": "string"})


@pytest.mark.parametrize("name", ["$ref", "$schema", "$id", "anyOf", "items", "type"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_property_may_have_the_name_of_a_keyword(dialect: str, name: str) -> None:
    given = schema(properties={name: {"type": "string"}}, required=[name])
    assert as_sent(given, dialect) == given


# --- mfjs


@EVERY_PLACE
def test_mfjs_has_no_type_beside_any_of_anywhere(path: str) -> None:
    choice = {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "t"}
    given = inside(path, {"type": ["string", "null"], **choice})
    assert as_sent(given, "mfjs") == inside(path, choice)


@EVERY_PLACE
def test_mfjs_has_its_tuples_under_prefix_items(path: str) -> None:
    pair = [{"type": "string"}, {"type": "number"}]
    given = inside(path, {"type": "array", "items": pair})
    assert as_sent(given, "mfjs") == inside(path, {"type": "array", "prefixItems": pair})


@pytest.mark.parametrize("levels", [1, 5, 50])
def test_mfjs_converts_however_deep_and_one_inside_the_other(levels: int) -> None:
    inner = {"type": "array", "items": [{"type": "string", "anyOf": [{"type": "string"}]}]}
    converted = {"type": "array", "prefixItems": [{"anyOf": [{"type": "string"}]}]}
    assert as_sent(deep(inner, levels), "mfjs") == deep(converted, levels)


def test_mfjs_keeps_the_type_of_branches_that_have_none() -> None:
    given = schema(
        properties={"at": {"type": "string", "anyOf": [{"minLength": 1}, {"type": "null"}]}}
    )
    branches = as_sent(given, "mfjs")["properties"]["at"]["anyOf"]
    assert branches == [{"type": "string", "minLength": 1}, {"type": "null"}]


def test_mfjs_stays_rooted_in_an_object() -> None:
    sent = as_sent(schema(anyOf=[{"required": ["a"]}, {"required": ["b"]}]), "mfjs")
    branches = sent.get("anyOf", [sent])
    assert [branch.get("type") for branch in branches] == ["object"] * len(branches)


@pytest.mark.parametrize("keyword", ["allOf", "oneOf"])
def test_mfjs_leaves_a_type_beside_other_choices(keyword: str) -> None:
    given = schema(properties={"at": {"type": "string", keyword: [{"minLength": 1}]}})
    assert as_sent(given, "mfjs") == given


def test_mfjs_leaves_items_that_are_one_schema() -> None:
    given = schema(properties={"at": {"type": "array", "items": {"type": "string"}}})
    assert as_sent(given, "mfjs") == given


# --- data is no schema


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("keyword", ["enum", "const", "default", "examples", "x-anything"])
def test_data_that_looks_like_a_schema_is_left_alone(keyword: str, dialect: str) -> None:
    lookalike = {"$ref": "#", "$schema": "s", "type": "x", "anyOf": [], "items": [1]}
    value = [lookalike, {"properties": {"a": lookalike}}]
    given = schema(properties={"at": {keyword: value}})
    assert as_sent(given, dialect) == given


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("value", [True, False])
def test_a_schema_may_be_true_or_false(value: bool, dialect: str) -> None:
    given = schema(additionalProperties=value, properties={"at": value, "in": {"items": value}})
    assert as_sent(given, dialect) == given


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_tool_of_the_servers_own_has_no_schema_to_fit(dialect: str) -> None:
    tool = Tool("$web_search", "", {}, kind="builtin_function")
    assert convert_tools((tool,), dialect) == (tool,)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_tools_are_no_tools(dialect: str) -> None:
    assert convert_tools((), dialect) == ()


def test_a_branch_that_branches_itself_gets_no_type_of_moonshots() -> None:
    inner = {"anyOf": [{"minLength": 1}, {"maxLength": 9}]}
    given = schema(properties={"port": {"type": "string", "anyOf": [inner, {"minLength": 2}]}})
    (tool,) = convert_tools((Tool("f", "", given),), "mfjs")
    assert tool.parameters["properties"]["port"] == {
        "anyOf": [inner, {"type": "string", "minLength": 2}]
    }
