"""Code that is coloured a line at a time looks as if it had been coloured whole."""

import pytest
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES
from rich.style import Style

from aichat.core.text.theme import find_theme
from aichat.term.markdown.code.highlight import Highlighter, role_styler, token_styler
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
    lines = Highlighter(language, token_styler("monokai"), lambda: 0.0)
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
    lines = Highlighter(language, token_styler("ansi_dark"))
    for text in ("", "x = /* 1", "`a", "'''", "*/ {", "\ufffd\u2400", "é日", "int f()", "{", "}"):
        assert "".join(piece for piece, _ in lines.line(text)) == text


def test_a_look_ahead_leaves_no_trace() -> None:
    lines = Highlighter("python", token_styler("ansi_dark"))
    lines.line("x = '''", keep=False)
    assert (
        lines.line("y = 1")[0] == Highlighter("python", token_styler("ansi_dark")).line("y = 1")[0]
    )


#: A line in a language, and the role of each piece of it that has one.
ROLES = {
    ("python", "@cached"): {"@cached": "number"},
    ("python", "def f(x): return 'a' + 1  # b"): {
        "def": "keyword",
        "f": "strong",
        "return": "keyword",
        "1": "number",
        "'": "string",
        "a": "string",
        "# b": "dim",
    },
    ("diff", "- a"): {"- a": "error"},
    ("diff", "+ a"): {"+ a": "success"},
    ("json", '{"a": true}'): {'"a"': "keyword", "true": "number"},
}


@pytest.mark.parametrize("ground", ["dark", "light", "unknown", "mono"])
@pytest.mark.parametrize(("language", "line"), ROLES)
def test_code_is_coloured_in_the_roles_of_the_theme(language: str, line: str, ground: str) -> None:
    theme = find_theme(ground if ground == "mono" else "auto", ground)  # type: ignore[arg-type]
    pieces = Highlighter(language, role_styler(theme)).line(line)
    roles = ROLES[language, line]
    assert {text for text, _ in pieces} >= roles.keys()
    for text, style in pieces:
        look = theme.look(roles[text]) if text in roles else ""  # type: ignore[arg-type]
        assert style == Style.parse(look), text


@pytest.mark.parametrize("name", ["mono", "auto"])
def test_code_has_no_colour_where_nobody_knows_the_ground(name: str) -> None:
    style = role_styler(find_theme(name, "unknown"))
    assert not any(style(kind).color for kind in STANDARD_TYPES)
    assert any(style(kind).bold for kind in STANDARD_TYPES)
