"""Server-sent events: however the bytes are cut and the lines end, the frames are the same."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aichat.core.http import sse
from aichat.core.http.sse import Frame, SseReader
from aichat.errors import AichatError
from tests.support.running.marks import long_case
from tests.support.values.feeding import cut_at, frames_of, with_line_end

KEPT = "\u2028\u2029\u0085\x0b\x0c\x1c\x1e"  # where str.splitlines would break a line

# a stream with LF line ends, and the data and event of each of its frames
STREAMS = {
    "two events": ("data: a\n\ndata: b\n\n", [("a", ""), ("b", "")]),
    "no space after the colon": ('data:{"a":1}\n\n', [('{"a":1}', "")]),
    "only one space is taken": ("data:  a\n\n", [(" a", "")]),
    "several lines of data": ("data: a\ndata:\ndata: b\n\n", [("a\n\nb", "")]),
    "data without a colon": ("data\ndata: a\n\n", [("\na", "")]),
    "no data is no event": ("data\n\ndata:\n\nevent: x\ndata: \n\ndata: a\n\n", [("a", "")]),
    "comments and pings": (
        ": keepalive\n: keepalive\n\n:\n\n: ping - 2026\n\ndata: a\n\n:x\n\n",
        [("a", "")],
    ),
    "named events": ("event: error\ndata: {}\n\ndata: b\n\n", [("{}", "error"), ("b", "")]),
    "name after its data": ("data: a\nevent:x\n\n", [("a", "x")]),
    "a name without data names nothing": ("event: x\n\ndata: a\n\n", [("a", "")]),
    "unknown fields": (
        "id:1\nevent:result\n:HTTP_STATUS/200\nretry: 10\nfoo\ndata:{}\n\n",
        [("{}", "result")],
    ),
    "many blank lines": ("\n\n\ndata: a\n\n\n\ndata: b\n\n\n", [("a", ""), ("b", "")]),
    "a byte order mark": ("\ufeffdata: a\n\ndata: \ufeffb\n\n", [("a", ""), ("\ufeffb", "")]),
    "no last blank line": ("data: a\n\ndata: b\n", [("a", ""), ("b", "")]),
    "separators inside JSON": (f'data: "{KEPT}"\n\ndata: b\n\n', [(f'"{KEPT}"', ""), ("b", "")]),
    "UTF-8 of every length": ("data: aé…🌊👩‍💻\n\n", [("aé…🌊👩‍💻", "")]),
    "nothing": ("", []),
    "only comments": (": ping\n\n: ping\n\n", []),
}
ENDS = {"LF": b"\n", "CRLF": b"\r\n", "CR": b"\r"}


def told(frames: list[Frame]) -> list[tuple[str, str]]:
    return [(frame.data, frame.event) for frame in frames]


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_gives_the_same_frames_cut_at_every_byte(name: str, end: bytes) -> None:
    text, expected = STREAMS[name]
    data = with_line_end(text.encode(), end)
    whole = frames_of([data])
    assert told(whole) == expected
    assert all(frame.whole for frame in whole)
    assert frames_of(cut_at(data, range(len(data)))) == whole
    for place in range(len(data)):
        assert frames_of(cut_at(data, [place])) == whole


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(["data: a", "data:é🌊", "", ": c", "event: e", "data", "id: 1"])),
    st.lists(st.sampled_from(list(ENDS.values())), min_size=1),
    st.lists(st.integers(0, 200)),
)
def test_mixed_line_ends_cut_anywhere_give_the_frames_of_plain_ones(
    lines: list[str], ends: list[bytes], places: list[int]
) -> None:
    # a CR before an empty line that ends in LF would be one CRLF: then it is another stream
    mixed = b"".join(
        line.encode() + (ends[n % len(ends)] if line else b"\r\n") for n, line in enumerate(lines)
    )
    plain = b"".join(line.encode() + b"\n" for line in lines)
    cuts = [min(place, len(mixed)) for place in places]
    assert frames_of(cut_at(mixed, cuts)) == frames_of([plain])


def test_an_event_without_its_last_line_end_is_given_and_marked() -> None:
    assert frames_of([b'data: a\n\ndata: {"b":']) == [Frame("a"), Frame('{"b":', whole=False)]


def test_frames_are_given_as_soon_as_their_blank_line_is_there() -> None:
    reader = SseReader()
    assert reader.feed(b"data: a\n") == []
    assert reader.feed(b"\ndata: b\r\n") == [Frame("a")]
    assert reader.feed(b"\r") == [Frame("b")]
    assert reader.feed(b"\n") == []
    assert reader.close() == []


def test_a_comment_is_told_with_the_event_it_stands_in() -> None:
    frames = frames_of([b"event:result\n:HTTP_STATUS/400\ndata:{}\n\ndata:{}\n\n"])
    assert [frame.comment for frame in frames] == ["HTTP_STATUS/400", ""]


def test_the_reader_counts_its_frames() -> None:
    reader = SseReader()
    reader.feed(b"data: a\n\n: ping\n\ndata: b\n")
    reader.close()
    assert reader.frames == 2


def test_bytes_that_are_not_utf8_are_replaced() -> None:
    assert frames_of([b"data: a\xffb\n\n"]) == [Frame("a\ufffdb")]


@pytest.mark.parametrize("size", [1, 4, 64])
def test_a_line_over_the_limit_is_a_fault_of_the_protocol(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(sse, "MAX_LINE", 32)
    for end in (b"", b"\n\n"):
        data = b"data: " + b"x" * 27 + end  # one byte more than 32
        with pytest.raises(AichatError) as caught:
            frames_of(cut_at(data, range(0, len(data), size)))
        assert caught.value.fault.kind == "protocol"


@pytest.mark.parametrize("pieces", [[b"data: x\n\n"], [b"data: ", b"x"], [b"data: x\nd: y\n"]])
def test_the_limit_is_told_in_megabytes(
    monkeypatch: pytest.MonkeyPatch, pieces: list[bytes]
) -> None:
    monkeypatch.setattr(sse, "MAX_LINE", 2 << 20)
    with pytest.raises(AichatError) as caught:
        frames_of([b"data: a\n\n", *(piece.replace(b"x", b"x" * (2 << 20)) for piece in pieces)])
    assert caught.value.fault.message == "a line or an event of the stream is over 2 MB"


@pytest.mark.parametrize(
    ("chunk", "frames"),
    [
        (b"data: b\n\n", [Frame("b")]),
        (b"data: \xff\n\n", [Frame("\ufffd")]),
        (b"data:b\n\n", [Frame("b")]),
        (b"data: b\r\n\r\n", [Frame("b")]),
        (b"data: b\ndata: c\n\n", [Frame("b\nc")]),
        (b"event: b\n\n", []),
        (b"data: b\n", []),
        (b"data: b\n\ndata: c\n\n", [Frame("b"), Frame("c")]),
        (b"data: b\n ", []),
        (b"data: \n\n", []),
        (b"data:   \n\n", []),
        (b"data: b \n\n", [Frame("b ")]),
    ],
)
@pytest.mark.parametrize("before", [b"data: a\n\n", b"data: a", b"event: e\n", b": c\n"])
def test_a_chunk_of_one_event_is_read_as_any_other(
    before: bytes, chunk: bytes, frames: list[Frame]
) -> None:
    whole = SseReader()
    expected = whole.feed(before + chunk)
    reader = SseReader()
    assert reader.feed(before) + reader.feed(chunk) == expected
    assert (reader.frames, reader.close()) == (whole.frames, whole.close())
    if before.endswith(b"\n\n"):
        assert expected[1:] == frames


@pytest.mark.parametrize(
    ("end", "frames"),
    [
        (b'{"error":1}', [Frame('{"error":1}', whole=False)]),
        (b" [1\n2]", [Frame(" [1\n2]", whole=False)]),
        (b"data: a\n\n{}", [Frame("a"), Frame("{}", whole=False)]),
        (b"oops", []),
        (b"id: {}\nretry: [", []),
    ],
)
def test_an_error_without_a_field_is_given_at_the_end(end: bytes, frames: list[Frame]) -> None:
    assert frames_of([end]) == frames


@pytest.mark.parametrize("size", [1, 4, 64])
def test_lines_up_to_the_limit_are_read(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(sse, "MAX_LINE", 32)
    data = (b"data: " + b"x" * 26 + b"\n\n") * 3
    assert frames_of(cut_at(data, range(0, len(data), size))) == [Frame("x" * 26)] * 3


def test_the_limit_is_64_mb() -> None:
    assert sse.MAX_LINE == 64 * 1024 * 1024


def test_a_long_line_is_not_copied_for_each_piece_of_it() -> None:
    pieces = [b"data: ", *[b"x" * 1024] * 4096]
    reader, allocated = SseReader(), 0
    tracemalloc.start()
    try:
        for piece in pieces:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            reader.feed(piece)
            allocated += tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert allocated < 4 * 1024 * 4096  # copying the tail each time would allocate 8 GB
    assert len(reader.feed(b"\n\n")[0].data) == 1024 * 4096


NOISE = {
    "data": b"data: x\n",
    "data of nothing": b"data\n",
    "comments": b": x\n",
    "unknown fields": b"x: y\n",
    "unknown fields of JSON": b'{"x": 1}\n',
    "names": b"event: x\n",
    "ids": b"id: 1\n",
    "events without data": b"data:\n\n",
    "events of blanks": b"event: x\ndata:  \n\n",
    "retries, CR": b"retry: 1\r",
}


@pytest.mark.parametrize(
    "line", [*[*NOISE.values()][:4], *map(long_case, [*NOISE.values()][4:])], ids=NOISE
)
def test_what_has_no_end_is_a_fault_before_it_costs_memory(line: bytes) -> None:
    chunk = line * 4096
    reader = SseReader()
    tracemalloc.start()
    try:
        with pytest.raises(AichatError) as caught:
            for _ in range(sse.MAX_LINES):
                reader.feed(chunk)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.fault.kind == "protocol" and peak < 32 << 20


def test_noise_between_events_is_borne_without_end() -> None:
    reader = SseReader()
    for _ in range(4):
        assert reader.feed(b": x\n" * (sse.MAX_LINES - 1) + b"data: a\n\n") == [Frame("a", "", "x")]


def test_an_event_of_many_lines_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_LINE", 64)
    with pytest.raises(AichatError, match="an event of the stream"):
        frames_of([b"data: 12345678\n"] * 8)
    assert frames_of([b"data: 12345678\n"] * 7) == [Frame("\n".join(["12345678"] * 7))]


def test_lines_of_no_field_are_kept_only_where_they_may_be_an_error() -> None:
    assert frames_of([b'{"error":\n', b"1}\n"]) == [Frame('{"error":\n1}', whole=False)]
    assert frames_of([b"hello\n", b'{"error": 1}\n']) == [Frame('{"error": 1}', whole=False)]
    kept = frames_of([b"{" + b"x" * 1000 + b"\n"] * 5000)
    assert len(kept) == 1 and len(kept[0].data) < 2 << 20


def test_blank_lines_are_read_at_the_pace_of_the_net() -> None:
    reader, block = SseReader(), b"\n" * (1 << 16)
    assert [reader.feed(block) for _ in range(512)] == [[]] * 512  # 32 MB
    assert reader.feed(b"data: a\n" + block) == [Frame("a")]


def test_only_what_has_come_of_an_event_is_counted() -> None:
    reader = SseReader()
    for chunk in (b": ping\n\n", b"event: x\n\n", b": pin", b"g\n\n", b"data:\n\n", b"id: 1\n"):
        reader.feed(chunk)
        assert reader.event_bytes == 0
    reader.feed(b"data: ab\ndata: c")
    assert reader.event_bytes > 0
    reader.feed(b"\n\n")
    assert reader.event_bytes == 0


KEEPALIVES = [
    Frame("ok", "keepalive"),
    Frame("{}", "keep-alive"),
    Frame("", "heartbeat"),
    Frame("123", "tick"),
    Frame('{"time": 1}', "status"),
    Frame("still working", "progress"),
    Frame("[1]", "queue"),
]
ANSWERS = [
    Frame("ok"),
    Frame("ok", "message"),
    Frame("{}", "error"),
    Frame('{"choices": []}', "token"),
    Frame('{"type":"x"}', "novel"),
    Frame("[DONE]", "end"),
    Frame("{}", "response.novel"),
    Frame('{"error" : {}}', "oops"),
]


def test_an_event_that_only_keeps_the_connection_is_told_from_an_answer() -> None:
    assert all(map(sse.is_keepalive, KEEPALIVES))
    assert not any(map(sse.is_keepalive, ANSWERS))
