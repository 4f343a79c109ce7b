"""Answers that end anywhere, on both transports: what came is kept, and how it ended is told."""

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from aichat.core.http.call import Call
from aichat.core.http.connection import ConnectionOptions
from aichat.errors import AichatError
from aichat.net import http
from aichat.net.transport.pool import ConnectionPool
from tests.support.answering.server import (
    SSE,
    CloseEarly,
    Cut,
    Hold,
    RawReply,
    Reply,
    Server,
    chat_stream,
)

#: Only what stalls is waited for, or a busy machine would be taken for a stall.
TERMS, HASTY = ConnectionOptions(), ConnectionOptions(idle=0.1)
WORDS = [f"word{n} " for n in range(40)]
BODY = b"".join(piece for piece in chat_stream(WORDS).body if isinstance(piece, bytes))

TRANSPORTS = ("plain", "httpx")
COUNTS = (40, pytest.param(1_000, marks=pytest.mark.long))


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(default=Reply()) as made:
        yield made


def read(
    url: str, pool: ConnectionPool | None, terms: ConnectionOptions = TERMS
) -> tuple[bytes, AichatError | None]:
    """What came of a body, and how it ended."""
    came = b""
    try:
        with http.send(Call("POST", url, (), (b"{}",)), terms, pool=pool) as response:
            for chunk in response.chunks():
                came += chunk
    except AichatError as error:
        return came, error
    return came, None


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_body_may_be_cut_reset_or_stalled_anywhere(
    transport: str, count: int, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AICHAT_TRANSPORT", transport)
    dice, pool = random.Random(15), ConnectionPool()
    for _ in range(count):
        at, chunked = dice.randrange(1, len(BODY)), dice.random() < 0.7
        pieces = [BODY[:at]] if dice.random() < 0.5 else [BODY[: at // 2], BODY[at // 2 : at]]
        ending = dice.choice((Cut(), CloseEarly(), Hold(threading.Event()), None))
        rest = [BODY[at:]] if ending is None else [ending]
        length = not chunked and ending is None
        server.default = Reply(headers=SSE, body=[*pieces, *rest], length=length)
        terms = HASTY if isinstance(ending, Hold) else TERMS
        came, error = read(f"{server.url}/x", pool, terms)
        if ending is None:
            assert came == BODY and error is None
            continue
        assert error and error.fault.kind in ("network", "timeout"), error
        assert (error.fault.kind == "timeout") == isinstance(ending, Hold)
        if isinstance(ending, CloseEarly):  # a reset may overtake what was sent, so may impatience
            assert came == BODY[:at]
        assert BODY.startswith(came)
    pool.close()


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_head_may_be_cut_anywhere(
    transport: str, count: int, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AICHAT_TRANSPORT", transport)
    dice, pool = random.Random(16), ConnectionPool()
    whole = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nx: y\r\ncontent-length: 2\r\n\r\nok"
    for _ in range(count):
        at = dice.randrange(len(whole) + 1)
        server.default = RawReply(whole[:at])
        came, error = read(f"{server.url}/x", pool)
        if at == len(whole):
            assert came == b"ok" and error is None
        else:
            assert error and error.fault.kind in ("network", "protocol"), whole[:at]
            assert b"ok".startswith(came)
    pool.close()


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_whatever_ended_it_no_descriptor_is_left(
    transport: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AICHAT_TRANSPORT", transport)
    pool = ConnectionPool()

    def count() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    read(f"{server.url}/x", pool)
    before = count()
    for number in range(40):
        ending = (Cut(), CloseEarly())[number % 2]
        server.default = Reply(headers=SSE, body=[BODY[:100], ending])
        read(f"{server.url}/x", pool)
    pool.close()
    assert count() <= before + 2  # the server's own ends may still be closing
