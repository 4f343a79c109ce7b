"""Which theme holds: the flag, the environment, the config, what the terminal said."""

from collections.abc import Mapping
from typing import Any

import pytest

from aichat.core.text.clock import Clock
from aichat.core.text.theme import find_theme
from aichat.process.palette import Palette
from aichat.process.world import World
from tests.support.running.program import TERMINAL, Program

XTERM = {"TERM": "xterm"}
CLOCK = Clock(lambda: 0.0, lambda: 0.0, lambda _: None, lambda: 0.5)


def never() -> Mapping[str, Any]:
    raise AssertionError("the config is read though nothing is painted")


def test_the_config_is_not_read_where_nothing_is_painted() -> None:
    assert Palette(XTERM, "never", never).theme(terminal=True).is_plain
    assert Palette(XTERM, None, never).theme(terminal=False).is_plain


def test_the_config_is_read_once() -> None:
    names = iter(["light"])
    palette = Palette(XTERM, None, lambda: {"theme": next(names)})
    assert palette.theme(terminal=True) == palette.theme(terminal=True)
    assert palette.theme(terminal=True).ground == "light"


def test_what_the_terminal_says_of_its_ground_counts_where_the_user_says_nothing() -> None:
    palette = Palette(XTERM, None, dict)
    assert palette.needs_ground
    palette.learn_ground("light")
    assert palette.theme(terminal=True) == find_theme("light", "unknown")
    assert not palette.needs_ground
    chosen = Palette(XTERM, None, lambda: {"theme": "mono"})
    assert not chosen.needs_ground
    assert not Palette(XTERM, "never", never).needs_ground


@pytest.mark.parametrize(
    ("config", "sequence"),
    [("", "\x1b[1m"), ('theme = "mono"', "\x1b[1m"), ('theme = "dark"', "\x1b[1;91m")],
)
def test_the_theme_of_the_config_is_seen(aichat: Program, config: str, sequence: str) -> None:
    aichat.write_config(f"[ui]\n{config}\n")
    found = aichat.invoke("doctor", "nobody", "--color", "always", **TERMINAL)
    assert found.code == 3
    found = aichat.invoke("doctor", "groq", "--color", "always", **TERMINAL)
    assert sequence.encode() in found.stdout


@pytest.mark.parametrize(
    ("environ", "table", "expected"),
    [
        ({}, {}, False),
        ({}, {"screen_reader": True}, True),
        ({"ACCESSIBLE": "1"}, {}, True),
        ({"ACCESSIBLE": ""}, {"screen_reader": True}, True),
        ({"ACCESSIBLE": "0"}, {"screen_reader": True}, False),
    ],
)
def test_a_screen_reader_is_told_of_by_the_environment_or_the_config(
    environ: Mapping[str, str], table: Mapping[str, Any], expected: bool
) -> None:
    assert Palette(environ, None, lambda: table).is_read_aloud is expected


def test_where_nothing_is_a_terminal_nobody_asks_who_reads() -> None:
    world = World({"ACCESSIBLE": "1"}, None, None, None, False, False, CLOCK)
    assert not world.is_read_aloud
    assert world._replace(stderr_tty=True).is_read_aloud
    assert world._replace(stdout_tty=True).is_read_aloud


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (XTERM, True),
        ({**XTERM, "CI": "true"}, False),
        ({**XTERM, "ACCESSIBLE": "1"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_a_line_is_written_over_only_where_somebody_looks(
    environ: Mapping[str, str], expected: bool
) -> None:
    world = World(environ, None, None, None, False, False, CLOCK, stderr_tty=True)
    assert world.can_rewrite is expected
    assert not world._replace(stderr_tty=False).can_rewrite
