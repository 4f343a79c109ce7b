"""What is said while an answer is awaited."""

import pytest

from aichat.app.exchange.show import WaitIndicator
from aichat.core.cli.options import OutputOptions
from aichat.core.text.clock import Clock
from aichat.process.world import World
from aichat.term.answer.plain import PlainSink
from aichat.term.widgets.spinner import Spinner, countdown_text, elapsed_text, waiting_text


def on_columns(columns: int, encoding: str = "utf-8") -> World:
    clock = Clock(lambda: 0.0, lambda: 0.0, lambda _: None, lambda: 0.5)
    environ = {"COLUMNS": str(columns), "TERM": "xterm"}
    return World(environ, None, None, None, False, True, clock, encoding, stderr_tty=True)


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (80, "⠋ groq · 3 s · Ctrl-C stops"),
        (28, "⠋ groq · 3 s · Ctrl-C stops"),
        (27, "⠋ groq · 3 s"),
        (12, "⠋ groq"),
    ],
)
def test_it_says_whom_it_waits_for_and_how_to_stop_as_far_as_there_is_room(
    columns: int, shown: str
) -> None:
    assert waiting_text(on_columns(columns), "groq", 3.04) == shown


def test_a_retry_is_counted_down_with_its_reason() -> None:
    told = countdown_text(on_columns(80), "groq", 0.1, 2.2, "rate limited")
    assert told == "⠙ groq · retrying in 3 s (rate limited) · Ctrl-C stops"
    assert countdown_text(on_columns(80), "", 0.1, 1.0, "") == "⠙ retrying in 1 s"


def test_whoever_is_not_named_stands_beside_others() -> None:
    assert waiting_text(on_columns(80), "", 3) == elapsed_text(on_columns(80), 3) == "⠋ 3 s"


def test_without_utf_8_it_is_ascii() -> None:
    told = waiting_text(on_columns(80, "ascii"), "groq", 3.0)
    assert told == "- groq - 3 s - Ctrl-C stops" and told.isascii()


def test_a_name_drives_no_terminal() -> None:
    assert "\x1b" not in waiting_text(on_columns(80), "g\x1b[2Jq\n", 3)


def test_what_was_last_heard_stands_in_the_rest_of_the_row() -> None:
    spinner = Spinner(on_columns(80), "run_shell")
    spinner.note = "step 3\x1b[2J"
    assert spinner._text(3, 0) == "⠋ run_shell · 3 s · Ctrl-C stops  step 3\u241b[2J"


@pytest.mark.parametrize(("stands", "turns"), [(False, [True, False]), (True, [False, True])])
def test_nothing_turns_where_a_prompt_still_stands(
    stands: bool, turns: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    monkeypatch.setattr(Spinner, "start", lambda *_: started.append("turns"))
    world, output = on_columns(80), OutputOptions()
    waiting = WaitIndicator(world, PlainSink(world, str, str), output, stands)
    seen = []
    with waiting:
        seen.append(bool(started))
        started.clear()
        waiting.on_sent()
        seen.append(bool(started))
    assert seen == turns
