"""WAV files: reading their heads, and writing heads for bare samples.

Source: Microsoft's RIFF and ``WAVEFORMATEX`` (0xFFFE: the format follows later).
"""

import re
import struct

from aichat.values import NamedTuple

#: Sample formats: integers and floats.
PCM, FLOAT = 1, 3

#: Bytes of the head that ``wav_header`` makes.
HEAD_BYTES = 44

#: The least size that a file gives if its length was not known yet.
ENDLESS = 0x7FFFFFFF

_MOST_BYTES = 0xFFFFFFFF - HEAD_BYTES + 8

_EXTENSIBLE = 0xFFFE
_FORM = struct.Struct("<HHIIHH")
_CHUNK = re.compile(rb"(....)(....)", re.S)


class WavHead(NamedTuple):
    """What a WAV file says of its samples, which begin at byte ``begin``.

    ``rate`` is in frames per second, each with ``bits`` for every channel; ``size`` is in
    bytes, 0 if the length was not known.
    """

    kind: int
    bits: int
    channels: int
    rate: int
    begin: int
    size: int = 0

    @property
    def frame_bytes(self) -> int:
        """The bytes of one frame, all channels together."""
        return self.channels * self.bits // 8


def read_wav_head(data: bytes) -> WavHead:
    """Parse the beginning of a WAV file. Errors: ``ValueError`` with a reason."""
    form = _chunk(data, b"fmt ")
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE" or form is None or len(data) < form[0] + 16:
        raise ValueError("it is no WAV file")
    place, length = form
    kind, channels, rate, _, _, bits = _FORM.unpack_from(data, place)
    if kind == _EXTENSIBLE and length >= 26 and len(data) >= place + 26:
        kind = int.from_bytes(data[place + 24 : place + 26], "little")
    if not (0 < bits <= 64 and 0 < channels <= 64 and 1000 <= rate <= 1_000_000):
        raise ValueError(f"its format is not known: {kind}, {bits} bits, {rate} samples a second")
    begin, size = _chunk(data, b"data") or (len(data), 0)
    return WavHead(kind, bits, channels, rate, begin, size)


def _chunk(data: bytes, name: bytes) -> tuple[int, int] | None:
    """Where a chunk's content begins, and its declared size."""
    place = 12
    while head := _CHUNK.match(data, place):
        size = int.from_bytes(head[2], "little")
        if head[1] == name:
            return head.end(), size
        place = head.end() + size + size % 2
    return None


def wav_header(size: int, rate: int, channels: int = 1, width: int = 2) -> bytes:
    """The head for ``size`` bytes of samples of ``width`` bytes, ``rate`` frames per second.

    A size too large for its fields is given as the largest that fits.
    """
    frame = channels * width
    size = min(size, _MOST_BYTES)
    form = _FORM.pack(PCM, channels, rate, rate * frame, frame, width * 8)
    riff = b"RIFF" + (HEAD_BYTES - 8 + size).to_bytes(4, "little") + b"WAVEfmt "
    return riff + len(form).to_bytes(4, "little") + form + b"data" + size.to_bytes(4, "little")
