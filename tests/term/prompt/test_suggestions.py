"""What was typed before, offered behind what is typed now."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input.defaults import create_pipe_input
from prompt_toolkit.output import DummyOutput

from aichat.core.config.key_bindings import bound_keys
from aichat.process.world import auto_palette, system_world
from aichat.term.prompt.leaving import PromptEnd
from aichat.term.prompt.prompt import Prompt, PromptConfig
from aichat.term.prompt.suggestions import HistorySuggest
from tests.support.running.program import SENTINEL, Program
from tests.support.terminal.repl import open_repl

ENTRIES = [
    "tell me about tides",
    "tell me about tides in Leith\nand Dundee",
    f"tell my key {SENTINEL}",
    "/model groq/x",
]


def entered(*keys: str, entries: list[str] = ENTRIES, vi: bool = False) -> str:
    """What is sent once ``keys`` and Enter were pressed, each when the one before was seen."""
    given: Any
    with create_pipe_input() as given, create_app_session(input=given, output=DummyOutput()):
        config = PromptConfig(
            vi=vi,
            bindings=bound_keys({}),
            palette=auto_palette({}),
            recent_lines=lambda: iter(entries),
            save_line=bool,
            complete=lambda _: (),
            toolbar=lambda _: "",
            edit=str,
            paste=lambda text, _: text,
            typed=bool,
        )
        prompt = Prompt(config, lambda: None, PromptEnd(system_world()))
        _press_in_turn(prompt, given, [*keys, "\r"])
        return prompt.read().text


def _press_in_turn(prompt: Prompt, given: Any, keys: list[str]) -> None:
    """The next key comes with the picture after the one before."""
    app, rest = prompt._session.app, iter(keys)
    drawn = 0

    def press(_: object) -> None:
        nonlocal drawn
        drawn += prompt._session.history._loaded
        if drawn > 3 and drawn % 3 == 0:  # history and suggestion are each a picture of their own
            given.send_text(next(rest, ""))
        elif not app.is_done:
            app.loop.call_later(0.01, app.invalidate)

    app.after_render += press


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (("tell me",), "tell me"),  # Enter sends what was typed, and no more
        (("tell me", "\x1b[C"), "tell me about tides"),
        (("tell me", "\x1b[F"), "tell me about tides"),
        (("tell me", "\x1bf"), "tell me about"),
        (("tell me", "\x1b[1;5C"), "tell me about"),
        (("tell me about tides in", "\x1b[C"), "tell me about tides in Leith"),
        (("tell my", "\x1b[C"), "tell my"),  # a secret
        (("nothing so", "\x1b[C"), "nothing so"),
        (
            ("tell", "\x1b[D", "\x1b[C"),
            "tell",
        ),  # within the text it is an arrow
        (("/mo", "\x1b[C"), "/model groq/x"),
        (("\x1b[200~tell me\x1b[201~", "\x1b[C"), "tell me"),  # was pasted
    ],
)
def test_the_latest_line_that_began_so_is_offered_and_taken(
    keys: tuple[str, ...], text: str
) -> None:
    assert entered(*keys) == text


def test_the_suggestion_is_taken_in_vi_too() -> None:
    assert entered("tell me", "\x1b[C", vi=True) == "tell me about tides"


def test_a_history_that_is_still_being_read_is_waited_for() -> None:
    class Late(InMemoryHistory):
        def load_history_strings(self) -> Iterable[str]:
            return ["tell me about tides"]

    suggest = HistorySuggest(lambda _: False)
    made = suggest.get_suggestion_async(Buffer(history=Late()), Document("tell me"))
    found = asyncio.run(made)
    assert found is not None and found.text == " about tides"


def test_the_suggestion_is_dim_and_never_left_behind(aichat: Program) -> None:
    aichat.data_dir.mkdir()
    (aichat.data_dir / "inputs.jsonl").write_text('"tell me about tides"\n')
    with open_repl(aichat.point_groq_at("http://127.0.0.1:9")) as chat:
        chat.wait_for_prompt()
        chat.type("tell me").wait_until("> tell me about tides")
        assert b"\x1b[0;2m about tides" in chat.raw
        chat.type(" x").wait_until(lambda _: "tides" not in chat.screen_text)
        chat.clear()
