"""A picture's size in pixels, from its header alone: a bomb is recognised before it is decoded."""

import re

from aichat.values import NamedTuple

#: The most pixels that are sent or decoded, which takes four bytes each.
MAX_PIXELS = 100_000_000


class PictureSize(NamedTuple):
    """Width and height in pixels, as stored."""

    width: int
    height: int

    @property
    def is_bomb(self) -> bool:
        """Whether it has too many pixels to be decoded."""
        return self.width * self.height > MAX_PIXELS

    @property
    def longest(self) -> int:
        """The longer side."""
        return max(self)

    @property
    def shortest(self) -> int:
        """The shorter side."""
        return min(self)


def picture_size(data: bytes) -> PictureSize | None:
    """The size given in a PNG, JPEG, GIF, WebP, BMP, TIFF or HEIC header; None if unknown."""
    read = next((read for begin, read in _READERS if data.startswith(begin)), _heic_size)
    return read(data)


def _png_size(data: bytes) -> PictureSize | None:
    return _pair(data[16:24], 4, "big") if data[12:16] == b"IHDR" else None


def _gif_size(data: bytes) -> PictureSize | None:
    return _pair(data[6:10], 2, "little")


def _bitmap_size(data: bytes) -> PictureSize | None:
    size = _pair(data[18:26], 4, "little")
    return size and size._replace(height=min(size.height, 2**32 - size.height))  # or top down


def _heic_size(data: bytes) -> PictureSize | None:
    """The size of the largest picture in ISO's container."""
    boxes = re.findall(rb"ispe\0\0\0\0(.{8})", data[:65536], re.S)
    sizes = [size for box in boxes if (size := _pair(box, 4, "big"))]
    return max(sizes, key=lambda size: size.width * size.height, default=None)


def _pair(data: bytes, width: int, order: str) -> PictureSize | None:
    if len(data) < 2 * width:
        return None
    read = [int.from_bytes(data[i : i + width], order) for i in (0, width)]  # type: ignore[arg-type]
    return PictureSize(*read)


def _jpeg_size(data: bytes) -> PictureSize | None:
    """The size in the first frame's header, after skipping other segments."""
    place = 2
    while place + 9 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = (int.from_bytes(data[place + i : place + i + 2]) for i in (5, 7))
            return PictureSize(width, height)
        if marker == 0xFF:  # a fill byte
            place += 1
            continue
        place += 2 + int.from_bytes(data[place + 2 : place + 4])
    return None


def _webp_size(data: bytes) -> PictureSize | None:
    form = data[12:16]
    if form == b"VP8X" and len(data) >= 30:
        width, height = (int.from_bytes(data[i : i + 3], "little") + 1 for i in (24, 27))
        return PictureSize(width, height)
    if form == b"VP8L" and len(data) >= 25:
        bits = int.from_bytes(data[21:25], "little")
        return PictureSize((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    size = _pair(data[26:30], 2, "little") if form == b"VP8 " else None
    return size and PictureSize(size.width & 0x3FFF, size.height & 0x3FFF)


def _tiff_size(data: bytes) -> PictureSize | None:
    """The size of the first picture, if its directory is within ``data``."""
    order = "little" if data[:2] == b"II" else "big"

    def number(place: int, width: int) -> int:
        return int.from_bytes(data[place : place + width], order)  # type: ignore[arg-type]

    start = number(4, 4)
    found = {}
    for entry in range(number(start, 2)):
        place = start + 2 + 12 * entry
        if place + 12 > len(data):
            break
        found[number(place, 2)] = number(place + 8, {3: 2}.get(number(place + 2, 2), 4))
    width, height = found.get(256), found.get(257)
    return PictureSize(width, height) if width and height else None


_READERS = (
    (b"\x89PNG", _png_size),
    (b"GIF8", _gif_size),
    (b"\xff\xd8", _jpeg_size),
    (b"RIFF", _webp_size),
    (b"BM", _bitmap_size),
    (b"II*\0", _tiff_size),
    (b"MM\0*", _tiff_size),
)


def is_cut_off(head: bytes, tail: bytes, size: int) -> bool:
    """Whether a PNG, JPEG, GIF or WebP picture of ``size`` bytes lacks its end.

    Anything may follow the end marker: phones put videos there.
    """
    if head.startswith(b"RIFF"):
        return int.from_bytes(head[4:8], "little") > size - 8
    end = next((end for begin, end in _ENDS if head.startswith(begin)), b"")
    return end not in tail


def can_be_seen_through(head: bytes) -> bool:
    """Whether a PNG has an alpha channel, or a colour that stands for nothing."""
    return head.startswith(b"\x89PNG") and (head[25:26] in (b"\4", b"\6") or b"tRNS" in head)


#: How a picture begins, and how it ends.
_ENDS = ((b"\x89PNG", b"IEND"), (b"\xff\xd8", b"\xff\xd9"), (b"GIF8", b"\0;"))
