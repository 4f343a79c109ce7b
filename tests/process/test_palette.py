"""Which theme holds: the flag, the environment, the config, what the terminal said."""

import pytest

from aichat.core.text.theme import find_theme
from aichat.process.palette import Palette
from tests.support.running.program import TERMINAL, Program

XTERM = {"TERM": "xterm"}


def never() -> str:
    raise AssertionError("the config is read though nothing is painted")


def test_the_config_is_not_read_where_nothing_is_painted() -> None:
    assert Palette(XTERM, "never", never).theme(terminal=True).is_plain
    assert Palette(XTERM, None, never).theme(terminal=False).is_plain


def test_the_config_is_read_once() -> None:
    names = iter(["light"])
    palette = Palette(XTERM, None, lambda: next(names))
    assert palette.theme(terminal=True) == palette.theme(terminal=True)
    assert palette.theme(terminal=True).ground == "light"


def test_what_the_terminal_says_of_its_ground_counts_where_the_user_says_nothing() -> None:
    palette = Palette(XTERM, None, lambda: "auto")
    assert palette.needs_ground
    palette.learn_ground("light")
    assert palette.theme(terminal=True) == find_theme("light", "unknown")
    assert not palette.needs_ground
    chosen = Palette(XTERM, None, lambda: "mono")
    assert not chosen.needs_ground
    assert not Palette(XTERM, "never", never).needs_ground


@pytest.mark.parametrize(
    ("config", "sequence"),
    [("", "\x1b[1;31m"), ('theme = "mono"', "\x1b[1m"), ('theme = "dark"', "\x1b[1;91m")],
)
def test_the_theme_of_the_config_is_seen(aichat: Program, config: str, sequence: str) -> None:
    aichat.write_config(f"[ui]\n{config}\n")
    found = aichat.invoke("doctor", "nobody", "--color", "always", **TERMINAL)
    assert found.code == 3
    found = aichat.invoke("doctor", "groq", "--color", "always", **TERMINAL)
    assert sequence.encode() in found.stdout
