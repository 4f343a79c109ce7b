"""What the store accepts as text."""

from pathlib import Path

import pytest

from aichat.core.conversation.turn import Conversation, Summary, Turn
from aichat.core.exchange.answer import Answer
from aichat.core.message.message import Message, Text
from aichat.disk.history.records import storable
from aichat.disk.history.store import Store


@pytest.mark.parametrize("text", ["", "plain", "Größe 你好 \U0001f600", "a\0b"])
def test_a_text_that_can_be_stored_is_not_copied(text: str) -> None:
    assert storable(text) is text


def test_a_lone_surrogate_is_replaced() -> None:
    assert storable("a\ud800é") == "a?é"


def test_no_name_in_an_import_is_refused_by_the_store(tmp_path: Path) -> None:
    store, odd = Store(tmp_path, pytest.fail), "\ud800"
    said = Message("assistant", (Text(odd),), odd, odd)
    turn = Turn(said, 1.0, 1, answer=Answer(odd, odd, said), profile=odd, wire=odd)
    store.add_conversations([Conversation(Summary("c", odd, 1.0, 1.0, 1), (turn,))])
    (about,) = store.summaries()
    assert (about.title, about.model) == ("?", "?")
    assert store.conversation(about).turns[0].message == said
