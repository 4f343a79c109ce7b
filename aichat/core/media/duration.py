"""Roughly how long a sound or video is, and how many pages a PDF has, for an estimate."""

import re

from aichat.core.media.sound.mp3 import BIT_RATES, tag_size

#: Bytes per second where no duration is given: sound at 128 kbit/s, video at 2 Mbit/s.
_AUDIO_RATE, _VIDEO_RATE = 16_000, 250_000

#: Bytes per page of a PDF whose pages cannot be counted, being compressed.
_PAGE_BYTES = 50_000


def media_seconds(mime: str, head: bytes, tail: bytes, size: int) -> float:
    """The duration in seconds, by the header, else estimated from the size.

    ``head`` and ``tail`` are the beginning and the end of ``size`` bytes.
    """
    found = None
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        rate = int.from_bytes(head[28:32], "little")
        found = size / rate if rate else None
    elif head.startswith(b"fLaC"):
        found = _flac_seconds(head)
    elif mime == "audio/mpeg":
        found = _mpeg_seconds(head, size)
    elif head[4:8] == b"ftyp":
        found = _movie_seconds(head) or _movie_seconds(tail)
    is_video = mime.startswith("video/")
    return found or size / (_VIDEO_RATE if is_video else _AUDIO_RATE)


def is_empty_wave(head: bytes, size: int) -> bool:
    """Whether it is a WAV of ``size`` bytes that nothing can be heard of."""
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return False
    is_known = any(head[22:24]) and any(head[28:32])  # channels, bytes a second
    return size <= _WAVE_HEADER or not is_known


#: Bytes before the samples of a WAV, at least.
_WAVE_HEADER = 44


def _flac_seconds(head: bytes) -> float | None:
    bits = int.from_bytes(head[18:26])
    rate, samples = bits >> 44, bits & (1 << 36) - 1
    return samples / rate if rate else None


def _mpeg_seconds(head: bytes, size: int) -> float | None:
    """The duration by the bit rate of the first frame."""
    place = tag_size(head)
    frame = re.compile(rb"\xff[\xe2-\xfb]", re.S).search(head, min(place, len(head)))
    if frame is None or len(head) < frame.end() + 1:
        return None
    is_first_version = head[frame.start() + 1] >> 3 & 3 == 3
    rates = BIT_RATES[is_first_version]
    number = head[frame.start() + 2] >> 4
    rate = rates[number] if number < len(rates) else 0
    return (size - place) * 8 / (rate * 1000) if rate else None


def _movie_seconds(data: bytes) -> float | None:
    """The duration in an MP4's movie header, which has a time scale."""
    place = data.find(b"mvhd") + 4
    if place < 4:
        return None
    start, width = (place + 20, 8) if data[place : place + 1] == b"\x01" else (place + 12, 4)
    scale = int.from_bytes(data[start : start + 4])
    length = int.from_bytes(data[start + 4 : start + 4 + width])
    return length / scale if scale else None


def count_pages(data: bytes) -> int:
    """The pages of a PDF: counted, or as its page tree says, else estimated from its size."""
    seen = len(re.findall(rb"/Type\s*/Page\b", data))
    said = max((int(n) for n in re.findall(rb"/Count\s+(\d{1,6})\b", data)), default=0)
    return max(seen, said) or -(-len(data) // _PAGE_BYTES)
