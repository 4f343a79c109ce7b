"""Small images, documents, audio and videos, made without libraries."""

import struct
import wave
import zipfile
import zlib
from io import BytesIO


def png(width: int, height: int, *extra: tuple[bytes, bytes]) -> bytes:
    """A grey PNG; ``extra`` are chunks after its header."""
    row = b"\0" + bytes((width + 7) // 8)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)),
        *extra,
        (b"IDAT", zlib.compress(row * height)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def exif(orientation: int = 1, *, located: bool = False) -> bytes:
    """The TIFF structure of Exif."""
    entries = [struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)]
    if located:
        entries.append(struct.pack(">HHII", 0x8825, 4, 1, 0))
    return b"MM\0*\0\0\0\x08" + struct.pack(">H", len(entries)) + b"".join(entries) + bytes(4)


def jpeg_header(width: int, height: int, tiff: bytes = b"", *, xmp: bytes = b"") -> bytes:
    """A JPEG without image data: segments, a frame's header, an empty scan."""
    segments = [b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"]
    for data in ([b"Exif\0\0" + tiff] if tiff else []) + ([xmp] if xmp else []):
        segments.append(b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data)
    frame = struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\0"
    segments.append(b"\xff\xc0" + frame)
    return (
        b"\xff\xd8"
        + b"".join(segments)
        + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0"
        + b"\x55" * 9
        + b"\xff\xd9"
    )


def pdf(pages: int, more: bytes = b"") -> bytes:
    """A PDF of ``pages`` pages, each with its number."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>"]
    kids = b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(pages))
    objects.append(b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids))
    objects.append(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
    for number in range(pages):
        said = b"BT /F1 12 Tf 10 50 Td (This is page %d) Tj ET" % (number + 1)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents %d 0 R"
            b"/Resources<</Font<</F1 3 0 R>>>>>>" % (5 + 2 * number)
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(said), said))
    body, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    trailer = b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (
        count,
        more,
        len(body),
    )
    return body + end + trailer


def packed(**members: str) -> bytes:
    """A zip archive; a double underscore stands for a slash, a single one for a dot."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), text)
    return file.getvalue()


def docx(*paragraphs: str) -> bytes:
    """A Word document."""
    said = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    body = f'<w:document xmlns:w="http://w"><w:body>{said}</w:body></w:document>'
    return packed(word__document_xml=body)


def wav(seconds: float) -> bytes:
    """Silence."""
    file = BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(int(16000 * seconds)))
    return file.getvalue()


def mp4(seconds: int) -> bytes:
    """The boxes of a video with its duration."""
    header = b"\0\0\0\0" + bytes(8) + struct.pack(">II", 1000, seconds * 1000) + bytes(80)
    movie = struct.pack(">I", len(header) + 8) + b"mvhd" + header
    kind = b"\0\0\0\x18ftypisom\0\0\0\0isommp41"
    return kind + struct.pack(">I", len(movie) + 8) + b"moov" + movie


def box(kind: bytes, *inner: bytes) -> bytes:
    """A box of the ISO base media format."""
    body = b"".join(inner)
    return struct.pack(">I", len(body) + 8) + kind + body


#: A location in the format of phones.
PLACE = b"+48.8577+002.295/"


def film(*places: str, front: bool = True) -> bytes:
    """A video with its location in the given ways, before or after its content."""
    ways = {
        "android": box(b"udta", box(b"\xa9xyz", struct.pack(">HH", len(PLACE), 0x15C7), PLACE)),
        "3gpp": box(b"udta", box(b"loci", bytes(6), b"home\0", PLACE)),
        "itunes": box(b"udta", box(b"meta", bytes(4), _HANDLER, _ilst(b"\xa9xyz"))),
        "apple": box(b"meta", _HANDLER, _keys(), _ilst(b"\0\0\0\2")),
        "track": box(b"trak", box(b"udta", box(b"\xa9xyz", bytes(4), PLACE))),
        "xmp": box(b"udta", box(b"XMP_", b"<x exif:GPSLatitude='48,51N' />" + PLACE)),
    }
    kind = box(b"ftyp", b"isom\0\0\0\0isommp41")
    header = box(b"mvhd", bytes(12), struct.pack(">II", 1000, 2000), bytes(80))
    movie = box(b"moov", header, *(ways[place] for place in places))
    shown = box(b"mdat", PLACE[::-1] + bytes(range(256)) * 40)
    return kind + (movie + shown if front else shown + movie)


_HANDLER = box(b"hdlr", bytes(8), b"mdta", bytes(12))


def _keys() -> bytes:
    names = (b"com.apple.quicktime.make", b"com.apple.quicktime.location.ISO6709")
    return box(b"keys", bytes(4), struct.pack(">I", 2), *(box(b"mdta", each) for each in names))


def _ilst(kind: bytes) -> bytes:
    made = box(b"\0\0\0\1", box(b"data", bytes(8), b"Some phone"))
    return box(b"ilst", made, box(kind, box(b"data", bytes(8), PLACE)))


def located_exif(order: str = ">") -> bytes:
    """The TIFF structure of Exif, with the orientation, and a location of two values after it."""
    rationals = struct.pack(f"{order}6I", 48, 1, 51, 1, 2772, 100)
    first, gps, values = 8, 8 + 2 + 24 + 4, 8 + 30 + 2 + 24 + 4
    entries = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, 1, 0)
    entries += struct.pack(f"{order}HHII", 0x8825, 4, 1, gps)
    place = struct.pack(f"{order}HHI4s", 1, 2, 2, b"N\0\0\0")
    place += struct.pack(f"{order}HHII", 2, 5, 3, values)
    head = (b"MM" if order == ">" else b"II") + struct.pack(f"{order}HI", 42, first)
    count = struct.pack(f"{order}H", 2)
    return head + count + entries + bytes(4) + count + place + bytes(4) + rationals


def heic(tiff: bytes, xmp: bytes = b"", *, version: int = 1, inside: bool = False) -> bytes:
    """A phone's photo without image data: its metadata, in the file or ``inside`` a box."""
    items = ((b"Exif", b"\0\0\0\6Exif\0\0" + tiff), (b"mime", xmp))
    kind = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    infos = b"".join(
        box(b"infe", b"\2\0\0\0", struct.pack(">HH", n, 0), name, b"\0")
        for n, (name, _) in enumerate(items, 1)
    )
    told = b"".join(data for _, data in items)

    def head(start: int) -> bytes:
        places = b""
        for number, (_, data) in enumerate(items, 1):
            places += struct.pack(">I" if version == 2 else ">H", number)
            places += struct.pack(">H", int(inside)) if version else b""
            places += struct.pack(">HHII", 0, 1, start, len(data))
            start += len(data)
        count = struct.pack(">I" if version == 2 else ">H", len(items))
        located = box(b"iloc", bytes((version, 0, 0, 0, 0x44, 0)), count, places)
        parts = [
            box(b"pict"),
            box(b"iinf", bytes(4), struct.pack(">H", len(items)), infos),
            located,
        ]
        return box(b"meta", bytes(4), *parts, *([box(b"idat", told)] if inside else ()))

    if inside:
        return kind + head(0) + box(b"mdat", bytes(9))
    return kind + head(len(kind) + len(head(0)) + 8) + box(b"mdat", told)


SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8">'
    b'<rect width="4" height="4"/></svg>'
)
MP3 = b"\xff\xfb\x90\x00" + bytes(413)
GIF = b"GIF89a" + struct.pack("<HH", 3, 5) + b"\0\0\0;"
