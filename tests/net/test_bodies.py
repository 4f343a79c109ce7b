"""Bodies as servers send them: packed, cut, broken, endless, or kept alive by nothing."""

import gzip
import itertools
import subprocess
import sys
import time
import zlib
from collections.abc import Iterable
from types import SimpleNamespace

import pytest

from aichat.core.http.connection import ConnectionOptions
from aichat.core.http.sse import Frame, SseReader
from aichat.errors import AichatError
from aichat.net import http
from aichat.net.inflate import inflate
from aichat.net.transport.messages import HttpAnswer, Timeouts
from tests.net.test_http import call, fault_of
from tests.support.answering.server import (
    SSE,
    CloseEarly,
    Cut,
    Pause,
    RawReply,
    Reply,
    Server,
    chat_stream,
)
from tests.support.running.marks import long_case
from tests.support.running.program import ROOT, SHARED, Program
from tests.support.running.whole_runs import configure_box, partial_reply, stderr_lines, text_events

TEXT = b"word " * 50_000
PACKED = {
    "gzip": gzip.compress(TEXT),
    "two members": gzip.compress(TEXT[:70_000]) + gzip.compress(TEXT[70_000:]),
    "many members": b"".join(gzip.compress(TEXT[n : n + 1000]) for n in range(0, len(TEXT), 1000)),
    "an empty member": gzip.compress(b"") + gzip.compress(TEXT) + gzip.compress(b""),
    "padding": gzip.compress(TEXT) + bytes(512),
    "padding between": gzip.compress(TEXT[:10]) + bytes(9) + gzip.compress(TEXT[10:]),
    "rubbish behind": gzip.compress(TEXT) + b"rubbish",
    "zlib": zlib.compress(TEXT),
}


def pieces_of(data: bytes, size: int) -> Iterable[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
@pytest.mark.parametrize("packed", PACKED.values(), ids=PACKED)
def test_a_packed_body_is_read_to_its_end_however_it_is_cut(packed: bytes, size: int) -> None:
    found = list(inflate(pieces_of(packed, size), "gzip"))
    assert b"".join(found) == TEXT and max(map(len, found)) <= 1 << 16


@pytest.mark.parametrize("name", ["gzip", "two members", "many members", "zlib"])
@pytest.mark.parametrize("missing", [1, 5, 8, 9, 15])
def test_a_packed_body_that_is_cut_is_said_to_be(name: str, missing: int) -> None:
    with pytest.raises(AichatError) as caught:
        list(inflate([PACKED[name][:-missing]], "gzip"))
    assert caught.value.fault.kind == "truncated" and caught.value.fault.exit_code == 9


@pytest.mark.parametrize(
    "data", [b"plain text", b"\x1f\x8bno", gzip.compress(TEXT)[:40] + b"~" * 99]
)
def test_what_is_not_packed_as_it_says_is_told_in_words(data: bytes) -> None:
    with pytest.raises(AichatError, match="is corrupt") as caught:
        list(inflate([data], "gzip"))
    assert caught.value.fault.kind == "protocol"


def test_nothing_is_no_cut_body() -> None:
    assert list(inflate([], "gzip")) == [] and list(inflate([b""], "gzip")) == []


def test_all_that_is_unpacked_is_given_before_more_comes() -> None:
    """Runs of any length, flushed as an event stream is, where the last of a piece could wait."""
    packer, unpacked = zlib.compressobj(wbits=31), 0
    sent = 0
    pieces: list[bytes] = []
    for size in (65_536, 65_535, 65_537, 131_072, 65_794, 66_000, 1):
        pieces.append(packer.compress(b"a" * size) + packer.flush(zlib.Z_SYNC_FLUSH))

    def feed() -> Iterable[bytes]:
        nonlocal sent
        for piece, size in zip(
            pieces, (65_536, 65_535, 65_537, 131_072, 65_794, 66_000, 1), strict=True
        ):
            assert unpacked == sent
            sent += size
            yield piece
        yield packer.flush()

    for data in inflate(feed(), "gzip"):
        unpacked += len(data)
    assert unpacked == sent


def api(aichat: Program, reply: Reply, *words: str) -> tuple[int, bytes, str]:
    with Server(default=reply) as server:
        result = aichat.point_groq_at(server.url).invoke(
            "api", "groq", "GET", "/models", "--retries", "0", *words
        )
    return result.code, result.stdout, result.stderr


def test_a_packed_answer_of_the_api_is_whole_or_exit_9(aichat: Program) -> None:
    def packed(data: bytes) -> Reply:
        return Reply(headers={"content-encoding": "gzip"}, body=[data], length=True)

    two = PACKED["two members"]
    assert api(aichat, packed(two))[:2] == (0, TEXT)
    code, _, stderr = api(aichat, packed(two[:-4]))
    assert code == 9 and "compressed response ended early" in stderr
    assert api(aichat, packed(two[:4]))[0] == 9


#: What each stands for: a megabyte of it at a time, and how often.
HUGE = {
    "blank lines": (b"\n" * (1 << 20), 256),
    "lines of data": (b"data: x\n" * (1 << 17), 256),
    "unknown fields": (b"x\n" * (1 << 19), 256),
    "comments": (b":\n" * (1 << 19), 256),
    "empty events": (b"data:\n\n" * (1 << 17), 256),
    "one line": (bytes(1 << 20), 128),
}


#: The dearest to make, and the one that is no line at all: the others are for the long run.
@pytest.mark.parametrize(
    "name", [name if name in ("unknown fields", "one line") else long_case(name) for name in HUGE]
)
def test_a_small_body_that_stands_for_a_large_one_costs_neither_memory_nor_minutes(
    name: str, aichat: Program
) -> None:
    piece, count = HUGE[name]
    body = gzip.compress(b"data: " if name == "one line" else b"") + gzip.compress(piece, 9) * count
    reply = Reply(headers={**SSE, "content-encoding": "gzip"}, body=[body, body])
    with Server(default=reply) as server:
        aichat.point_groq_at(server.url)
        script = (
            "import resource, subprocess, sys\n"
            "done = subprocess.run([sys.executable, '-m', 'aichat', 'ask', 'hi', '--no-save',"
            " '--no-stdin'], stderr=subprocess.PIPE)\n"
            "print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
            "print(done.stderr.decode())\n"
        )
        began = time.monotonic()
        told = subprocess.check_output(
            [sys.executable, "-c", script], env=aichat.environ, cwd=ROOT, text=True, timeout=60
        )
    code, memory = map(int, told.splitlines()[0].split())
    assert code == 7, told
    assert memory < 400_000, "KB"  # one line may have 64 MB
    assert time.monotonic() - began < 30


SIGNS = {
    "comments": b": keepalive\n\n",
    "blank lines": b"\n\n",
    "events without data": b"data:\n\n",
    "events of a name of their own": b"event: keepalive\ndata: ok\n\n",
    "names": b"event: x\n",
    "one comment without end": b":",
}


@pytest.mark.parametrize("text", ["", long_case("Hello wor")])
@pytest.mark.parametrize("sign", SIGNS.values(), ids=SIGNS)
def test_signs_of_life_without_an_event_are_silence(
    sign: bytes, text: str, aichat: Program
) -> None:
    alive = [step for _ in range(80) for step in (sign, Pause(0.05))]
    reply = Reply(headers=SSE, body=[*(text_events(text) if text else ()), *alive])
    with Server(default=reply) as server:
        began = time.monotonic()
        result = aichat.point_groq_at(server.url).invoke(
            "ask", "hi", "--timeout", "0.4", "--retries", "0"
        )
    assert time.monotonic() - began < 30
    assert result.code == (9 if text else 8) and "no event for 0.4 s" in result.stderr


def frames_of(pieces: list[bytes], pace: float, monkeypatch: pytest.MonkeyPatch) -> list[Frame]:
    """The events of a body whose pieces come at a pace, by a clock of its own; silence is 1 s."""
    now = itertools.count(0.0, pace)
    monkeypatch.setattr(http, "time", SimpleNamespace(monotonic=lambda: next(now)))
    answer = HttpAnswer(200, {}, iter(pieces), lambda is_wanted: None)
    response = http.Response(answer, Timeouts(1, 1, 1), ConnectionOptions(idle=1))
    return [frame for some in response.frames(SseReader()) for frame in some]


@pytest.mark.parametrize("size", range(1, 9))
@pytest.mark.parametrize("sign", SIGNS.values(), ids=SIGNS)
def test_a_sign_of_life_is_one_wherever_the_reads_cut_it(
    sign: bytes, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = sign * 400
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    with pytest.raises(AichatError, match="no event for 1 s"):
        frames_of(pieces, 1.9 / len(pieces), monkeypatch)


@pytest.mark.parametrize(
    "event", [b"data: " + b"7" * 40, b"event: done\ndata:\n" + b"data:7\n" * 9]
)
@pytest.mark.parametrize("size", range(1, 9))
def test_a_slow_event_is_no_silence_wherever_the_reads_cut_it(
    event: bytes, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = event.rstrip(b"\n") + b"\n\n"
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    (frame,) = frames_of(pieces, 0.04 * size, monkeypatch)
    assert frame.data.count("7") == event.count(b"7")


def test_an_event_that_comes_slowly_is_no_silence() -> None:
    slow = [step for n in range(12) for step in (b"%d" % n, Pause(0.05))]
    reply = Reply(headers=SSE, body=[b"data: ", *slow, b"\n\n"])
    with (
        Server(reply) as server,
        http.send(call(server.url), ConnectionOptions(idle=0.3)) as response,
    ):
        frames = [frame for some in response.frames(SseReader()) for frame in some]
    assert frames == [Frame("01234567891011")]


@pytest.mark.parametrize("name", ["reply", "named"])
def test_frames_without_data_are_no_end_of_an_answer(name: str, aichat: Program) -> None:
    body = (SHARED / f"testdata/reports/08-empty-data-line/{name}.sse").read_bytes()
    with Server(Reply(headers=SSE, body=[body])) as server:
        result = configure_box(aichat, server.url).invoke("ask", "-p", "box", "hi")
    assert (result.text, result.code) == ("Hello world\n", 0)


BROKEN = {
    "a chunk's size": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    "a chunk's end": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabcdef\r\n",
    "a chunk that is cut": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nabc",
    "a short body": b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc",
    "two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nabc",
    "a bad length": b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\nabc",
    "an unknown encoding": b"HTTP/1.1 200 OK\r\ntransfer-encoding: zip\r\n\r\nabc",
    "another protocol": b"SSH-2.0-OpenSSH_9.7\r\n",
    "no status": b"HTTP/1.1 xyz\r\n\r\n",
    "a header without a name": b"HTTP/1.1 200 OK\r\n: x\r\n\r\n",
    "a header that goes on": b"HTTP/1.1 200 OK\r\n x\r\n\r\n",
    "a NUL": b"HTTP/1.1 200 OK\r\na: \0\r\n\r\n",
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 50_000,
    "blank lines": b"\r\n\r\n\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_told_in_peoples_words(data: bytes) -> None:
    fault = fault_of(RawReply(data), ConnectionOptions(first_byte=5, idle=5))
    assert fault.kind == "network"
    said = fault.message.lower()
    for word in ("bytearray", "error", "errno", "h11", "illegal", "b'", "(configured limit", "\\r"):
        assert word not in said
    assert "response" in said or "connection was" in said


@pytest.mark.parametrize("step", [Cut(), CloseEarly()], ids=["reset", "closed"])
def test_a_link_that_is_lost_is_told_in_peoples_words(
    step: Cut | CloseEarly, aichat: Program
) -> None:
    with Server(partial_reply(step), default=chat_stream(["x"])) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi")
    assert (
        result.code == 9 and "the answer was cut off: the connection was" in stderr_lines(result)[0]
    )
