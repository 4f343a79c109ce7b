"""The JSON in an answer, wherever it stands, and as the user's schema has it."""

import json
from typing import Any

import pytest

from aichat.core.message.json_schema.output import AnswerSchema, hold
from aichat.core.message.json_schema.validate import Schema
from tests.support.values.schemas import NONE, NUMBER, TEXT, WHOLE, arr, defs, obj, ref

DOG = AnswerSchema(Schema(obj("name", name=TEXT, age=WHOLE)))
REX = {"name": "Rex"}


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "Rex"}',
        '  {"name": "Rex"}\n',
        'Sure!\n```json\n{"name": "Rex"}\n```\n',
        '```\n{"name": 1}\n```\n```\n{"name": "Rex"}\n```',
        'It is {"name": "Rex"}, I think.',
        'Not {this} but [{"x": 1}] and {"name": "Rex"}',
        '{"name": "Rex", "age": null}',
        '{"result": {"name": "Rex"}}',
    ],
)
def test_the_json_that_matches_is_found(text: str) -> None:
    assert hold(text, DOG).value == REX


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("", "$", "there is no JSON"),
        ("no", "$", "there is no JSON"),
        ('{"name": "Re', "$", "there is no JSON"),
        ('{"name": NaN}', "$", "there is no JSON"),
        ("[" * 50_000, "$", "there is no JSON"),
        ('{"a":' * 50_000, "$", "there is no JSON"),
        ("[" * 500 + "]" * 500, "$", "has more than 128 levels"),
        ('{"age": 1e999}', "$", "there is no JSON"),
        ('{"name": 1}', "$.name", "expected string, got integer"),
        ('see {"name": 1} and {"name": 2.5}', "$.name", "expected string, got integer"),
    ],
)
def test_what_does_not_match_is_told_of_the_first_that_was_found(
    text: str, path: str, message: str
) -> None:
    assert hold(text, DOG).mismatch == (path, message)


def test_an_object_with_a_member_called_as_the_wrapper_is_no_wrapper() -> None:
    asked = AnswerSchema(Schema(obj(result=TEXT)))
    assert hold('{"result": "x"}', asked).value == {"result": "x"}


LOOP = defs(obj("", next=ref("node")), node=obj("name", name=TEXT, next=ref("node")))
NULLS = obj("a", a=NONE, b={"anyOf": [TEXT, NONE]}, c=TEXT)
MAP = {"type": "object", "additionalProperties": obj("", b=TEXT)}
ANY = {"anyOf": [obj("a", a=NUMBER, b=TEXT), obj(c=NONE)]}


@pytest.mark.parametrize(
    ("schema", "given", "means"),
    [
        (obj("a", a={"type": ["integer", "null"]}, b=TEXT), {"a": None, "b": None}, {"a": None}),
        (
            obj("a", a=NONE, b={"anyOf": [TEXT, NONE]}, c=TEXT),
            {"a": None, "b": None, "c": None},
            {"a": None, "b": None},
        ),
        (obj(a=obj("", b=TEXT)), {"a": {"b": None}}, {"a": {}}),
        (arr(obj("", b=TEXT)), [{"b": None}, {"b": "x"}], [{}, {"b": "x"}]),
        (LOOP, {"next": {"name": "x", "next": None}}, {"next": {"name": "x"}}),
        (ANY, {"a": 1, "b": None}, {"a": 1}),
        (ANY, {"c": None}, {"c": None}),
        ({"allOf": [obj("a", a=TEXT, b=TEXT)]}, {"a": "", "b": None}, {"a": ""}),
        (
            {"type": "object", "additionalProperties": obj("", b=TEXT)},
            {"x": {"b": None}},
            {"x": {}},
        ),
        ({"type": "array", "prefixItems": [obj("", b=TEXT)]}, [{"b": None}], [{}]),
    ],
)
def test_nulls_that_stand_for_what_is_absent_are_left_out(
    schema: Any, given: Any, means: Any
) -> None:
    held = hold(json.dumps(given), AnswerSchema(Schema(schema)))
    assert (held.mismatch, held.value) == (None, means)


def test_choices_of_choices_are_not_mended_for_ever() -> None:
    levels = {f"d{n}": {"anyOf": [ref(f"d{n + 1}")] * 2} for n in range(40)}
    asked = AnswerSchema(Schema(defs(obj(v=ref("d0")), **levels, d40=TEXT)))
    assert hold('{"v": 1}', asked).mismatch
