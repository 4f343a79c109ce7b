"""``--each`` on a terminal: how far it is, in one line that is gone in the end."""

import threading

from tests.commands.ask.test_each import ASK, echo, held, said
from tests.support.answering.server import Reply, SeenRequest, Server
from tests.support.running.program import Program
from tests.support.terminal.terminal import Terminal


def test_it_is_told_how_far_it_is_and_the_line_is_gone_in_the_end(aichat: Program) -> None:
    (aichat.home / "in.txt").write_text("eins\nzwei\ndrei\nvier\n")
    free = threading.Event()

    def late(request: SeenRequest) -> Reply:
        return held(echo(request), free) if said(request) == "vier" else echo(request)

    with Server(default=late) as server:
        aichat.point_groq_at(server.url)
        with Terminal(aichat, *ASK, "--each", "in.txt", size=(100, 24)) as terminal:
            terminal.wait_for_text("3 of 4 · ")
            shown = terminal.shown_rows()
            free.set()
            assert terminal.wait_for_exit() == 0
            left = [row for row in terminal.shown_rows() if row.strip()]
    (line,) = [row for row in shown if "3 of 4" in row]
    assert line.startswith("aichat: 3 of 4 · ") and "/s · 330 tokens · " in line
    assert " in all · " in line and line.rstrip().endswith(" left")
    assert not any(" left" in row for row in left)
    assert [row.strip() for row in left if row.startswith("<")] == [
        "<eins>",
        "<zwei>",
        "<drei>",
        "<vier>",
    ]
    assert left[-1].startswith("aichat: 4 answers · 440 tokens · ")
