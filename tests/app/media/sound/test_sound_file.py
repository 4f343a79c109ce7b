"""What is said as a WAV file: whole in its place, or told to a pipe as it comes."""

import os
import threading
from pathlib import Path

from aichat.app.media.sound.sound_file import SoundFile
from aichat.core.media.sound.wav import ENDLESS, read_wav_head


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
