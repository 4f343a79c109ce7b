"""HTTP/1.1 messages: the same however they are cut, and told apart from what is none."""

import time

import pytest

from aichat.core.http.http1 import (
    MAX_HEAD,
    ChunkedDecoder,
    Head,
    HeadDecoder,
    body_decoder,
    request_head,
)

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


# -- heads

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-A: 1\r\nx-a: 2\r\n\r\nbody"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_head_is_the_same_however_it_is_cut(size: int) -> None:
    decoder, found, rest = HeadDecoder(), None, b""
    for at in range(0, len(HEAD), size):
        if found:
            rest += HEAD[at : at + size]
        elif found := decoder.feed(HEAD[at : at + size]):
            rest = decoder.rest
    assert found == Head(1, 200, "OK", {"content-type": "text/plain", "x-a": "1, 2"})
    assert rest == b"body"


@pytest.mark.parametrize(
    ("data", "head"),
    [
        (b"HTTP/1.0 404 Not Found\n\n", Head(0, 404, "Not Found", {})),
        (b"HTTP/1.1 204\r\n\r\n", Head(1, 204, "", {})),
        (b"HTTP/1.1 200 \r\nA:\r\n\r\n", Head(1, 200, "", {"a": ""})),
        (
            "HTTP/1.1 200 OK\r\na: \t é \r\n\r\n".encode(),
            Head(1, 200, "OK", {"a": "é"}),
        ),
        (b"HTTP/1.1 200 OK\r\na: \xe9\r\n\r\n", Head(1, 200, "OK", {"a": "é"})),
    ],
)
def test_heads_as_servers_write_them(data: bytes, head: Head) -> None:
    assert HeadDecoder().feed(data) == head


@pytest.mark.parametrize(
    "data",
    [
        b"\x15\x03\x01\x00\x02",
        b"HTML",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 200OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nblank : x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na: x\r\n folded\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na: x\0y\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na: x\ry\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 501 + b"\r\n",
        b"HTTP/1.1 200 OK\r\na: " + b"b" * (MAX_HEAD + 1),
    ],
)
def test_what_is_no_head_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        HeadDecoder().feed(data)


def test_a_head_of_single_bytes_is_read_in_linear_time() -> None:
    whole = b"HTTP/1.1 200 OK\r\na: " + b"b" * 100_000 + b"\r\n\r\n"
    taken = []
    for part in (whole[:20] + whole[-25_004:], whole[:20] + whole[-50_004:], whole):
        decoder, begin = HeadDecoder(), time.process_time()
        heads = [decoder.feed(part[at : at + 1]) for at in range(len(part))]
        taken.append(time.process_time() - begin)
        assert heads[-1] and not any(heads[:-1])
    assert taken[2] < 12 * max(taken[0], 0.01)


@pytest.mark.parametrize("name", ["a\r\nb", "a\0", "a\n"])
def test_a_request_cannot_hold_a_line_end(name: str) -> None:
    with pytest.raises(ValueError):
        request_head("GET", "/", [("x", name)])
    assert request_head("GET", "/", [("x", "ü")]) == "GET / HTTP/1.1\r\nx: ü\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("method", "status", "headers", "body", "ends_itself"),
    [
        ("GET", 200, {"content-length": "2"}, b"ab", True),
        ("GET", 200, {"content-length": "2, 2"}, b"ab", True),
        ("GET", 200, {"transfer-encoding": "Chunked"}, b"2\r\nab\r\n0\r\n\r\n", True),
        ("GET", 200, {"transfer-encoding": "chunked", "content-length": "9"}, b"0\r\n\r\n", True),
        ("GET", 200, {}, b"ab", False),
        ("HEAD", 200, {"content-length": "2"}, b"", True),
        ("GET", 204, {}, b"", True),
        ("GET", 304, {"content-length": "2"}, b"", True),
    ],
)
def test_where_a_body_ends(
    method: str, status: int, headers: dict[str, str], body: bytes, ends_itself: bool
) -> None:
    decoder = body_decoder(method, status, headers)
    carried = decoder.feed(body)
    assert carried in (b"ab", b"") and decoder.ends_itself is ends_itself
    assert decoder.has_ended is ends_itself and not decoder.has_excess
    if ends_itself:
        decoder.feed(b"x")
        assert decoder.has_excess


@pytest.mark.parametrize(
    "headers",
    [
        {"content-length": "2, 3"},
        {"content-length": "-1"},
        {"content-length": "two"},
        {"content-length": "²"},
        {"content-length": "9" * 19},
        {"transfer-encoding": "gzip, chunked"},
    ],
)
def test_a_body_without_a_clear_end_is_an_error(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        body_decoder("GET", 200, headers)
