"""Documents as text, and pages cut out of them; hostile ones are one line."""

import sys
from io import BytesIO
from typing import Any

import pytest

from aichat.app.media.documents import MAX_PAGES, cut_pages, document_text, packed_type
from aichat.core.media.media_type import DOCX, PPTX, XLSX
from aichat.core.message.media import Media
from aichat.errors import AichatError
from tests.support.values.media import docx, packed, pdf

pypdf = pytest.importorskip("pypdf", reason="the extra 'media' is not installed")

_SHEET = (
    '<worksheet xmlns="http://x"><sheetData><row><c t="s"><v>0</v></c><c><v>7</v></c></row>'
    '<row><c t="inlineStr"><is><t>in</t></is></c><c><v>8.5</v></c></row></sheetData></worksheet>'
)
_STRINGS = '<sst xmlns="http://x"><si><t>name</t></si></sst>'
_SLIDE = (
    '<p:sld xmlns:p="http://p" xmlns:a="http://a"><a:p><a:r><a:t>Hello</a:t></a:r></a:p></p:sld>'
)
_ODT = '<o:d xmlns:o="http://o" xmlns:t="http://t"><t:h>Head</t:h><t:p>Body</t:p></o:d>'
ODT = "application/vnd.oasis.opendocument.text"

DOCUMENTS = {
    "application/pdf": (pdf(2), "This is page 1\n\nThis is page 2"),
    DOCX: (docx("One", "Two"), "One\nTwo"),
    XLSX: (
        packed(
            xl__workbook_xml="<a/>",
            xl__worksheets__sheet1_xml=_SHEET,
            xl__sharedStrings_xml=_STRINGS,
        ),
        "Sheet 1\nname\t7\nin\t8.5",
    ),
    PPTX: (
        packed(ppt__presentation_xml="<a/>", ppt__slides__slide1_xml=_SLIDE),
        "Slide 1\nHello",
    ),
    ODT: (packed(mimetype=ODT, content_xml=_ODT), "Head\nBody"),
}


@pytest.mark.parametrize(("mime", "given"), DOCUMENTS.items(), ids=DOCUMENTS)
def test_what_there_is_to_read(mime: str, given: tuple[bytes, str]) -> None:
    data, text = given
    assert document_text(Media(mime, data, "a")) == text
    assert mime == "application/pdf" or packed_type(data) == mime


def test_pages_are_cut_out() -> None:
    media = Media("application/pdf", pdf(9), "a.pdf")
    for pages, said in {(3, 5): (3, 4, 5), (8, None): (8, 9), (9, 12): (9,)}.items():
        cut = cut_pages(media, *pages)
        found = [page.extract_text() for page in pypdf.PdfReader(BytesIO(cut)).pages]
        assert found == [f"This is page {number}" for number in said]
    with pytest.raises(AichatError, match="has only 9 pages"):
        cut_pages(media, 10, 12)


def locked() -> bytes:
    writer = pypdf.PdfWriter(clone_from=BytesIO(pdf(1)))
    writer.encrypt("secret", algorithm="RC4-128")
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def _entities() -> bytes:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><w:p xmlns:w="http://w">&a;</w:p>'
    return packed(word__document_xml=bomb)


HOSTILE: dict[str, tuple[str, Any, str]] = {
    "a password": ("application/pdf", locked, "has a password"),
    "many pages": ("application/pdf", lambda: pdf(MAX_PAGES + 1), "pages: more than 2,000"),
    "cut off": ("application/pdf", lambda: pdf(3)[:200], "cannot be read"),
    "noise": ("application/pdf", lambda: b"%PDF-1.4\n" + bytes(range(256)) * 40, "cannot be read"),
    "only pictures": ("application/pdf", lambda: pdf(0), "has no text"),
    "entities": (DOCX, _entities, "declares entities"),
    "not whole": (DOCX, lambda: docx("x")[:60], "cannot be read"),
    "a bomb": (
        DOCX,
        lambda: packed(word__document_xml="<a>" + " " * 50_000_001 + "</a>"),
        "unpacks to more than 50 MB",
    ),
    "no text in it": (DOCX, lambda: packed(other_xml="<a/>"), "cannot be read"),
    "a string that is not there": (
        XLSX,
        lambda: packed(
            xl__workbook_xml="<a/>",
            xl__worksheets__sheet1_xml=_SHEET.replace("<v>0</v>", "<v>7</v>"),
            xl__sharedStrings_xml=_STRINGS,
        ),
        "cannot be read",
    ),
    "nested": (DOCX, lambda: packed(word__document_xml="<a>" * 9 + "</b>"), "cannot be read"),
}


@pytest.mark.parametrize(("mime", "make", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_document_is_one_line(mime: str, make: Any, said: str) -> None:
    with pytest.raises(AichatError, match=said) as caught:
        document_text(Media(mime, make(), "a"))
    assert caught.value.fault.exit_code == 2
    assert "\n" not in caught.value.fault.message


def test_without_the_library_the_remedy_is_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "pypdf"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "pypdf", None)
    monkeypatch.setitem(sys.modules, "pypdf.errors", None)
    with pytest.raises(AichatError, match="needs the extra 'media'") as caught:
        document_text(Media("application/pdf", pdf(1), "a.pdf"))
    assert "aichat-shell[media]" in caught.value.fault.hint
