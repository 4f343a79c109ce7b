"""A picture's sides are read from its header; what is cut or lies is no picture of any size."""

import pytest

from aichat.core.media.picture_size import PictureSize, is_cut_off, picture_size
from tests.support.values.media import GIF, exif, jpeg_header, png

_TIFF = b"II*\0\x08\0\0\0\x02\0\0\x01\x03\0\x01\0\0\0\x07\0\0\0\x01\x01\x04\0\x01\0\0\0\x09\0\0\0"
SIZES = {
    "png": (png(7, 9), (7, 9)),
    "a bomb": (png(3, 2)[:16] + b"\0\0\xea\x60\0\0\xea\x60" + png(3, 2)[24:], (60000, 60000)),
    "jpeg": (jpeg_header(640, 480), (640, 480)),
    "jpeg behind metadata": (jpeg_header(640, 480, exif(6), xmp=bytes(60000)), (640, 480)),
    "gif": (GIF, (3, 5)),
    "webp, lossy": (b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x40\x01\xf0\x40", (320, 240)),
    "webp, lossless": (b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x3f\xc1\x3b\0", (320, 240)),
    "webp, extended": (b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x3f\x01\0\xef\0\0", (320, 240)),
    "bmp": (b"BM" + bytes(16) + b"\x0a\0\0\0\xf6\xff\xff\xff", (10, 10)),
    "tiff": (_TIFF, (7, 9)),
    "heic": (
        b"\0\0\0\x18ftypheic" + b"ispe\0\0\0\0\0\0\x0f\xc0\0\0\x0b\xd0" + b"ispe" + bytes(12),
        (4032, 3024),
    ),
}


@pytest.mark.parametrize(("data", "size"), SIZES.values(), ids=SIZES)
def test_a_header_says_the_size(data: bytes, size: tuple[int, int]) -> None:
    assert picture_size(data) == PictureSize(*size)


@pytest.mark.parametrize(("data", "_"), SIZES.values(), ids=SIZES)
def test_a_header_that_is_cut_says_nothing(data: bytes, _: object) -> None:
    for end in range(len(data[:40])):
        found = picture_size(data[:end])
        assert found is None or min(found) >= 0


def test_sides() -> None:
    assert (PictureSize(3, 5).longest, PictureSize(3, 5).shortest) == (5, 3)


WHOLE = {
    "png": png(7, 9),
    "jpeg": jpeg_header(6, 4) + b"\xff\xd9",
    "jpeg with a film behind it": jpeg_header(6, 4) + b"\xff\xd9" + bytes(99),
    "gif": GIF if GIF.endswith(b"\0;") else GIF + b"\0;",
    "webp": b"RIFF\x0e\0\0\0WEBPVP8L\0\0\0\0\x2f\x3f",
}


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE)
def test_a_picture_without_its_end_is_cut_off(data: bytes) -> None:
    assert not is_cut_off(data, data, len(data))
    cut = data.rstrip(b"\0")[:-5]
    assert is_cut_off(cut, cut, len(cut))


def test_of_other_pictures_nobody_knows_the_end() -> None:
    assert not is_cut_off(b"BM" + bytes(50), bytes(50), 52)
