"""What the store accepts as text."""

import pytest

from aichat.disk.history.records import storable


@pytest.mark.parametrize("text", ["", "plain", "Größe 你好 \U0001f600", "a\0b"])
def test_a_text_that_can_be_stored_is_not_copied(text: str) -> None:
    assert storable(text) is text


def test_a_lone_surrogate_is_replaced() -> None:
    assert storable("a\ud800é") == "a?é"
