"""Sound as it is sent becomes a file that says what it is."""

import wave
from io import BytesIO

import pytest

from aichat.core.media.sound.wav import wav_header
from aichat.core.message.sound import (
    DEFAULT_RATE,
    playable_sound,
    sample_rate,
    samples,
    sound_type,
)

TONE = bytes(range(200))

RATES = {
    "audio/L16;codec=pcm;rate=16000": 16_000,
    "audio/L16; rate=8000": 8_000,
    "audio/pcm": DEFAULT_RATE,
    "audio/*": DEFAULT_RATE,
    "audio/L16;rate=1": DEFAULT_RATE,
    "audio/L16;rate=99999999": DEFAULT_RATE,
}


@pytest.mark.parametrize(("mime", "rate"), RATES.items())
def test_the_rate_is_what_the_type_says(mime: str, rate: int) -> None:
    assert sample_rate(mime) == rate


TYPES = {
    "wav": (wav_header(4, 8000), "audio/wav"),
    "mp3 with tags": (b"ID3\x04", "audio/mpeg"),
    "mp3 without": (b"\xff\xfb\x90", "audio/mpeg"),
    "flac": (b"fLaC", "audio/flac"),
    "ogg": (b"OggS", "audio/ogg"),
    "mp4": (b"\0\0\0\x20ftypM4A ", "audio/mp4"),
    "webp, which is a RIFF too": (b"RIFF\0\0\0\0WEBP", None),
    "samples": (TONE, None),
    "loud samples": (b"\xff\x7f\xff\x7f", None),
    "nothing": (b"", None),
}


@pytest.mark.parametrize(("data", "mime"), TYPES.values(), ids=TYPES)
def test_a_sound_is_known_by_how_it_begins(data: bytes, mime: str | None) -> None:
    assert sound_type(data) == mime


def read_wav(data: bytes) -> tuple[int, bytes]:
    """The rate and the samples, read by the standard library."""
    with wave.open(BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return file.getframerate(), file.readframes(1 << 20)


def test_bare_samples_get_a_header() -> None:
    mime, data = playable_sound("audio/L16;rate=16000", TONE)
    assert mime == "audio/wav" and read_wav(data) == (16_000, TONE)


def test_a_header_that_knows_no_length_yet_gets_one() -> None:
    streamed = bytearray(wav_header(0, 22_050) + TONE)
    streamed[4:8] = streamed[40:44] = b"\xff" * 4
    mime, data = playable_sound("audio/*", bytes(streamed))
    assert mime == "audio/wav" and read_wav(data) == (22_050, TONE)


def test_what_is_whole_stays_as_it_is() -> None:
    whole = wav_header(len(TONE), 8000) + TONE
    assert playable_sound("audio/*", whole) == ("audio/wav", whole)
    assert playable_sound("audio/*", b"ID3" + TONE) == ("audio/mpeg", b"ID3" + TONE)


def test_samples_are_what_follows_the_header_whatever_stands_in_it() -> None:
    longer = b"RIFF\0\0\0\0WAVEfmt \x12\0\0\0" + bytes(18) + b"LIST\2\0\0\0xxdata\0\0\0\0" + TONE
    assert samples(longer) == TONE and samples(TONE) == TONE
