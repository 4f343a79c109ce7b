"""What a prompt may stand for: a request that no socket keeps waiting."""

import pytest

from aichat.app.exchange.turn import is_soon_written
from aichat.core.exchange.request import Request
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Part, Text


@pytest.mark.parametrize(
    ("parts", "is_soon"),
    [
        ((Text("how are you"),), True),
        ((Text("word " * 6_000),), True),
        ((Text("word " * 7_000),), False),
        ((Text("what is this"), Media("image/png", b"\x89PNG")), False),
    ],
)
def test_what_is_small_is_soon_written(parts: tuple[Part, ...], is_soon: bool) -> None:
    assert is_soon_written(Request("m", (Message("user", parts),))) is is_soon
