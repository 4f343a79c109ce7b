"""What the store cannot take at all is kept as plain text."""

import os
import random
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from aichat.app.history.recorder import Answerer, Recorder
from aichat.core.billing.usage import Usage
from aichat.core.conversation.turn import Draft, Turn
from aichat.core.exchange.answer import Answer
from aichat.core.message.message import Message, Text
from aichat.core.text.clock import Clock

CLOCK = Clock(time.time, time.monotonic, lambda _: None, random.random)
KEY = "sk-spilled-0123456789"


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("data", ["kept", "in the way"])
def test_an_answer_that_no_json_holds_is_kept_as_text(tmp_path: Path, data: str) -> None:
    home = tmp_path / "data"
    if data == "in the way":
        home.write_text("no folder")
    environ = {**os.environ, "AICHAT_DATA_DIR": str(home)}
    told: list[str] = []
    recorder = Recorder(environ, CLOCK, told.append)
    asked = Draft("talk", "why", (Turn(Message("user", (Text("why"),)), 1.0),))
    recorder.begin(asked, Answerer("groq", "m", "chat", secrets=(KEY,)), None, save=True)
    said = Message("assistant", (Text(f"because of {KEY}"),), "groq", "m")
    answer = Answer("groq", "m", said, finish_reason="stop", raw_usage=nested(200_000))
    recorder.end(answer)
    (line,) = told
    path = Path(line.rpartition("kept as plain text in ")[2])
    try:
        assert "because of sk-" in path.read_text() and KEY not in path.read_text()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        path.unlink()


@pytest.mark.parametrize("why", ["the numbers", "the folder"])
def test_what_was_spent_and_cannot_be_put_into_the_ledger_is_told_once(
    tmp_path: Path, why: str
) -> None:
    home = tmp_path / "data"
    told: list[str] = []
    recorder = Recorder({**os.environ, "AICHAT_DATA_DIR": str(home)}, CLOCK, told.append)
    if why == "the folder":
        home.write_text("no folder")
    said = Message("assistant", (), "groq", "m")
    answer = Answer("groq", "m", said, finish_reason="stop", usage=Usage(1 << 70, 0))
    for _ in range(2):
        recorder.count([(Turn(said, 1.0, answer=answer), answer)])
    (line,) = told
    assert line.startswith("warning: cannot write to the conversation store: ")
    assert (why == "the numbers") is line.endswith("; aichat cost lacks what this took")
    recorder.count([])
    assert len(told) == 1
