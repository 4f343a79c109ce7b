"""Files that get their name once they are complete: when their bytes reach the disk."""

import os
from pathlib import Path

import pytest

from aichat.disk.files.partial import PartialFile

MB = 1 << 20


def seen(tmp_path: Path) -> int:
    """How many bytes another program finds."""
    (path,) = tmp_path.iterdir()
    return path.stat().st_size


def test_a_little_is_in_the_file_at_once_and_much_in_large_pieces(tmp_path: Path) -> None:
    file = PartialFile(tmp_path / "f")
    file.write(b"an event")
    assert seen(tmp_path) == 8
    for _ in range(15):
        file.write(bytes(1 << 16))
    assert seen(tmp_path) == 8
    file.write(b"\n")
    assert seen(tmp_path) == file.size == 9 + 15 * (1 << 16)
    assert file.abandon() == tmp_path / "f.partial"


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="not on this system")
def test_the_disk_has_begun_with_all_but_the_last_of_a_large_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = PartialFile(tmp_path / "f")
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "posix_fadvise", lambda _, *part: told.append(part[:2]))
    for _ in range(40):
        file.write(bytes(MB))
    assert told == [(0, 16 * MB), (16 * MB, 16 * MB)]
    file.commit()
    assert (tmp_path / "f").stat().st_size == 40 * MB
