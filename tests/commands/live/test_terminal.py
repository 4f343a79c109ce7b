"""A session on a terminal: Ctrl-C ends an answer and keeps the session."""

import json

from tests.support.answering.live import STYLES, Gate, LiveServer
from tests.support.running.program import Program
from tests.support.terminal.repl import Repl


def test_ctrl_c_ends_the_answer_and_keeps_the_session(aichat: Program) -> None:
    answer = STYLES["openai"].answer
    script = ([*answer("part of it")[:3], Gate()], answer("The end"))
    with LiveServer("openai", *script) as server:
        chat = Repl(server.point(aichat), "live", "-p", "openai")
        try:
            chat.wait_for_prompt()
            chat.send_line("first").wait_until("part of it")
            chat.press("ctrl-c").wait_for_prompt()
            chat.send_line("second").wait_until("The end")
        finally:
            chat.close()
    (frames,) = server.frames
    kinds = [frame["type"] for frame in frames]
    put = ["conversation.item.create", "response.create"]
    assert kinds == ["session.update", *put, "response.cancel", *put]
    found = json.loads(aichat.invoke("history", "show", "last", "--json").text)
    said = [(turn["message"]["role"], turn.get("status", "complete")) for turn in found["turns"]]
    assert said[:2] == [("user", "complete"), ("assistant", "interrupted")]
