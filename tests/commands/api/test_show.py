"""What an answer without a type is, on a terminal: told by its first line, not its first read."""

import time
from io import BytesIO

import pytest

from aichat.commands.api.show import make_writer
from aichat.core.text.clock import Clock
from aichat.errors import AichatError
from aichat.process.world import World

CLOCK = Clock(time.time, time.monotonic, time.sleep, lambda: 0.5)


def shown(body: bytes, size: int, kind: str = "") -> str | None:
    """What is shown of a body that is read in pieces of a size; None if it is refused."""
    out = BytesIO()
    world = World({}, None, out, BytesIO(), True, True, CLOCK)
    try:
        writer = make_writer(world, {"content-type": kind}, lambda remark: None)
        for at in range(0, len(body), size):
            writer.write(body[at : at + size])
        writer.close()
    except AichatError as error:
        assert error.fault.kind == "output"
        assert not out.getvalue()
        return None
    return out.getvalue().decode()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 4096, 9999])
@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"text", "text\n"),
        (b"one\ntwo", "one\ntwo\n"),
        (b"<svg>", "<svg>\n"),
        (b"text\0", None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"\xff\xd8", None),
        (b"%PDF-1.7\n%text", None),
        ("é\u202e".encode(), "é\ufffd\n"),
        (b"one\ntwo\0", "one\ntwo␀\n"),
        (b"x" * 4095 + "é".encode() + b"\0", "x" * 4095 + "é␀\n"),
        (b"x" * 4000 + b"\0", None),
    ],
    ids=lambda case: repr(case)[:16],
)
def test_what_is_text_does_not_depend_on_the_reads(
    body: bytes, text: str | None, size: int
) -> None:
    assert shown(body, size) == text == shown(body, size, "application/octet-stream")


def test_a_first_line_is_shown_as_it_ends() -> None:
    out = BytesIO()
    writer = make_writer(
        World({}, None, out, BytesIO(), True, True, CLOCK), {}, lambda remark: None
    )
    for piece in (b"on", b"e\ntw", b"o"):
        writer.write(piece)
    assert out.getvalue().startswith(b"one\n")
