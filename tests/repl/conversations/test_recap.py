"""Where a conversation was left, as it is shown when one comes back to it."""

import re

from aichat.repl.conversations.recap import show_last_exchange
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program
from tests.support.terminal.repl import open_repl
from tests.support.terminal.session import Paper

TABLE = "It is **so**:\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"


def bare(text: str) -> str:
    """Without looks."""
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", text)


def shown_again(paper: Paper) -> str:
    before = len(paper.shown)
    show_last_exchange(paper.session)
    return paper.shown[before:]


def test_the_last_question_is_dim_and_its_answer_drawn(aichat: Program) -> None:
    with Server(chat_stream(["Other."]), chat_stream([TABLE])) as server:
        aichat.environ["NO_COLOR"] = ""
        paper = Paper(aichat.point_groq_at(server.url))
        paper.say("first")
        paper.say("how is it?\nreally")
    again = shown_again(paper)
    assert "\x1b[2m> how is it?\x1b[0m\n\x1b[2m  really\x1b[0m\n" in again
    assert bare(again) == ("\n> how is it?\n  really\n\nIt is so:\n\n a  b\n ────\n 1  2\n")


def test_at_most_a_screen_is_shown_and_what_is_above_it_is_counted(aichat: Program) -> None:
    rows = "".join(f"- row {n}\n" for n in range(100))
    with Server(chat_stream([rows])) as server:
        paper = Paper(aichat.point_groq_at(server.url))
        paper.say("list them")
    lines = bare(shown_again(paper)).splitlines()
    found = re.fullmatch(r"… (\d+) lines above; aichat history show (\w+)", lines[1])
    assert found and found[2] == paper.session.tree.id
    assert len(lines) < 24 and lines[-1].endswith("row 99")
    assert int(found[1]) == 2 + 100 - (len(lines) - 2)  # the question, a blank line, the rows


def test_a_line_that_takes_several_rows_counts_as_many(aichat: Program) -> None:
    code = "```\n" + ("x" * 800 + "\n") * 5 + "```\n"
    with Server(chat_stream([code])) as server:
        paper = Paper(aichat.point_groq_at(server.url))
        paper.say("code")
    lines = bare(shown_again(paper)).splitlines()
    assert sum(-(-len(line) // 80) or 1 for line in lines) < 24


def test_what_is_not_stored_names_no_command_that_shows_it(aichat: Program) -> None:
    with Server(chat_stream(["x\n\n" * 60])) as server:
        paper = Paper(aichat.point_groq_at(server.url), no_save=True)
        paper.say("much")
    again = bare(shown_again(paper))
    assert "lines above\n" in again and "history" not in again


def test_a_question_without_an_answer_stands_alone_and_an_empty_chat_shows_nothing(
    aichat: Program,
) -> None:
    with Server(chat_stream([])) as server:
        paper = Paper(aichat.point_groq_at(server.url))
        assert shown_again(paper) == ""
        paper.say("anybody?")
    assert bare(shown_again(paper)) == "\n> anybody?\n"


def test_nothing_that_was_said_drives_the_terminal(aichat: Program) -> None:
    with Server(chat_stream(["\x1b[2Jgone\x07 &#x202e;x"])) as server:
        paper = Paper(aichat.point_groq_at(server.url))
        paper.say("\x1b]0;owned\x07?")
    again = shown_again(paper)
    assert "gone" in again and "owned" in again
    assert not re.findall(r"\x1b(?!\[[\d;]*m)|[\x00-\x09\x0b-\x1a\x1c-\x1f\u202e]", again)


def test_a_plain_terminal_gets_the_text(aichat: Program) -> None:
    with Server(chat_stream(["**so**"])) as server:
        paper = Paper(aichat.point_groq_at(server.url), plain=True)
        paper.say("how?")
    assert shown_again(paper).endswith("\n**so**\n")


def test_the_chat_comes_back_to_where_it_was_left(aichat: Program) -> None:
    with Server(chat_stream(["Nine *metres*."])) as server:
        aichat.point_groq_at(server.url).run("ask", "How", "deep?")
        with open_repl(aichat, "-c") as chat:
            shown = chat.wait_for_prompt()
            chat.send_line("/fork copy").wait_until("back to the original")
            assert chat.wait_for_prompt().count("> How deep?\n\nNine metres.\n\n>") == 2
    first = "aichat: continuing How deep?, of this folder, just now\n\n> How deep?\n\nNine metres."
    assert first in shown
