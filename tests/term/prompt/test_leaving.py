"""A prompt that stands until what it was answered with is on its way."""

import io
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prompt_toolkit.application import create_app_session
from prompt_toolkit.input.defaults import create_pipe_input
from prompt_toolkit.layout import Window
from prompt_toolkit.output import DummyOutput

from aichat.core.config.key_bindings import bound_keys
from aichat.process.world import World, auto_palette, system_world
from aichat.term.prompt.leaving import PromptEnd
from aichat.term.prompt.prompt import Prompt, PromptConfig


class Made:
    """A prompt, what is typed into it, and what is written on its terminal."""

    def __init__(self, keys: Any) -> None:
        self.keys, self.screen = keys, io.BytesIO()
        self.heeded: list[bool] = []
        self.world: World = system_world()._replace(stdout=self.screen, stdout_tty=True)
        self.leaving = PromptEnd(self.world)
        config = PromptConfig(
            vi=False,
            bindings=bound_keys({}),
            palette=auto_palette({}),
            recent_lines=lambda: iter(()),
            save_line=bool,
            complete=lambda _: (),
            toolbar=lambda _: "",
            edit=str,
            paste=lambda text, _: text,
            typed=bool,
            stands=lambda line: line.startswith("ask"),
            heed_keys=lambda: self.heeded.append(self.is_standing),
        )
        self.prompt = Prompt(config, lambda: None, self.leaving)

    def read(self, keys: str) -> str:
        self.keys.send_text(keys)
        return self.prompt.read().text

    @property
    def is_standing(self) -> bool:
        return self.prompt._session.app.is_running


@contextmanager
def made() -> Iterator[Made]:
    keys: Any
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        yield Made(keys)


def test_it_stands_until_something_is_written_and_what_leads_comes_first() -> None:
    with made() as it:
        assert it.leaving.pending is None
        assert it.read("ask\r") == "ask" and it.is_standing
        assert it.leaving.pending == it.leaving.settle
        it.leaving.write("lead ")
        assert it.is_standing and it.screen.getvalue() == b""
        it.leaving.world.write_text("answer")
        assert not it.is_standing and it.screen.getvalue() == b"lead answer"
        assert it.leaving.pending is None
        it.leaving.write("!")
        assert it.screen.getvalue() == b"lead answer!"


def test_it_leaves_before_it_reads_again_and_at_once_where_it_need_not_stand() -> None:
    with made() as it:
        assert it.read("ask\r") == "ask" and it.is_standing
        assert it.read("/help\r") == "/help" and not it.is_standing
        assert it.heeded == [True]  # Ctrl-C is a signal again while it stands


def test_what_was_typed_behind_enter_stays_for_the_next_prompt() -> None:
    with made() as it:
        assert it.read("ask\r\x1b[200~more\x1b[201~") == "ask" and not it.is_standing
        assert it.read("\r") == "more"


def test_signals_are_as_they_were_once_it_has_left() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    handlers = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    with made() as it:
        it.read("ask\r")
        before = signal.set_wakeup_fd(writer)
        assert before == -1
        it.leaving.settle()
        assert signal.set_wakeup_fd(-1) == writer
    assert handlers == {number: signal.getsignal(number) for number in handlers}
    os.close(reader)
    os.close(writer)


def test_a_terminal_that_is_gone_does_not_fail_what_is_being_sent() -> None:
    leaving = PromptEnd(system_world())

    def fail() -> None:
        raise OSError("gone")

    leaving.begin(fail)
    leaving.settle()


def test_the_controls_that_a_key_looks_for_are_all_that_the_layout_has() -> None:
    with made() as it:
        layout = it.prompt._session.layout
        windows = [item for item in layout.walk() if isinstance(item, Window)]
        assert [*layout.find_all_controls()] == [window.content for window in windows]
        it.read("ask\r")
        it.leaving.settle()
        assert [*layout.find_all_windows()] == windows
