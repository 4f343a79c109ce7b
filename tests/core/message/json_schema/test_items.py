"""The items of a list as they become whole, wherever the text that holds them is cut."""

import json
from typing import Any

import pytest

from aichat.core.message.json_schema.items import ItemReader
from aichat.core.message.json_schema.output import AnswerSchema
from aichat.core.message.json_schema.validate import Schema
from tests.support.values.schemas import NUMBER, TEXT, arr, defs, obj, ref

ROWS = [
    {"name": "a, [b] {c}", "price": 1.5},
    {"name": 'd"\\', "price": 20},
    {"name": "", "price": 3},
]
FRUIT = AnswerSchema(Schema(arr(obj(name=TEXT, price=NUMBER))))
NUMBERS = AnswerSchema(Schema(arr(NUMBER)))


FRAMES = ["{}", '{{"result": {}}}', "```json\n{}\n```", '```\n {{\n"result" : {}}}']


def read(asked: AnswerSchema, *pieces: str) -> list[list[Any]]:
    reader = ItemReader(asked)
    return [reader.feed(piece) for piece in pieces]


def read_all(*pieces: str) -> list[Any]:
    return [row for rows in read(FRUIT, *pieces) for row in rows]


@pytest.mark.parametrize(
    "frame", ["{}", '{{"result": {}}}', "```json\n{}\n```", '```\n {{\n"result" : {}}}']
)
def test_every_item_is_told_once_wherever_it_is_cut(frame: str) -> None:
    text = frame.format(json.dumps(ROWS))
    for cut in range(len(text)):
        assert read_all(text[:cut], text[cut:]) == ROWS
    assert read_all(*text) == ROWS


def test_an_item_is_told_as_soon_as_it_is_whole() -> None:
    assert read(FRUIT, '[{"name": "a", "price": 1', "}", ', {"name"') == [
        [],
        [{"name": "a", "price": 1}],
        [],
    ]


def test_a_number_is_whole_only_when_something_follows_it() -> None:
    assert read(NUMBERS, "[1", "2", ", 3", "]") == [[], [], [12], [3]]


def test_the_first_wrong_item_ends_it() -> None:
    assert read(NUMBERS, '[1, "x", 3]', ", 4]") == [[1], []]


def test_what_follows_the_list_is_none_of_its_items() -> None:
    assert read(NUMBERS, "[1] [2, 3]", "[4]") == [[1], []]


def test_prose_before_the_list_is_left_for_the_end() -> None:
    assert read(NUMBERS, "Here: [1, 2]") == [[]]


def test_stand_in_nulls_are_left_out_and_references_followed() -> None:
    asked = AnswerSchema(Schema(defs(arr(ref("p")), p=obj("a", a=NUMBER, b=TEXT))))
    assert read(asked, '[{"a": 1, "b": null}]') == [[{"a": 1}]]
