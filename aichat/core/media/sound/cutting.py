"""Splitting a WAV recording where it is quiet: each part becomes a WAV file of its own."""

from collections.abc import Iterator

from aichat.core.media.boxes import Read
from aichat.core.media.sound.wav import HEAD_BYTES, PCM, read_wav_head, wav_header
from aichat.values import NamedTuple

#: The most bytes of a file's head.
_MAX_HEAD = 1 << 16

#: Seconds before the limit in which a quiet place is searched for, and how long it should be.
_LOOKED_AT, _QUIET = 30.0, 0.2

#: Seconds of a block whose loudness is measured, and how many of its samples are looked at.
_BLOCK, _LOOKS = 0.05, 40

#: The most bytes of samples that a header can count.
_MAX_PART = 0xFFFFFFFF - HEAD_BYTES


class Samples(NamedTuple):
    """Where the samples of a file are, and their format.

    ``start`` and ``size`` are in bytes, ``rate`` in frames per second; a frame has one sample
    of ``width`` bytes for each channel.
    """

    start: int
    size: int
    rate: int
    channels: int = 1
    width: int = 2

    @property
    def frame(self) -> int:
        """Bytes per frame."""
        return self.channels * self.width

    @property
    def bytes_per_second(self) -> int:
        """Bytes per second."""
        return self.rate * self.frame


class WavPart(NamedTuple):
    """Some of a file's samples, ``start`` and ``size`` in bytes; ``offset`` is in seconds."""

    start: int
    size: int
    offset: float


def find_samples(read: Read, size: int) -> Samples | None:
    """The samples of a WAV file of ``size`` bytes; None if they are not uncompressed."""
    try:
        head = read_wav_head(read(0, _MAX_HEAD))
    except ValueError:
        return None
    if head.kind != PCM or head.bits not in (16, 24, 32) or head.begin >= _MAX_HEAD:
        return None
    told = min(head.size or size, size - head.begin)
    whole = told // head.frame_bytes * head.frame_bytes
    return Samples(head.begin, whole, head.rate, head.channels, head.bits // 8)


def cut(
    read: Read, samples: Samples, most_bytes: int, most_seconds: float = 0
) -> Iterator[WavPart]:
    """Parts of at most so many bytes, header included, and seconds (0: any), cut where it is quiet.

    Together they are the whole: each begins where the one before it ends.
    """
    most = most_bytes - HEAD_BYTES
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
    """The quietest place before ``limit``, at most ``most`` bytes before it."""
    frame = samples.frame
    length = min(int(_LOOKED_AT * samples.rate) * frame, most // frame * frame)
    data = read(limit - length, length)
    block = max(int(_BLOCK * samples.rate), 1) * frame
    loud = [_loudness(data[n : n + block], samples) for n in range(0, len(data), block)]
    span = round(_QUIET / _BLOCK)
    if len(loud) < span:
        return limit
    # the last of several equally quiet ones, to make parts long
    best = min(range(len(loud) - span + 1), key=lambda n: (sum(loud[n : n + span]), -n))
    return limit - length + (best + span // 2) * block


def _loudness(data: bytes, samples: Samples) -> int:
    """The sum of some samples of the first channel, by their two highest bytes."""
    low, high = samples.width - 2, samples.width
    step = max(len(data) // samples.frame // _LOOKS, 1) * samples.frame
    places = range(0, len(data) - samples.frame + 1, step)
    return sum(abs(int.from_bytes(data[n + low : n + high], "little", signed=True)) for n in places)


def part_header(samples: Samples, size: int) -> bytes:
    """The header that makes a file of ``size`` bytes of samples."""
    return wav_header(size, samples.rate, samples.channels, samples.width)
