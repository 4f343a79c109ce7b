"""The chunked coding: the same however it is cut, and told apart from what is none."""

import pytest

from aichat.core.http.http1 import ChunkedDecoder

WHOLE = {
    "one": (b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
    "two": (b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", b"abcde"),
    "none": (b"0\r\n\r\n", b""),
    "digits of both cases, zeros before": (
        b"00A\r\n0123456789\r\n0b\r\n0123456789a\r\n000\r\n\r\n",
        b"01234567890123456789a",
    ),
    "extensions": (b'3;a=b;c="d"\r\nabc\r\n0;last\r\n\r\n', b"abc"),
    "blanks behind a size": (b"3 \t\r\nabc\r\n0 \r\n\r\n", b"abc"),
    "trailers": (b"3\r\nabc\r\n0\r\nx: y\r\nz: 1\r\n\r\n", b"abc"),
    "line ends alone": (b"3\nabc\n0\n\n", b"abc"),
    "line ends inside": (b"4\r\n\r\n\r\n\r\n0\r\n\r\n", b"\r\n\r\n"),
}
BROKEN = {
    "no size": b"\r\nabc\r\n",
    "a sign": b"+3\r\nabc\r\n",
    "a size in words": b"zz\r\nabc\r\n",
    "a size of 16 digits": b"1000000000000000\r\nabc",
    "a size with a prefix": b"0x3\r\nabc\r\n",
    "more than it says": b"3\r\nabcd\r\n0\r\n\r\n",
    "a line without end": b"3" + b" " * 8192,
    "an extension without end": b"3;" + b"a" * 8192,
    "a trailer without end": b"0\r\n" + b"a" * 8193,
    "trailers without end": b"0\r\n" + b"a: b\r\n" * 101,
}


@pytest.mark.parametrize(("data", "carried"), WHOLE.values(), ids=WHOLE)
def test_what_is_carried_is_the_same_however_it_is_cut(data: bytes, carried: bytes) -> None:
    for size in (1, 2, 3, 5, len(data)):
        decoder, found = ChunkedDecoder(), []
        for at in range(0, len(data), size):
            assert not decoder.has_ended
            found.append(decoder.feed(data[at : at + size]))
        assert b"".join(found) == carried
        assert decoder.has_ended and not decoder.has_excess


@pytest.mark.parametrize(("data", "carried"), WHOLE.values(), ids=WHOLE)
def test_no_beginning_of_a_body_is_its_end(data: bytes, carried: bytes) -> None:
    for end in range(len(data)):
        decoder = ChunkedDecoder()
        assert carried.startswith(decoder.feed(data[:end]))
        assert not decoder.has_ended


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_what_is_no_chunk_is_an_error(data: bytes, size: int) -> None:
    decoder = ChunkedDecoder()
    with pytest.raises(ValueError, match=r"chunk|trailers"):
        for at in range(0, len(data), size):
            decoder.feed(data[at : at + size])


@pytest.mark.parametrize("data", [b"3\r\nabc\r\n", b"0\r\n" + b"a: b\r\n" * 100])
def test_long_and_many_but_not_too_long_and_many_lines_are_read(data: bytes) -> None:
    assert not ChunkedDecoder().feed(data).strip(b"abc")
    assert ChunkedDecoder().feed(b"3;" + b"a" * 8188 + b"\r\nabc") == b"abc"


def test_what_follows_the_end_is_seen_and_not_carried() -> None:
    decoder = ChunkedDecoder()
    assert decoder.feed(b"1\r\na\r\n0\r\n\r\nHTTP/1.1 200 OK") == b"a"
    assert decoder.has_ended and decoder.has_excess
    decoder = ChunkedDecoder()
    assert decoder.feed(b"1\r\na\r\n0\r\n\r\n") == b"a" and not decoder.has_excess
    assert decoder.feed(b"x") == b"" and decoder.has_excess
