"""Which way pictures are shown: what is set, what a terminal is called, what it answers."""

import pytest

from aichat.term.answer.images.method import (
    ImageMethod,
    TerminalFacts,
    choose_method,
    is_whole_reply,
)

NAMED = {
    "kitty": ({"KITTY_WINDOW_ID": "1"}, ImageMethod("kitty")),
    "kitty by its terminfo": ({"TERM": "xterm-kitty"}, ImageMethod("kitty")),
    "ghostty": ({"TERM": "xterm-ghostty"}, ImageMethod("kitty")),
    "konsole": ({"KONSOLE_VERSION": "230800"}, ImageMethod("kitty")),
    "iterm": ({"TERM_PROGRAM": "iTerm.app"}, ImageMethod("iterm")),
    "iterm by ssh": ({"LC_TERMINAL": "iTerm2"}, ImageMethod("iterm")),
    "wezterm": ({"TERM_PROGRAM": "WezTerm"}, ImageMethod("iterm")),
    "mintty": ({"TERM_PROGRAM": "mintty"}, ImageMethod("iterm")),
}


def unasked() -> str:
    raise AssertionError("nobody need be asked")


@pytest.mark.parametrize(("environ", "way"), NAMED.values(), ids=NAMED)
def test_a_terminal_that_is_known_by_name_is_not_asked(
    environ: dict[str, str], way: ImageMethod
) -> None:
    assert choose_method("auto", TerminalFacts(environ, "256", unasked, unasked)) == way


REPLIES = {
    "kitty": ("\x1b_Gi=31;OK\x1b\\\x1b[?62;c", "kitty"),
    "kitty and sixel": ("\x1b_Gi=31;OK\x1b\\\x1b[?62;4;22c", "kitty"),
    "sixel": ("\x1b[?62;4;22c", "sixel"),
    "sixel last": ("\x1b[?63;1;4c", "sixel"),
    "a VT100 of class 4": ("\x1b[?4c", "blocks"),
    "no sixel": ("\x1b[?62;22;44c", "blocks"),
    "an error": ("\x1b_Gi=31;EINVAL:no\x1b\\\x1b[?62c", "blocks"),
    "typing": ("hello\x1b[?62;4c", "sixel"),
    "nothing": ("", "blocks"),
}


@pytest.mark.parametrize(("reply", "way"), REPLIES.values(), ids=REPLIES)
def test_another_is_asked(reply: str, way: str) -> None:
    facts = TerminalFacts({"TERM": "xterm-256color"}, "256", unasked, lambda: reply)
    assert choose_method("auto", facts).name == way
    assert is_whole_reply(reply) is bool(reply)


def test_with_16_colours_there_is_nothing_to_ask_for() -> None:
    assert choose_method("auto", TerminalFacts({}, "standard", unasked, unasked)).name == "off"


def test_one_that_would_show_the_question_is_not_asked() -> None:
    environ = {"TERM_PROGRAM": "Apple_Terminal"}
    assert choose_method("auto", TerminalFacts(environ, "256", unasked, unasked)).name == "blocks"


TMUX = {
    "kitty": ("kitty(0.36.4) xterm-256color", ImageMethod("kitty", True)),
    "by terminfo": (" xterm-ghostty", ImageMethod("kitty", True)),
    "iterm": ("iTerm2 3.5.0 xterm-256color", ImageMethod("iterm", True)),
    "wezterm": ("WezTerm 20240203 xterm-256color", ImageMethod("iterm", True)),
    "nothing let through": ("", ImageMethod("sixel")),
    "any other": ("XTerm(390) xterm-256color", ImageMethod("sixel")),
}


@pytest.mark.parametrize(("outer", "way"), TMUX.values(), ids=TMUX)
def test_in_tmux_the_terminal_around_it_counts_if_it_lets_anything_through(
    outer: str, way: ImageMethod
) -> None:
    environ = {"TMUX": "/tmp/x,1,0", "KITTY_WINDOW_ID": "1", "TERM_PROGRAM": "tmux"}
    facts = TerminalFacts(environ, "256", lambda: outer, lambda: "\x1b[?1;2;4c")
    assert choose_method("auto", facts) == way


@pytest.mark.parametrize("setting", ["kitty", "iterm", "sixel", "blocks", "off"])
def test_what_is_set_holds(setting: str) -> None:
    facts = TerminalFacts({"TERM_PROGRAM": "iTerm.app"}, "256", unasked, unasked)
    assert choose_method(setting, facts) == ImageMethod(setting)
    inside = facts._replace(environ={"TMUX": "x"})
    assert choose_method(setting, inside).through_tmux is (setting in ("kitty", "iterm"))
