"""Cutting the location out of a picture, without touching a pixel.

JPEG keeps it in APP1 (Exif, XMP), PNG in ``eXIf`` and text chunks, WebP in ``EXIF`` and ``XMP``.
"""

import re
from collections.abc import Iterator
from typing import Literal

from aichat.values import NamedTuple

_GPS, _ORIENTATION, _PADDING = 0x8825, 0x0112, 0xEA1C

#: Bytes of one value of each TIFF type.
_WIDTHS = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8)

#: Names in XMP that tell a location.
PLACE_WORDS = re.compile(rb"GPSLatitude|GPSLongitude")


class Exif(NamedTuple):
    """The metadata that matters: a picture's orientation (1 is upright), and has it a location."""

    orientation: int = 1
    has_location: bool = False


def read_exif(data: bytes) -> Exif:
    """The Exif data of a JPEG, PNG or WebP picture."""
    found = Exif()
    for kind, content in _metadata(data):
        if kind == "exif":
            found = _parse_tiff(content.removeprefix(b"Exif\0\0"))
        elif PLACE_WORDS.search(content):
            found = found._replace(has_location=True)
    return found


def without_location(data: bytes) -> bytes:
    """The picture without its metadata, except its orientation."""
    turned = read_exif(data).orientation
    if data.startswith(b"\xff\xd8"):
        kept = [piece for kind, piece in _jpeg_segments(data) if not kind]
        return b"".join((kept[0], _exif_segment(turned), *kept[1:]))
    if data.startswith(b"\x89PNG"):
        return data[:8] + b"".join(p for kind, _, p in _png_chunks(data) if kind not in _PNG_TEXT)
    body = b"".join(piece for kind, _, piece in _webp_chunks(data) if kind not in _WEBP_META)
    if body[:4] == b"VP8X":  # clear the flags for metadata
        body = body[:8] + bytes((body[8] & ~0x0C,)) + body[9:]
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body


def _metadata(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Every piece of metadata, with its kind."""
    if data.startswith(b"\xff\xd8"):
        yield from ((kind, piece[4:]) for kind, piece in _jpeg_segments(data) if kind)
    elif data.startswith(b"\x89PNG"):
        for name, content, _ in _png_chunks(data):
            if name in _PNG_TEXT:
                yield "exif" if name == b"eXIf" else "text", content
    elif data[8:12] == b"WEBP":
        for name, content, _ in _webp_chunks(data):
            if name in _WEBP_META:
                yield "exif" if name == b"EXIF" else "text", content


_PNG_TEXT = frozenset((b"eXIf", b"tEXt", b"zTXt", b"iTXt"))
_WEBP_META = frozenset((b"EXIF", b"XMP "))


def _jpeg_segments(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The segments, each with its kind of metadata, then everything after the headers."""
    yield "", data[:2]
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] not in (0xDA, 0xD9):
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4])
        piece, marker = data[place:end], data[place + 1]
        if marker == 0xE1:
            yield "exif" if piece[4:10] == b"Exif\0\0" else "text", piece
        else:
            yield "text" if marker in (0xED, 0xFE) else "", piece
        place = max(end, place + 2)
    yield "", data[place:]


def _exif_segment(orientation: int) -> bytes:
    """Exif with only the orientation; empty if the picture is upright."""
    if orientation == 1:
        return b""
    entry = b"\x01\x12\0\x03\0\0\0\x01" + orientation.to_bytes(2) + b"\0\0"
    tiff = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + entry + b"\0\0\0\0"
    return b"\xff\xe1" + (len(tiff) + 2).to_bytes(2) + tiff


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """The name, the content and all the bytes of each chunk."""
    place = 8
    while place + 8 <= len(data):
        end = place + 12 + int.from_bytes(data[place : place + 4])
        yield data[place + 4 : place + 8], data[place + 8 : end - 4], data[place:end]
        place = end


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    place = 12
    while place + 8 <= len(data):
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        end = place + 8 + size + size % 2
        yield data[place : place + 4], data[place + 8 : place + 8 + size], data[place:end]
        place = end


def _parse_tiff(data: bytes) -> Exif:
    """The first directory of Exif's TIFF structure."""
    order = "little" if data[:2] == b"II" else "big"

    def number(place: int, width: int) -> int:
        return int.from_bytes(data[place : place + width], order)  # type: ignore[arg-type]

    start, found = number(4, 4), Exif()
    for entry in range(min(number(start, 2), 200)):
        place = start + 2 + 12 * entry
        tag = number(place, 2)
        if tag == _ORIENTATION and 1 <= number(place + 8, 2) <= 8:
            found = found._replace(orientation=number(place + 8, 2))
        elif tag == _GPS:
            found = found._replace(has_location=True)
    return found


def gps_ranges(tiff: bytes) -> Iterator[tuple[int, int, bytes]]:
    """What to overwrite in Exif's TIFF structure so that it has no location.

    Each is an offset, a count, and the first bytes, which zeros follow. The GPS directory
    goes, with its values, and the entry that points to it becomes mere padding.
    """
    order: Literal["little", "big"] = "little" if tiff[:2] == b"II" else "big"
    if tiff[:2] not in (b"II", b"MM"):
        return

    def number(place: int, width: int) -> int:
        return int.from_bytes(tiff[place : place + width], order)

    start = number(4, 4)
    for entry in range(min(number(start, 2), 200)):
        place = start + 2 + 12 * entry
        if number(place, 2) != _GPS or place + 12 > len(tiff):
            continue
        directory = number(place + 8, 4)
        count = min(number(directory, 2), 64)
        for each in range(directory + 2, directory + 2 + 12 * count, 12):
            kind = number(each + 2, 2)
            size = number(each + 4, 4) * (_WIDTHS[kind] if kind < len(_WIDTHS) else 0)
            if size > 4 and number(each + 8, 4) + size <= len(tiff):
                yield number(each + 8, 4), size, b""
        if directory + 2 + 12 * count <= len(tiff):
            yield directory, 2 + 12 * count, b""
        yield place, 12, _PADDING.to_bytes(2, order) + (7).to_bytes(2, order)
