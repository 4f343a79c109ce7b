"""The chat asks the terminal for its ground: once, without waiting, and never as typed text."""

import pytest

from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program
from tests.support.terminal.repl import open_repl

QUERY = b"\x1b]11;?\x1b\\"
WHITE = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\"
CYAN, BLUE = b"\x1b[0;36m> ", b"\x1b[0;34m> "
UNCOLOURED = b"\x1b[0;1m> "


@pytest.fixture
def server() -> Server:
    return Server(default=chat_stream(["yes"]))


def test_an_answer_in_the_middle_of_a_word_changes_the_accent_and_nothing_typed(
    aichat: Program, server: Server
) -> None:
    with server, open_repl(aichat.point_groq_at(server.url)) as chat:
        chat.wait_for_prompt()
        assert chat.raw.count(QUERY) == 1 and UNCOLOURED in chat.raw
        chat.type("he").wait_until("> he")
        chat.type(WHITE[:9]).type(WHITE[9:] + "llo").wait_until(lambda _: BLUE in chat.raw)
        chat.send_line("").wait_until("yes")
        chat.wait_for_prompt()
        assert server.requests[0].json()["messages"][-1]["content"] == "hello"
        assert "rgb" not in chat.screen_text
        assert chat.raw.count(QUERY) == 1


def test_what_is_drawn_before_the_first_prompt_knows_the_ground(
    aichat: Program, server: Server
) -> None:
    with server, open_repl(aichat.point_groq_at(server.url), "hello") as chat:
        chat.wait_until(lambda _: QUERY in chat.raw)
        chat.type(f"ahead{WHITE} and on").wait_until("> ahead and on")
        assert BLUE in chat.raw and CYAN not in chat.raw


@pytest.mark.parametrize(
    ("environ", "config"),
    [
        ({"COLORFGBG": "0;15"}, ""),
        ({"NO_COLOR": "1"}, ""),
        ({}, '[ui]\ntheme = "dark"\n'),
        ({}, '[ui]\ntheme = "mono"\n'),
    ],
)
def test_nobody_is_asked_where_the_ground_is_told_or_does_not_matter(
    environ: dict[str, str], config: str, aichat: Program, server: Server
) -> None:
    aichat.environ |= environ
    aichat.write_config(config)
    with server, open_repl(aichat.point_groq_at(server.url), "hello") as chat:
        chat.wait_until("yes")
        chat.wait_for_prompt()
        assert QUERY not in chat.raw
        assert (BLUE in chat.raw) is ("COLORFGBG" in environ)
