"""Words with places for an input and its fields."""

from collections.abc import Mapping
from typing import Any

import pytest

from aichat.core.cli.each.template import MissingFieldError, parse_template

FIELDS: Mapping[str, Any] = {
    "name": "Ann",
    "first name": "Bo",
    "age": 7,
    "none": None,
    "tags": ["a", "ä"],
    "by": {"name": "Cy"},
    "a.b": "flat",
}

FILLED = {
    "no place": "no place",
    "{}": "WHOLE",
    "{ }": "WHOLE",
    "a {} b {} c": "a WHOLE b WHOLE c",
    "{name}!": "Ann!",
    "{ name }": "Ann",
    "{first name}": "Bo",
    "{age}|{none}|{tags}": '7||["a", "ä"]',
    "{by.name} {by}": 'Cy {"name": "Cy"}',
    "{a.b}": "flat",
    "{{}} {{name}}": "{} {name}",
    "{{{name}}}": "{Ann}",
    '{{"a": {age}}}': '{"a": 7}',
    "": "",
}


@pytest.mark.parametrize("words", FILLED)
def test_every_place_is_filled(words: str) -> None:
    assert parse_template(words).fill("WHOLE", FIELDS) == FILLED[words]


@pytest.mark.parametrize(
    ("words", "whole", "fields"),
    [("a", False, False), ("{{}}", False, False), ("{}", True, True), ("{name}", False, True)],
)
def test_a_template_knows_what_it_takes(words: str, whole: bool, fields: bool) -> None:
    found = parse_template(words)
    assert (found.takes_whole, found.has_fields) == (whole, fields)


@pytest.mark.parametrize("words", ["{nam}", "{by.nam}", "{name.x}", "{by.name.x}"])
def test_a_field_that_is_not_there_is_named(words: str) -> None:
    with pytest.raises(MissingFieldError, match=words.strip("{}")):
        parse_template(words).fill("", FIELDS)


@pytest.mark.parametrize("words", ["{", "}", "a { b", "{a{b}", "{}}"])
def test_a_brace_alone_is_no_template(words: str) -> None:
    with pytest.raises(ValueError, match="stands alone"):
        parse_template(words)
