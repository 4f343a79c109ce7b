"""Secrets in texts, in pieces of texts, and in values made of texts."""

from typing import NamedTuple

import pytest

from aichat.core.text.redact import (
    PieceRedactor,
    mask_secrets,
    masked_secret,
    redact_value,
    secret_headers,
)

KEY, SHORT = "gsk_0123456789abcdef", "hunter2"


@pytest.mark.parametrize(
    "text",
    ["", KEY, f"a {KEY} b", f"{KEY}{KEY}", f"{KEY[:9]} {KEY} {KEY[:19]}", f"gggsk_gsk_{KEY[4:]}"],
)
def test_a_text_in_pieces_is_masked_as_the_whole_is_however_it_is_cut(text: str) -> None:
    for size in (1, 2, 3, 4, 5, 7, 100):
        for given in (text, text.replace(KEY, SHORT)):
            piece = PieceRedactor((KEY, SHORT, "x"))
            found = [piece.feed(given[at : at + size]) for at in range(0, len(given), size)]
            assert "".join(found) + piece.close() == mask_secrets(given, (KEY, SHORT)), (
                size,
                given,
            )


def test_only_what_may_be_a_secret_is_kept_back() -> None:
    piece = PieceRedactor((KEY,))
    assert [piece.feed(text) for text in ("gs", "k", "_", "0", "x", "gsk_")] == [
        "gs",
        "k",
        "",
        "",
        "_0x",
        "",
    ]
    assert piece.close() == "gsk_" and piece.close() == ""
    assert PieceRedactor(()).feed("gsk_") == PieceRedactor(("gsk_0",)).feed("gsk_") == "gsk_"


def test_a_value_is_masked_in_all_its_texts_and_is_itself_where_there_is_none() -> None:
    class Pair(NamedTuple):
        name: str
        more: object = ()

    value = Pair("a", ({"b": ["c", b"d", 1, None]}, Pair("e")))
    assert redact_value(value, (KEY,)) == value
    assert redact_value(Pair("a", (1, Pair("b"))), (KEY,)) is not None
    masked = redact_value(Pair(KEY, ({KEY: [KEY, b"d", 1, None]}, Pair("e", KEY))), (KEY,))
    less = masked_secret(KEY)
    assert masked == Pair(less, ({less: [less, b"d", 1, None]}, Pair("e", less)))
    assert type(masked) is Pair and type(masked.more[1]) is Pair


def test_what_a_header_is_called_says_whether_it_is_secret() -> None:
    named = {
        "Authorization": "1",
        "X-Api-Key": "2",
        "x-portkey-token": "3",
        "Cookie": "4",
        "X-Title": "5",
        "HTTP-Referer": "6",
        "OpenAI-Organization": "7",
        "x-auth": "8",
    }
    assert secret_headers(named.items()) == ("1", "2", "3", "4", "8")
