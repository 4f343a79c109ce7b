"""What the store cannot take at all is kept as plain text."""

import os
import random
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from aichat.app.history.recorder import Answerer, Recorder
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
