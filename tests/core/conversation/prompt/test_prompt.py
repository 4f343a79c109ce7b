"""What a prompt file says, whatever stands in it."""

from typing import Any

import pytest

from aichat.core.conversation.prompt.front_matter import MAX_HEAD, split_head
from aichat.core.conversation.prompt.marks import fill
from aichat.core.conversation.prompt.prompt import fill_body, parse_prompt, take_values
from aichat.core.message.message import text_of
from aichat.errors import AichatError


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("a: 1\nb: 1.5\nc: true\nd: null\ne:", {"a": 1, "b": 1.5, "c": True, "d": None, "e": None}),
        ("a: 'it''s'\nb: \"x\\ny\"", {"a": "it's", "b": "x\ny"}),
        ("a: word # why\nb: 'x # y' # z\nc: a#b", {"a": "word", "b": "x # y", "c": "a#b"}),
        ("a: [x, 2, 'y']\nb: []", {"a": ["x", 2, "y"], "b": []}),
        ("a:\n  - x\n  - y z\nb:\n- 1", {"a": ["x", "y z"], "b": [1]}),
        ("a:\n  b: 1\n  c: two\nd: 3", {"a": {"b": 1, "c": "two"}, "d": 3}),
        ("a: |\n  one\n\n    two\nb: >\n  one\n  two", {"a": "one\n\n  two", "b": "one two"}),
        ("# only\n\na: 007", {"a": "007"}),
        ("a: http://x/y?z=1", {"a": "http://x/y?z=1"}),
    ],
)
def test_a_head_is_a_subset_of_yaml(head: str, expected: dict[str, Any]) -> None:
    assert split_head(f"---\n{head}\n---\nbody") == (expected, "body")
    windows = f"\ufeff---\n{head}\n---\nbody".replace("\n", "\r\n")
    assert split_head(windows) == (expected, "body")
    assert split_head(f"#!/usr/bin/env x\n---\n{head}\n---\n\nbody") == (expected, "body")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("---\na: 1", "line 1: the head that begins here has no end"),
        ("---\na: 1\nwords\n---", "line 3: expected KEY: VALUE"),
        ("---\na: 1\na: 2\n---", "line 3: 'a' stands here twice"),
        ("---\na: &x 1\n---", "line 2: & means something here"),
        ("---\na: !!python/object:os.system id\n---", "line 2: ! means something here"),
        ("---\na: {b: 1}\n---", "line 2: { means something here"),
        ("---\na: 'x\n---", "line 2: a quote has no end"),
        ('---\na: "x\n---', "line 2: a quote has no end"),
        ("---\na: [x\n---", "line 2: a list ends with ]"),
        ("---\na: 1\n  b: 2\n---", "line 3: this line is indented"),
        ("---\na:\n  b:\n    c: 1\n---", "line 4: a table within a table"),
        (f"---\na: {'x' * MAX_HEAD}\n---", "the head is longer than 65,536 characters"),
    ],
)
def test_what_is_no_head_is_named_with_its_line(text: str, why: str) -> None:
    with pytest.raises(AichatError) as caught:
        split_head(text)
    assert why in caught.value.fault.message
    assert caught.value.fault.exit_code == 2


def test_two_rules_further_down_are_no_head() -> None:
    text = "Rules:\n---\na: 1\n---\nmore"
    assert split_head(text) == ({}, text)


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("{{a}} {{ a }} {{b}}", "{{b}} {{b}} B"),
        (r"\{{a}} {{a}}", "{{a}} {{b}}"),
        ("{{unknown}} {a} {{a b}}", "{{unknown}} {a} {{a b}}"),
    ],
)
def test_marks_are_filled_in_one_pass(template: str, filled: str) -> None:
    assert fill(template, {"a": "{{b}}", "b": "B"}) == filled


def test_examples_take_turns_and_what_stands_before_them_is_the_system_prompt() -> None:
    body = "Be brief.\n### INPUT:\nhi\n### OUTPUT:\nsalut\n### INPUT:\n{{input}}!"
    prompt = parse_prompt("x", body)
    said = [(one.role, text_of(one)) for one in prompt.examples]
    assert (prompt.system, said) == ("Be brief.", [("user", "hi"), ("assistant", "salut")])
    assert fill_body(prompt, {}, "bye") == "bye!"


def test_a_body_of_the_system_prompt_leaves_the_question_as_it_is() -> None:
    prompt = parse_prompt("x", "---\nsystem: First.\ntarget: system\n---\nThen.")
    assert (prompt.system, prompt.needs_input) == ("First.\n\nThen.", True)
    assert fill_body(prompt, {}, "why") == "why"


@pytest.mark.parametrize(
    ("body", "asked"),
    [("Sum up:", "Sum up:\n\nwords"), ("Sum {{input}} up", "Sum words up"), ("", "words")],
)
def test_input_follows_where_it_has_no_place(body: str, asked: str) -> None:
    assert fill_body(parse_prompt("x", body), {}, "words") == asked


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("a=1", "b=2", "x"), ({"a": "1", "b": "2"}, ("x",))),
        (("a=1=2", "x", "b=3"), ({"a": "1=2", "b": "B"}, ("x", "b=3"))),
        (("a=", "zzz=1"), ({"a": "", "b": "B"}, ("zzz=1",))),
        (("a=1",), ({"a": "1", "b": "B"}, ())),
    ],
)
def test_values_begin_the_words(words: tuple[str, ...], found: Any) -> None:
    prompt = parse_prompt("x", "---\nvars:\n  b: B\n---\n{{a}} {{b}}")
    assert take_values(prompt, words) == found


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("x",), "prompt x needs language"),
        (("langage=fr",), "no variable 'langage'; did you mean 'language'?"),
    ],
)
def test_a_value_that_is_missing_or_misspelt_is_told(words: tuple[str, ...], why: str) -> None:
    with pytest.raises(AichatError) as caught:
        take_values(parse_prompt("x", "{{language}}"), words)
    assert why in caught.value.fault.message


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "---\ntools: [sh]\n---",
            "'tools' would run programs: name them with --tool, or",
        ),
        ("---\nmcp: [x]\n---", "'mcp' would run programs: name them with --mcp"),
        ("---\nfiles: [x]\n---", "'files' would read files: name them with -f"),
        ("---\nbase_url: http://x\n---", "'base_url' would send your key elsewhere"),
        ("---\nheaders:\n  a: b\n---", "'headers' would send what you did not type"),
        ("---\ntemprature: 1\n---", "unknown key 'temprature'; did you mean 'temperature'?"),
        ("---\ntemperature: 9\n---", "'temperature': expected a number from 0 to 2"),
        ("---\nvars: x\n---", "'vars': expected names with their defaults"),
        ("### OUTPUT:\nx", "### INPUT: and ### OUTPUT: have to take turns"),
    ],
)
def test_what_a_prompt_may_not_say_is_refused(text: str, why: str) -> None:
    with pytest.raises(AichatError) as caught:
        parse_prompt("x", text)
    assert why in caught.value.fault.message
