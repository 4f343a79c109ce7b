"""Films and photos tell no place: it is written over, and every box keeps its size."""

from collections.abc import Iterator
from io import BytesIO

import pytest

from aichat.core.media.boxes import Blank, place_blanks, with_blanks
from tests.support.values.media import PLACE, film, heic, located_exif, mp4

WAYS = ("android", "3gpp", "itunes", "apple", "track", "xmp")


def blanks_of(data: bytes) -> tuple[Blank, ...]:
    return place_blanks(lambda place, count: data[place : place + count], len(data))


def clean(data: bytes, size: int = 1 << 20) -> bytes:
    pieces = (data[place : place + size] for place in range(0, len(data), size))
    return b"".join(with_blanks(pieces, blanks_of(data)))


def kinds(data: bytes) -> list[bytes]:
    return [data[place + 4 : place + 8] for place in starts(data)]


def starts(data: bytes) -> Iterator[int]:
    place = 0
    while place < len(data):
        yield place
        place += int.from_bytes(data[place : place + 4])
    assert place == len(data)


@pytest.mark.parametrize("front", [True, False], ids=["front", "end"])
@pytest.mark.parametrize("way", WAYS)
def test_a_film_tells_no_place_and_is_as_long_as_it_was(way: str, front: bool) -> None:
    data = film(way, front=front)
    made = clean(data)
    assert PLACE in data and PLACE not in made
    assert len(made) == len(data) and kinds(made) == kinds(data)
    assert made.count(PLACE[::-1]) == 1  # what it shows is not looked at
    assert (b"Some phone" in made) == (b"Some phone" in data)
    assert blanks_of(made) == ()


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_pieces_of_any_size_make_the_same(size: int) -> None:
    data = film(*WAYS, front=False)
    assert clean(data, size) == clean(data)


def test_a_film_without_a_place_stays_as_it_is() -> None:
    for data in (mp4(2), film(), b"RIFF" + film("android"), b""):
        assert blanks_of(data) == ()


def test_what_is_broken_is_read_as_far_as_it_goes() -> None:
    data = film(*WAYS)
    for end in range(0, len(data), 5):
        blanks_of(data[:end])
    for place in range(16, 600):
        blanks_of(data[:place] + b"\xff" + data[place + 1 :])


def test_boxes_without_end_are_not_gone_through() -> None:
    asked: list[int] = []

    def read(place: int, count: int) -> bytes:
        asked.append(count)
        if place == 4:
            return b"ftyp"
        return b"\0\0\0\x08moov"[:count].ljust(count, b"\0")

    assert place_blanks(read, 1 << 40) == ()
    assert len(asked) < 50_000 and sum(asked) < 2_000_000


XMP = b"<x:xmpmeta><x exif:GPSLatitude='48,51N'/></x:xmpmeta>"

PHOTOS = {
    "in the file": heic(located_exif()),
    "of the other order": heic(located_exif("<")),
    "inside": heic(located_exif(), inside=True),
    "by short numbers": heic(located_exif(), version=0),
    "by long numbers": heic(located_exif("<"), version=2),
    "in words too": heic(located_exif(), XMP),
}


@pytest.mark.parametrize("data", PHOTOS.values(), ids=PHOTOS)
def test_a_photo_tells_no_place_and_is_turned_as_it_was(data: bytes) -> None:
    made = clean(data)
    tiff = data.rindex(b"Exif\0\0") + 6
    order = "big" if data[tiff : tiff + 2] == b"MM" else "little"
    values = (2772).to_bytes(4, order)
    assert values in data and values not in made and b"GPSLatitude" not in made
    assert len(made) == len(data) and kinds(made) == kinds(data)
    assert made[tiff : tiff + 22] == data[tiff : tiff + 22]  # how it is turned
    assert (0x8825).to_bytes(2, order) not in made[tiff:]


def test_a_photo_without_a_place_and_one_that_is_broken_do_no_harm() -> None:
    data = PHOTOS["in words too"]
    assert blanks_of(heic(located_exif().replace(b"\x88\x25", b"\x88\x26"))) == ()
    for end in range(0, len(data), 3):
        blanks_of(data[:end])
    for place in range(16, len(data)):
        for blank in blanks_of(data[:place] + b"\xfe" + data[place + 1 :]):
            assert blank.start >= 0 and blank.size >= 0


def test_a_photo_of_a_real_encoder_keeps_its_picture() -> None:
    heif = pytest.importorskip("pillow_heif", reason="photos are made by libheif (extra media)")
    image = pytest.importorskip("PIL.Image").new("RGB", (64, 64), "teal")
    file = BytesIO()
    heif.from_pillow(image).save(file, exif=b"Exif\0\0" + located_exif())
    made = clean(file.getvalue())
    before, after = heif.open_heif(file.getvalue()), heif.open_heif(made)
    values = (2772).to_bytes(4)
    assert values in before.info["exif"] and values not in after.info["exif"]
    assert bytes(after.data) == bytes(before.data) and len(made) == len(file.getvalue())
