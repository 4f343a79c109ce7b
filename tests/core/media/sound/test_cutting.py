"""Recordings cut in quiet places: nothing is lost, and every part is read by another reader."""

import io
import struct
import wave
from itertools import pairwise

import pytest

from aichat.core.media.boxes import Read
from aichat.core.media.sound import cutting
from aichat.core.media.sound.cutting import Samples, find_samples
from aichat.core.media.sound.wav import HEAD_BYTES
from tests.support.running.marks import one_test_of


def file_of(samples: bytes, rate: int = 1000, channels: int = 1, width: int = 2) -> bytes:
    """A WAV file as Python's own module writes it."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(samples)
    return made.getvalue()


def reader(data: bytes) -> Read:
    return lambda place, count: data[place : place + count]


def speech(seconds: float, width: int = 2, channels: int = 1) -> bytes:
    """Something loud."""
    one = (0x40 << 8 * (width - 1)).to_bytes(width, "little") * channels
    return (one + bytes(width * channels)) * int(seconds * 500)


@pytest.mark.parametrize(("channels", "width"), [(1, 2), (2, 2), (2, 3), (1, 4)])
def test_parts_are_files_cut_in_quiet_and_together_all_of_it(channels: int, width: int) -> None:
    quiet = bytes(1000 * width * channels)
    said = [speech(seconds, width, channels) for seconds in (25, 21, 9)]
    samples = quiet.join(said)
    data = file_of(samples, 1000, channels, width)
    found = find_samples(reader(data), len(data))
    assert found
    most = found.bytes_per_second * 30 + HEAD_BYTES
    parts = [*cutting.cut(reader(data), found, most)]
    assert all(part.size + HEAD_BYTES <= most for part in parts)
    assert all(a.start + a.size == b.start for a, b in pairwise(parts))
    assert 25 < parts[1].offset < 26 and 47 < parts[2].offset < 48
    heard = b""
    for part in parts:
        made = cutting.part_header(found, part.size) + data[part.start : part.start + part.size]
        with wave.open(io.BytesIO(made)) as file:
            assert file.getparams()[:3] == (channels, width, 1000)
            heard += file.readframes(file.getnframes())
    assert heard == samples


def test_what_is_never_quiet_is_cut_at_the_limit_or_before() -> None:
    data = file_of(speech(70))
    found = find_samples(reader(data), len(data))
    assert found
    offsets = [part.offset for part in cutting.cut(reader(data), found, len(data), 30)]
    assert len(offsets) in (3, 4) and all(15 <= b - a <= 30 for a, b in pairwise(offsets))


def test_seconds_are_a_limit_too() -> None:
    data = file_of(bytes(2000 * 65))
    found = find_samples(reader(data), len(data))
    assert found
    parts = [*cutting.cut(reader(data), found, len(data), 30)]
    assert max(part.size for part in parts) <= 60_000 and len(parts) == 3


def test_a_recording_that_never_ended_is_what_there_is_of_it() -> None:
    data = file_of(bytes(3001))
    for size in (b"\xff\xff\xff\xff", bytes(4)):  # as a pipe leaves it
        cut = data[:40] + size + data[44:]
        assert find_samples(reader(cut), len(cut)) == Samples(44, 3000, 1000)


def test_what_stands_before_the_samples_is_passed_by() -> None:
    data = file_of(bytes(100))
    listed = data[:36] + b"LIST\x03\0\0\0abc\0" + data[36:]
    assert find_samples(reader(listed), len(listed)) == Samples(56, 100, 1000)


def bad(code: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16) -> bytes:
    form = struct.pack("<HHIIHH", code, channels, rate, rate * 2, 2, bits)
    return b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + form + b"data\x08\0\0\0" + bytes(8)


@one_test_of(
    *((data,) for data in (
        *(b"", b"RIFF", b"ID3", b"RIFF\0\0\0\0WAVE", bad(code=7), bad(code=3, bits=32)),
        *(bad(bits=8), bad(channels=0), bad(channels=65), bad(rate=0), bad(rate=2_000_000)),
        *(bad()[:30], b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 9_000),
        bad().replace(b"fmt ", b"xxxx"),
    ))
)  # fmt: skip
def test_what_is_not_plain_samples_is_none(data: bytes) -> None:
    assert find_samples(reader(data), len(data)) is None
