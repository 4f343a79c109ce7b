"""Samples out of files of every format, and at another rate without tones that were not there."""

import struct
from cmath import exp
from math import cos, pi, sin, sqrt

import pytest

from aichat.core.media.sound.samples import read_wav, resample
from aichat.core.media.sound.wav import wav_header


def tone(hertz: float, rate: int, seconds: float = 0.05, loud: float = 20_000) -> bytes:
    """A pure tone."""
    count = round(rate * seconds)
    return pack([loud * sin(2 * pi * hertz * n / rate) for n in range(count)])


def pack(values: list[float]) -> bytes:
    return struct.pack(f"<{len(values)}h", *map(round, values))


def unpack(samples: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(samples) // 2}h", samples)


def strength(samples: bytes, hertz: float, rate: int) -> float:
    """How much of a tone there is: one line of a Fourier transform, in a Hann window."""
    values = unpack(samples)
    window = [0.5 - 0.5 * cos(2 * pi * n / len(values)) for n in range(len(values))]
    turned = (
        value * weight * exp(-2j * pi * hertz * n / rate)
        for n, (value, weight) in enumerate(zip(values, window, strict=True))
    )
    return 2 * abs(sum(turned)) / sum(window)


RATES = [(48_000, 16_000), (24_000, 16_000), (16_000, 24_000), (44_100, 24_000)]


@pytest.mark.parametrize(("rate", "wanted"), RATES)
def test_a_tone_stays_where_it_is_and_as_loud(rate: int, wanted: int) -> None:
    made = resample(tone(1000, rate), rate, wanted)
    assert len(made) == round(0.05 * wanted) * 2
    found = {hertz: strength(made, hertz, wanted) for hertz in range(500, 7600, 500)}
    assert found.pop(1000) == pytest.approx(20_000, rel=0.005)
    assert max(found.values()) < 20  # 60 dB below: nothing else is there


@pytest.mark.parametrize("hertz", [9_000, 11_000])
def test_a_tone_that_cannot_be_held_is_gone_and_not_folded_back(hertz: int) -> None:
    made = unpack(resample(tone(hertz, 24_000), 24_000, 16_000))[100:-100]
    assert sqrt(sum(v * v for v in made) / len(made)) < 20


def test_what_is_as_loud_as_can_be_is_no_louder_afterwards() -> None:
    square = pack(([32_767] * 12 + [-32_767] * 12) * 40)
    assert max(map(abs, unpack(resample(square, 24_000, 16_000)))) == 32_767


def test_the_same_rate_is_the_same_sound() -> None:
    sound = tone(440, 24_000)
    assert resample(sound, 24_000, 24_000) is sound and resample(b"", 8000, 24_000) == b""


def riff(form: bytes, data: bytes, *between: bytes, size: int | None = None) -> bytes:
    rest = b"".join(between)
    told = len(data) if size is None else size
    head = b"WAVEfmt " + struct.pack("<I", len(form)) + form + rest
    return b"RIFF" + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", told) + data


def form(kind: int, channels: int, bits: int, rate: int = 16_000) -> bytes:
    width = channels * bits // 8
    return struct.pack("<HHIIHH", kind, channels, rate, rate * width, width, bits)


FILES = {
    "plain": (wav_header(4, 8000) + b"\1\0\2\0", (1, 2), 8000),
    "two channels": (riff(form(1, 2, 16), struct.pack("<4h", 10, 20, -4, -8)), (15, -6), 16_000),
    "eight bits": (riff(form(1, 1, 8), bytes((128, 255, 0))), (0, 32_512, -32_767), 16_000),
    "24 bits": (riff(form(1, 1, 24), bytes((9, 1, 0, 9, 254, 255))), (1, -2), 16_000),
    "32 bits": (riff(form(1, 1, 32), struct.pack("<2i", 65_536, -131_072)), (1, -2), 16_000),
    "fractions": (riff(form(3, 1, 32), struct.pack("<2f", 0.5, -1)), (16_384, -32_767), 16_000),
    "another chunk": (riff(form(1, 1, 16), b"\5\0", b"LIST\3\0\0\0abc\0"), (5,), 16_000),
    "no length yet": (riff(form(1, 1, 16), b"\5\0\6\0", size=0), (5, 6), 16_000),
    "cut in a sample": (riff(form(1, 1, 16), b"\5\0\6", size=4), (5,), 16_000),
    "extensible": (
        riff(form(0xFFFE, 1, 16) + b"\x16\0\x10\0\4\0\0\0\1\0" + bytes(14), b"\5\0"),
        (5,),
        16_000,
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_whatever_its_format(name: str) -> None:
    data, values, rate = FILES[name]
    samples, found = read_wav(data)
    assert (unpack(samples), found) == (values, rate)


@pytest.mark.parametrize(
    "data",
    [b"", b"RIFF", b"ID3" * 20, riff(form(1, 1, 12), b"abc"), riff(form(1, 0, 16), b"ab")],
)
def test_what_cannot_be_read_says_so(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"WAV|format"):
        read_wav(data)
