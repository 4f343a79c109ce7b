"""The media type of a file, by its first bytes and never by its name.

Source: the signatures in the formats' own specifications.
"""

import re
from collections.abc import Iterable

#: Bytes of a file that are enough to tell its type.
HEAD_BYTES = 4096

_ZIP, _OLE = "application/zip", "application/x-ole-storage"

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", _ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"\0\0\x01\xba", "video/mpeg"),
    (b"\0\0\x01\xb3", "video/mpeg"),
    (b"FLV\x01", "video/x-flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-wmv"),
)

#: The form type of a RIFF or IFF file, which follows its size.
_CHUNKED = {
    (b"RIFF", b"WEBP"): "image/webp",
    (b"RIFF", b"WAVE"): "audio/wav",
    (b"RF64", b"WAVE"): "audio/wav",  # larger than 4 GB
    (b"RIFF", b"AVI "): "video/x-msvideo",
    (b"FORM", b"AIFF"): "audio/aiff",
    (b"FORM", b"AIFC"): "audio/aiff",
}

#: Brands of ISO's media container; any other is a video.
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"), "image/heic"),
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
    **dict.fromkeys((b"M4A ", b"M4B "), "audio/mp4"),
    b"qt  ": "video/quicktime",
}

_SVG = re.compile(
    rb"\s*(<\?xml[^>]*>\s*)?(<!--.{0,2000}?-->\s*)?(<!DOCTYPE svg[^>]*>\s*)?<svg\b", re.S
)


def media_type(head: bytes) -> str | None:
    """The type of a file that begins with ``head``; None for text, and for unknown types.

    A document that is a zip archive is an archive here; see ``archive_type``.
    """
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return _ogg_type(head) if kind == "audio/ogg" else kind
    return (
        _CHUNKED.get((head[:4], head[8:12]))
        or _container_type(head)
        or _audio_frame_type(head)
        or _other_type(head)
    )


def _ogg_type(head: bytes) -> str:
    return "video/ogg" if b"theora" in head[:200] else "audio/ogg"


def _container_type(head: bytes) -> str | None:
    """The type of ISO's container (mp4, mov, heic) or of Matroska's (webm)."""
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return _BRANDS.get(brand, "video/3gpp" if brand.startswith(b"3gp") else "video/mp4")
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free") and head[:1] == b"\0":
        return "video/quicktime"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    return None


def _audio_frame_type(head: bytes) -> str | None:
    """The type of MPEG sound without a tag: a frame's sync bits, and a valid bit rate."""
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    is_layer_three = head[1] & 0xE6 == 0xE2
    return "audio/mpeg" if is_layer_three and head[2] >> 4 not in (0, 15) else None


def _other_type(head: bytes) -> str | None:
    if head[:2] == b"BM" and head[6:10] == b"\0" * 4 and head[14:18] in _BITMAP_HEADERS:
        return "image/bmp"
    return "image/svg+xml" if _SVG.match(head.removeprefix(b"\xef\xbb\xbf")) else None


#: The sizes of headers that a bitmap may have, as stored.
_BITMAP_HEADERS = {size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124)}

_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX = f"{_OFFICE}wordprocessingml.document"
XLSX = f"{_OFFICE}spreadsheetml.sheet"
PPTX = f"{_OFFICE}presentationml.presentation"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."

#: The member that only this kind of document has.
_MEMBERS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX, "ppt/presentation.xml": PPTX}


def archive_type(names: Iterable[str], mimetype: str = "") -> str | None:
    """The document type of an archive, by its members; ``mimetype`` is what that one says."""
    if mimetype.startswith(_OPEN_DOCUMENT) or mimetype == "application/epub+zip":
        return mimetype
    return next((_MEMBERS[name] for name in names if name in _MEMBERS), None)


def is_archive(mime: str | None) -> bool:
    """Whether a type only says that it is an archive."""
    return mime == _ZIP


#: Old Office formats share one container: only the file's suffix tells them apart.
_OLD_OFFICE = {
    ".doc": "application/msword",
    ".xls": "application/vnd.ms-excel",
    ".ppt": "application/vnd.ms-powerpoint",
}


def old_office_type(mime: str | None, name: str) -> str | None:
    """The old Office format of a file with this type and name, if it is one."""
    return _OLD_OFFICE.get(name.lower()[-4:]) if mime == _OLE else None
