"""Parts of MPEG sound, joined by their frames."""

from collections.abc import Mapping

import pytest

from aichat.core.media.sound.mp3 import bare_frames

#: MPEG 1, 128 kbit/s at 44,100: a frame of 417 bytes. MPEG 2, 64 kbit/s at 24,000: one of 192.
FRAME = b"\xff\xfb\x90\x00" + bytes(413)
SMALL = b"\xff\xf3\x84\x00" + bytes(188)
ID3 = b"ID3\x04\x00\x00\x00\x00\x01\x02" + bytes(130)  # seven bits a byte: 130 bytes
INFO = FRAME[:36] + b"Info" + FRAME[40:]
SMALL_XING = SMALL[:21] + b"Xing" + SMALL[25:]

FILES: Mapping[str, tuple[bytes, bytes]] = {
    "frames": (FRAME * 2, FRAME * 2),
    "a tag before them": (ID3 + FRAME, FRAME),
    "a tag behind them": (FRAME + b"TAG" + bytes(125), FRAME),
    "a frame that tells the length": (ID3 + INFO + FRAME, FRAME),
    "one of MPEG 2": (SMALL_XING + SMALL, SMALL),
    "nothing": (b"", b""),
    "half a tag": (b"ID3\x04", b"ID3\x04"),
    "no sound": (b"Info text", b"Info text"),
}


@pytest.mark.parametrize("case", FILES.values(), ids=FILES)
def test_only_frames_that_sound_are_left(case: tuple[bytes, bytes]) -> None:
    given, bare = case
    assert bare_frames(given) == bare
