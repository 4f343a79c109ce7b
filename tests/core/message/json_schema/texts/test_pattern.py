"""Patterns of schemas: what Python's matcher says, in a time that grows with the text alone."""

import random
import re

import pytest

from aichat.core.message.json_schema.texts.pattern import Pattern, _follow
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
    chance, pattern = random.Random(source), Pattern(source)
    assert pattern._states
    for size in [*range(9)] * 40:
        text = "".join(chance.choice(ALPHABET) for _ in range(size))
        found = _follow(pattern._states, text)
        assert (text, found) == (text, re.search(source, text) is not None)


BOMBS = ["^(a+)+$", "^(a|a)*$", "^(a|ab?)*c$", "(.*a){20}$", "^((a{1,30}){1,30})c?$"]


@pytest.mark.parametrize("source", BOMBS)
def test_no_pattern_takes_longer_than_its_text_is_long(source: str) -> None:
    schema = Schema({"type": "string", "pattern": source})
    assert schema.mismatch("b" + "a" * 300 + "!") is not None
    names = Schema({"patternProperties": {source: False}})
    assert names.mismatch({"b" + "a" * 300 + "!": 1}) is None


@pytest.mark.parametrize("source", [r"^(?=(a+)+$)", r"((a+)\2)*$", r"(?i:(a+)+)$"])
def test_what_nothing_could_check_in_time_is_no_schema(source: str) -> None:
    with pytest.raises(AichatError, match=r"\$\.pattern: expected a pattern, and one that can"):
        Schema({"pattern": source})


def test_a_look_around_without_repeated_repeats_is_one() -> None:
    schema = Schema({"pattern": r"^(?=.*[A-Z])(?=.*\d).{8,}$"})
    assert schema.mismatch("Abcdefg1") is None
    assert schema.mismatch("abcdefg1") is not None
