"""``aichat history pick``: chosen on the terminal, its id on stdout."""

import json
import os
import signal
from typing import Any

import pytest

from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program
from tests.support.terminal.terminal import Terminal


def picking(aichat: Program, *, stdout: int, **options: Any) -> Terminal:
    """``history pick`` of two conversations on a terminal, its id to somewhere else."""
    with Server(default=chat_stream(["yes"])) as server:
        aichat.point_groq_at(server.url)
        for question in ("older one", "newer one"):
            assert aichat.invoke("ask", question).code == 0
    return Terminal(aichat, "history", "pick", streams={"stdout": stdout}, loose=True, **options)


@pytest.mark.parametrize(
    ("keys", "environ"), [("old\r", {}), ("\x1b[B\r", {}), ("2\r", {}), ("2\n", {"TERM": "dumb"})]
)
def test_a_conversation_is_picked_on_the_terminal_and_its_id_goes_to_stdout(
    keys: str, environ: dict[str, str], aichat: Program
) -> None:
    reader, writer = os.pipe()
    with picking(aichat, stdout=writer, environ=environ) as terminal:
        os.close(writer)
        terminal.wait_until(lambda: "older one" in "".join(terminal.screen.display))
        terminal.type(keys)
        terminal.wait_for_exit()
        assert terminal.process.returncode == 0
        if not environ:  # a menu is gone, a list that was read aloud is not
            assert not "".join(terminal.screen.display).strip()
    with os.fdopen(reader) as told:
        (chosen,) = told.read().splitlines()
    listed = json.loads(aichat.invoke("history", "list", "--json").text)
    assert [one["title"] for one in listed if one["id"] == chosen] == ["older one"]


def test_a_pick_that_is_left_prints_nothing_and_ends_as_by_ctrl_c(aichat: Program) -> None:
    reader, writer = os.pipe()
    with picking(aichat, stdout=writer) as terminal:
        os.close(writer)
        terminal.wait_until(lambda: "older one" in "".join(terminal.screen.display))
        terminal.type("\x1b")
        terminal.wait_for_exit()
        assert terminal.process.returncode == -signal.SIGINT
    assert os.read(reader, 10) == b""
    os.close(reader)


def test_a_pick_without_a_terminal_is_one_line_and_exit_2(aichat: Program) -> None:
    with Server(chat_stream(["yes"])) as server:
        aichat.point_groq_at(server.url).run("ask", "one")
    process = aichat.start("history", "pick", start_new_session=True)
    stdout, stderr = process.communicate(timeout=30)
    assert (stdout, process.returncode) == (b"", 2)
    assert stderr.decode().startswith("aichat: there is no terminal to choose on")
    empty = aichat.invoke("history", "pick", environ={"AICHAT_DATA_DIR": str(aichat.home / "new")})
    assert empty.code == 2 and "no conversations yet" in empty.stderr
