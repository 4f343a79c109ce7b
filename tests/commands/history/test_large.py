"""What many or large conversations cost, in memory and in rows read."""

import tracemalloc
from pathlib import Path

import pytest

from aichat.core.conversation.turn import Conversation, Summary, Turn
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Text
from aichat.disk.history.store import Store
from tests.support.running.program import Program

SIZE, COUNT = 30_000, 120


def fill(folder: Path, number: int, text: str) -> Store:
    store = Store(folder, pytest.fail)
    said = Message("user", (Text(text), Media("image/png", b"\x89PNG\r\n\x1a\n" + bytes(9))))
    made = [
        Conversation(Summary(f"c{n:05}", "t", 1.0 + n, 1.0 + n, 1, 1), (Turn(said, 1.0 + n, 1),))
        for n in range(number)
    ]
    store.add_conversations(made)
    return store


@pytest.mark.parametrize("kind", ["jsonl", "md", "chatgpt"])
def test_an_export_to_a_file_holds_one_conversation_at_a_time(kind: str, aichat: Program) -> None:
    fill(aichat.data_dir, COUNT, "ab " * (SIZE // 3))
    words = ("history", "export", "--all", "--format", kind, "--output", "all")
    assert aichat.invoke(*words).code == 0  # what is imported once is not counted
    whole = (aichat.home / "all").read_bytes()
    tracemalloc.start()
    try:
        assert aichat.invoke(*words).code == 0
        assert tracemalloc.get_traced_memory()[1] < COUNT * SIZE // 2
    finally:
        tracemalloc.stop()
    assert (aichat.home / "all").read_bytes() == whole
    assert len(whole) > COUNT * SIZE * 0.9


def test_the_media_of_one_conversation_are_found_without_reading_all(tmp_path: Path) -> None:
    store = fill(tmp_path, 500, "hi")
    assert len(store.media_of("c00400")) == 1
    steps = list[int]()
    store._connection.set_progress_handler(lambda: steps.append(1), 100)  # per 100 of its steps
    store.media_of("c00400")
    assert len(steps) < 5
