"""What is said as a WAV file: whole in its place, or told to a pipe as it comes."""

import os
import threading
import wave
from pathlib import Path

import pytest

from aichat.app.media.sound.sound_file import SoundFile
from aichat.core.media.sound.wav import ENDLESS, read_wav_head
from aichat.errors import AichatError


def test_a_sound_takes_its_place_once_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "said.wav"
    with SoundFile(target) as file:
        file.write(b"\1\2" * 2000)
        file.write(b"\3\4" * 3000)
        assert not target.exists()
    data = target.read_bytes()
    head = read_wav_head(data)
    assert head.size == 10_000 == len(data) - head.begin
    assert data[head.begin :] == b"\1\2" * 2000 + b"\3\4" * 3000
    assert [path.name for path in tmp_path.iterdir()] == ["said.wav"]


def test_what_was_never_heard_is_no_file(tmp_path: Path) -> None:
    with SoundFile(tmp_path / "said.wav"):
        pass
    assert not list(tmp_path.iterdir())


def test_a_pipe_hears_it_at_once_and_is_told_no_end(tmp_path: Path) -> None:
    pipe, heard = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    listener = threading.Thread(target=lambda: heard.append(pipe.read_bytes()))
    listener.start()
    with SoundFile(pipe) as file:
        file.write(b"\1\2" * 500)
    listener.join()
    head = read_wav_head(heard[0])
    assert (head.size, heard[0][head.begin :]) == (ENDLESS, b"\1\2" * 500)


def heard(path: Path) -> bytes:
    """The samples of a file, as another program reads it."""
    with wave.open(str(path)) as file:
        return file.readframes(file.getnframes())


def test_what_was_said_so_far_is_a_recording_in_sight(tmp_path: Path) -> None:
    """A program that is killed does no more than this."""
    partial, said = tmp_path / "said.wav.partial", b""
    with SoundFile(tmp_path / "said.wav") as file:
        for number in range(3):
            file.write(bytes([number]) * 24_000)
            said += bytes([number]) * 24_000
            assert heard(partial) == said
        file.write(b"\4" * 4800)  # the header is told of at most half a second later
        assert heard(partial) == said and partial.read_bytes().endswith(b"\4" * 4800)
    assert heard(tmp_path / "said.wav") == said + b"\4" * 4800
    assert not partial.exists()


def test_what_is_left_of_another_session_is_kept(tmp_path: Path) -> None:
    for name in ("said.wav.partial", "said.wav.2.partial"):
        (tmp_path / name).write_text(name)
    with SoundFile(tmp_path / "said.wav") as file:
        file.write(b"ab")
        assert heard(tmp_path / "said.wav.3.partial") == b"ab"
    assert heard(tmp_path / "said.wav") == b"ab"
    kept = sorted(
        path.name for path in tmp_path.iterdir() if path.name == path.read_text("latin-1")
    )
    assert kept == ["said.wav.2.partial", "said.wav.partial"]


@pytest.mark.parametrize("force", [True, False])
def test_a_file_that_came_meanwhile_is_overwritten_only_by_force(
    tmp_path: Path, *, force: bool
) -> None:
    target, lost = tmp_path / "said.wav", ""
    try:
        with SoundFile(target, force=force) as file:
            file.write(b"ab")
            target.write_text("mine")
    except AichatError as error:
        lost = error.fault.hint
    if force:
        assert heard(target) == b"ab"
    else:
        assert target.read_text() == "mine" and lost.endswith("said.wav.partial")
        assert heard(Path(f"{target}.partial")) == b"ab"
