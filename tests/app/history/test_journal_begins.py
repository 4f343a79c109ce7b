"""When an answer's journal begins: a question that is stored already does not wait for it."""

import os
from pathlib import Path

import pytest

from aichat.app.history.recorder import Answerer, Recorder
from aichat.core.conversation.turn import Draft, Turn
from aichat.core.exchange.event import TextDelta
from aichat.core.message.message import Message, Text
from aichat.disk.history import journal
from aichat.disk.history.schema import FILE
from tests.app.history.test_spilling import CLOCK

ASKED = Draft("talk", "why", (Turn(Message("user", (Text("why"),)), 1.0),))


def begun(home: Path) -> Recorder:
    recorder = Recorder({**os.environ, "AICHAT_DATA_DIR": str(home)}, CLOCK, lambda _: None)
    recorder.begin(ASKED, Answerer("groq", "m", "chat"), None, save=True)
    return recorder


def journals(home: Path) -> list[Path]:
    return [path for folder in journal.folders(home) for path in folder.glob("*.journal")]


@pytest.mark.parametrize("first", ["sent", "an event"])
def test_it_begins_once_the_question_is_sent_and_holds_every_event(
    tmp_path: Path, first: str
) -> None:
    recorder = begun(tmp_path)
    store = recorder.store()
    about = store and store.find_by_id("talk")
    assert store and about and [turn.role for turn in store.conversation(about).turns] == ["user"]
    assert journals(tmp_path) == []
    if first == "sent":
        recorder.begin_journal()
        assert len(journals(tmp_path)) == 1
    recorder.event_writer([TextDelta("because")])
    (path,) = journals(tmp_path)
    assert b"because" in path.read_bytes()
    recorder.begin_journal()
    assert journals(tmp_path) == [path]


def test_a_question_that_the_store_refuses_is_in_it_before_it_is_sent(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    begun(tmp_path)
    (path,) = journals(tmp_path)
    assert b"why" in path.read_bytes()
