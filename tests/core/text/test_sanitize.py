"""Terminal safety: which characters are replaced, one for one, and which stay."""

import json
import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aichat.core.text.redact import (
    last_four,
    mask_secrets,
    masked_secret,
    redact,
)
from aichat.core.text.sanitize import StreamSanitizer, sanitize, sanitize_json, sanitize_line

PICTURES = {code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A)} | {
    0x7F: 0x2421
}
HIDDEN = {
    "C1": range(0x80, 0xA0),
    "bidi embedding": range(0x202A, 0x202F),
    "bidi isolates": range(0x2066, 0x206A),
    "bidi marks": (0x061C, 0x200E, 0x200F),
    "zero width space": (0x200B,),
    "word joiner": (0x2060,),
    "byte order mark": (0xFEFF,),
    "tags": range(0xE0000, 0xE0080),
    "lone surrogates": range(0xD800, 0xE000),
}
KEPT = {
    "newline and tab": "a\n\tb",
    "a family of emoji": "👩‍👩‍👧‍👦 👩‍💻 🏳️‍🌈 ❤️",
    "Persian with ZWNJ": "می‌خواهم",
    "Hindi with ZWJ": "क्‍ष",
    "variation selectors": "\ufe00\ufe0e\ufe0f\U000e0100\U000e01ef",
    "soft hyphen and no-break space": "\u00ad\u00a0\u202f",
    "combining marks": "e\u0301\u20dd",
}
ATTACKS = {
    "clipboard": ("\x1b]52;c;eA==\x07", "␛]52;c;eA==␇"),
    "link": ("\x1b]8;;http://x\x1b\\y", "␛]8;;http://x␛\\y"),
    "clear": ("\x1b[2J\x1b[H", "␛[2J␛[H"),
    "one-byte CSI": ("\x9b2J", "\ufffd2J"),
    "overwriting by CR": ("rm -rf /\rls      ", "rm -rf /␍ls      "),
    "overwriting by BS": ("a\bb", "a␈b"),
    "reordering": ("user\u202egnp.exe", "user\ufffdgnp.exe"),
    "hidden words": ("a\U000e0041\U000e0042b", "a\ufffd\ufffdb"),
    "bells": ("\x07" * 3, "␇" * 3),
    "NUL": ("a\0b", "a␀b"),
}
MEAN = st.text(st.sampled_from("a\r\n\x1b\t\x9b\u202e🌊\u200d\ud800"))


def test_every_control_is_replaced_and_nothing_else_is() -> None:
    hidden = {code: 0xFFFD for codes in HIDDEN.values() for code in codes}
    every = "".join(map(chr, range(0x110000)))
    assert sanitize(every) == every.translate(PICTURES | hidden)


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_what_scripts_and_emoji_need_stays(text: str) -> None:
    assert sanitize(text) == text


@pytest.mark.parametrize(("text", "shown"), ATTACKS.values(), ids=ATTACKS)
def test_an_attack_is_shown_and_does_nothing(text: str, shown: str) -> None:
    assert sanitize(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\r\nb", "a\nb"), ("a\r\r\nb", "a␍\nb"), ("a\n\rb", "a\n␍b"), ("a\r", "a␍"), ("\r\n", "\n")],
)
def test_a_cr_right_before_a_newline_vanishes_and_no_other(text: str, shown: str) -> None:
    assert sanitize(text) == shown


@given(MEAN)
def test_one_character_becomes_one_character(text: str) -> None:
    assert len(sanitize(text)) == len(text) - text.count("\r\n")


@settings(deadline=None)
@given(MEAN)
def test_a_stream_cut_anywhere_shows_what_the_whole_shows(text: str) -> None:
    whole = sanitize(text)
    for place in range(len(text) + 1):
        stream = StreamSanitizer()
        pieces = [stream.feed(text[:place]), stream.feed(""), stream.feed(text[place:])]
        assert "".join(pieces) + stream.close() == whole
    stream = StreamSanitizer()
    assert "".join(map(stream.feed, text)) + stream.close() == whole


@given(MEAN)
def test_what_is_shown_once_is_not_changed_again(text: str) -> None:
    assert sanitize(sanitize(text)) == sanitize(text)


@given(
    st.recursive(MEAN, lambda below: st.lists(below) | st.dictionaries(MEAN, below), max_leaves=6)
)
def test_json_made_visible_is_the_same_json_and_harmless(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    shown = sanitize_json(text)
    assert json.loads(shown) == value
    assert sanitize(shown) == shown


def test_json_escapes_a_character_beyond_16_bits() -> None:
    assert sanitize_json('"\U000e0041"') == '"\\udb40\\udc41"'


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["a\r", "\nb"], ["a", "\nb", ""]),
        (["a\r", "b"], ["a", "␍b", ""]),
        (["a\r", "\r"], ["a", "␍", "␍"]),
        (["a\r"], ["a", "␍"]),
        (["a", ""], ["a", "", ""]),
    ],
)
def test_only_a_cr_at_the_end_waits(pieces: list[str], shown: list[str]) -> None:
    stream = StreamSanitizer()
    assert [*map(stream.feed, pieces), stream.close()] == shown
    assert stream.close() == ""


def test_a_name_is_shown_on_one_line() -> None:
    assert sanitize_line("a\nb\x1b[2J") == "a b␛[2J"


KEY = "gsk_0123456789abcdefWXYZ"


@pytest.mark.parametrize(
    ("text", "secrets", "shown"),
    [
        (f"key {KEY} is wrong", [KEY], "key gsk…WXYZ is wrong"),
        (f"{KEY}{KEY}", [KEY], "gsk…WXYZgsk…WXYZ"),
        ("key hunter2 is wrong", ["hunter2"], "key … is wrong"),
        (f"{KEY} and {KEY[:16]}", [KEY[:16], KEY], "gsk…WXYZ and gsk…89ab"),
        ("nothing secret", [KEY], "nothing secret"),
        ("nothing secret", ["", KEY], "nothing secret"),
        ("nothing secret", [], "nothing secret"),
    ],
)
def test_a_secret_is_cut_to_its_ends(text: str, secrets: list[str], shown: str) -> None:
    assert redact(text, secrets) == shown


@pytest.mark.parametrize(
    ("length", "shown"), [(5, "abcde"), (6, "…"), (11, "…"), (12, "abc…ijkl"), (13, "abc…jklm")]
)
def test_a_secret_shows_its_ends_from_12_characters_and_is_one_from_6(
    length: int, shown: str
) -> None:
    secret = string.ascii_lowercase[:length]
    assert redact(secret, [secret]) == shown
    assert last_four(secret) == ("…" if length < 12 else f"…{secret[-4:]}")


@pytest.mark.parametrize("prefix", ["org-", "org_", "proj_", "ak-"])
@pytest.mark.parametrize(("length", "cut"), [(15, False), (16, True), (40, True)])
def test_an_account_id_is_cut_whoever_owns_it(prefix: str, length: int, cut: bool) -> None:
    text = f"in {prefix}{'aZ09' * 10}"[: 3 + len(prefix) + length]
    assert redact(text, []) == (f"in {prefix}…" if cut else text)
    assert mask_secrets(text, []) == text


@given(st.text(string.ascii_letters, min_size=1, max_size=40))
def test_a_hint_never_holds_more_than_seven_characters_of_a_secret(secret: str) -> None:
    assert len(masked_secret(secret).replace("…", "")) <= min(
        7, len(secret) - 5 if len(secret) >= 12 else 0
    )
    assert len(last_four(secret).replace("…", "")) <= 4
    assert secret not in masked_secret(secret)
