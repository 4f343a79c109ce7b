"""A schema in a few words."""

from typing import Any

import pytest

from aichat.core.message.json_schema.shorthand import TYPES, parse_shorthand
from aichat.errors import AichatError

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}


def fields(text: str) -> dict[str, Any]:
    found: dict[str, Any] = parse_shorthand(text)["properties"]
    return found


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("name", {"name": TEXT}),
        ("name, age int", {"name": TEXT, "age": WHOLE}),
        ("name\nage int\n", {"name": TEXT, "age": WHOLE}),
        ("a-b str,c_d text", {"a-b": TEXT, "c_d": TEXT}),
        ("tags [str]", {"tags": {"type": "array", "items": TEXT}}),
        ("tags []", {"tags": {"type": "array", "items": TEXT}}),
        (
            "m [[float]]",
            {"m": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}}},
        ),
        ("mood good|bad|good", {"mood": {"type": "string", "enum": ["good", "bad"]}}),
        ("age int: in years", {"age": {**WHOLE, "description": "in years"}}),
        (
            "age int: in years\nname: first, last",
            {
                "age": {**WHOLE, "description": "in years"},
                "name": {**TEXT, "description": "first, last"},
            },
        ),
        ("name: first, last", {"name": {**TEXT, "description": "first"}, "last": TEXT}),
        ("größe int", {"größe": WHOLE}),
    ],
)
def test_fields_are_read(text: str, means: dict[str, Any]) -> None:
    assert fields(text) == means


def test_fields_nest() -> None:
    made = fields("who {name, home {street, zip int}}, rows [{a int}]")
    assert made["who"]["properties"]["home"]["properties"] == {"street": TEXT, "zip": WHOLE}
    assert made["who"]["required"] == ["name", "home"]
    assert made["rows"]["items"]["properties"] == {"a": WHOLE}


def test_all_are_required_but_those_with_a_question_mark_and_no_other_is_allowed() -> None:
    made = parse_shorthand("a, b? int, c")
    assert (made["required"], made["additionalProperties"]) == (["a", "c"], False)
    assert fields("b? int") == {"b": WHOLE}


@pytest.mark.parametrize("word", TYPES)
def test_every_word_is_a_type(word: str) -> None:
    assert fields(f"x {word}") == {"x": TYPES[word]}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "expected a field at its end"),
        (" , ", "expected a field at its end"),
        ("a, 1b", "expected a field's name at '1b'"),
        ("a, a int", "'a' stands there twice"),
        ("a intt", "unknown type 'intt'; did you mean 'int'?"),
        ("a [int", "']' is missing"),
        ("a {b", "'}' is missing"),
        ("a x|", "expected a choice"),
        ("a int int", "expected a comma at 'int'"),
        ("a}", "expected a comma at '}'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, why: str) -> None:
    with pytest.raises(AichatError) as caught:
        parse_shorthand(text)
    assert why in caught.value.fault.message
    assert (caught.value.fault.kind, caught.value.fault.hint != "") == ("usage", True)
