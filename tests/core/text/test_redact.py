"""Secrets are cut out of texts, addresses and settings, also where they come in pieces."""

import pytest

from aichat.core.exchange.event import Finish, Start, TextDelta, ToolCallDelta, ToolCallEnd
from aichat.core.exchange.filters.event_filter import SPOKEN, EventMask
from aichat.core.text.redact import (
    StreamMask,
    is_secret_name,
    mask_secrets,
    mask_settings,
    mask_url,
    secret_values,
)

KEY = "sk-ssk-SENTINEL0123456789"
SHORT = "sksks-12"


@pytest.mark.parametrize("secrets", [(KEY,), (SHORT,), (KEY, SHORT)])
def test_a_secret_split_anywhere_is_cut(secrets: tuple[str, ...]) -> None:
    text = f"s sk sk-s{KEY}{KEY} sk{SHORT}s."
    for first in range(len(text)):
        for second in range(first, len(text), 3):
            stream = StreamMask(secrets)
            pieces = (text[:first], text[first:second], text[second:])
            assert "".join(map(stream.feed, pieces)) == mask_secrets(text, secrets)


def test_pieces_of_one_character_are_shown_as_they_come_but_for_a_secret() -> None:
    stream = StreamMask([KEY])
    assert [stream.feed(char) for char in "as sk-x"] == ["a", "s", " ", "s", "k", "-", "x"]
    assert "".join(map(stream.feed, f"{KEY}.")) == f"{KEY[:3]}…{KEY[-4:]}."


def test_only_the_models_own_words_pass() -> None:
    mask = EventMask([KEY], but=SPOKEN)
    events = mask.mask(
        [
            Start(KEY, f"m-{KEY}"),
            TextDelta(KEY),
            ToolCallDelta(0, f'{{"a":"{KEY[:9]}'),
            ToolCallDelta(0, f'{KEY[9:]}"}}'),
            ToolCallEnd(0, f'{{"a":"{KEY}"}}'),
            Finish("stop", KEY),
        ]
    )
    shown = f"{KEY[:3]}…{KEY[-4:]}"
    assert events[:2] == [Start(shown, f"m-{shown}"), TextDelta(KEY)]
    assert events[2].arguments + events[3].arguments == f'{{"a":"{shown}"}}'  # type: ignore[union-attr]
    assert events[4:] == [ToolCallEnd(0, f'{{"a":"{shown}"}}'), Finish("stop", shown)]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:pa@ss@host/v1?a=b", "https://me:…@host/v1?a=b"),
        ("http://ghp_token@host", "http://…@host"),
        ("https://host/v1?key=abc&x=1&api-key=d#f", "https://host/v1?key=…&x=1&api-key=…#f"),
        ("https://host?X-Amz-Signature=0af", "https://host?X-Amz-Signature=…"),
        ("https://host/a@b?pageToken=7&max_tokens=9", "https://host/a@b?pageToken=7&max_tokens=9"),
        ("see https://a:b@h and http://c:d@i.", "see https://a:…@h and http://c:…@i."),
        ("socks5://u:p@[::1]:80", "socks5://u:…@[::1]:80"),
    ],
)
def test_an_address_shows_no_password_and_no_key(url: str, shown: str) -> None:
    assert mask_url(url) == shown


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("X-Api-Key", True),
        ("authorization", True),
        ("access_token", True),
        ("clientSecret", True),
        ("max_tokens", False),
        ("prompt_cache_key", False),
        ("temperature", False),
    ],
)
def test_a_name_tells_what_is_secret(name: str, secret: bool) -> None:
    assert is_secret_name(name) == secret


def test_secrets_stand_in_headers_and_in_the_address() -> None:
    headers = [("Authorization", "Basic dXNlcg"), ("X-Title", "My shell"), ("X-A", f"{KEY}")]
    found = secret_values(headers, "https://me:pass@host?key=abcdef&n=1")
    assert found == ("dXNlcg", KEY, "pass", "abcdef")


def test_settings_show_nothing_secret_at_any_depth() -> None:
    given = {"a": [{"api_key": KEY, "n": 1}], "proxy": "http://u:p@h", "token": "short"}
    shown = {"a": [{"api_key": "sk-…6789", "n": 1}], "proxy": "http://u:…@h", "token": "…"}
    assert mask_settings(given) == shown
