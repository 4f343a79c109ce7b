"""Samples of sound: read out of a WAV file, and had at another rate.

Everywhere they are signed, of 16 bits, little endian, of one channel, unless said otherwise.
"""

import re
import struct
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import ceil, gcd, pi, sin
from operator import mul

#: Bytes of one sample.
SAMPLE_BYTES = 2

_LARGEST = 32767

#: How samples are read that a file may have: its format and bits, and what makes them 16 bits.
_FORMATS: dict[tuple[int, int], tuple[str, Callable[[float], float]]] = {
    (1, 8): ("B", lambda value: (value - 128) * 256),
    (1, 16): ("h", lambda value: value),
    (1, 32): ("i", lambda value: value / 65536),
    (3, 32): ("f", lambda value: value * _LARGEST),
    (3, 64): ("d", lambda value: value * _LARGEST),
}

#: The format of a file whose own is told further on.
_EXTENSIBLE = 0xFFFE


def read_wav(data: bytes) -> tuple[bytes, int]:
    """The samples of a WAV file, its channels as one, and how many of them are a second.

    Errors: ``ValueError`` with a reason, for a file that is none, or of a format that is rare.
    """
    form = _find_chunk(data, b"fmt ")
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE" or form is None or len(form) < 16:
        raise ValueError("it is no WAV file")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", form)
    if kind == _EXTENSIBLE and len(form) >= 26:
        kind = int.from_bytes(form[24:26], "little")
    samples = _find_chunk(data, b"data") or b""
    if (kind, bits) == (1, 24):
        samples, bits = _shorten(samples), 16
    if (kind, bits) not in _FORMATS or not 0 < channels <= 64 or not 1000 <= rate <= 768_000:
        raise ValueError(f"its format is not known: {kind}, {bits} bits, {rate} samples a second")
    if (kind, bits, channels) == (1, 16, 1):
        return samples[: len(samples) // 2 * 2], rate
    letter, convert = _FORMATS[kind, bits]
    count = len(samples) // (struct.calcsize(letter) * channels)
    read = struct.unpack_from(f"<{count * channels}{letter}", samples)
    sums = map(sum, zip(*(iter(read),) * channels, strict=True))
    return _pack([convert(value / channels) for value in sums]), rate


def _shorten(samples: bytes) -> bytes:
    """Samples of 24 bits without their lowest eight."""
    count = len(samples) // 3
    short = bytearray(2 * count)
    short[::2], short[1::2] = samples[1 : 3 * count : 3], samples[2 : 3 * count : 3]
    return bytes(short)


def _find_chunk(data: bytes, name: bytes) -> bytes | None:
    """What is in a chunk of a file; one that tells no length has all the rest."""
    place = 12
    while head := re.compile(rb"(....)(....)", re.S).match(data, place):
        size, begin = int.from_bytes(head[2], "little"), head.end()
        if head[1] == name:
            return data[begin : begin + size] if size else data[begin:]
        place = begin + size + size % 2
    return None


def resample(samples: bytes, rate: int, wanted: int) -> bytes:
    """The same sound with ``wanted`` samples a second, without tones that these cannot hold.

    Each new sample is a weighted sum of those around its place, the weights being a sinc in a
    Blackman window. Tones fade from four fifths of the highest one on; what folds back is below
    -60 dB.
    """
    if rate == wanted or not samples:
        return samples
    common = gcd(rate, wanted)
    up, down = wanted // common, rate // common
    phases = _weights(up, down)
    width = len(phases[0])
    count = len(samples) // SAMPLE_BYTES
    given = map(float, struct.unpack_from(f"<{count}h", samples))
    around = (*(0.0,) * (width // 2 - 1), *given, *(0.0,) * (width // 2 + 1))
    made = []
    for number in range(ceil(count * up / down)):
        place, phase = divmod(number * down, up)
        made.append(sum(map(mul, phases[phase], around[place : place + width])))
    return _pack(made)


#: Samples on each side that count, and the part of the tones that is kept.
_SIDE, _KEPT = 16, 0.9


@lru_cache(8)
def _weights(up: int, down: int) -> tuple[tuple[float, ...], ...]:
    """The weights for each place that a new sample may have between two old ones."""
    cut = _KEPT * min(1.0, up / down)
    half = ceil(_SIDE / min(1.0, up / down))
    phases = []
    for phase in range(up):
        offsets = [n - phase / up for n in range(1 - half, half + 1)]
        row = [_sinc(cut * x) * _window(x / half) for x in offsets]
        whole = sum(row)
        phases.append(tuple(weight / whole for weight in row))
    return tuple(phases)


def _sinc(x: float) -> float:
    return sin(pi * x) / (pi * x) if x else 1.0


def _window(x: float) -> float:
    """Blackman's, from -1 to 1."""
    return 0.42 + 0.5 * sin(pi * (x + 0.5)) + 0.08 * sin(pi * (2 * x + 0.5)) if abs(x) < 1 else 0.0


def _pack(heights: Sequence[float]) -> bytes:
    """Numbers as samples, those that are too loud as loud as can be."""
    rounded = [*map(round, heights)]
    if rounded and (max(rounded) > _LARGEST or min(rounded) < -_LARGEST):
        rounded = [max(-_LARGEST, min(_LARGEST, value)) for value in rounded]
    return struct.pack(f"<{len(rounded)}h", *rounded)
