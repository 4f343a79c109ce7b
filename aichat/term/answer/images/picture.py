"""A picture out of untrusted bytes, small enough to be shown; Pillow (extra ``media``) decodes.

What reaches the terminal is only what is made here: the model's file never does.
"""

import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from aichat.values import NamedTuple

if TYPE_CHECKING:
    from PIL.Image import Image

#: Pixels of a picture that is decoded at all, and of one side of it: the header tells both.
MAX_PIXELS, MAX_SIDE = 25_000_000, 30_000

#: What is decoded: nothing that runs programs, or leads to other files.
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


class Size(NamedTuple):
    """Width and height, in pixels or in cells."""

    width: int
    height: int


class Thumbnail:
    """A decoded picture. Errors: ``ValueError`` for what is none, or too large to be looked at."""

    def __init__(self, data: bytes, most: Size) -> None:
        self._image = _decode(data, most)

    @property
    def size(self) -> Size:
        """Its pixels."""
        return Size(*self._image.size)

    def resized(self, size: Size) -> "Thumbnail":
        """The same in exactly so many pixels."""
        made = Thumbnail.__new__(Thumbnail)
        made._image = self._image.resize((size.width, size.height))
        return made

    def png(self) -> bytes:
        """The same as a PNG file that we wrote."""
        out = BytesIO()
        self._image.save(out, "PNG")
        return out.getvalue()

    def rows(self) -> list[list[tuple[int, int, int]]]:
        """Every row's pixels, transparent ones on black."""
        width, data = self._image.width, _flat(self._image).tobytes()
        pixels = [*zip(data[::3], data[1::3], data[2::3], strict=True)]
        return [pixels[at : at + width] for at in range(0, len(pixels), width)]

    def palette(self, colours: int) -> tuple[list[tuple[int, int, int]], list[bytes]]:
        """The most telling ``colours``, and every row as numbers of them."""
        few = _flat(self._image).quantize(colours)
        table = few.getpalette() or []
        width, data = few.width, few.tobytes()
        used = max(data, default=0) + 1
        shades = [*zip(table[::3], table[1::3], table[2::3], strict=True)][:used]
        return shades, [data[at : at + width] for at in range(0, len(data), width)]


def _flat(image: "Image") -> "Image":
    if image.mode != "RGBA":
        return image
    from PIL import Image

    ground = Image.new("RGBA", image.size, (0, 0, 0, 255))
    return Image.alpha_composite(ground, image).convert("RGB")


def _decode(data: bytes, most: Size) -> "Image":
    """The first frame, at most ``most`` pixels."""
    from warnings import catch_warnings

    from PIL.Image import DecompressionBombError

    try:
        with catch_warnings(action="ignore"):
            return _open(data, most)
    except (DecompressionBombError, *_DECODER_ERRORS) as error:
        raise ValueError(str(error)) from error


#: What a decoder makes of bytes that are not what they say.
_DECODER_ERRORS = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError),
    *(RuntimeError, SyntaxError, TypeError, ValueError, struct.error, zlib.error),
)


def _open(data: bytes, most: Size) -> "Image":
    from PIL import Image, ImageOps

    opened = Image.open(BytesIO(data), formats=_FORMATS)
    width, height = opened.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE or not width * height:
        raise ValueError(f"{width} x {height} pixels are not shown")
    opened.draft("RGB", (most.width, most.height))
    has_alpha = opened.mode in ("RGBA", "LA", "PA") or "transparency" in opened.info
    image: Image.Image = opened.convert("RGBA" if has_alpha else "RGB")
    image.thumbnail((most.width, most.height))
    ImageOps.exif_transpose(image, in_place=True)
    return image


def can_decode() -> bool:
    """Whether there is anything here to decode with."""
    from importlib.util import find_spec

    return find_spec("PIL") is not None
