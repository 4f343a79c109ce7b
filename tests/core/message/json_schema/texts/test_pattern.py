"""Patterns of schemas: what Python's matcher says, in a time that grows with the text alone."""

import random
import re
import warnings

import pytest

from aichat.core.message.json_schema.texts import pattern
from aichat.core.message.json_schema.texts.pattern import Pattern, _follow
from aichat.core.message.json_schema.texts.regex import is_regex
from aichat.core.message.json_schema.validate import Schema
from aichat.errors import AichatError

#: Patterns with every part that is followed, and letters that they are about.
PATTERNS = [
    *("", "a", "^a$", "a|b", "(ab)*c", "^(a+)+$", "(a|a)*b", "^[a-z0-9]+(-[a-z0-9]+)*$", "a{2,3}"),
    *("^(a{1,2}b?){2}$", r"\d+\.\d*", r"^\w+@\w+$", r"\ba\b", r"\Ba", "[^ab]c", "[^a-c]+?$", "^$"),
    *("(?:ab|a)(?:bc|c)", r"\Aa\Z", "a.c", r"\s\S\D\W", "^(.*a){3}", "(a*)*b", "x*?y", "^(a|ab)*$"),
]
ALPHABET = "abc-1 .@_\n\u00e9\u0661"


@pytest.mark.parametrize("source", PATTERNS)
def test_followed_state_by_state_a_pattern_says_what_pythons_matcher_does(source: str) -> None:
    chance, made = random.Random(source), Pattern(source)
    assert made._states
    for size in [*range(9)] * 40:
        text = "".join(chance.choice(ALPHABET) for _ in range(size))
        found = _follow(made._states, text)
        assert (text, found) == (text, re.search(source, text) is not None)


BOMBS = [
    *("^(a+)+$", "^(a|a)*$", "^(a|ab?)*c$", "(.*a){20}$", "^((a{1,30}){1,30})c?$"),
    *("a*a*a*a*c", "a{0,99}a{0,99}a{0,99}a{0,99}c", "a?" * 40 + "a" * 40 + "c", "a*" * 20 + "c"),
    *("((((a+)+)+)+)+c", "(){999999999}c", "(?:(?:){999999}){999999}c", r"(?:\b)*(a|a)*c"),
]


@pytest.mark.parametrize("source", BOMBS)
def test_no_pattern_takes_longer_than_its_text_is_long(source: str) -> None:
    schema = Schema({"type": "string", "pattern": source})
    assert schema.mismatch("b" + "a" * 300 + "!") is not None
    names = Schema({"patternProperties": {source: False}})
    assert names.mismatch({"b" + "a" * 300 + "!": 1}) is None
    assert schema.mismatch("a" * 20 + "!") is not None


@pytest.mark.parametrize("text", ["AB", "A" * 3000 + "B", "a\nb"])
@pytest.mark.parametrize("source", ["(?i)a*b", "(?s)a.b", "(?m)^b$", "(?x) a | b"])
def test_a_flag_before_a_pattern_holds_however_long_the_text_is(source: str, text: str) -> None:
    assert Pattern(source).is_in(text) is (re.search(source, text) is not None)


def test_a_text_that_is_too_long_for_a_look_around_is_told_as_that() -> None:
    schema = Schema({"pattern": "^(?=.*x)a*a*a*a*$"})
    assert schema.mismatch("aax") is not None and schema.mismatch("aaa" * 9) is not None
    found = schema.mismatch("a" * 5000 + "xb")
    assert found and found.message == "takes too long to be checked against the schema"


def test_a_text_that_is_too_long_for_very_many_states_is_told_as_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pattern, "_MAX_ENTERED", 20_000)
    schema = Schema({"pattern": "(ab?){1000}c"})
    found = schema.mismatch("a" * 20_000)
    assert found and found.message == "takes too long to be checked against the schema"


@pytest.mark.parametrize("source", ["a{99999999999999}", "(" * 3000 + ")" * 3000])
def test_what_is_too_large_is_no_pattern(source: str) -> None:
    with pytest.raises(AichatError, match=r"\$\.pattern: expected a pattern"):
        Schema({"pattern": source})
    assert Schema({"format": "regex"}).mismatch(source) is not None


@pytest.mark.parametrize(
    "source", [r"^(?=(a+)+$)", r"((a+)\2)*$", r"(?i:(a+)+)$", "(?i)(a+)+$", "(?=a){99999999}"]
)
def test_what_nothing_could_check_in_time_is_no_schema(source: str) -> None:
    with pytest.raises(AichatError, match=r"\$\.pattern: expected a pattern, and one that can"):
        Schema({"pattern": source})


def test_a_look_around_without_repeated_repeats_is_one() -> None:
    schema = Schema({"pattern": r"^(?=.*[A-Z])(?=.*\d).{8,}$"})
    assert schema.mismatch("Abcdefg1") is None
    assert schema.mismatch("abcdefg1") is not None


def test_what_python_warns_of_in_an_expression_reaches_nobody() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert Pattern("[[a]").is_in("a") and is_regex("[[b]")
    assert seen == []


@pytest.mark.parametrize(
    ("source", "plain"),
    [("(a*)(b*)", "a*b*"), ("((a*)(b*))c*", "a*b*c*"), ("(a?)b", "a?b"), ("(ab|c)d", "ab?c")],
)
def test_what_is_in_groups_is_as_many_ways_as_without(source: str, plain: str) -> None:
    grouped, alone = (Pattern(one)._choices.count(9) for one in (source, plain))
    assert grouped == alone > 1
