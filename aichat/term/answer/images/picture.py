"""Decoding an untrusted picture and scaling it down; with Pillow (extra ``media``).

The terminal gets only what is encoded here, never the model's file.
"""

import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from aichat.values import NamedTuple

if TYPE_CHECKING:
    from PIL.Image import Image

#: The most pixels in all and per side, checked in the header before decoding.
MAX_PIXELS, MAX_SIDE = 25_000_000, 30_000

#: Formats decoded: none that runs programs or refers to other files.
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


class Size(NamedTuple):
    """Width and height, in pixels or in cells."""

    width: int
    height: int


class Thumbnail:
    """A decoded picture. Errors: ``ValueError`` if the bytes are no picture, or it is too large."""

    def __init__(self, data: bytes, most: Size) -> None:
        self._image = _decode(data, most)

    @property
    def size(self) -> Size:
        """Its size in pixels."""
        return Size(*self._image.size)

    def resized(self, size: Size) -> "Thumbnail":
        """The picture, scaled to exactly ``size`` pixels."""
        made = Thumbnail.__new__(Thumbnail)
        made._image = self._image.resize((size.width, size.height))
        return made

    def png(self) -> bytes:
        """The picture, encoded as PNG."""
        out = BytesIO()
        self._image.save(out, "PNG")
        return out.getvalue()

    def rows(self) -> list[list[tuple[int, int, int]]]:
        """The pixels of each row, transparent ones on black."""
        width, data = self._image.width, _flat(self._image).tobytes()
        pixels = [*zip(data[::3], data[1::3], data[2::3], strict=True)]
        return [pixels[at : at + width] for at in range(0, len(pixels), width)]

    def palette(self, colours: int) -> tuple[list[tuple[int, int, int]], list[bytes]]:
        """A palette of at most ``colours``, and each row as indexes into it."""
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
    """The first frame, scaled down to at most ``most``."""
    from warnings import catch_warnings

    from PIL.Image import DecompressionBombError

    try:
        with catch_warnings(action="ignore"):
            return _open(data, most)
    except (DecompressionBombError, *_DECODER_ERRORS) as error:
        raise ValueError(str(error)) from error


#: Errors of decoders on malformed data.
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
    """Whether Pillow is installed."""
    from importlib.util import find_spec

    return find_spec("PIL") is not None
