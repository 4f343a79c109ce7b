"""A file is what its bytes say, whatever it is called."""

import pytest

from aichat.core.media.media_type import (
    DOCX,
    PPTX,
    XLSX,
    archive_type,
    is_archive,
    media_type,
    old_office_type,
)
from tests.support.values.media import GIF, MP3, SVG, docx, jpeg_header, mp4, pdf, png, wav

BEGINNINGS = {
    "image/png": png(1, 1),
    "image/jpeg": jpeg_header(1, 1),
    "image/gif": GIF,
    "image/webp": b"RIFF\x10\0\0\0WEBPVP8L",
    "image/bmp": b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
    "image/tiff": b"II*\0\x08\0\0\0",
    "image/heic": b"\0\0\0\x18ftypheic\0\0\0\0",
    "image/avif": b"\0\0\0\x18ftypavif\0\0\0\0",
    "image/svg+xml": SVG,
    "application/pdf": pdf(1),
    "application/zip": docx("x"),
    "audio/wav": wav(0.1),
    "audio/mpeg": MP3,
    "audio/aac": b"\xff\xf1\x50\x80",
    "audio/flac": b"fLaC\0\0\0\x22",
    "audio/ogg": b"OggS\0\x02" + bytes(22) + b"\x01vorbis",
    "audio/aiff": b"FORM\0\0\0\x10AIFFCOMM",
    "audio/mp4": b"\0\0\0\x18ftypM4A \0\0\0\0",
    "video/mp4": mp4(1),
    "video/quicktime": b"\0\0\0\x14ftypqt  \0\0\0\0",
    "video/3gpp": b"\0\0\0\x14ftyp3gp5\0\0\0\0",
    "video/webm": b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm",
    "video/x-matroska": b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska",
    "video/x-msvideo": b"RIFF\x10\0\0\0AVI LIST",
    "video/mpeg": b"\0\0\x01\xba\x44",
    "video/ogg": b"OggS\0\x02" + bytes(22) + b"\x80theora",
    "video/x-flv": b"FLV\x01\x05",
    "video/x-ms-wmv": b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
}


@pytest.mark.parametrize(("mime", "data"), BEGINNINGS.items(), ids=BEGINNINGS)
def test_a_beginning_says_the_type(mime: str, data: bytes) -> None:
    assert media_type(data[:4096]) == mime


TEXTS = {
    "empty": b"",
    "a letter": b"B",
    "words": b"BM is a band from Manchester",
    "a page": b"<!doctype html><svg></svg>",
    "riff": b"RIFF and raff",
    "UTF-16": "\ufeffhi there".encode("utf-16-le"),
    "source": b"# GIF89 is a format",
    "an executable": b"\x7fELF\x02\x01\x01",
}


@pytest.mark.parametrize("data", TEXTS.values(), ids=TEXTS)
def test_what_is_no_medium_has_no_type(data: bytes) -> None:
    assert media_type(data) is None


def test_a_drawing_may_begin_with_what_xml_allows() -> None:
    before = (
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- made by hand -->\n<!DOCTYPE svg PUBLIC "x">\n'
    )
    assert media_type(before + SVG) == "image/svg+xml"


def test_a_polyglot_is_what_it_begins_with() -> None:
    assert media_type(GIF + docx("x")) == "image/gif"


ARCHIVES = [
    (("word/document.xml",), "", DOCX),
    (("a", "xl/workbook.xml"), "", XLSX),
    (("ppt/presentation.xml",), "", PPTX),
    (
        ("mimetype",),
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.text",
    ),
    (("mimetype",), "application/epub+zip", "application/epub+zip"),
    (("mimetype",), "text/plain", None),
    (("a.txt",), "", None),
]


@pytest.mark.parametrize(("names", "said", "mime"), ARCHIVES)
def test_an_archive_is_the_document_in_it(
    names: tuple[str, ...], said: str, mime: str | None
) -> None:
    assert archive_type(names, said) == mime
    assert is_archive("application/zip") and not is_archive(mime)


def test_only_names_tell_old_documents_apart() -> None:
    old = media_type(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    assert old_office_type(old, "A.DOC") == "application/msword"
    assert old_office_type(old, "a.xls") == "application/vnd.ms-excel"
    assert old_office_type(old, "thumbs.db") is None
    assert old_office_type("image/png", "a.doc") is None
