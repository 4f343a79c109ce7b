"""What servers ask of users: read, refused where it is a secret, and typed."""

from typing import Any

import pytest

from aichat.wires.mcp.elicitation import (
    SECRET_REFUSAL,
    AskedField,
    parse_field,
    read_elicitation,
)


def asked(properties: dict[str, Any], message: str = "Which?", **more: Any) -> Any:
    schema = {"type": "object", "properties": properties, "required": ["a"]}
    return read_elicitation({"message": message, "requestedSchema": schema, **more})


def test_fields_are_read_with_what_they_take() -> None:
    found = asked(
        {
            "a": {"type": "string", "title": "A", "description": "the first", "enum": ["x", "y"]},
            "b": {"type": "array", "items": {"anyOf": [{"const": "p", "title": "P"}]}},
            "c": {"type": "string", "oneOf": [{"const": "q"}], "default": "q"},
            "d": {"type": "integer"},
        }
    )
    assert found.refusal == ""
    assert found.fields == (
        AskedField("a", "string", "A: the first", ("x", "y"), is_needed=True),
        AskedField("b", "array", "", ("p",)),
        AskedField("c", "string", "", ("q",), default="q"),
        AskedField("d", "integer"),
    )


SECRETS = [
    "password", "Pass phrase", "passcode", "api_key", "apiKey", "API-KEY", "key", "token",
    "accessToken", "client secret", "credentials", "PIN", "otp", "one-time code", "cvv",
    "card number", "seed phrase", "ssh_key", "p\u200bassword", "\uff50\uff41\uff53\uff53word",
    "pa\u0301ssword", "pass\U000e0041word",
]  # fmt: skip


@pytest.mark.parametrize("word", SECRETS, ids=ascii)
def test_what_asks_for_a_secret_is_refused_wherever_it_says_so(word: str) -> None:
    fields: list[dict[str, Any]] = [
        {word: {"type": "string"}},
        {"a": {"type": "string", "title": f"Your {word}"}},
        {"a": {"type": "string", "description": f"the {word}."}},
        {"a": {"type": "string", "format": word}},
    ]
    assert {asked(each).refusal for each in fields} == {SECRET_REFUSAL}
    assert asked({}, f"Enter your {word}!").refusal == SECRET_REFUSAL


@pytest.mark.parametrize("word", ["monkey", "pineapple", "branch", "compass", "keyboard", "spin"])
def test_what_only_has_such_a_word_in_it_is_not(word: str) -> None:
    assert asked({word: {"type": "string"}}, f"Which {word}?").refusal == ""


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (asked({}, mode="url", url="javascript:alert(1)"), "no page is opened for a server"),
        (asked({f"f{n}": {} for n in range(21)}), "it asks for over 20 things"),
        (asked({"a": {"type": "object"}}), "it asks for what cannot be typed"),
        (asked({"a": {"enum": [str(n) for n in range(51)]}}), "it asks for what cannot be typed"),
    ],
)
def test_what_is_no_plain_form_is_refused(found: Any, why: str) -> None:
    assert found.refusal == why


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (AskedField("a"), " x y ", "x y"),
        (AskedField("a", choices=("x",)), "x", "x"),
        (AskedField("a", "number"), "-1.5", -1.5),
        (AskedField("a", "integer"), "+7", 7),
        (AskedField("a", "boolean"), "Y", True),
        (AskedField("a", "boolean"), "false", False),
        (AskedField("a", "array", choices=("x", "y")), "x, y,", ["x", "y"]),
    ],
)
def test_what_is_typed_is_of_its_type(field: AskedField, text: str, value: Any) -> None:
    found = parse_field(field, text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        (AskedField("a", choices=("x", "y")), "z", "one of: x, y"),
        (AskedField("a", "number"), "nan", "a number"),
        (AskedField("a", "number"), "1,5", "a number"),
        (AskedField("a", "integer"), "1.0", "a whole number"),
        (AskedField("a", "boolean"), "maybe", "yes or no"),
        (AskedField("a", "array", choices=("x",)), "x,z", "one of: x"),
    ],
)
def test_what_does_not_fit_is_told(field: AskedField, text: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        parse_field(field, text)
