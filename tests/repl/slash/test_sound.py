"""``/transcribe`` and ``/speak``: recordings and the microphone written down, answers heard."""

import os
from pathlib import Path
from typing import Any

import pytest

from aichat.errors import AichatError
from tests.commands.files.test_files import answer, form_of, point
from tests.commands.speak.test_speak import coded, events, sound, wav
from tests.commands.transcribe.test_transcribe import SOUND, TOLD
from tests.support.answering.server import Server
from tests.support.running.program import Program
from tests.support.terminal.session import Paper


def script(folder: Path, name: str, text: str) -> None:
    """A program of the user's."""
    path = folder / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def programs(aichat: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose programs are found before all others."""
    aichat.environ["PATH"] = f"{tmp_path / 'bin'}:{os.defpath}"
    monkeypatch.setenv("PATH", aichat.environ["PATH"])
    return tmp_path


class Typist:
    """A terminal's keyboard: Enter is typed once the recorder has written all."""

    def __init__(self, pipe: Path) -> None:
        self._pipe = pipe

    def readline(self) -> bytes:
        return self._pipe.read_bytes()


def at_microphone(chat: Paper, folder: Path, said: str) -> None:
    """Have the chat's user sit before a microphone, into which ``said`` goes as samples."""
    pipe = folder / "enter"
    os.mkfifo(pipe)
    script(folder, "arecord", f"echo no device >&2\n{said}\necho > {pipe}\nexec sleep 60")
    for name in ("pw-record", "parec"):  # found before it, where they are
        script(folder, name, f"exec {folder}/bin/arecord")
    world: Any = chat.session.world
    chat.session.world = world._replace(stdin=Typist(pipe))


def test_a_recording_is_shown_and_attached(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(aichat.home)
    (aichat.home / "a.wav").write_bytes(SOUND)
    with Server(default=answer(TOLD["groq"])) as server:
        chat = Paper(point(aichat, server, "groq"))
        said = chat.say("/transcribe a.wav")
    assert said.startswith("aichat: 37 seconds of sound, $0.000") and "\nHi you\n" in said
    (one,) = chat.session.attachments
    assert (one.name, one.text) == ("a.txt", "Hi you")


def test_what_is_said_stands_in_the_prompt(aichat: Program, programs: Path) -> None:
    with Server(default=answer(TOLD["groq"])) as server:
        chat = Paper(point(aichat, server, "groq"))
        at_microphone(chat, programs, "printf ab")
        said = chat.say("/transcribe")
        (sent,) = server.requests
    assert form_of(sent)[-1] == ("file", "speech.wav", wav(b"ab", 16_000))
    assert chat.session.draft == "Hi you" and "recording; Enter ends it" in said


def test_silence_is_not_sent(aichat: Program, programs: Path) -> None:
    with Server() as server:
        chat = Paper(point(aichat, server, "groq"))
        at_microphone(chat, programs, "head -c 100 /dev/zero")
        with pytest.raises(AichatError, match="recorded nothing: no device"):
            chat.say("/transcribe")
        assert not server.requests
    assert chat.session.draft == ""


def test_a_chat_with_one_who_writes_nothing_down_names_who_does(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(aichat.home)
    (aichat.home / "a.wav").write_bytes(SOUND)
    with Server(default=answer(TOLD["groq"])) as server:
        point(aichat, server, "groq")
        chat = Paper(point(aichat, server, "anthropic"), provider="anthropic")
        with pytest.raises(AichatError, match="writes nothing down"):
            chat.say("/transcribe a.wav")
        chat.say("/transcribe -m groq/whisper-large-v3 a.wav")
        (sent,) = server.requests
    assert ("model", "", b"whisper-large-v3") in form_of(sent)


def test_words_are_heard_and_paid_for(aichat: Program, programs: Path) -> None:
    script(programs, "ffplay", f'echo "$@" > {programs}/how\ncat > {programs}/heard')
    told = (
        {"type": "speech.audio.delta", "audio": coded(b"\1\0\2\0")},
        {"type": "speech.audio.done", "usage": {"input_tokens": 10, "output_tokens": 1000}},
    )
    with Server(default=events(*told)) as server:
        chat = Paper(point(aichat, server, "openai"))
        said = chat.say("/speak Good day")
        (sent,) = server.requests
    assert (sent.json()["input"], sent.json()["response_format"]) == ("Good day", "pcm")
    assert (programs / "heard").read_bytes() == b"\1\0\2\0" and "read aloud: $0.012" in said


def test_without_a_player_it_is_saved(aichat: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(aichat.home)
    monkeypatch.setenv("PATH", "")
    with Server(default=sound(b"ID3 x")) as server:
        said = Paper(point(aichat, server, "xai")).say("/speak Good day")
    assert said.startswith("good-day-1.mp3\n")
    assert (aichat.home / "good-day-1.mp3").read_bytes() == b"ID3 x"
