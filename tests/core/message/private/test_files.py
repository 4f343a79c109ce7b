"""The content of files: what is text is changed in its own encoding, and nothing else is."""

import codecs

import pytest

from aichat.core.message.private import files
from aichat.core.message.private.files import changed_content
from aichat.errors import AichatError

UTF_16 = codecs.BOM_UTF16_LE + "Ann é".encode("utf-16-le")


def changed(data: bytes, size: int = 1 << 16) -> bytes | None:
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return changed_content(pieces, len(data), lambda text: text.replace("Ann", "Bo"), "a.txt")


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", None),
        (b"nobody", None),
        (b"Ann and Ann", b"Bo and Bo"),
        ("Ann é".encode(), "Bo é".encode()),
        (b"Ann \xe9", b"Bo \xe9"),  # Latin-1
        (b"\xe9 Ann", b"\xe9 Bo"),
        (UTF_16, "Bo é".encode("utf-16")),
        (b"Ann \xe9\x00", None),  # no text
        (b"\xff\x00Ann", None),
        (b"\xe9\x1fAnn", None),
        (b"\xe9\x1bAnn", b"\xe9\x1bBo"),
    ],
)
def test_a_text_is_changed_in_its_encoding(data: bytes, found: bytes | None, size: int) -> None:
    if size > 1 or data != UTF_16:  # the first read holds its mark
        assert changed(data, size) == found


def test_a_text_that_is_too_long_to_search_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_TEXT", 8)
    assert changed(b"Ann is 8") == b"Bo is 8"
    with pytest.raises(AichatError, match=r"a\.txt is a text of"):
        changed(b"Ann is 10")
    assert changed(b"\xff\x00 is no text") is None
