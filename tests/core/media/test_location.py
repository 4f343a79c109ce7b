"""Where a picture was taken goes out of it, how it is turned stays, and no pixel changes."""

import pytest

from aichat.core.media.location import Exif, read_exif, without_location
from aichat.core.media.picture_size import picture_size
from tests.support.values.media import exif, jpeg_header, png

XMP = b"http://ns.adobe.com/xap/1.0/\0<x exif:GPSLatitude='1'/>"


def webp(tiff: bytes) -> bytes:
    chunks = b"VP8X\x0a\0\0\0\x08\0\0\0\x3f\x01\0\xef\0\0" + b"VP8L\x05\0\0\0\x2f\x3f\xc1\x3b\0\0"
    chunks += b"EXIF" + len(tiff).to_bytes(4, "little") + tiff + b"\0" * (len(tiff) % 2)
    return b"RIFF" + (len(chunks) + 4).to_bytes(4, "little") + b"WEBP" + chunks


PLACED = {
    "jpeg": (jpeg_header(8, 6, exif(6, located=True)), Exif(6, True)),
    "jpeg, upright": (jpeg_header(8, 6, exif(1, located=True)), Exif(1, True)),
    "jpeg, by words": (jpeg_header(8, 6, xmp=XMP), Exif(1, True)),
    "png": (png(8, 6, (b"eXIf", exif(3, located=True))), Exif(3, True)),
    "webp": (webp(exif(1, located=True)), Exif(1, True)),
}


@pytest.mark.parametrize(("data", "told"), PLACED.values(), ids=PLACED)
def test_the_place_is_found_and_cut_out(data: bytes, told: Exif) -> None:
    assert read_exif(data) == told
    clean = without_location(data)
    kept = told.orientation if data.startswith(b"\xff\xd8") else 1
    assert read_exif(clean) == Exif(kept)
    assert picture_size(clean) == picture_size(data)
    assert b"GPS" not in clean
    assert data[-12:] == clean[-12:] or data.startswith(b"RIFF")  # what it shows


@pytest.mark.parametrize("data", [jpeg_header(8, 6), png(8, 6), jpeg_header(8, 6, exif(6))])
def test_a_picture_without_a_place_has_none(data: bytes) -> None:
    assert not read_exif(data).has_location


def test_a_clean_picture_stays_as_it_is() -> None:
    for data in (jpeg_header(8, 6), png(8, 6)):
        assert without_location(data) == data


@pytest.mark.parametrize(("data", "_"), PLACED.values(), ids=PLACED)
def test_what_is_cut_off_is_read_as_far_as_it_goes(data: bytes, _: object) -> None:
    for end in range(12, len(data), 3):
        read_exif(data[:end])


def test_the_flags_of_a_webp_say_that_its_metadata_went() -> None:
    clean = without_location(webp(exif(1, located=True)))
    assert clean[20] & 0x08 == 0
    assert int.from_bytes(clean[4:8], "little") == len(clean) - 8
