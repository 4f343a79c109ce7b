"""How long and how many pages: what a header says, or what a size lets guess."""

import pytest

from aichat.core.media.duration import count_pages, media_seconds
from tests.support.values.media import MP3, mp4, pdf, wav

SECONDS = [
    ("audio/wav", wav(2.5), b"", 40044, 2.5),
    ("video/mp4", mp4(61), b"", 999, 61.0),
    ("video/mp4", b"\0\0\0\x18ftypisom", mp4(7)[24:], 999, 7.0),  # what says it stands at the end
    ("audio/mpeg", MP3, b"", 160_000, 10.0),  # 128 kbit/s
    ("audio/mpeg", b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + MP3, b"", 160_020, 10.0),
    (
        "audio/flac",
        b"fLaC\0\0\0\x22" + bytes(10) + (44100 << 44 | 441000).to_bytes(8),
        b"",
        9,
        10.0,
    ),
    ("audio/ogg", b"OggS", b"", 16_000, 1.0),
    ("video/webm", b"\x1a\x45\xdf\xa3", b"", 500_000, 2.0),
    ("audio/mpeg", b"ID3", b"", 16_000, 1.0),
]


@pytest.mark.parametrize(("mime", "head", "tail", "size", "seconds"), SECONDS)
def test_seconds(mime: str, head: bytes, tail: bytes, size: int, seconds: float) -> None:
    assert media_seconds(mime, head, tail, size) == pytest.approx(seconds, rel=0.01)


def test_pages_are_counted_or_said_or_guessed() -> None:
    assert count_pages(pdf(7)) == 7
    assert count_pages(b"%PDF-1.5 <</Count 12>> compressed") == 12
    assert count_pages(b"%PDF-1.5" + bytes(120_000)) == 3
