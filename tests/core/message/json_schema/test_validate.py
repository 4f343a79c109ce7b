"""Values held to schemas: as another reader of the standard does, with the place of the fault."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from aichat.core.message.json_schema.texts.formats import FORMATS
from aichat.core.message.json_schema.validate import Schema
from aichat.errors import AichatError
from tests.support.values.schemas import SCHEMAS, arr, defs, obj, ref, text

NO_ORACLE = "jsonschema-rs is not installed"


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_good_value_matches_and_a_bad_one_does_not(name: str) -> None:
    case = SCHEMAS[name]
    schema = Schema(case.schema)
    assert schema.mismatch(case.good) is None
    assert schema.mismatch(case.bad) is not None


@pytest.mark.parametrize("name", SCHEMAS)
def test_another_reader_of_the_standard_finds_the_same_of_every_value(name: str) -> None:
    other = pytest.importorskip("jsonschema_rs", reason=NO_ORACLE)
    schema = SCHEMAS[name].schema
    ours, theirs = Schema(schema), other.validator_for(schema, validate_formats=True)
    for case in SCHEMAS.values():
        for value in (case.good, case.bad):
            assert (ours.mismatch(value) is None) == theirs.is_valid(value), value


_LEAVES = some.sampled_from([None, True, 0, 1, 1.0, 2.5, 10, "", "a", "ab", "2026-01-01"])
VALUES = some.recursive(
    _LEAVES,
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(some.sampled_from(["a", "b", "c"]), inner, max_size=3)
    ),
    max_leaves=6,
)
#: Keywords beside each other, which a table of one case each would not have.
KEYWORDS: dict[str, list[Any]] = {
    "type": ["object", "array", "string", "number", "integer", ["null", "boolean"]],
    "properties": [{"a": {"type": "integer"}}, {"a": True, "b": False}],
    "patternProperties": [{"^a": {"type": "integer"}}, {"[bc]": {"type": "string"}}],
    "additionalProperties": [False, {"type": "string"}],
    "unevaluatedProperties": [False, {"type": "integer"}],
    "required": [["a"], ["a", "b"], []],
    "items": [{"type": "integer"}, False],
    "prefixItems": [[{"type": "integer"}], [True, {"type": "string"}]],
    "unevaluatedItems": [False],
    "contains": [{"type": "integer"}],
    "minContains": [0, 2],
    "maxContains": [1],
    "uniqueItems": [True],
    "minItems": [1, 2],
    "maxProperties": [1],
    "enum": [[1, "a", None], [[], {}]],
    "const": [1, {"a": 1}],
    "allOf": [[{"required": ["a"]}, {"properties": {"b": True}}]],
    "anyOf": [[{"type": "integer"}, {"required": ["c"]}], [{"properties": {"c": True}}]],
    "oneOf": [[{"type": "integer"}, {"minimum": 2}]],
    "not": [{"type": "integer"}, {"required": ["b"]}],
    "if": [{"required": ["a"]}],
    "then": [{"required": ["b"]}],
    "else": [{"properties": {"c": True}}],
    "dependentSchemas": [{"a": {"required": ["b"]}}],
    "propertyNames": [{"maxLength": 1}, {"pattern": "^[ab]$"}],
    "minimum": [1],
    "multipleOf": [2, 0.5],
    "minLength": [1],
    "format": ["date"],
}
KEYWORD_SETS = some.lists(some.sampled_from([*KEYWORDS]), min_size=1, max_size=5, unique=True)


@given(some.data(), VALUES)
@settings(max_examples=400, deadline=None)
def test_keywords_beside_each_other_mean_what_they_mean_to_another_reader(
    data: Any, value: Any
) -> None:
    other = pytest.importorskip("jsonschema_rs", reason=NO_ORACLE)
    schema = {
        name: data.draw(some.sampled_from(KEYWORDS[name])) for name in data.draw(KEYWORD_SETS)
    }
    theirs = other.validator_for(schema, validate_formats=True)
    assert (Schema(schema).mismatch(value) is None) == theirs.is_valid(value), (schema, value)


#: For each format some that are of it, and some that are not.
FORMAT_EXAMPLES: dict[str, tuple[list[str], list[str]]] = {
    "date": (["2024-02-29"], ["2023-02-29", "2024-2-9", "20240229"]),
    "time": (
        ["10:00:00Z", "23:59:60Z", "10:00:00.5+02:00"],
        ["10:00:00", "25:00:00Z", "22:59:60Z"],
    ),
    "date-time": (["2024-01-01t00:00:00z"], ["2024-01-01", "2024-01-01 00:00:00Z"]),
    "duration": (["P1D", "PT5M", "P2W", "P1Y2M3DT4H"], ["P", "PT", "1D", "P1W2D"]),
    "email": (["a.b+c@d.org"], ["a", "@b", "a@", ".a@b.org", "a..b@c.org"]),
    "hostname": (["a-b.org", "x"], ["-a.org", "a_b", "a" * 64]),
    "ipv4": (["127.0.0.1"], ["127.0.0", "256.0.0.1", "01.0.0.1"]),
    "ipv6": (["::1", "fe80::1:2"], ["::1%eth0", "1:2:3"]),
    "uuid": (["123E4567-e89b-12d3-a456-426614174000"], ["123e4567e89b12d3a456426614174000"]),
    "uri": (["https://a.org/b?c#d", "urn:x:y"], ["a/b", "https://a b", "//a.org"]),
    "uri-reference": (["/a?b", "", "https://a.org"], ["a b", "\\\\a"]),
    "regex": (["^a+$"], ["(", "[a"]),
    "json-pointer": (["", "/a/~0b"], ["a", "/~2"]),
    "relative-json-pointer": (["0", "1/a", "2#"], ["/a", "01", "-1"]),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_checked(name: str) -> None:
    good, bad = FORMAT_EXAMPLES[name]
    assert [each for each in good if not FORMATS[name](each)] == []
    assert [each for each in bad if FORMATS[name](each)] == []


def test_a_format_that_nobody_knows_is_not_checked() -> None:
    assert Schema(text(format="colour")).mismatch("x") is None


#: For each limit the values at it that are within, and those that are beyond.
LIMITS: dict[str, tuple[Any, list[Any], list[Any]]] = {
    "minimum": (3, [3, 4, "a"], [2, 2.9]),
    "maximum": (3, [3, 2, "z"], [4, 3.1]),
    "exclusiveMinimum": (3, [3.1, 4], [3, 2]),
    "exclusiveMaximum": (3, [2.9, 2], [3, 4]),
    "multipleOf": (3, [0, 3, -6, "a"], [1, 4]),
    "minLength": (2, ["ab", "abc", 1], ["", "a"]),
    "maxLength": (2, ["", "ab", 123], ["abc"]),
    "minItems": (2, [[1, 2], [1, 2, 3], "a"], [[], [1]]),
    "maxItems": (2, [[], [1, 2], "abc"], [[1, 2, 3]]),
    "minProperties": (1, [{"a": 1}, []], [{}]),
    "maxProperties": (1, [{}, {"a": 1}, [1, 2]], [{"a": 1, "b": 2}]),
    "minContains": (2, [[1, 1], [1, 1, 1]], [[1]]),
    "maxContains": (2, [[1], [1, 1]], [[1, 1, 1]]),
}


@pytest.mark.parametrize("keyword", LIMITS)
def test_a_limit_is_where_it_is_said_to_be(keyword: str) -> None:
    limit, within, beyond = LIMITS[keyword]
    schema = Schema({keyword: limit, **({"contains": True} if "Contains" in keyword else {})})
    assert [value for value in within if schema.mismatch(value)] == []
    assert [value for value in beyond if not schema.mismatch(value)] == []


@pytest.mark.parametrize(
    ("wanted", "same", "others"),
    [
        ([1, 2], [1.0, 2], ([], [1], [1, 2, 3], [2, 1], [True, 2], {"0": 1}, "12")),
        ({"a": [1]}, {"a": [1]}, ({}, {"a": [1, 1]}, {"a": []}, {"a": [1], "b": 1}, {"b": [1]})),
        (1, 1.0, (True, "1", 2, None)),
        (False, False, (0, None, "", [])),
        (None, None, (False, 0, "null")),
    ],
)
def test_only_equal_values_of_one_type_are_the_same(
    wanted: Any, same: Any, others: tuple[Any, ...]
) -> None:
    for schema in (Schema({"const": wanted}), Schema({"enum": ["x", wanted]})):
        assert schema.mismatch(same) is None
        assert [other for other in others if not schema.mismatch(other)] == []
    unique = Schema({"uniqueItems": True})
    assert unique.mismatch([wanted, same]) is not None
    assert [other for other in others if unique.mismatch([wanted, other])] == []


def test_a_long_value_may_be_checked_as_often_as_it_has_members() -> None:
    assert Schema({"items": {"type": "integer"}}).mismatch([1] * 12_000) is None
    wide = {str(n): [n] for n in range(6_000)}
    schema = Schema({"additionalProperties": {"items": {"type": "integer"}}})
    assert schema.mismatch(wide) is None


@pytest.mark.parametrize(
    ("schema", "value", "path", "message"),
    [
        (
            obj(a=arr(obj(b=text()))),
            {"a": [{"b": "x"}, {"b": 1}]},
            "$.a[1].b",
            "expected string, got integer",
        ),
        (obj(a=text()), {}, "$", "'a' is missing"),
        (obj(**{"a b": text()}), {"a b": 1}, "$['a b']", "expected string, got integer"),
        (
            {**obj(a=text()), "additionalProperties": False},
            {"a": "", "x": 1},
            "$",
            "has a member 'x' that is not in the schema",
        ),
        (text(enum=["a", "b"]), "c", "$", "'c' is none of ['a', 'b']"),
        (
            {"anyOf": [obj(a=obj(b=text())), text()]},
            {"a": {"b": 1}},
            "$.a.b",
            "expected string, got integer",
        ),
        ({"anyOf": [text(), {"type": "null"}]}, 1, "$", "is none of the choices of the schema"),
        ({"type": "integer", "minimum": 3}, 2, "$", "2 is below 3"),
        (text(format="date"), "x" * 80, "$", "is no date"),
    ],
)
def test_the_first_fault_is_told_with_its_place(
    schema: Any, value: Any, path: str, message: str
) -> None:
    found = Schema(schema).mismatch(value)
    assert found is not None
    assert (found.path, message in found.message) == (path, True), found


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ([], "$: expected a schema"),
        (obj(a=1), "$.properties.a: expected a schema"),
        ({"type": "text"}, "$.type: expected a type"),
        (text(pattern="("), "$.pattern: expected a pattern"),
        (defs(ref("b"), a=text()), "$.$ref: '#/$defs/b' is not in it"),
        ({"$ref": "https://a.org/x.json"}, "is not in it"),
        ({"anyOf": []}, "$.anyOf: expected a list of schemas"),
        (obj(a={"multipleOf": 0}), "$.properties.a.multipleOf: expected a number above 0"),
        ({"required": "a"}, "$.required: expected a list of names"),
    ],
)
def test_what_is_no_schema_is_told_with_its_place(schema: Any, why: str) -> None:
    with pytest.raises(AichatError) as caught:
        Schema(schema)
    assert why in caught.value.fault.message


A_TO_B = {"a": {"$ref": "#/$defs/b"}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}}


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"anyOf": [{"type": "string"}, {"$ref": "#"}]},
        {"properties": {"v": {"$ref": "#/$defs/a"}}, "$defs": A_TO_B},
        {"not": {"if": {"$ref": "#"}}},
        {"dependentSchemas": {"x": {"$ref": "#"}}},
    ],
)
def test_a_schema_that_leads_in_a_circle_is_none(schema: dict[str, Any]) -> None:
    with pytest.raises(AichatError, match="leads in a circle"):
        Schema(schema)


def test_choices_of_choices_are_not_followed_for_ever() -> None:
    levels = {f"d{n}": {"anyOf": [ref(f"d{n + 1}")] * 2} for n in range(40)}
    schema = Schema({**ref("d0"), "$defs": levels | {"d40": {"type": "string"}}})
    assert schema.mismatch("a") is None
    found = schema.mismatch(1)
    assert found is not None and "too long" in found.message


def test_a_schema_has_no_more_levels_than_are_taken() -> None:
    with pytest.raises(AichatError, match="more than 128 levels"):
        Schema(json.loads('{"items":' * 130 + "{}" + "}" * 130))


def test_many_items_are_compared_in_one_go() -> None:
    schema = Schema({"uniqueItems": True})
    items: list[Any] = [{"a": [n, str(n)]} for n in range(3_000)]
    assert schema.mismatch([*items, 1, True, "1", [1], [True], None]) is None
    assert schema.mismatch([*items, {"a": [7.0, "7"]}]) is not None


def test_a_value_nested_as_deep_as_any_that_is_read_is_checked() -> None:
    value = json.loads("[" * 120 + "]" * 120)
    schema = Schema({"type": "array", "items": {"$ref": "#"}})
    assert schema.mismatch(value) is None


def test_anchors_and_ids_name_schemas_too() -> None:
    named = {"p": {"$anchor": "point", "type": "integer"}, "q": {"$id": "q.json", "type": "string"}}
    schema = Schema(defs(obj(a={"$ref": "#point"}, b={"$ref": "q.json"}), **named))
    assert schema.mismatch({"a": 1, "b": ""}) is None
    assert schema.mismatch({"a": "", "b": ""}) is not None
