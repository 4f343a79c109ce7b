"""Samples of sound: read from a WAV file, and resampled.

Unless noted otherwise they are signed, 16 bits, little endian, and mono.
"""

import struct
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import ceil, gcd, pi, sin
from operator import mul

from aichat.core.media.sound.wav import FLOAT, PCM, WavHead, read_wav_head

#: Bytes of one sample.
SAMPLE_BYTES = 2

_LARGEST = 32767

#: The sample formats that can be read: format and bits, and how to make 16 bits of them.
_FORMATS: dict[tuple[int, int], tuple[str, Callable[[float], float]]] = {
    (PCM, 8): ("B", lambda value: (value - 128) * 256),
    (PCM, 16): ("h", lambda value: value),
    (PCM, 32): ("i", lambda value: value / 65536),
    (FLOAT, 32): ("f", lambda value: value * _LARGEST),
    (FLOAT, 64): ("d", lambda value: value * _LARGEST),
}


def read_wav(data: bytes) -> tuple[bytes, int]:
    """The samples of a WAV file, mixed to mono, and how many there are per second.

    Errors: ``ValueError`` with a reason, for a file that is none, or has a rare format.
    """
    head = known_wav_head(data)
    return mono_samples(data[head.begin : head.begin + (head.size or len(data))], head), head.rate


def known_wav_head(data: bytes) -> WavHead:
    """The head of a file whose samples can be read here. Errors: as in ``read_wav``."""
    head = read_wav_head(data)
    kind, bits, rate = head.kind, head.bits, head.rate
    if (kind, bits) not in _FORMATS and (kind, bits) != (PCM, 24):
        raise ValueError(f"its format is not known: {kind}, {bits} bits, {rate} samples a second")
    return head


def mono_samples(data: bytes, head: WavHead) -> bytes:
    """The samples in ``data``; an incomplete one at the end is left out."""
    kind, bits, channels = head[:3]
    if (kind, bits) == (PCM, 24):
        data, bits = _shorten(data), 16
    if (kind, bits, channels) == (PCM, 16, 1):
        return data[: len(data) // 2 * 2]
    letter, convert = _FORMATS[kind, bits]
    count = len(data) // (struct.calcsize(letter) * channels)
    read = struct.unpack_from(f"<{count * channels}{letter}", data)
    sums = map(sum, zip(*(iter(read),) * channels, strict=True))
    return _pack([convert(value / channels) for value in sums])


def _shorten(samples: bytes) -> bytes:
    """24-bit samples without their lowest eight bits."""
    count = len(samples) // 3
    short = bytearray(2 * count)
    short[::2], short[1::2] = samples[1 : 3 * count : 3], samples[2 : 3 * count : 3]
    return bytes(short)


def resample(samples: bytes, rate: int, wanted: int) -> bytes:
    """The same sound with ``wanted`` samples per second."""
    if rate == wanted or not samples:
        return samples
    resampler = Resampler(rate, wanted)
    return resampler.feed(samples) + resampler.close()


class Resampler:
    """Resamples sound to ``wanted`` samples per second, piece by piece, without aliasing.

    Each new sample is a weighted sum of those around it, the weights being a sinc in a
    Blackman window. Tones fade from four fifths of the highest frequency on; aliases are
    below -60 dB.
    """

    def __init__(self, rate: int, wanted: int) -> None:
        self.rate, common = rate, gcd(rate, wanted)
        self._up, self._down = wanted // common, rate // common
        self._phases = _weights(self._up, self._down)
        self._width = len(self._phases[0])
        self._around = [0.0] * (self._width // 2 - 1)  # the old samples around the next new one
        self._turn = 0  # the position of the next one, in fractions of a sample
        self._odd = b""  # half a sample

    def feed(self, samples: bytes) -> bytes:
        """The new samples that become possible with more sound."""
        if self._up == self._down:
            return samples
        data = self._odd + samples
        count = len(data) // SAMPLE_BYTES
        self._odd = data[count * SAMPLE_BYTES :]
        self._around += map(float, struct.unpack_from(f"<{count}h", data))
        return self._make(len(self._around) - self._width + 1)

    def close(self) -> bytes:
        """The last samples."""
        self._around += [0.0] * (self._width // 2 + 1)
        return b"" if self._up == self._down else self._make(len(self._around) - self._width)

    def _make(self, places: int) -> bytes:
        """All new samples at the next so many positions."""
        made, around, width = [], self._around, self._width
        up, down, phases, turn = self._up, self._down, self._phases, self._turn
        end = places * up
        while turn < end:
            place, phase = divmod(turn, up)
            made.append(sum(map(mul, phases[phase], around[place : place + width])))
            turn += down
        done = min(turn // up, len(around))
        self._around, self._turn = around[done:], turn - done * up
        return _pack(made)


#: Samples on each side that count, and the share of the frequencies that is kept.
_SIDE, _KEPT = 16, 0.9


@lru_cache(8)
def _weights(up: int, down: int) -> tuple[tuple[float, ...], ...]:
    """The weights for each position that a new sample may have between two old ones."""
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
    """Blackman's window, from -1 to 1."""
    return 0.42 + 0.5 * sin(pi * (x + 0.5)) + 0.08 * sin(pi * (2 * x + 0.5)) if abs(x) < 1 else 0.0


def _pack(heights: Sequence[float]) -> bytes:
    """Numbers as samples, clipped if too loud."""
    rounded = [*map(round, heights)]
    if rounded and (max(rounded) > _LARGEST or min(rounded) < -_LARGEST):
        rounded = [max(-_LARGEST, min(_LARGEST, value)) for value in rounded]
    return struct.pack(f"<{len(rounded)}h", *rounded)
