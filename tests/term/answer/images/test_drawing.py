"""A picture in each of the four ways: it fits, it is the same picture, and it is ours."""

import struct
import zlib
from io import BytesIO

import pyte
import pytest

pytest.importorskip("PIL", reason="pictures are decoded by Pillow (extra media)")

from PIL import Image

from aichat.term.answer.images import protocols
from aichat.term.answer.images.drawing import Canvas, draw_picture
from aichat.term.answer.images.method import ImageMethod, MethodName
from aichat.term.answer.images.picture import Size, Thumbnail
from aichat.term.markdown.style import paint
from tests.support.running.marks import long_case
from tests.term.answer.images.reading import (
    Shown,
    difference,
    read_blocks,
    read_iterm,
    read_kitty,
    read_sixel,
)

CELL = Size(10, 20)


def photo(width: int, height: int) -> Image.Image:
    """Something to be recognised: red grows to the right, green downwards."""
    red = Image.linear_gradient("L").rotate(90).resize((width, height))
    green = Image.linear_gradient("L").resize((width, height))
    return Image.merge("RGB", (red, green, Image.new("L", (width, height), 90)))


def as_file(image: Image.Image, kind: str = "PNG") -> bytes:
    out = BytesIO()
    image.save(out, kind)
    return out.getvalue()


READERS = {"kitty": read_kitty, "iterm": read_iterm, "sixel": read_sixel}
PHOTO = photo(900, 600)


@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize("way", READERS)
def test_a_picture_arrives_as_itself_and_fits(way: MethodName, columns: int) -> None:
    drawn = draw_picture(as_file(PHOTO), Canvas(columns, 24, CELL, ImageMethod(way)))
    (shown,) = READERS[way](drawn.sequence)
    assert drawn.height <= 20 and shown.image.width <= columns * CELL.width
    assert shown.image.height <= drawn.height * CELL.height
    assert difference(shown.image, PHOTO) < (8 if way == "sixel" else 2)
    if way != "sixel":
        assert (shown.columns, shown.rows) == (min(60, columns), drawn.height)


@pytest.mark.parametrize("way", READERS)
def test_rows_are_made_first_and_the_cursor_stands_below_them(way: MethodName) -> None:
    drawn = draw_picture(as_file(PHOTO), Canvas(80, 24, CELL, ImageMethod(way)))
    rows = drawn.height
    assert drawn.sequence.startswith("\n" * rows + f"\x1b[{rows}A\x1b7\x1b")
    assert drawn.sequence.endswith(f"\x1b8\x1b[{rows}B\r")


@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize("system", ["truecolor", "256"])
def test_half_blocks_are_a_thumbnail(columns: int, system: str) -> None:
    drawn = draw_picture(as_file(PHOTO), Canvas(columns, 24, CELL, ImageMethod("blocks")))
    assert not drawn.sequence and len(drawn.rows) <= 20
    screen = pyte.Screen(columns, 24)
    pyte.Stream(screen).feed("".join(f"{paint(row, system)}\r\n" for row in drawn.rows))
    assert not any(row for row in screen.display if row.rstrip("▀ "))
    assert difference(read_blocks(screen), PHOTO) < (4 if system == "truecolor" else 25)


@pytest.mark.parametrize("kind", ["JPEG", "GIF", long_case("WEBP"), long_case("BMP")])
@pytest.mark.parametrize("way", READERS)
def test_what_arrives_is_a_png_that_we_wrote_whatever_came(way: MethodName, kind: str) -> None:
    data = as_file(PHOTO, kind) + b"\x1b]0;owned\x07"
    drawn = draw_picture(data, Canvas(80, 24, CELL, ImageMethod(way)))
    (shown,) = READERS[way](drawn.sequence)
    assert difference(shown.image, PHOTO) < 12 and "owned" not in drawn.sequence


def test_an_upright_photo_is_shown_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned to the right
    out = BytesIO()
    PHOTO.save(out, "JPEG", exif=exif)
    drawn = draw_picture(out.getvalue(), Canvas(80, 24, CELL, ImageMethod("kitty")))
    (shown,) = read_kitty(drawn.sequence)
    assert shown.image.width < shown.image.height


def test_what_is_transparent_is_kept_by_those_that_can_and_black_to_the_others() -> None:
    clear = as_file(Image.new("RGBA", (20, 20), (255, 0, 0, 0)))
    drawn = draw_picture(clear, Canvas(80, 24, CELL, ImageMethod("sixel")))
    assert read_sixel(drawn.sequence)[0].image.getpixel((5, 5)) == (0, 0, 0)


def unwrapped(text: str) -> str:
    """What tmux hands on of its passthrough sequences, and nothing else."""
    handed = []
    for piece in text.split("\x1bPtmux;")[1:]:
        inner, _, _ = piece.replace("\x1b\x1b", "\0").partition("\x1b\\")
        handed.append(inner.replace("\0", "\x1b"))
    return "".join(handed)


def test_in_tmux_kitty_is_given_the_picture_and_tmux_the_cells() -> None:
    drawn = draw_picture(as_file(PHOTO), Canvas(80, 24, CELL, ImageMethod("kitty", True)))
    (shown,) = read_kitty(unwrapped(drawn.sequence))
    assert difference(shown.image, PHOTO) < 2
    rows = drawn.sequence.rpartition("\x1b\\")[2].splitlines()
    assert len(rows) == drawn.height == shown.rows
    for row, mark in zip(rows, protocols._ROW_MARKS, strict=False):
        cells = row.partition("m")[2].removesuffix("\x1b[39m")
        assert cells == (chr(0x10EEEE) + chr(mark)) * shown.columns


def test_in_tmux_iterm_is_given_the_picture_in_one_sequence_that_tmux_takes() -> None:
    noise = as_file(Image.effect_noise((1600, 1600), 90).convert("RGB"))
    drawn = draw_picture(noise, Canvas(400, 200, Size(20, 80), ImageMethod("iterm", True)))
    assert len(drawn.sequence) < 1 << 20
    assert len(read_iterm(unwrapped(drawn.sequence))) == 1


def png(width: int, height: int, data: bytes) -> bytes:
    """A PNG whose header says what it likes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        size, check = struct.pack(">I", len(body)), struct.pack(">I", zlib.crc32(kind + body))
        return size + kind + body + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", data), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


BOMB = png(5_000, 5_001, zlib.compress(bytes(100_000_000), 9))
HOSTILE = {
    "a bomb": png(50_000, 50_000, zlib.compress(bytes(1_000_000))),
    "a bomb of little": BOMB,
    "60,000 pixels wide": png(60_000, 1, zlib.compress(bytes(180_001))),
    "no pixels": png(0, 0, b""),
    "cut": as_file(PHOTO)[:3000],
    "a beginning": b"\x89PNG\r\n\x1a\n",
    "nothing": b"",
    "a page": b"<svg onload='x'>",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n(%pipe%id) (r) file\n",
    "text": b"\x1b[2J",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("way", [*READERS, "blocks"])
def test_what_cannot_be_looked_at_is_no_picture(way: MethodName, data: bytes) -> None:
    with pytest.raises(ValueError):
        draw_picture(data, Canvas(80, 24, CELL, ImageMethod(way)))


@pytest.mark.parametrize("size", [(1, 1), (1, 600), (3000, 2), (9, 9)])
@pytest.mark.parametrize("way", [*READERS, "blocks"])
def test_the_smallest_and_the_thinnest_are_shown(way: MethodName, size: tuple[int, int]) -> None:
    drawn = draw_picture(as_file(photo(*size)), Canvas(40, 5, CELL, ImageMethod(way)))
    assert 1 <= (drawn.height or len(drawn.rows)) <= 3


def test_few_colours_are_told_by_sixel_as_they_are() -> None:
    flag = Image.new("RGB", (30, 14), (255, 255, 255))
    flag.paste((255, 0, 0), (0, 0, 30, 7))
    (shown,) = read_sixel(protocols.sixel(Thumbnail(as_file(flag), Size(99, 99))))
    assert shown == Shown(shown.image) and shown.image.tobytes() == flag.tobytes()
