"""Code that is coloured a line at a time looks as if it had been coloured whole."""

import pytest
from pygments.lexers import get_lexer_by_name
from rich.style import Style

from aichat.term.markdown.code.highlight import Highlighter, token_styler
from tests.term import samples

Line = list[tuple[str, Style]]


def whole(language: str, code: str) -> list[Line]:
    style = token_styler("monokai")
    rows: list[Line] = [[]]
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=True)
    for _, kind, value in lexer.get_tokens_unprocessed(code):
        for number, piece in enumerate(value.split("\n")):
            rows += [[]] * bool(number)
            rows[-1] = rows[-1] + [(char, style(kind)) for char in piece if char.strip()]
    return rows


def by_line(language: str, code: str) -> list[Line]:
    # A clock that stands still: what a busy machine takes from a line must not take its colour.
    lines = Highlighter(language, "monokai", lambda: 0.0)
    return [
        [(char, style) for text, style in lines.line(line) for char in text if char.strip()]
        for line in code.split("\n")
    ]


@pytest.mark.parametrize(("language", "least"), samples.LEAST.items())
def test_nearly_every_line_has_the_colours_of_the_whole(language: str, least: float) -> None:
    code = samples.of(language)
    one, other = whole(language, code), by_line(language, code)
    same = sum(a == b for a, b in zip(one, other, strict=False))
    assert len(one) >= 20
    assert same / len(one) >= least, next(
        (number, a) for number, (a, b) in enumerate(zip(one, other, strict=False)) if a != b
    )


@pytest.mark.parametrize("language", ["", "nonsense", "text", "python", "json", "yaml", "c"])
def test_no_character_is_lost(language: str) -> None:
    lines = Highlighter(language, "ansi_dark")
    for text in ("", "x = /* 1", "`a", "'''", "*/ {", "\ufffd\u2400", "é日", "int f()", "{", "}"):
        assert "".join(piece for piece, _ in lines.line(text)) == text


def test_a_look_ahead_leaves_no_trace() -> None:
    lines = Highlighter("python", "ansi_dark")
    lines.line("x = '''", keep=False)
    assert lines.line("y = 1")[0] == Highlighter("python", "ansi_dark").line("y = 1")[0]
