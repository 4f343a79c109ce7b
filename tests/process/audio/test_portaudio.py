"""Microphone and loudspeaker by ``sounddevice``, where that can be imported."""

import sys
import threading
import time
from pathlib import Path

import pytest

from aichat.process.audio.portaudio import (
    PortAudioPlayer,
    PortAudioRecorder,
    find_portaudio,
)
from tests.support.running.sound_device import PortAudioError, SoundDevice

SOUND = b"".join(n.to_bytes(2, "little") for n in range(1, 6001))


def test_it_is_there_where_it_is_installed_with_its_library_and_a_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert find_portaudio("input") is None
    library = SoundDevice(lacks="input")
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    assert (find_portaudio("input"), find_portaudio("output")) == (None, library)
    monkeypatch.delitem(sys.modules, "sounddevice")
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert find_portaudio("output") is None


def test_what_is_heard_is_told_in_tenths_of_a_second_by_a_thread_of_ours() -> None:
    heard: list[bytes] = []
    threads = set[threading.Thread]()

    def hear(samples: bytes) -> None:
        threads.add(threading.current_thread())
        heard.append(samples)

    library = SoundDevice(SOUND, ends=True)
    microphone = PortAudioRecorder(library).open({}, 24_000, hear)
    end = time.monotonic() + 20
    while not microphone.has_ended:
        assert time.monotonic() < end
        time.sleep(0.005)
    assert microphone.close() == "" and b"".join(heard) == SOUND
    assert [len(piece) for piece in heard] == [4800, 4800, 2400]
    (stream,) = library.streams
    assert stream._thread not in threads and threading.main_thread() not in threads
    wish = {name: stream.wish[name] for name in ("samplerate", "channels", "dtype")}
    assert wish == {"samplerate": 24_000, "channels": 1, "dtype": "int16"}


def test_a_microphone_that_cannot_be_opened_says_why() -> None:
    library = SoundDevice()
    library.fault = PortAudioError("Invalid sample rate")
    with pytest.raises(OSError, match="Invalid sample rate") as raised:
        PortAudioRecorder(library).open({}, 24_000, len)
    assert raised.value.strerror == "Invalid sample rate"


def test_samples_are_played_in_order_with_silence_where_none_have_come() -> None:
    library = SoundDevice()
    player = PortAudioPlayer(library)
    player.write(SOUND[:3000], 24_000)
    end = time.monotonic() + 20
    while not library.played.endswith(bytes(2400)):  # it waits for more
        assert time.monotonic() < end
        time.sleep(0.005)
    player.write(SOUND[3000:], 24_000)
    player.wait()
    first, _, rest = library.played.partition(bytes(2400))
    assert first.rstrip(b"\0") == SOUND[:3000] and rest.strip(b"\0") == SOUND[3000:]
    assert library.streams[0].active is False


def test_silence_is_at_once() -> None:
    library = SoundDevice()
    player = PortAudioPlayer(library)
    player.write(bytes(range(1, 251)) * 20_000, 24_000)
    player.stop()
    assert len(library.played) < 1_000_000 and not library.streams[0].active
    player.write(SOUND, 24_000)
    player.wait()
    assert len(library.streams) == 1


def test_a_loudspeaker_that_cannot_be_opened_is_no_fault() -> None:
    library = SoundDevice()
    library.fault = PortAudioError("device unavailable")
    player = PortAudioPlayer(library)
    player.write(SOUND, 24_000)
    player.wait()
    assert library.played == b""
