"""Documents as text, for models that only read text, and page ranges of a PDF.

PDFs are read by pypdf, from the extra ``media``; office documents are zip archives of XML,
read by the standard library.
"""

import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, TypeVar
from xml.etree import ElementTree
from zlib import error as ZlibError  # noqa: N812

from aichat.app.media.content import bytes_of
from aichat.app.media.pictures import missing_library
from aichat.core.media.media_type import DOCX, PPTX, XLSX, archive_type
from aichat.core.message.media import Media
from aichat.errors import AichatError, usage_error
from aichat.process.threads import run_within

if TYPE_CHECKING:
    from pypdf import PdfReader

#: The most pages to read, bytes to unpack, characters to keep, and seconds to spend.
MAX_PAGES, MAX_UNPACKED, MAX_TEXT, MAX_SECONDS = 2000, 50_000_000, 5_000_000, 60.0

T = TypeVar("T")


def document_text(media: Media) -> str:
    """The text of a document.

    Errors: ``usage`` if it cannot be read, has a password, or contains no text.
    """
    data = bytes_of(media)
    if media.mime == "application/pdf":
        text = _bounded(media, lambda: _pdf_text(media, data))
    else:
        text = _office_text(media, data)
    if not text.strip():
        raise usage_error(f"{media.label} has no text: its pages are pictures")
    if len(text) > MAX_TEXT:
        raise usage_error(f"{media.label} has more than {MAX_TEXT:,} characters of text")
    return text


def cut_pages(media: Media, first: int, last: int | None) -> bytes:
    """A PDF of these pages, from 1; to the end if ``last`` is None. Errors: ``usage``."""
    data = bytes_of(media)
    return _bounded(media, lambda: _cut_pages(media, data, first, last))


def packed_type(data: bytes) -> str | None:
    """The media type of a document in a zip archive; None for any other or a broken archive."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
            said = archive.read("mimetype")[:200] if names[:1] == ["mimetype"] else b""
    except _BROKEN:
        return None
    return archive_type(names, said.decode("ascii", "replace").strip())


_BROKEN = (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ZlibError)


def _bounded(media: Media, work: Callable[[], T]) -> T:
    try:
        return run_within(MAX_SECONDS, work, Exception)
    except TimeoutError:
        raise usage_error(
            f"{media.label} was not read within {MAX_SECONDS:.0f} s", "attach fewer pages: #1-20"
        ) from None


def _open_pdf(media: Media, data: bytes) -> "PdfReader":
    from pypdf import PasswordType, PdfReader

    reader = PdfReader(BytesIO(data))
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise _locked(media)
    return reader


def _locked(media: Media) -> AichatError:
    return usage_error(f"{media.label} has a password", "save it without one first")


def _read_pdf(media: Media, work: Callable[[], T]) -> T:
    """What ``work`` returns; anything that it raises for a broken file becomes ``usage``."""
    try:
        from pypdf.errors import DependencyError, PyPdfError
    except ImportError:
        raise missing_library(media.label, "reading a PDF here") from None
    try:
        return work()
    except DependencyError:
        raise _locked(media) from None
    except (PyPdfError, *_PDF_FAULTS) as error:
        raise usage_error(f"{media.label} cannot be read: {error}") from error


#: What pypdf raises for broken files, besides its own errors.
_PDF_FAULTS = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError),
    *(NotImplementedError, OSError, RecursionError, TypeError, ValueError, ZlibError),
)


def _pdf_text(media: Media, data: bytes) -> str:
    def read() -> str:
        pages = _open_pdf(media, data).pages
        if len(pages) > MAX_PAGES:
            raise usage_error(
                f"{media.label} has {len(pages):,} pages: more than {MAX_PAGES:,}",
                "attach part of it: #1-100",
            )
        return "\n\n".join(page.extract_text() for page in pages)

    return _read_pdf(media, read)


def _cut_pages(media: Media, data: bytes, first: int, last: int | None) -> bytes:
    def cut() -> bytes:
        from pypdf import PdfWriter

        reader = _open_pdf(media, data)
        count = len(reader.pages)
        if first > count:
            raise usage_error(f"{media.label} has only {count} pages")
        writer = PdfWriter()
        for number in range(first - 1, min(last or count, count)):
            writer.add_page(reader.pages[number])
        file = BytesIO()
        writer.write(file)
        return file.getvalue()

    return _read_pdf(media, cut)


# -- office documents


def _office_text(media: Media, data: bytes) -> str:
    """A document's paragraphs, a spreadsheet's rows with tabs, or the text of slides."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return "\n".join(_OFFICE.get(media.mime, _open_document)(archive))
    except (*_BROKEN, LookupError, ElementTree.ParseError) as error:
        raise usage_error(f"{media.label} cannot be read: {error}") from error


def _member(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    """One XML file of an archive. Errors: ``ValueError`` if it is too large."""
    with archive.open(name) as file:
        data = file.read(MAX_UNPACKED + 1)
    if len(data) > MAX_UNPACKED:
        raise ValueError(f"{name} unpacks to more than {MAX_UNPACKED / 10**6:g} MB")
    if b"<!DOCTYPE" in data[:1000] or b"<!ENTITY" in data:
        raise ValueError(f"{name} declares entities")
    return ElementTree.fromstring(data)  # noqa: S314  # entities are ruled out above


def _local(element: ElementTree.Element) -> str:
    """A tag without its namespace."""
    return element.tag.rpartition("}")[2]


def _paragraphs(root: ElementTree.Element, names: tuple[str, ...]) -> Iterator[str]:
    for element in root.iter():
        if _local(element) in names:
            yield "".join(element.itertext())


def _word(archive: zipfile.ZipFile) -> Iterator[str]:
    yield from _paragraphs(_member(archive, "word/document.xml"), ("p",))


def _slides(archive: zipfile.ZipFile) -> Iterator[str]:
    names = [n for n in archive.namelist() if n.startswith("ppt/slides/slide")]
    for number, name in enumerate(sorted(names, key=lambda n: (len(n), n)), 1):
        yield f"Slide {number}"
        yield from filter(None, _paragraphs(_member(archive, name), ("p",)))


def _sheets(archive: zipfile.ZipFile) -> Iterator[str]:
    names = archive.namelist()
    shared: list[str] = []
    if "xl/sharedStrings.xml" in names:
        shared = [*_paragraphs(_member(archive, "xl/sharedStrings.xml"), ("si",))]
    sheets = [n for n in names if n.startswith("xl/worksheets/sheet")]
    for number, name in enumerate(sorted(sheets, key=lambda n: (len(n), n)), 1):
        yield f"Sheet {number}"
        for row in _member(archive, name).iter():
            if _local(row) == "row":
                yield "\t".join(_cell(cell, shared) for cell in row)


def _cell(cell: ElementTree.Element, shared: list[str]) -> str:
    value = next((e.text or "" for e in cell.iter() if _local(e) == "v"), "")
    if cell.get("t") == "s" and value.isdecimal():
        return shared[int(value)]
    return value or "".join(e.text or "" for e in cell.iter() if _local(e) == "t")


def _open_document(archive: zipfile.ZipFile) -> Iterator[str]:
    yield from _paragraphs(_member(archive, "content.xml"), ("p", "h"))


_OFFICE: dict[str, Callable[[zipfile.ZipFile], Iterator[str]]] = {
    DOCX: _word,
    PPTX: _slides,
    XLSX: _sheets,
}
