"""Asking about a call on a pseudo-terminal: what is seen is what runs, and only a key is yes."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyte
import pytest

from aichat.app.tools import approval_prompt
from aichat.app.tools.approval import ApprovalQuestion, ApprovalReply
from aichat.app.tools.local.builtin import BuiltinSource, ToolPlace
from aichat.app.tools.local.table import BUILTINS
from aichat.app.tools.toolkit import PlannedCall, Toolkit
from aichat.core.message.message import ToolCall
from aichat.core.text.cells import text_width
from aichat.core.text.json import dumps, to_utf8
from aichat.core.tools.preview import UNICODE_MARKS
from aichat.core.tools.rules import rule_for
from aichat.disk.files.rooted import RootedFolder
from aichat.errors import Interrupted
from tests.support.terminal.typist import Typist
from tests.support.values.hostile import HOSTILE_TEXTS, LARGE_TEXTS, read_back

#: What may begin a row of a question.
OURS = "╭│├╰"


def _question(planned: PlannedCall) -> ApprovalQuestion:
    rule = rule_for(planned.tool, planned.subject)
    return ApprovalQuestion(planned, 1, 1, "nothing allows it", rule)


class Desk(Typist):
    """Somebody at a terminal who is asked about calls."""

    def __init__(self, root: Path, columns: int = 80, encoding: str = "utf-8") -> None:
        super().__init__("stop: ", "it? ", "because: ", columns=columns, encoding=encoding)
        place = ToolPlace(RootedFolder(root), {}, self.world.clock)
        self.kit = Toolkit([BuiltinSource(place, BUILTINS)], lambda _: True, "/work")
        self.edited: str | None = None
        self.held = ""

    def plan(self, name: str, **arguments: Any) -> PlannedCall:
        return self.kit.plan(ToolCall("call_1", name, dumps(arguments)))

    def ask(self, planned: PlannedCall, *answers: str) -> tuple[ApprovalReply | None, str]:
        """What is made of keys, each typed at a prompt, and all that was written."""
        self.answers = [*answers]
        asker = approval_prompt.TerminalAsker(self.world, lambda _: self.edited, self.hold, "/work")
        reply = asker.ask(_question(planned))
        return reply, self.written()

    def hold(self, typed: str) -> None:
        self.held += typed


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The terminal is not this process's own, so that it is said to be asked at."""
    monkeypatch.setattr(approval_prompt, "can_ask", lambda _: True)
    yield Desk(tmp_path)


def call_rows(written: str) -> list[str]:
    """What stands behind the gutter, each row as long as it is."""
    rows: list[str] = []
    for line in written.replace("\r\n", "\n").split("\n"):
        if line.startswith("│ ↪ "):
            rows[-1] += line.removeprefix("│ ↪ ")
        elif line.startswith("│ "):
            rows.append(line.removeprefix("│ "))
    return rows


@pytest.mark.parametrize("columns", [40, 80, 160])
def test_hostile_arguments_are_shown_as_they_run_and_drive_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setattr(approval_prompt, "can_ask", lambda _: True)
    desk = Desk(tmp_path, columns)
    for text in HOSTILE_TEXTS:
        if "\0" in text:
            continue  # refused before anybody is asked
        planned = desk.plan("run_command", argv=["echo", text, "end"])
        folded = (
            len(approval_prompt.question_rows(_question(planned), approval_prompt._DRAWN, columns))
            > 12
        )
        reply, written = desk.ask(planned, *(["v\n"] if folded else []), "y\n")
        assert reply and reply.word == "once"
        plain = written.replace("\r\n", "\n")
        assert [c for c in plain if not c.isprintable() and c != "\n"] == []
        shown = [read_back(row, UNICODE_MARKS) for row in call_rows(written)]
        assert shown[:3] == planned.arguments["argv"] == ["echo", to_utf8(text).decode(), "end"]
        screen = pyte.HistoryScreen(columns, 24, history=10_000, ratio=0.5)
        pyte.Stream(screen).feed(written)
        for line in filter(None, screen.display):
            assert line[0] in f"{OURS} ", line
        assert all(row[0] in OURS for row in plain.split("\n") if row), written


def test_what_is_much_is_folded_and_shown_whole_all_the_same(desk: Desk) -> None:
    for text in LARGE_TEXTS:
        planned = desk.plan("run_command", argv=["echo", text])
        reply, written = desk.ask(planned, "y\n", "y\n")
        assert reply and reply.word == "once"
        assert [read_back(row, UNICODE_MARKS) for row in call_rows(written)] == ["echo", text]
        before, _, _ = written.partition("run it?")
        assert before.count("\n") < 24 and "more rows, " in before


def test_a_row_of_a_call_is_no_row_of_ours(desk: Desk) -> None:
    """What is said of what was folded stands where nothing of a call does."""
    argv = ["echo", "3 more rows, 9 characters: v", *"abcdefghijklm"]
    _, written = desk.ask(desk.plan("run_command", argv=argv), "n\n")
    assert re.findall(r"^(.) \d+ more rows, ", written, re.MULTILINE) == ["│", "├"]


def test_a_rule_that_is_made_of_a_call_poses_as_nothing_of_ours(desk: Desk) -> None:
    """Its words are broken into rows, and none of them looks like the keys."""
    keys = "y once, s always, e edit, N no, r no because, q stop"
    for fill in range(30, 80):
        planned = desk.plan("run_command", argv=["e" * fill, keys])
        _, written = desk.ask(planned, "n\n")
        ours = [line for line in written.splitlines() if line.startswith(("├ y", "├ s", "╰"))]
        assert len(ours) == 2 and ours[0].startswith("├ s allows"), ours
        assert all(text_width(line) <= 80 for line in written.splitlines())


def test_what_is_said_of_a_call_is_broken_between_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule that ``s`` adds is read whole at 40 columns."""
    monkeypatch.setattr(approval_prompt, "can_ask", lambda _: True)
    desk = Desk(tmp_path, 40)
    url = "https://docs.python.org/3/library/unicodedata.html"
    _, written = desk.ask(desk.plan("fetch_url", url=url), "n\n")
    lines = written.splitlines()
    assert lines[:2] == ["╭ fetch_url · built in · nothing", "├ ↪ allows it"]
    at = lines.index("├ s allows")
    assert lines[at + 1 : at + 3] == ["├ ↪ fetch_url(https://docs.python.org/*", "├ ↪ *)"]


def test_enter_ctrl_d_and_anything_else_is_no(desk: Desk) -> None:
    planned = desk.plan("run_command", argv=["ls"])
    for keys in ("\n", "\x04", "n\n", "yes please\n", "yy\n", "x\n", " \n", "\x1b[A\n", "Y n\n"):
        reply, _ = desk.ask(planned, keys)
        assert reply is not None
        assert reply.word == ("once" if keys == "Y n\n" else "no"), keys


def test_every_key_has_its_meaning(desk: Desk) -> None:
    planned = desk.plan("run_command", argv=["ls", "-l"])
    assert desk.ask(planned, "y\n")[0] == ApprovalReply("once")
    reply, written = desk.ask(planned, "s\n")
    assert reply == ApprovalReply("always")
    assert "├ s allows run_command(ls -l)" in written
    assert desk.ask(planned, "r use git\n")[0] == ApprovalReply("no", "use git")
    assert desk.ask(planned, "e\n")[0] == ApprovalReply("no")
    desk.edited = '{"argv": ["ls"]}'
    assert desk.ask(planned, "e\n")[0] == ApprovalReply("edit", desk.edited)
    with pytest.raises(Interrupted) as stopped:
        desk.ask(planned, "q\n")
    assert stopped.value.signum == signal.SIGINT


def test_a_key_is_taken_back_with_backspace(desk: Desk) -> None:
    reply, written = desk.ask(desk.plan("run_command", argv=["ls"]), "y\x7fn\n")
    assert reply == ApprovalReply("no")
    assert "\b" not in written


def test_what_was_typed_before_is_no_answer_and_is_held(desk: Desk) -> None:
    times = iter([0.0, 0.0, 0.1, *[500.0] * 50])
    clock = desk.world.clock._replace(monotonic=times.__next__)
    desk.world = desk.world._replace(clock=clock)
    os.write(desk.master, b"y\n")  # and nobody types anything after that
    reply, _ = desk.ask(desk.plan("run_command", argv=["ls"]))
    assert (reply, desk.held) == (ApprovalReply("no"), "y\n")


def test_a_long_call_cannot_be_allowed_before_it_was_seen(desk: Desk) -> None:
    argv = ["echo", *(f"argument {n}" for n in range(40))]
    reply, written = desk.ask(desk.plan("run_command", argv=argv), "y\n", "n\n")
    assert reply == ApprovalReply("no")
    assert "├ 30 more rows, " in written
    assert "│ argument 39\r\n" in written
    reply, _ = desk.ask(desk.plan("run_command", argv=argv), "s\n", "y\n")
    assert reply == ApprovalReply("once")


def test_what_would_change_of_a_file_is_shown(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo\nthree\n")
    planned = desk.plan("write_file", path="a.txt", text="one\n2\nthree\n")
    _, written = desk.ask(planned, "\n")
    assert call_rows(written)[:6] == [
        "path: a.txt",
        "@@ -1,3 +1,3 @@",
        " one",
        "-two",
        "+2",
        " three",
    ]


def test_a_terminal_of_ascii_is_asked_in_ascii(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(approval_prompt, "can_ask", lambda _: True)
    desk = Desk(tmp_path, encoding="ascii")
    _, written = desk.ask(desk.plan("run_command", argv=["gіt", "\u202e⏎\n"]), "\n")
    assert written.isascii()
    assert "| g{U+0456}t\r\n| {U+202E}{U+23CE}{U+000A}\r\n" in written


def test_without_a_terminal_nobody_is_asked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for world in (
        desk.world,  # it is not ours
        desk.world._replace(stdout_tty=False),
        desk.world._replace(stderr_tty=False),
    ):
        desk.world = world
        reply, written = desk.ask(desk.plan("run_command", argv=["ls"]), "y\n")
        assert (reply, written) == (None, "")
