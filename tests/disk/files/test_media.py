"""Files that are named by what is in them: kept once, private, and collected by nobody too soon."""

import os
from pathlib import Path

import pytest

from aichat.disk.files import media

PNG = b"\x89PNG\r\n\x1a\n"

EXTENSIONS = {
    PNG: "png",
    b"\xff\xd8\xff\xe0": "jpg",
    b"GIF89a": "gif",
    b"RIFF\0\0\0\0WEBP": "webp",
    b"RIFF\0\0\0\0WAVE": "wav",
    b"<svg xmlns": "svg",
    b"%PDF-1.7": "pdf",
    b"ID3\x03": "mp3",
    b"fLaC": "flac",
    b"OggS": "ogg",
    b"\0\0\0\x18ftypmp42": "mp4",
    b"\0\0\0\x18ftypM4A ": "m4a",
    b"\x1aE\xdf\xa3": "webm",
    b"hello": "bin",
    b"": "bin",
}


@pytest.mark.parametrize(("data", "ending"), EXTENSIONS.items())
def test_the_ending_is_what_the_bytes_say(data: bytes, ending: str) -> None:
    assert media.extension_of(data) == ending


def test_the_same_is_kept_once_whichever_way_it_comes(tmp_path: Path) -> None:
    (tmp_path / "given.png").write_bytes(PNG)
    name = media.keep(tmp_path, PNG)
    assert media.keep(tmp_path, PNG) == name == media.keep_file(tmp_path, tmp_path / "given.png")
    (path,) = (tmp_path / "media").iterdir()
    assert path == tmp_path / name and path.read_bytes() == PNG
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_copied_in_is_named_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "given").write_bytes(bytes(1_000_000))
    name = media.keep_file(tmp_path, tmp_path / "given")
    assert (tmp_path / name).read_bytes() == bytes(1_000_000)
    assert name == media.keep(tmp_path, bytes(1_000_000))


def test_what_is_said_again_is_as_good_as_new(tmp_path: Path) -> None:
    name = media.keep(tmp_path, PNG)
    os.utime(tmp_path / name, (0, 0))
    media.keep(tmp_path, PNG)
    assert media.collect(tmp_path, named=(), freed=()) == 0
    os.utime(tmp_path / name, (0, 0))
    assert media.collect(tmp_path, named={name}, freed=()) == 0
    assert media.collect(tmp_path, named=(), freed=()) == 1


def test_what_is_freed_goes_at_once_unless_another_names_it(tmp_path: Path) -> None:
    one, two = media.keep(tmp_path, b"1"), media.keep(tmp_path, b"2")
    assert media.collect(tmp_path, named={one}, freed={one, two}) == 1
    assert (tmp_path / one).exists() and not (tmp_path / two).exists()


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    paths = [media.save(tmp_path, "aichat-x", PNG + bytes([n])) for n in range(3)]
    assert [path.name for path in paths] == ["aichat-x.png", "aichat-x-2.png", "aichat-x-3.png"]
