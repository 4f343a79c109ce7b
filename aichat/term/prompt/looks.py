"""The theme's roles as prompt-toolkit styles, for the input line and its menus."""

from prompt_toolkit.styles import Style

from aichat.core.text.theme import Role, Theme, find_theme

#: Each element on the screen, its role, and what is added to the role's style.
_PIECES: tuple[tuple[str, Role, str], ...] = (
    ("prompt.mark", "accent", ""),
    ("bottom-toolbar", "dim", "noreverse"),
    ("auto-suggestion", "dim", ""),
    ("completion-menu", "text", ""),
    ("completion-menu.completion", "text", ""),
    ("completion-menu.meta.completion", "dim", ""),
    ("completion-menu.completion typed", "text", "underline"),
    ("scrollbar.background", "dim", ""),
    ("scrollbar.button", "accent", ""),
    ("picker.title", "strong", ""),
    ("picker.help", "dim", ""),
    ("picker.typed", "text", "underline"),
)

#: The row that Enter takes: coloured or, without colour, reversed.
_CHOSEN = ("completion-menu.completion.current", "completion-menu.meta.completion.current")


def prompt_style(theme: Theme) -> Style:
    """The theme's styles on the terminal's own background; distinct even without colour."""
    seen = find_theme("mono", "unknown") if theme.is_plain else theme
    chosen = f"{_own_ground(seen, 'accent')} bold"
    if seen.look("accent") == seen.look("strong"):
        chosen += " reverse"
    return Style(
        [(name, f"{_own_ground(seen, role)} {more}") for name, role, more in _PIECES]
        + [(name, f"nodim {chosen}") for name in (*_CHOSEN, "picker.chosen")]
    )


def _own_ground(theme: Theme, role: Role) -> str:
    """A role's style, overriding prompt-toolkit's defaults."""
    words = (_word(word) for word in theme.look(role).split())
    return " ".join(("noreverse fg:default bg:default", *words))


def _word(word: str) -> str:
    """A word of the theme; the terminal's own colours have other names in prompt-toolkit."""
    return _COLOURS.get(word, word)


_COLOURS = {
    **{name: f"ansi{name}" for name in ("black", "red", "green", "yellow", "blue", "magenta")},
    **{f"bright_{name}": f"ansibright{name}" for name in ("black", "red", "green", "yellow")},
    **{f"bright_{name}": f"ansibright{name}" for name in ("blue", "magenta", "cyan")},
    "cyan": "ansicyan",
    "white": "ansigray",
    "bright_white": "ansiwhite",
}
