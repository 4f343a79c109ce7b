"""Every role can be read on the grounds that people have: computed from common palettes."""

import itertools

import pytest

from aichat.core.text.theme import PLAIN, THEME_NAMES, Role, Theme, find_theme, ground_of

#: The sixteen colours of common terminals, as their makers publish them: normal, then bright.
PALETTES = {
    "xterm": "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 "
    "7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff",
    "vga": "000000 aa0000 00aa00 aa5500 0000aa aa00aa 00aaaa aaaaaa "
    "555555 ff5555 55ff55 ffff55 5555ff ff55ff 55ffff ffffff",
    "tango": "2e3436 cc0000 4e9a06 c4a000 3465a4 75507b 06989a d3d7cf "
    "555753 ef2929 8ae234 fce94f 729fcf ad7fa8 34e2e2 eeeeec",
    "campbell": "0c0c0c c50f1f 13a10e c19c00 0037da 881798 3a96dd cccccc "
    "767676 e74856 16c60c f9f1a5 3b78ff b4009e 61d6d6 f2f2f2",
    "terminal.app": "000000 990000 00a600 999900 0000b2 b200b2 00a6b2 bfbfbf "
    "666666 e50000 00d900 e5e500 0000ff e500e5 00e5e5 e5e5e5",
    "solarized": "073642 dc322f 859900 b58900 268bd2 d33682 2aa198 eee8d5 "
    "002b36 cb4b16 586e75 657b83 839496 6c71c4 93a1a1 fdf6e3",
}
GROUNDS = {"dark": "000000", "light": "ffffff"}
SOLARIZED = {"dark": ("002b36", "839496"), "light": ("fdf6e3", "657b83")}  # ground, text
COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]
COLOURS += [f"bright_{name}" for name in COLOURS]

#: What a reader with usual eyes needs for text, and for bold text and marks (WCAG 2.2).
TEXT, MARK = 4.5, 3.0

#: Below that for text, and why that is borne: all of them are bold, or stand beside a mark.
KNOWN = {
    ("vga", "dark", "yellow"): 4.0,  # its brown
    ("terminal.app", "dark", "bright_red"): 4.3,
}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def colours(theme: Theme) -> set[str]:
    return {word for look in theme.looks.values() for word in look.split() if word in COLOURS}


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("palette", [name for name in PALETTES if name != "solarized"])
def test_what_is_coloured_can_be_read(palette: str, ground: str) -> None:
    shades = dict(zip(COLOURS, PALETTES[palette].split(), strict=True))
    used = colours(find_theme(ground, "unknown"))
    assert used
    for name in used:
        least = KNOWN.get((palette, ground, name), TEXT)
        assert contrast(shades[name], GROUNDS[ground]) >= least, name


@pytest.mark.parametrize("name", GROUNDS)
def test_solarized_is_as_legible_as_it_wants_to_be(name: str) -> None:
    """Its own text stands at 4.7 and 4.1: colours of a palette so soft are held to 3."""
    shades = dict(zip(COLOURS, PALETTES["solarized"].split(), strict=True))
    ground, text = SOLARIZED[name]
    assert contrast(text, ground) < 4.8
    for colour in colours(find_theme(name, "unknown")):
        assert contrast(shades[colour], ground) >= MARK, colour


def test_text_has_no_colour_where_nobody_knows_the_ground() -> None:
    """None has 4.5 on black and on white in every palette: bold, dim and lines tell it apart."""
    for colour in COLOURS:
        assert any(
            contrast(dict(zip(COLOURS, shades.split(), strict=True))[colour], ground) < TEXT
            for shades in PALETTES.values()
            for ground in GROUNDS.values()
        )
    assert not colours(find_theme("auto", "unknown"))


def test_no_bright_colour_stands_on_a_ground_that_nobody_knows() -> None:
    for name, ground in itertools.product(("auto", "mono", "light"), ("unknown", "light")):
        assert not any("bright" in colour for colour in colours(find_theme(name, ground)))  # type: ignore[arg-type]


def test_mono_has_no_colour_and_tells_the_roles_apart_from_text() -> None:
    theme = find_theme("mono", "dark")
    assert not colours(theme) and not theme.series
    assert all(theme.look(role) for role in ("accent", "dim", "strong", "error", "link"))


@pytest.mark.parametrize("name", THEME_NAMES)
def test_every_theme_has_every_role(name: str) -> None:
    roles = {*Role.__args__} - {"text"}  # type: ignore[attr-defined]
    assert find_theme(name, "dark").looks.keys() == roles


def test_a_piece_of_text_is_painted_in_the_look_of_its_role() -> None:
    theme = find_theme("dark", "unknown")
    assert theme.paint("a", "error") == "\x1b[1;91ma\x1b[0m"
    assert theme.paint("a", "text") == "a" and theme.paint("", "error") == ""
    assert PLAIN.paint("a", "error") == "a" and PLAIN.is_plain


@pytest.mark.parametrize(
    ("given", "ground"),
    [
        ("15;0", "dark"),
        ("0;15", "light"),
        ("0;default;15", "light"),
        ("0;7", "light"),
        ("12;8", "dark"),
        ("", "unknown"),
        ("0;default", "unknown"),
        ("0;²", "unknown"),
        ("0;99999", "unknown"),
    ],
)
def test_the_ground_that_a_terminal_tells_of(given: str, ground: str) -> None:
    assert ground_of({"COLORFGBG": given} if given else {}) == ground
