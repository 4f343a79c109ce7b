"""Converts images: upright, without location, smaller, or in another format.

It uses Pillow, with libheif for phones' photos and resvg for SVG, from the extra ``media``.
They are only imported when an image needs converting.
"""

import re
from io import BytesIO
from typing import TYPE_CHECKING

from aichat.core.media.picture_size import MAX_PIXELS, PictureSize, picture_size
from aichat.core.text.numbers import format_pixels
from aichat.errors import AichatError, usage_error
from aichat.process.installation import install_command
from aichat.process.stdin import format_size
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from PIL.Image import Image

#: JPEG qualities, tried until an image is small enough.
_QUALITIES = (90, 80, 70, 55)

_PHOTOS = frozenset(("image/jpeg", "image/heic"))

#: References to files in an SVG, which resvg would read.
_SVG_FILE = re.compile(rb"(href\s*=\s*)([\"'])(?!\s*(?:#|data:))[^\"']*\2", re.I)
_SVG_WIDTH = 1568


class PictureLimits(NamedTuple):
    """An image's limits, of which zero is none. ``types`` are the supported media types."""

    types: tuple[str, ...] = ()
    side: int = 0
    max_bytes: int = 0


class ConvertedPicture(NamedTuple):
    """A converted image, with its size before and after."""

    mime: str
    data: bytes
    before: PictureSize
    after: PictureSize

    def change(self, size: int) -> str:
        """What was changed, for a notice; ``size`` is the original's in bytes."""
        old, new = format_pixels(*self.before), format_pixels(*self.after)
        return f"{old} ({_megabytes(size)}) sent as {new} ({_megabytes(len(self.data))})"


def _megabytes(size: int) -> str:
    return f"{size / 10**6:.1f} MB" if size >= 10**5 else format_size(size)


def missing_library(name: str, what: str) -> AichatError:
    """The error for a missing extra; its hint is the command that installs it."""
    return usage_error(f"{name}: {what} needs the extra 'media'", install_command("media"))


def is_available() -> bool:
    """Whether images can be converted, with what is installed."""
    from importlib.util import find_spec

    return find_spec("PIL") is not None


def convert_picture(name: str, mime: str, data: bytes, limits: PictureLimits) -> ConvertedPicture:
    """The image within its limits, upright and without metadata.

    Errors: ``usage`` if it cannot be read, or the extra is missing.
    """
    size = picture_size(data)
    if size and size.is_bomb:
        pixels = format_pixels(*size)
        raise usage_error(f"{name} is too large to convert: {pixels} pixels")
    if mime == "image/svg+xml":
        data = _draw_svg(name, data)
    try:
        from PIL import Image, ImageOps, UnidentifiedImageError
    except ImportError:
        raise missing_library(name, f"converting {mime}") from None
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    if mime in ("image/heic", "image/avif"):
        _register_heif(name)
    try:
        with Image.open(BytesIO(data)) as opened:
            before = PictureSize(*opened.size)
            if before.is_bomb:
                raise usage_error(f"{name} is too large to convert")
            upright = ImageOps.exif_transpose(opened)
            return _encode(upright, before, mime, limits)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise usage_error(f"{name} cannot be read as {mime}: {error}") from error
    except Image.DecompressionBombError as error:
        raise usage_error(f"{name} is too large to convert") from error


def _encode(
    image: "Image", before: PictureSize, mime: str, limits: PictureLimits
) -> ConvertedPicture:
    """The image in a supported format, within the limit of bytes."""
    if limits.side:
        image.thumbnail((limits.side, limits.side))
    is_photo = mime in _PHOTOS or "image/png" not in (limits.types or ("image/png",))
    if not is_photo:
        data = _save(image, "PNG", 0)
        if not limits.max_bytes or len(data) <= limits.max_bytes:
            return ConvertedPicture("image/png", data, before, PictureSize(*image.size))
    plain = _without_alpha(image)
    while True:
        for quality in _QUALITIES:
            data = _save(plain, "JPEG", quality)
            if not limits.max_bytes or len(data) <= limits.max_bytes:
                return ConvertedPicture("image/jpeg", data, before, PictureSize(*plain.size))
        plain = plain.resize((max(1, plain.width * 3 // 4), max(1, plain.height * 3 // 4)))


def _without_alpha(image: "Image") -> "Image":
    """The image on a white background, if it has transparency."""
    from PIL import Image

    if not image.has_transparency_data:
        return image.convert("RGB")
    with_alpha = image.convert("RGBA")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return ground


def _save(image: "Image", form: str, quality: int) -> bytes:
    file = BytesIO()
    if form == "JPEG":
        image.save(file, form, quality=quality)
    else:
        kept = image if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA") else image.convert("RGB")
        kept.save(file, form, exif=b"")
    return file.getvalue()


def _register_heif(name: str) -> None:
    try:
        import pillow_heif
    except ImportError:
        raise missing_library(name, "converting HEIC") from None
    pillow_heif.register_heif_opener()


def _draw_svg(name: str, data: bytes) -> bytes:
    """An SVG as a PNG; the files to which it refers are not read."""
    try:
        import resvg_py
    except ImportError:
        raise missing_library(name, "converting SVG") from None
    text = _SVG_FILE.sub(rb'\1""', data).decode("utf-8", "replace")
    try:
        return bytes(resvg_py.svg_to_bytes(svg_string=text, width=_SVG_WIDTH))
    except ValueError as error:
        raise usage_error(f"{name} cannot be drawn: {error}") from error
