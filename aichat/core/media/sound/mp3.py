"""MP3 by its frames: joins separately made parts into one file.

Source: ISO/IEC 11172-3, layer 3; https://id3.org/id3v2.4.0-structure.
"""

#: Bit rates in kbit/s by their index in a frame's header: MPEG 2 and 2.5, then MPEG 1.
BIT_RATES = (
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
)

#: Samples per second of MPEG 1; half of that in MPEG 2, a quarter in 2.5.
_SAMPLE_RATES = (44_100, 48_000, 32_000)

#: Marks of a first frame that only tells the file's length.
_LENGTH_MARKS = (b"Xing", b"Info", b"VBRI")

#: Bytes of a first frame in which such a mark is found.
_MARKED = 64

_TAIL = 128  # bytes of a tag at the end


def bare_frames(data: bytes) -> bytes:
    """The frames of a file, without its tags and without the frame that tells its length."""
    place = tag_size(data)
    end = len(data)
    if data[-_TAIL : -_TAIL + 3] == b"TAG":
        end -= _TAIL
    size = _frame_size(data[place : place + 4])
    if size and any(mark in data[place : place + _MARKED] for mark in _LENGTH_MARKS):
        place += size
    return data[place:end]


def tag_size(data: bytes) -> int:
    """The bytes of the tag that a file begins with; its size is stored in seven bits per byte."""
    if not data.startswith(b"ID3") or len(data) < 10:
        return 0
    shifts = zip(data[6:10], (21, 14, 7, 0), strict=True)
    return 10 + sum((byte & 0x7F) << shift for byte, shift in shifts)


def _frame_size(head: bytes) -> int:
    """The size in bytes of a layer 3 frame with this header; 0 if it is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, rate, number = head[1] >> 3 & 3, head[2] >> 2 & 3, head[2] >> 4
    if rate == 3 or number == 15 or version == 1:
        return 0
    is_first = version == 3
    divisor = 1 if is_first else 2 if version == 2 else 4
    samples = 144_000 if is_first else 72_000
    padding = head[2] >> 1 & 1
    return samples * BIT_RATES[is_first][number] // (_SAMPLE_RATES[rate] // divisor) + padding
