"""What is being said, written down over a socket: by four providers, from files and microphones."""

import json
import os
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from aichat.core.media.sound.wav import wav_header
from aichat.core.text.clock import Clock
from tests.support.answering.live import (
    STYLES,
    Close,
    LiveServer,
    Refusal,
    Style,
    samples_said,
)
from tests.support.running.program import Program, Result

PROVIDERS = tuple(STYLES)
RATES = {"openai": 24_000, "xai": 16_000, "qwen": 16_000, "gemini": 16_000}
SOUND = b"".join(n.to_bytes(2, "little") for n in range(14_400))  # 0.3 s of 48 kHz

_WRITTEN = "conversation.item.input_audio_transcription."


@pytest.fixture(autouse=True)
def quick_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less patience at the end than people have."""
    monkeypatch.setattr("aichat.app.media.sound.dictate._QUIET_SECONDS", 0.3)


def passage(provider: str, words: str, item: str = "item_1") -> list[Any]:
    """A passage that has ended, in the events of each; all but the last are told before."""
    half = len(words) // 2
    if provider == "gemini":
        said = [
            {"serverContent": {"inputTranscription": {"text": t}}}
            for t in (words[:half], words[half:])
        ]
        return [*said, {"serverContent": {"turnComplete": True}}]
    if provider == "xai":
        begun = {"type": "transcript.partial", "text": words[:half], "is_final": False}
        return [begun, {**begun, "text": words, "is_final": True, "speech_final": True}]
    return [
        {"type": f"{_WRITTEN}delta", "item_id": item, "delta": words[:half]},
        {"type": f"{_WRITTEN}completed", "item_id": item, "transcript": words},
    ]


def ending(provider: str, words: str) -> list[Any]:
    """What is told once all was said."""
    done = {"xai": [{"type": "transcript.done"}], "qwen": [{"type": "session.finished"}]}
    said = passage(provider, words, "item_2")
    if provider == "openai":
        said = [{"type": "input_audio_buffer.committed", "item_id": "item_2"}, *said]
    return [*said, *done.get(provider, ())]


def server_of(provider: str, *script: Any, **more: Any) -> LiveServer:
    server = LiveServer(provider, *script, **more)
    if provider == "xai":
        never = lambda _: False  # noqa: E731  both tell one thing
        greeting = [{"type": "transcript.created"}]
        server.style = Style(greeting, None, never, never, STYLES["xai"].answer)
    return server


def write_down(aichat: Program, server: LiveServer, *words: str, **more: Any) -> Result:
    with server:
        command = ("transcribe", "--live", "-p", server.provider, *words)
        return server.point(aichat).invoke(*command, **more)


def record(aichat: Program, rate: int = 48_000) -> str:
    (aichat.home / "q.wav").write_bytes(wav_header(len(SOUND), rate) + SOUND)
    return "q.wav"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_passage_is_a_line_as_soon_as_it_has_ended(aichat: Program, provider: str) -> None:
    first, last = passage(provider, "It rains."), ending(provider, "It still does.")
    server = server_of(provider, first, turn_pieces=3, last=last)
    done = write_down(aichat, server, record(aichat), "--language", "en", "--usage")
    assert (done.text, done.code) == ("It rains.\nIt still does.\n", 0), done.stderr
    (frames,) = server.frames
    assert len(samples_said(provider, frames)) == len(SOUND) * RATES[provider] // 48_000
    told = json.dumps([frame for frame in frames if "sound" not in frame])
    assert '"en"' in told or "language=en" in server.openings[0].path or provider == "gemini"
    assert "1 second of sound" in done.stderr


def test_the_session_of_openai_is_one_that_only_writes_down(aichat: Program) -> None:
    server = server_of("openai", last=ending("openai", "Yes."))
    done = write_down(aichat, server, record(aichat, 24_000), "--keyword", "Zwolle", "--json")
    update = server.frames[0][0]["session"]
    assert server.openings[0].path == "/v1/realtime?intent=transcription"
    assert update["type"] == "transcription"
    wish = update["audio"]["input"]["transcription"]
    assert wish == {"model": "gpt-live-transcribe", "keywords": ["Zwolle"]}
    told = json.loads(done.text)
    assert told["transcripts"][0]["text"] == "Yes." and told["model"] == "gpt-live-transcribe"
    seconds = len(SOUND) / 48_000
    assert told["transcripts"][0]["cost"]["amount"] == pytest.approx(1.02 / 3600, rel=0.01), seconds


def test_a_file_is_followed_while_it_grows(
    aichat: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aichat.app.media.sound.sources._IDLE_SECONDS", 0.3)
    path = aichat.home / "q.wav"
    path.write_bytes(wav_header(0, 24_000)[:30])
    server = server_of("openai", last=ending("openai", "All of it."))

    def grow() -> None:
        with path.open("ab") as file:
            file.write(wav_header(0, 24_000)[30:] + SOUND[:10_001])
            file.flush()
            while not server.frames or len(samples_said("openai", server.frames[0])) < 9_600:
                time.sleep(0.01)
            file.write(SOUND[10_001:])

    server.on_sound = lambda: None
    threading.Thread(target=grow).start()
    done = write_down(aichat, server, "q.wav", "-O", "t.txt")
    assert (done.text, done.code) == ("", 0)
    assert samples_said("openai", server.frames[0]) == SOUND
    assert (aichat.home / "t.txt").read_text() == "All of it.\n"


def test_the_last_passage_is_waited_for_until_the_server_says_that_it_has_it(
    aichat: Program,
) -> None:
    """It is late by more than it is waited for where nothing is known to come."""
    late = threading.Event()
    server = server_of("openai", last=ending("openai", "The end."))
    send = server._send

    def send_late(socket: Any, frames: Any) -> None:
        if frames is server.last:
            late.wait(0.8)
        send(socket, frames)

    server._send = send_late  # type: ignore[method-assign]
    done = write_down(aichat, server, record(aichat))
    assert (done.text, done.code) == ("The end.\n", 0)


def test_where_nothing_was_left_to_be_written_down_it_ends(aichat: Program) -> None:
    empty = {"code": "input_audio_buffer_commit_empty", "message": "buffer too small"}
    server = server_of("openai", passage("openai", "All."), turn_pieces=3)
    server.last = [{"type": "error", "error": empty}]
    begun = time.monotonic()
    done = write_down(aichat, server, record(aichat))
    assert (done.text, done.code) == ("All.\n", 0) and time.monotonic() - begun < 9


def test_enter_ends_what_the_microphone_hears(aichat: Program) -> None:
    folder = aichat.home / "bin"
    folder.mkdir()
    (aichat.home / "heard").write_bytes(SOUND)
    program = folder / "arecord"
    program.write_text(f"#!/bin/sh\nwhile cat {aichat.home}/heard; do sleep 0.1; done\n")
    program.chmod(0o755)
    aichat.environ["PATH"] = f"{folder}:/usr/bin:/bin"
    reading, keys = os.pipe()
    server = server_of("openai", last=ending("openai", "Hello."))
    server.on_sound = lambda: os.write(keys, b"\n")
    with os.fdopen(reading, "rb", buffering=0) as keyboard:
        done = write_down(aichat, server, stdin=keyboard)
    os.close(keys)
    assert (done.text, done.code) == ("Hello.\n", 0) and "Enter or Ctrl-C" in done.stderr


def test_it_is_ended_once_it_costs_too_much(aichat: Program) -> None:
    seconds = 0.017 * 3600 / 1.02  # a minute, which is what is bounded before it begins
    data = wav_header(0, 24_000) + bytes(48_000) * (round(seconds) + 9)
    (aichat.home / "long.wav").write_bytes(data)
    last = [
        {"type": "input_audio_buffer.committed", "item_id": "x"},
        *passage("openai", "Yes.", "x"),
    ]
    server = server_of("openai", passage("openai", "So far."), turn_pieces=600, last=last)
    done = write_down(aichat, server, "long.wav", "--max-cost", "0.01701")
    assert done.code == 11 and "stopped: it reached" in done.stderr
    assert done.text == "So far.\nYes.\n"


FAULTS: dict[str, tuple[tuple[str, ...], int, str]] = {
    "no WAV": (("note.txt",), 2, "no WAV file"),
    "not there": (("none.wav",), 2, "cannot read none.wav"),
    "two at once": (("q.wav", "q.wav"), 2, "one thing at a time"),
    "times": (("q.wav", "--timestamps", "word"), 2, "words alone"),
    "a provider that cannot": (("-p", "groq", "q.wav"), 5, "these do: openai"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_cannot_be_is_told(aichat: Program, name: str) -> None:
    words, code, said = FAULTS[name]
    (aichat.home / "note.txt").write_text("a data " * 20)
    record(aichat)
    aichat.environ["GROQ_API_KEY"] = "gsk_0123456789"
    done = write_down(aichat, server_of("openai", last=[{}]), *words)
    assert done.code == code and said in " ".join(done.stderr.split())


def test_what_came_before_the_connection_was_lost_is_printed(aichat: Program) -> None:
    script = [*passage("openai", "So far."), Close(1011, "Deadline expired")]
    server = server_of("openai", script, turn_pieces=2)
    done = write_down(aichat, server, record(aichat), "-O", "t.txt")
    assert done.code == 7 and "Deadline" in done.stderr
    assert (aichat.home / "t.txt").read_text() == "So far.\n"


def test_a_key_that_is_not_taken_says_so(aichat: Program) -> None:
    refusal = Refusal(401, {"error": {"message": "bad key"}})
    done = write_down(aichat, server_of("openai", refusals=[refusal]), record(aichat))
    assert done.code == 4 and "bad key" in done.stderr


def test_a_dry_run_needs_no_key_and_sends_nothing(aichat: Program) -> None:
    done = aichat.invoke("transcribe", "--live", "-p", "openai", "--dry-run")
    assert done.text.startswith("websocat") and "intent=transcription" in done.text


# -- after the day on which requests end

ENDED = "whisper-1 ended on 2027-02-26"


def on(day: str) -> Clock:
    """The clock of a day."""
    at = datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() + 3600
    return Clock(lambda: at, lambda: 0.0, lambda _: None, lambda: 0.5)


def test_a_translation_goes_over_a_socket_once_its_requests_have_ended(aichat: Program) -> None:
    last = [
        {"type": "session.input_transcript.delta", "delta": "Het regent."},
        {"type": "session.output_transcript.delta", "delta": "It "},
        {"type": "session.output_transcript.delta", "delta": "rains."},
        {"type": "session.closed"},
    ]
    server = server_of("openai", last=last)
    words = ("transcribe", "-p", "openai", "--translate", record(aichat))
    with server:
        done = server.point(aichat).invoke(*words, clock=on("2027-02-26"))
    assert (done.text, done.code) == ("It rains.\n", 0), done.stderr
    assert f"{ENDED}: it is translated over a socket" in " ".join(done.stderr.split())
    assert server.openings[0].path == "/v1/realtime/translations?model=gpt-realtime-translate"
    update, first, *_ = server.frames[0]
    assert update["session"] == {"audio": {"output": {"language": "en"}}}
    assert first["type"] == "session.input_audio_buffer.append"


@pytest.mark.parametrize(("day", "model"), [("2027-02-25", "whisper-1"), ("2027-02-26", "gpt-tr")])
def test_a_model_that_has_ended_is_followed_by_the_next(
    aichat: Program, day: str, model: str
) -> None:
    aichat.environ["OPENAI_API_KEY"] = "sk-0123456789abcdef"
    words = ("transcribe", "-p", "openai", "-m", "whisper-1", "--dry-run", record(aichat))
    done = aichat.invoke(*words, clock=on(day))
    assert f"model={model}" in done.text and (ENDED in done.stderr) == (model != "whisper-1")
