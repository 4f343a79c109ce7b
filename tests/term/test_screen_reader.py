"""Who has the terminal read aloud gets lines that follow each other, in words."""

import re

import pytest

from tests.support.answering.server import Server, chat_error, chat_stream
from tests.support.running.program import TERMINAL, Program
from tests.support.running.spending import MONTH, fill_store
from tests.support.terminal.repl import Repl
from tests.support.terminal.terminal import Terminal

ANSWER = "# Head\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n```\n\n---\n\n- one\n"
ALOUD = {"TERM": "xterm", "ACCESSIBLE": "1"}

#: What moves the cursor, erases, or draws: boxes, blocks and braille.
DRAWS = re.compile(r"\x1b\[(?![\d;]*m)|[\u2500-\u259f\u2800-\u28ff]|\r(?!\n)")


@pytest.mark.parametrize("config", ["", "[ui]\nscreen_reader = true\n"])
def test_an_answer_is_its_text_and_a_retry_a_line(aichat: Program, config: str) -> None:
    aichat.write_config(config)
    environ = None if config else {"ACCESSIBLE": "1"}
    busy = chat_error(429, "slow down", headers={"retry-after": "0.3"})
    with (
        Server(busy, chat_stream([ANSWER])) as server,
        Terminal(aichat.point_groq_at(server.url), "ask", "hi", environ=environ) as terminal,
    ):
        assert terminal.wait_for_exit() == 0
    told, *rows = "\n".join(terminal.shown_rows()).replace("\n  2)", " 2)").split("\n")
    assert told.endswith("slow down (HTTP 429); retrying in 0.3 s (1 of 2)")
    assert rows == ANSWER.rstrip("\n").split("\n")
    assert not DRAWS.search(terminal.text)


@pytest.mark.parametrize("words", [("cost",), ("models", "groq"), ("doctor", "groq"), ("help",)])
def test_no_screen_is_drawn(aichat: Program, words: tuple[str, ...]) -> None:
    fill_store(aichat.data_dir, [one for one in MONTH if one.who[0] == "groq"])
    shown = aichat.invoke(*words, environ=ALOUD, **TERMINAL)
    assert shown.text and not DRAWS.search(shown.text + shown.stderr)


def test_the_chat_has_neither_bar_nor_menu(aichat: Program) -> None:
    aichat.environ["ACCESSIBLE"] = "1"
    with Server(default=chat_stream(["| a |\n|---|\n| 1 |\n"])) as server:
        chat = Repl(aichat.point_groq_at(server.url), "chat")
        try:
            chat.wait_for_prompt()
            assert chat.screen_text == ">"
            chat.send_line("hi").wait_until("to first")
            chat.wait_for_prompt()
            chat.type("/mo").wait_until("> /mo")
            shown = chat.type("x").wait_until("> /mox")
        finally:
            chat.close()
    rows = shown.split("\n")
    assert rows[:6] == ["> hi", "", "| a |", "|---|", "| 1 |", ""]
    assert rows[-1] == "> /mox" and "context" not in shown
