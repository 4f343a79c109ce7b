"""Files that mean no good: one line, the right exit code, and nothing is sent but what is named.

Slow pages are in ``tests/net/test_pages.py``, what breaks a decoder in ``test_pictures.py`` and
``test_documents.py``, what a terminal is shown in ``tests/term/answer/images``.
"""

import os
import struct
import tracemalloc
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.commands.files.test_files import point
from tests.support.answering.answers import messages_stream
from tests.support.answering.server import Reply, Server
from tests.support.running.program import SENTINEL, Program
from tests.support.values.media import docx, jpeg_header, pdf, png

#: Pixels that unpack to 10 GB.
HUGE = (60_000, 60_000)


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises so many pixels, and that has its first rows."""
    small, header = png(8, 8), struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    check = struct.pack(">I", zlib.crc32(b"IHDR" + header))
    return small[:16] + header + check + small[33:]


class Hostile(NamedTuple):
    """A file, what it is called, and what becomes of a question that shows it to a Claude."""

    data: bytes
    code: int
    said: str = ""
    name: str = "a"


FILES: Mapping[str, Hostile] = {
    "a bomb": Hostile(bomb(*HUGE), 5, "more than anybody looks at"),
    "one pixel": Hostile(png(1, 1), 0),
    "a side of 60,000 pixels": Hostile(png(60_000, 1), 0, "60000x1 (87 bytes) sent as 2576x1"),
    "a picture that is an archive too": Hostile(jpeg_header(9, 9) + docx("hidden"), 0),
    "a picture that is a page too": Hostile(b"GIF89a\t\0\t\0<script>alert(1)</script>\0;", 0),
    "a document that has a password": Hostile(pdf(1, b"/Encrypt 9 0 R"), 2, "has a password"),
    "a document of 5,000 pages": Hostile(pdf(5000), 5, "5,000 pages"),
    "a picture that is cut off": Hostile(png(9, 9)[:-12], 2, "is cut off"),
    "nothing": Hostile(b"", 0),
    "a name that drives a terminal": Hostile(
        png(9, 9)[:-12], 2, "is cut off", "a\x1b]0;owned\x07\n.png"
    ),
    "a name of another kind": Hostile(png(9, 9), 0, "", "a.pdf"),
}


@pytest.fixture
def claude(aichat: Program) -> Program:
    """A program whose Claude answers."""
    point(aichat, aichat.server, "anthropic")  # type: ignore[attr-defined]
    return aichat


@pytest.fixture(autouse=True)
def server(aichat: Program) -> Iterator[Server]:
    with Server(default=messages_stream("Seen.")) as made:
        aichat.server = made  # type: ignore[attr-defined]
        yield made


@pytest.mark.parametrize("case", FILES)
def test_a_hostile_file_is_one_line(claude: Program, server: Server, case: str) -> None:
    hostile = FILES[case]
    (claude.home / hostile.name).write_bytes(hostile.data)
    done = claude.invoke("ask", "-p", "anthropic", "-f", hostile.name, "hi")
    assert (done.code, len(server.requests)) == (hostile.code, int(not hostile.code))
    assert hostile.said in done.stderr and len(done.stderr.splitlines()) <= 2
    assert "\x1b" not in done.stderr and SENTINEL not in done.stderr


def test_a_bomb_is_never_unpacked(claude: Program) -> None:
    (claude.home / "a.png").write_bytes(FILES["a bomb"].data)
    tracemalloc.start()
    try:
        assert claude.invoke("ask", "-p", "anthropic", "-f", "a.png", "hi").code == 5
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


def test_what_is_two_things_goes_as_the_one_that_it_begins_as(
    claude: Program, server: Server
) -> None:
    data = FILES["a picture that is an archive too"].data
    (claude.home / "a.docx").write_bytes(data)
    assert claude.invoke("ask", "-p", "anthropic", "-f", "a.docx", "hi").code == 0
    part = server.requests[0].json()["messages"][0]["content"][0]
    assert part["source"] == {
        "type": "base64", "media_type": "image/jpeg", "data": b64encode(data).decode()
    }  # fmt: skip


def _loop(home: Path) -> str:
    (home / "p").mkdir()
    (home / "p" / "a.png").write_bytes(png(9, 9))
    os.symlink(home / "p", home / "p" / "again")  # noqa: PTH211
    return "p"


PLACES: Mapping[str, tuple[Callable[[Path], str], int, str]] = {
    "no end": (lambda _: "/dev/zero", 2, "more than 10 MB"),
    "a loop": (_loop, 0, ""),
    "nothing there": (lambda _: "none.png", 2, "cannot read"),
    "this machine": (lambda _: "http://127.0.0.1:1/a.png", 2, "is an address of this machine"),
    "another scheme": (lambda _: "http://[", 2, "not a valid address"),
}


@pytest.mark.parametrize("case", PLACES)
def test_a_place_that_leads_nowhere_good_is_one_line(
    claude: Program, server: Server, case: str
) -> None:
    make, code, said = PLACES[case]
    done = claude.invoke("ask", "-p", "anthropic", "-f", make(claude.home), "hi")
    assert (done.code, len(server.requests)) == (code, int(not code))
    assert said in done.stderr and len(done.stderr.splitlines()) <= 2


#: What stands at an address that says ``image/png``, and what becomes of the question.
PAGES: Mapping[str, tuple[list[bytes], int, str]] = {
    "another kind": ([pdf(1)], 0, ""),
    "no picture at all": ([b"<html>no</html>"], 2, "image/png is not text"),
    "no end": ([b"BM" + bytes(16), *[bytes(1 << 20)] * 60], 2, "has more than"),
}


@pytest.mark.parametrize("case", PAGES)
def test_an_address_that_lies_is_what_is_there_and_bounded(
    claude: Program, server: Server, case: str
) -> None:
    """The proxy stands in for the web."""
    body, code, said = PAGES[case]
    with Server(default=Reply(headers={"content-type": "image/png"}, body=[*body])) as web:
        proxy = {"http_proxy": web.url, "no_proxy": "127.0.0.1"}
        words = ("ask", "-p", "anthropic", "-f", "http://pictures.example/a.png", "hi")
        done = claude.invoke(*words, environ=proxy)
    assert (done.code, len(server.requests)) == (code, int(not code))
    assert said in done.stderr and len(done.stderr.splitlines()) <= 2
    if not code:
        assert server.requests[0].json()["messages"][0]["content"][0]["type"] == "document"
