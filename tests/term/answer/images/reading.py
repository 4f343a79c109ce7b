"""What terminals make of the three ways to send a picture, and of half blocks.

Each reader refuses what its protocol does not allow.
"""

import re
from base64 import b64decode
from io import BytesIO
from typing import NamedTuple

import pyte
from PIL import Image

_KITTY = re.compile(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\")
_ITERM = re.compile(r"\x1b\]1337;File=([^:]*):([A-Za-z0-9+/=]*)\x07")
_SIXEL = re.compile(r'\x1bP([\d;]*)q"(\d+);(\d+);(\d+);(\d+)([^\x1b]*)\x1b\\')
_SIXEL_PIECE = re.compile(r"#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([?-~])|([?-~])|([$-])")

Shade = tuple[int, int, int]


class Shown(NamedTuple):
    """A picture as a terminal got it, and the cells that it is to fill; 0 where it decides."""

    image: Image.Image
    columns: int = 0
    rows: int = 0


def read_kitty(text: str) -> list[Shown]:
    """Pictures that are transmitted and placed, in chunks of at most 4096 characters."""
    found, data, keys = [], "", {}
    for head, chunk in _KITTY.findall(text):
        given = dict(pair.split("=") for pair in head.split(","))
        if given.get("a") == "q":
            continue
        assert len(chunk) <= 4096 and (given["m"] == "0" or len(chunk) % 4 == 0)
        assert not data or given.keys() == {"m"}, "keys stand on the first chunk only"
        keys, data = keys or given, data + chunk
        if given["m"] == "0":
            assert (keys["a"], keys["f"], keys["q"]) == ("T", "100", "2")
            found.append(Shown(_png(b64decode(data)), int(keys["c"]), int(keys["r"])))
            data, keys = "", {}
    assert not data
    return found


def read_iterm(text: str) -> list[Shown]:
    """Inline files of a size that is told."""
    found = []
    for head, chunk in _ITERM.findall(text):
        keys, data = dict(pair.split("=") for pair in head.split(";")), b64decode(chunk)
        assert keys["inline"] == "1" and int(keys["size"]) == len(data)
        found.append(Shown(_png(data), int(keys["width"]), int(keys["height"])))
    return found


def read_sixel(text: str) -> list[Shown]:
    """Pictures drawn column by column, six pixels at a time."""
    return [Shown(_draw_sixel(*found)) for found in _SIXEL.findall(text)]


def _draw_sixel(
    modes: str, _high: str, _wide: str, width: str, height: str, body: str
) -> Image.Image:
    assert modes == "0;1;0"
    image = Image.new("RGB", (int(width), int(height)), (255, 0, 255))
    palette: dict[int, Shade] = {}
    colour = x = y = place = 0
    for found in _SIXEL_PIECE.finditer(body):
        assert found.start() == place, body[place : place + 20]
        place = found.end()
        number, red, green, blue, times, repeated, single, control = found.groups()
        if number:
            colour = int(number)
            if red:
                palette[colour] = tuple(int(v) * 255 // 100 for v in (red, green, blue))
        elif control:
            x, y = 0, y + 6 * (control == "-")
        else:
            end = x + int(times or 1)
            for at in range(x, end):
                _paint(image, at, y, ord(repeated or single) - 63, palette[colour])
            x = end
    assert place == len(body)
    return image


def _paint(image: Image.Image, x: int, y: int, bits: int, shade: Shade) -> None:
    for n in range(6):
        if bits >> n & 1:
            image.putpixel((x, y + n), shade)


def read_blocks(screen: pyte.Screen) -> Image.Image:
    """The pixels of the half blocks on a screen."""
    rows = [row for y in range(screen.lines) if (row := _block_row(screen.buffer[y], screen))]
    width = max(map(len, rows))
    image = Image.new("RGB", (width, 2 * len(rows)))
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            image.putpixel((x, 2 * y), _rgb(cell.fg))
            image.putpixel((x, 2 * y + 1), _rgb(cell.bg))
    return image


def _block_row(line: object, screen: pyte.Screen) -> list[pyte.screens.Char]:
    cells = [line[x] for x in range(screen.columns)]  # type: ignore[index]
    return [cell for cell in cells if cell.data == "▀"]


def _rgb(colour: str) -> Shade:
    return tuple(bytes.fromhex(colour))  # type: ignore[return-value]


def _png(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data), formats=["PNG"])
    image.load()
    return image.convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures are apart, from 0 to 255, whatever their sizes."""
    size = (16, 16)
    pairs = zip(one.resize(size).tobytes(), other.resize(size).tobytes(), strict=True)
    return sum(abs(a - b) for a, b in pairs) / (3 * size[0] * size[1])
