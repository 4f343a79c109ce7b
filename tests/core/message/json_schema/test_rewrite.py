"""One pass from a schema to a server's subset: within its rules, with nothing lost on the way."""

import json
from typing import Any

import pytest

from aichat.core.message.json_schema.dialect import DIALECTS
from aichat.core.message.json_schema.output import AnswerSchema, hold
from aichat.core.message.json_schema.rewrite import WRAPPER, rewrite_schema
from aichat.core.message.json_schema.validate import Schema
from tests.support.values.schemas import NONE, SCHEMAS, TEXT, WHOLE, arr, defs, obj, ref, text
from tests.support.values.subsets import KEYWORDS, breaches

MAPS = {"map", "map of objects", "any object", "by pattern", "members and a map"}
CIRCLES = {"recursive", "recursive root"}

#: What each server's strict mode cannot say at all.
OBSTACLES: dict[str, set[str]] = {
    "openai": MAPS | {"tuple", "twelve deep"},
    "groq": MAPS | CIRCLES | {"tuple"},
    "anthropic": MAPS | CIRCLES | {"tuple"},
    "xai": CIRCLES,
    "gemini": set(),
    "mfjs": set(),
    "qwen": CIRCLES | {"tuple"},
    "perplexity": MAPS | CIRCLES | {"tuple"},
}


def rewritten(schema: Any, dialect: str) -> dict[str, Any]:
    made = rewrite_schema(schema, DIALECTS[dialect])
    assert made.obstacle == ""
    return made.schema


def test_the_checker_knows_every_dialect_of_a_provider() -> None:
    assert {*KEYWORDS} == {*OBSTACLES} == {*DIALECTS} - {"llama"}


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("dialect", OBSTACLES)
def test_what_is_sent_keeps_the_documented_rules(dialect: str, name: str) -> None:
    made = rewrite_schema(SCHEMAS[name].schema, DIALECTS[dialect])
    assert bool(made.obstacle) == (name in OBSTACLES[dialect]), made.obstacle
    if not made.obstacle:
        assert breaches(made.schema, dialect) == []


def served(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> Any:
    """A value as a strict server gives it: what is absent is null, where all is required."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    for branch in schema.get("anyOf", ()):
        whole = Schema({**branch, "$defs": root.get("$defs", {})})
        if whole.mismatch(made := served(value, branch, root)) is None:
            return made
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        members = {n: served(v, known.get(n, {}), root) for n, v in value.items()}
        return {n: None for n in schema["required"] if n not in value} | members
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [served(item, schema["items"], root) for item in value]
    return value


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("dialect", OBSTACLES)
def test_what_a_strict_server_gives_is_the_users_own_value_again(dialect: str, name: str) -> None:
    case = SCHEMAS[name]
    made = rewrite_schema(case.schema, DIALECTS[dialect])
    if made.obstacle:
        return
    wrapped = {*made.schema.get("properties", ())} == {WRAPPER}
    given = served({WRAPPER: case.good} if wrapped else case.good, made.schema, made.schema)
    assert Schema(made.schema).mismatch(given) is None
    held = hold(json.dumps(given), AnswerSchema(Schema(case.schema)))
    assert (held.mismatch, held.value) == (None, case.good)


@pytest.mark.parametrize(
    ("dialect", "schema", "means"),
    [
        ("openai", obj("", a=WHOLE), {"a": {"type": ["integer", "null"]}}),
        (
            "openai",
            obj("", a=text(enum=["x"])),
            {"a": {"type": ["string", "null"], "enum": ["x", None]}},
        ),
        ("openai", obj("", a=arr(TEXT)), {"a": {"anyOf": [arr(TEXT), NONE]}}),
        ("openai", obj("", a={"anyOf": [TEXT, NONE]}), {"a": {"anyOf": [TEXT, NONE]}}),
        ("openai", obj("", a={"anyOf": [TEXT, WHOLE]}), {"a": {"anyOf": [TEXT, WHOLE, NONE]}}),
        ("openai", obj(a={"oneOf": [TEXT, WHOLE]}), {"a": {"anyOf": [TEXT, WHOLE]}}),
        ("openai", obj(a={"allOf": [TEXT]}), {"a": TEXT}),
        ("openai", obj(a={"const": 1}), {"a": {"type": "integer", "enum": [1]}}),
        ("openai", obj(a=text(minLength=1, title="T")), {"a": text(description="{minLength: 1}")}),
        ("openai", obj(a=text(pattern="^a")), {"a": text(pattern="^a")}),
        (
            "groq",
            obj(a=text(pattern="^a", description="d")),
            {"a": text(description='d\n\n{pattern: "^a"}')},
        ),
        (
            "anthropic",
            obj(a={"type": "integer", "minimum": 1, "maximum": 10}),
            {"a": {"type": "integer", "description": "{minimum: 1, maximum: 10}"}},
        ),
        ("anthropic", obj("", a=TEXT), {"a": TEXT}),
        ("anthropic", obj(a=text(enum=["x"])), {"a": {"enum": ["x"]}}),
        ("gemini", obj(a=text(format="uuid")), {"a": text(description='{format: "uuid"}')}),
        (
            "mfjs",
            obj(a={"type": "string", "anyOf": [{"const": "a"}]}),
            {"a": {"anyOf": [{"type": "string", "enum": ["a"]}]}},
        ),
        ("qwen", defs(obj(a=ref("p")), p=WHOLE), {"a": WHOLE}),
    ],
)
def test_each_rule_is_written_as_the_server_has_it(
    dialect: str, schema: dict[str, Any], means: dict[str, Any]
) -> None:
    assert rewritten(schema, dialect)["properties"] == means


def test_what_is_no_object_is_put_into_one_where_it_has_to_be() -> None:
    made = rewritten(arr(TEXT), "openai")
    assert made["properties"] == {WRAPPER: arr(TEXT)}
    assert (made["required"], made["additionalProperties"]) == ([WRAPPER], False)
    assert rewritten(arr(TEXT), "gemini") == arr(TEXT)


def test_anthropics_own_conversion_leaves_ours_as_it_is() -> None:
    sdk = pytest.importorskip("anthropic.lib._parse._transform", reason="no anthropic SDK")
    for name, case in SCHEMAS.items():
        if name in OBSTACLES["anthropic"]:
            continue
        made = rewritten(case.schema, "anthropic")
        if "several types" in name or "null" in name or "mixed" in name:
            continue  # its types have one kind each
        assert sdk.transform_schema(made) == made, name


@pytest.mark.parametrize(
    ("dialect", "schema", "why"),
    [
        ("openai", obj(a={"type": "object"}), "$.a has members of any name"),
        ("openai", obj(a={}), "$.a may be anything"),
        ("openai", obj(a={"type": "array"}), "$.a[] may be anything"),
        (
            "openai",
            obj(**{f"f{n}": text(enum=[*map(str, range(100))]) for n in range(11)}),
            "it has 1100 choices, and 1000 are taken",
        ),
        (
            "anthropic",
            obj("", **{f"f{n}": TEXT for n in range(25)}),
            "25 members that may be absent",
        ),
        (
            "anthropic",
            obj(**{f"f{n}": {"anyOf": [TEXT, WHOLE]} for n in range(17)}),
            "17 places with choices",
        ),
        ("openai", obj(a={"allOf": [TEXT, WHOLE]}), "$.a says 'type' twice"),
        ("mfjs", obj(a=text(anyOf=[{"minLength": 1}, True])), "$.a puts several schemas together"),
        ("xai", SCHEMAS["recursive"].schema, "'node' leads back to itself"),
    ],
)
def test_what_cannot_be_said_is_named(dialect: str, schema: dict[str, Any], why: str) -> None:
    assert why in rewrite_schema(schema, DIALECTS[dialect]).obstacle
