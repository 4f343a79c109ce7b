"""A recording of plain samples, cut where it is quiet: each part is a WAV file of its own.

Source: Microsoft's RIFF and ``WAVEFORMATEX`` (format 1, and 0xFFFE where that stands for it).
"""

import struct
from collections.abc import Iterator

from aichat.core.media.boxes import Read
from aichat.values import NamedTuple

#: Bytes of a file in which the header has to end, and bytes of the one that parts get.
_MAX_HEAD, HEADER_BYTES = 1 << 16, 44

#: Seconds before a limit in which a quiet place is looked for, and seconds of quiet.
_LOOKED_AT, _QUIET = 30.0, 0.2

#: Seconds of a block whose loudness is one number, and samples of it that are looked at.
_BLOCK, _LOOKS = 0.05, 40

#: Bytes that a header can count.
_MAX_PART = 0xFFFFFFFF - HEADER_BYTES

_PCM, _EXTENSIBLE = 1, 0xFFFE
_FORM = struct.Struct("<HHIIHH")


class Samples(NamedTuple):
    """Where the samples of a file are, and what they are like.

    ``start`` and ``size`` are bytes, ``rate`` frames a second; a frame has a sample of
    ``width`` bytes for each channel.
    """

    start: int
    size: int
    rate: int
    channels: int = 1
    width: int = 2

    @property
    def frame(self) -> int:
        """Bytes of a frame."""
        return self.channels * self.width

    @property
    def bytes_per_second(self) -> int:
        """Bytes of a second."""
        return self.rate * self.frame


class WavPart(NamedTuple):
    """Some samples of a file, ``start`` and ``size`` in bytes of it; ``offset`` is in seconds."""

    start: int
    size: int
    offset: float


def find_samples(read: Read, size: int) -> Samples | None:
    """The samples of a WAV file of ``size`` bytes; None where they are not plain ones."""
    head = read(0, _MAX_HEAD)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return None
    form, place = None, 12
    while place + 8 <= len(head):
        kind, length = (
            head[place : place + 4],
            int.from_bytes(head[place + 4 : place + 8], "little"),
        )
        place += 8
        if kind == b"fmt " and place + _FORM.size <= len(head):
            form = _FORM.unpack_from(head, place)
        elif kind == b"data":
            return _samples(form, place, min(length or size, size - place))
        place += length + length % 2
    return None


def _samples(form: tuple[int, ...] | None, start: int, size: int) -> Samples | None:
    if form is None:
        return None
    code, channels, rate, _, _, bits = form
    is_plain = code in (_PCM, _EXTENSIBLE) and bits in (16, 24, 32)
    if not is_plain or not 0 < channels <= 64 or not 0 < rate <= 1_000_000:
        return None
    frame = channels * bits // 8
    return Samples(start, size // frame * frame, rate, channels, bits // 8)


def cut(
    read: Read, samples: Samples, most_bytes: int, most_seconds: float = 0
) -> Iterator[WavPart]:
    """Parts of at most so many bytes with their header, and seconds (0: any), each cut in quiet.

    Together they are all of it: the next one begins where the last one ends.
    """
    most = most_bytes - HEADER_BYTES
    if most_seconds:
        most = min(most, int(most_seconds * samples.bytes_per_second))
    most = max(min(most, _MAX_PART) // samples.frame, 1) * samples.frame
    place, end = samples.start, samples.start + samples.size
    while place < end:
        size = end - place
        if size > most:
            size = _quiet_place(read, samples, place + most, most // 2) - place
        yield WavPart(place, size, (place - samples.start) / samples.bytes_per_second)
        place += size


def _quiet_place(read: Read, samples: Samples, limit: int, most: int) -> int:
    """The quietest place before ``limit``, at most so many bytes before it."""
    frame = samples.frame
    length = min(int(_LOOKED_AT * samples.rate) * frame, most // frame * frame)
    data = read(limit - length, length)
    block = max(int(_BLOCK * samples.rate), 1) * frame
    loud = [_loudness(data[n : n + block], samples) for n in range(0, len(data), block)]
    span = round(_QUIET / _BLOCK)
    if len(loud) < span:
        return limit
    # the last of those that are equally quiet, so that parts are long
    best = min(range(len(loud) - span + 1), key=lambda n: (sum(loud[n : n + span]), -n))
    return limit - length + (best + span // 2) * block


def _loudness(data: bytes, samples: Samples) -> int:
    """The sum of some samples of the first channel, by their two highest bytes."""
    low, high = samples.width - 2, samples.width
    step = max(len(data) // samples.frame // _LOOKS, 1) * samples.frame
    places = range(0, len(data) - samples.frame + 1, step)
    return sum(abs(int.from_bytes(data[n + low : n + high], "little", signed=True)) for n in places)


def header(samples: Samples, size: int) -> bytes:
    """What makes a file of ``size`` bytes of the samples; 44 bytes."""
    form = _FORM.pack(
        *(_PCM, samples.channels, samples.rate, samples.bytes_per_second),
        *(samples.frame, samples.width * 8),
    )
    whole = (HEADER_BYTES - 8 + size).to_bytes(4, "little")
    riff = b"RIFF" + whole + b"WAVEfmt " + len(form).to_bytes(4, "little")
    return riff + form + b"data" + size.to_bytes(4, "little")
