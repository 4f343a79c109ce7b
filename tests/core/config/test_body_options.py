"""``-o KEY=JSON``: any field of the body, by dotted key."""

from typing import Any

import pytest

from aichat.core.config.body_options import deep_merge, parse_options
from aichat.errors import AichatError

# pairs on the command line and the patch they make
PAIRS = {
    "a number": (["top_k=40"], {"top_k": 40}),
    "true": (["x=true"], {"x": True}),
    "an object": (['x={"a":[1]}'], {"x": {"a": [1]}}),
    "a string in JSON": (['x="40"'], {"x": "40"}),
    "what is not JSON is a string": (["x=auto"], {"x": "auto"}),
    "broken JSON is a string": (["x={a:1"], {"x": "{a:1"}),
    "NaN is no JSON": (["x=NaN"], {"x": "NaN"}),
    "nothing is the empty string": (["x="], {"x": ""}),
    "an equals sign in the value": (["x=a=b"], {"x": "a=b"}),
    "dots go down": (["generationConfig.topK=40"], {"generationConfig": {"topK": 40}}),
    "dots only in the key": (["x=1.5"], {"x": 1.5}),
    "siblings": (["a.b=1", "a.c.d=2"], {"a": {"b": 1, "c": {"d": 2}}}),
    "the last one wins": (["a=1", "a=2"], {"a": 2}),
    "an object is laid over": (["a.b=1", 'a={"c":2}'], {"a": {"b": 1, "c": 2}}),
    "a value gives way to an object": (["a=1", "a.b=2"], {"a": {"b": 2}}),
    "an object gives way to a value": (["a.b=2", "a=1"], {"a": 1}),
    "null is kept until the body is there": (["a.b=null"], {"a": {"b": None}}),
    "null gives way to an object": (["a=null", "a.b=1"], {"a": {"b": 1}}),
    "no pairs": ([], {}),
}
BODY = {"model": "m", "stop": ["x"], "config": {"k": 1, "deep": {"a": 1, "b": 2}}}


@pytest.mark.parametrize(("pairs", "patch"), PAIRS.values(), ids=PAIRS)
def test_pairs_make_one_patch(pairs: list[str], patch: dict[str, Any]) -> None:
    assert parse_options(pairs) == patch


@pytest.mark.parametrize("pair", ["top_k", "=1", ".a=1", "a.=1", "a..b=1", "", "{}"])
def test_a_pair_without_a_key_is_a_mistake_of_usage(pair: str) -> None:
    with pytest.raises(AichatError) as caught:
        parse_options([pair])
    assert caught.value.fault.exit_code == 2
    assert f"-o {pair}" in caught.value.fault.message


@pytest.mark.parametrize(
    ("patch", "body"),
    [
        ({}, BODY),
        ({"seed": 1}, {**BODY, "seed": 1}),
        ({"stop": None}, {"model": "m", "config": BODY["config"]}),
        ({"absent": None}, BODY),
        ({"config": {"deep": {"a": None}}}, {**BODY, "config": {"k": 1, "deep": {"b": 2}}}),
        (
            {"config": {"k": {"x": 1}}},
            {**BODY, "config": {"k": {"x": 1}, "deep": {"a": 1, "b": 2}}},
        ),
        ({"config": 7}, {**BODY, "config": 7}),
        ({"stop": ["y"]}, {**BODY, "stop": ["y"]}),
        ({"a": {"b": {"c": 1}}}, {**BODY, "a": {"b": {"c": 1}}}),
    ],
)
def test_a_patch_is_laid_over_a_body_deeply(patch: dict[str, Any], body: dict[str, Any]) -> None:
    assert deep_merge(BODY, patch) == body


def test_a_body_that_is_patched_stays_as_it_was() -> None:
    before = {"a": {"b": 1}}
    deep_merge(before, {"a": {"b": None, "c": 2}})
    assert before == {"a": {"b": 1}}
