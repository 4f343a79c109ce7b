"""JSON without measure: what was read can always be written again."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aichat.core.text import json as core_json
from aichat.core.text.json import MAX_DEPTH, is_json, loads, parse_object, read_object

NESTS = {
    "lists": ("[", "1", "]"),
    "objects": ('{"a":', "null", "}"),
    "both by turns": ('[{"a":', '"]}"', "}]"),
    "brackets in strings": ('["[[[{{{",', r'"\"]]"', "]"),
    "one that ends in strings": ('{"}":', '"{"', "}"),
    "ends in pairs of strings": ('[["}", "}"],', "1", "]"),
    "quotes that seem to end strings": (r'["\"]\"",', "1", r',"\"[\""]'),
    "escapes before the end of a string": (r'[{"\\":', r'"\\"', "}]"),
}


def depth_of(value: Any) -> int:
    """Levels of objects and lists; only for what is bounded."""
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


@pytest.mark.parametrize("levels", [100, 129, 500, 970, 1_000, 50_000])
@pytest.mark.parametrize("shape", NESTS.values(), ids=NESTS)
def test_what_is_nested_too_deep_is_text(shape: tuple[str, str, str], levels: int) -> None:
    begin, inner, end = shape
    value = loads(begin * levels + inner + end * levels)
    assert depth_of(value) <= MAX_DEPTH
    assert json.loads(json.dumps(value)) == value


def test_the_rest_is_the_text_that_it_was() -> None:
    value = loads("[" * 130 + ' "x" ' + "]" * 130)
    for _ in range(MAX_DEPTH):
        (value,) = value
    assert value == '[[ "x" ]]'


@pytest.mark.parametrize("text", ["[" * 200, '{"a":' * 2_000, "[" * 200 + '"' + '\\"' * 50_000])
def test_what_never_ends_is_no_json(text: str) -> None:
    assert not is_json(text)
    assert parse_object(text) == {}


def test_what_its_brackets_show_to_be_flat_is_not_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_json, "is_deep", lambda _: pytest.fail("it was walked"))
    wide = [{"name": f"n\n{n}", "of": [{}, []]} for n in range(MAX_DEPTH)]
    assert loads(json.dumps(wide)) == wide


@settings(deadline=None, max_examples=20)  # one costs as much as a hundred of others
@given(st.recursive(st.none() | st.text('[]{}"\\x', max_size=4), st.lists, max_leaves=300))
def test_what_is_wide_stays_as_it_is(value: Any) -> None:
    wide = [[value] for _ in range(MAX_DEPTH)]
    assert loads(json.dumps(wide)) == wide


def test_an_answer_of_a_server_has_no_half_of_a_character() -> None:
    told = (
        rb'{"id": "a\ud800b", "pair": "\ud83d\ude00", "meant": "\\ud800", "turned": "\ude00\ud83d"}'
    )
    assert read_object(told) == {
        "id": "a\ufffdb",
        "pair": "\U0001f600",
        "meant": "\\ud800",
        "turned": "\ufffd\ufffd",
    }
    assert read_object(b"\xff[") == read_object("") == read_object(b"[" * 10**5) == {}
