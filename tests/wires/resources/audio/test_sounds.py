"""Sound as it arrives: whoever plays it gets a file's header whole, wherever the reads cut it."""

import pytest

from aichat.core.media.sound.wav import wav_header
from aichat.core.message.sound import samples
from aichat.wires.resources.audio.sounds import SoundReader

SAMPLES = bytes(range(64))
WAV = wav_header(len(SAMPLES), 48_000) + SAMPLES
LISTED = WAV[:36] + b"LIST\4\0\0\0abcd" + WAV[36:]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 11, 44, 46, 1000])
@pytest.mark.parametrize(
    "data",
    [WAV, LISTED, SAMPLES, b"RI" + SAMPLES, b"RIFF" + SAMPLES, b"RIFFsizeWAVX" + SAMPLES, b"ID3x"],
    ids=["wav", "a list before its data", "samples", "RI", "RIFF", "no WAVE", "mp3"],
)
def test_what_is_played_begins_with_the_whole_header(data: bytes, size: int) -> None:
    reader = SoundReader("audio/wav")
    pieces = [reader.feed(data[at : at + size]) for at in range(0, len(data), size)]
    played = b"".join(map(samples, filter(None, pieces)))
    assert played == (SAMPLES if data in (WAV, LISTED) else data)
    found = reader.close()
    assert found and found.data == data


@pytest.mark.parametrize("data", [b"R", b"RIFFsize", WAV[:44], WAV[:30]])
def test_a_header_that_is_all_there_is_is_kept(data: bytes) -> None:
    reader = SoundReader("")
    reader.feed(data)
    found = reader.close()
    assert found and found.data == data


def test_a_header_without_end_is_not_waited_for() -> None:
    reader, begin = SoundReader(""), WAV[:12] + b"LIST" + bytes(4)
    assert not reader.feed(begin + bytes(4000))
    assert len(reader.feed(bytes(4000))) == len(begin) + 8000
