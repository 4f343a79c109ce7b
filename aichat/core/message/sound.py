"""Turning sound as providers send it into files that a player can open.

Streams of OpenAI's, Qwen's and Gemini's speech are bare samples (signed, 16 bits, little
endian, mono); Qwen's may begin with a header that does not know the length yet.
Source: recorded answers of OpenAI, Gemini and Qwen.
"""

import re

from aichat.core.media.sound.wav import HEAD_BYTES, wav_header

#: Samples per second if unknown.
DEFAULT_RATE = 24_000

#: Samples a second that there are.
_RATES = range(4000, 192_001)

_WAV = "audio/wav"

#: What may follow a WAV file's size, as far as it has come; and the most bytes of its header.
_WAVE_BEGUN, _MOST_HEAD = (b"W", b"WA", b"WAV", b"WAVE"), 4096

#: The first bytes of known sound formats.
_BEGINNINGS = (
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
)


def sample_rate(mime: str) -> int:
    """The rate in a type such as ``audio/L16;codec=pcm;rate=24000``; else the default.

    The same for a rate that no sound has.
    """
    told = re.search(r';\s*rate="?(\d{4,6})\b', mime)
    return int(told[1]) if told and int(told[1]) in _RATES else DEFAULT_RATE


def sound_type(data: bytes) -> str | None:
    """The media type of sound by its first bytes; None for bare samples."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return _WAV
    if data[:1] == b"\xff" and len(data) > 1 and data[1] & 0xE6 == 0xE2:
        return "audio/mpeg"  # a frame without a tag: sync, and layer III
    if data[4:8] == b"ftyp":
        return "audio/mp4"
    return next((mime for begin, mime in _BEGINNINGS if data.startswith(begin)), None)


def rate_of(data: bytes, mime: str) -> int:
    """The samples per second of a sound, by its header or else its type."""
    told = int.from_bytes(data[24:28], "little") if sound_type(data) == _WAV else 0
    return told or sample_rate(mime)


def samples(data: bytes) -> bytes:
    """The bare samples of a stream, without a header it may begin with."""
    if sound_type(data) != _WAV:
        return data
    place = data.find(b"data", 12, _MOST_HEAD)
    return data[place + 8 :] if place > 0 else data[HEAD_BYTES:]


def is_begun_wav(data: bytes) -> bool:
    """Whether a sound is at most the beginning of a WAV header, whose samples are still to come."""
    if not b"RIFF".startswith(data[:4]) or data[8:12] not in (b"", *_WAVE_BEGUN):
        return False
    place = data.find(b"data", 12, _MOST_HEAD)
    return len(data) < (place + 8 if place > 0 else _MOST_HEAD)


def playable_sound(mime: str, data: bytes) -> tuple[str, bytes]:
    """Sound as a file, with its media type: bare samples get the header that they lack."""
    known = sound_type(data)
    if known != _WAV:
        return (known, data) if known else (_WAV, wav_header(len(data), sample_rate(mime)) + data)
    told = int.from_bytes(data[4:8], "little")
    if told == len(data) - 8:
        return _WAV, data
    rate = int.from_bytes(data[24:28], "little") or DEFAULT_RATE
    bare = samples(data)
    return _WAV, wav_header(len(bare), rate) + bare
