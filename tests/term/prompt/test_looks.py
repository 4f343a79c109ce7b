"""The prompt and its menus: the roles of the theme, on the terminal's own ground."""

import pytest
from prompt_toolkit.styles import Attrs, default_ui_style, merge_styles

from aichat.core.text.theme import PLAIN, Theme, find_theme
from aichat.term.prompt.looks import prompt_style
from aichat.term.prompt.menu import mark_typed

THEMES = {
    "dark": find_theme("dark", "unknown"),
    "light": find_theme("light", "unknown"),
    "unknown": find_theme("auto", "unknown"),
    "mono": find_theme("mono", "unknown"),
    "plain": PLAIN,
}
PIECES = [
    "class:prompt.mark",
    "class:bottom-toolbar class:bottom-toolbar.text",
    "class:auto-suggestion",
    "class:completion-menu",
    "class:completion-menu class:completion-menu.completion",
    "class:completion-menu class:completion-menu.completion.current",
    "class:completion-menu class:completion-menu.meta.completion",
    "class:completion-menu class:completion-menu.meta.completion.current",
    "class:completion-menu class:completion-menu.completion class:typed",
    "class:completion-menu class:scrollbar.background",
    "class:completion-menu class:scrollbar.button",
    "class:picker.title",
    "class:picker.chosen",
]


def attrs(theme: Theme, piece: str) -> Attrs:
    """What prompt-toolkit makes of it, its own styles below ours."""
    return merge_styles([default_ui_style(), prompt_style(theme)]).get_attrs_for_style_str(piece)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("piece", PIECES)
def test_nothing_has_a_ground_of_its_own_nor_a_colour_by_number(theme: str, piece: str) -> None:
    found = attrs(THEMES[theme], piece)
    assert found.bgcolor in ("", "default")
    assert found.color in ("", "default") or (found.color or "").startswith("ansi")
    is_taken = ".current" in piece or "chosen" in piece
    assert found.reverse is (theme in ("mono", "plain", "unknown") and is_taken)


@pytest.mark.parametrize(
    ("theme", "colour"),
    [("dark", "ansicyan"), ("light", "ansiblue"), ("unknown", "default"), ("mono", "default")],
)
def test_the_mark_and_the_row_that_is_taken_have_the_accent(theme: str, colour: str) -> None:
    assert attrs(THEMES[theme], PIECES[0]).color == colour
    for piece in (PIECES[5], PIECES[7]):
        found = attrs(THEMES[theme], piece)
        assert (found.color, found.bold, found.dim) == (colour, True, False)


@pytest.mark.parametrize("theme", THEMES)
def test_help_and_toolbar_are_dim_and_what_was_typed_is_underlined(theme: str) -> None:
    assert attrs(THEMES[theme], PIECES[1]).dim and attrs(THEMES[theme], PIECES[6]).dim
    assert (
        attrs(THEMES[theme], PIECES[8]).underline and not attrs(THEMES[theme], PIECES[4]).underline
    )


def test_what_was_typed_is_marked_and_nothing_drives_the_terminal() -> None:
    assert mark_typed("oss", "gpt-oss\x1b", "class:typed") == [
        ("", "gpt-"),
        ("class:typed", "oss"),
        ("", "\u241b"),
    ]
