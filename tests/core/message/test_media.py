"""What a medium is, by its type, and where it is."""

import pytest

from aichat.core.message.media import LocalFile, Media, ProviderFile, Url, media_kind

KINDS = {
    "image/png": "image",
    "IMAGE/JPEG": "image",
    "image/*": "image",
    "image/svg+xml": "image",
    "audio/L16;codec=pcm;rate=24000": "audio",
    "video/mp4": "video",
    "text/csv; charset=utf-8": "document",
    "application/pdf": "document",
    "application/json": "document",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "document",
    "application/vnd.oasis.opendocument.text": "document",
    "application/vnd.ms-excel": "document",
    "application/zip": "other",
    "application/octet-stream": "other",
    "": "other",
    "pdf": "other",
}


@pytest.mark.parametrize(("mime", "kind"), KINDS.items())
def test_the_kind_of_a_type(mime: str, kind: str) -> None:
    assert media_kind(mime) == Media(mime, b"").kind == kind


SOURCES = [
    (b"hi", b"hi", None),
    (Url("https://a.example"), None, "https://a.example"),
    (LocalFile("/a.png"), None, "/a.png"),
    (ProviderFile("file-1"), None, None),
]


@pytest.mark.parametrize(("source", "data", "address"), SOURCES)
def test_where_it_is(source: object, data: bytes | None, address: str | None) -> None:
    media = Media("image/png", source)  # type: ignore[arg-type]
    assert (media.data, media.address) == (data, address)


def test_two_sources_of_one_text_are_not_the_same() -> None:
    assert len({Url("x"), LocalFile("x"), ProviderFile("x")}) == 3


def test_it_is_called_by_its_name_and_type() -> None:
    assert Media("image/png", b"", name="a.png").label == "a.png (image/png)"
    assert Media("image/png", b"").label == "image/png"
