"""``aichat speak``: each provider's own request, a file that is whole and nobody else's."""

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from aichat.core.message.sound import wav_header
from tests.commands.files.test_files import answer, point
from tests.support.answering.server import Reply, SeenRequest, Server
from tests.support.running.program import TERMINAL, Program, curl_body

#: Path and body of each, for the same words.
WISHES: Mapping[str, tuple[str, Any, str]] = {
    "openai": (
        "/v1/audio/speech",
        {
            "model": "gpt-4o-mini-tts",
            "input": "Good day",
            "voice": "marin",
            "response_format": "mp3",
            "stream_format": "sse",
        },
        "mp3",
    ),
    "groq": (
        "/openai/v1/audio/speech",
        {
            "model": "canopylabs/orpheus-v1-english",
            "input": "Good day",
            "voice": "autumn",
            "response_format": "wav",
        },
        "wav",
    ),
    "xai": (
        "/v1/tts",
        {
            "text": "Good day",
            "voice_id": "eve",
            "language": "auto",
            "output_format": {"codec": "mp3"},
        },
        "mp3",
    ),
    "gemini": (
        "/v1beta/models/gemini-3.8-flash-tts:generateContent",
        {
            "contents": [{"role": "user", "parts": [{"text": "Good day"}]}],
            "generationConfig": {
                "responseModalities": ["AUDIO"],
                "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}},
            },
        },
        "wav",
    ),
}

SOUND = b"ID3 a sound"


def events(*told: Any) -> Reply:
    """A sound in events."""
    body = [b"data: " + json.dumps(each).encode() + b"\n\n" for each in told]
    return Reply(headers={"content-type": "text/event-stream"}, body=body)


def wav(data: bytes, rate: int = 24_000) -> bytes:
    """Samples as a file."""
    return wav_header(len(data), rate) + data


def coded(data: bytes) -> str:
    """As JSON has it."""
    return base64.b64encode(data).decode()


def sound(data: bytes) -> Reply:
    """A sound as it is sent."""
    return Reply(headers={"content-type": "audio/mpeg"}, body=[data], length=True)


def inline(mime: str, data: bytes) -> Reply:
    """A sound as Gemini sends it."""
    part = {"inlineData": {"mimeType": mime, "data": base64.b64encode(data).decode()}}
    return answer({"candidates": [{"content": {"parts": [{"text": "x"}, part]}}]})


@pytest.mark.parametrize("provider", WISHES)
def test_each_provider_has_its_own_request(aichat: Program, provider: str) -> None:
    path, body, suffix = WISHES[provider]
    told = inline("audio/mpeg", SOUND) if provider == "gemini" else sound(SOUND)
    words = ("speak", "Good", "day", "-p", provider)
    with Server(default=told) as server:
        done = point(aichat, server, provider).invoke(*words)
        again = aichat.invoke(*words)
        dry = aichat.invoke(*words, "--dry-run")
        first, _ = server.requests
    assert (first.method, first.path, first.json()) == ("POST", path, body)
    assert done.text == f"good-day-1.{suffix}\n" and again.text == f"good-day-2.{suffix}\n"
    assert (aichat.home / f"good-day-1.{suffix}").read_bytes() == SOUND
    assert curl_body(dry) == body and "k-secret" not in dry.text + done.text + done.stderr


def test_bare_samples_get_a_header(aichat: Program) -> None:
    with Server(default=inline("audio/L16;codec=pcm;rate=24000", bytes(480))) as server:
        done = point(aichat, server, "gemini").invoke("speak", "a", "-p", "gemini", "-O", "-")
    assert done.stdout[:4] == b"RIFF" and done.stdout[24:28] == (24000).to_bytes(4, "little")
    assert done.stdout[44:] == bytes(480)


def test_samples_that_begin_like_an_object_are_sound(aichat: Program) -> None:
    with Server(default=sound(b"{\x00[\x01")) as server:
        words = ("speak", "a", "-p", "openai", "--format", "pcm", "-O", "-")
        assert point(aichat, server, "openai").invoke(*words).stdout == b"{\x00[\x01"


def test_how_it_is_read_is_said(aichat: Program) -> None:
    with Server(default=sound(SOUND)) as server:
        words = ("speak", "a", "-p", "openai", "--voice", "sage", "--speed", "1.5")
        point(aichat, server, "openai").invoke(*words, "--style", "calm")
        body = server.requests[0].json()
    assert (body["voice"], body["speed"], body["instructions"]) == ("sage", 1.5, "calm")


def test_a_file_that_is_there_is_kept_unless_forced(aichat: Program) -> None:
    (aichat.home / "a.mp3").write_bytes(b"old")
    words = ("speak", "a", "-p", "openai", "-O", "a.mp3")
    with Server(default=sound(SOUND)) as server:
        done = point(aichat, server, "openai").invoke(*words)
        assert not server.requests and done.code == 2
        forced = aichat.invoke(*words, "--force", "--json")
    assert (aichat.home / "a.mp3").read_bytes() == SOUND
    told = json.loads(forced.text)
    assert told["files"] == [{"path": "a.mp3", "bytes": len(SOUND), "format": "mp3"}]
    assert told["characters"] == 1 and told["cost"] is None


#: Provider, words, exit code and what is said, before anything is sent.
REFUSED: Mapping[str, tuple[str, tuple[str, ...], int, str]] = {
    "who does not": ("anthropic", ("a",), 5, "these do: openai, gemini, xai, groq, qwen"),
    "a format": ("groq", ("a", "--format", "mp3"), 5, "it writes: wav"),
    "a style": ("groq", ("a", "--style", "calm"), 5, "--style"),
    "nothing": ("openai", (), 2, "no text given"),
    "no folder": ("openai", ("a", "-O", "none/a.mp3"), 13, "nothing was sent"),
    "a price": ("openai", ("a", "-m", "x-tts", "--max-cost", "1"), 11, "price"),
    "too dear": ("groq", ("a" * 190, "--max-cost", "0.001"), 11, "for 190 characters"),
    "parts of a format": (
        "openai",
        ("a b " * 1100, "--format", "flac"),
        5,
        "in 2 parts, and those cannot be joined as flac",
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_told_before_it_is_sent(
    aichat: Program, case: tuple[str, tuple[str, ...], int, str]
) -> None:
    provider, words, code, why = case
    with Server(default=sound(SOUND)) as server:
        done = point(aichat, server, provider).invoke("speak", *words, "-p", provider)
        assert not server.requests
    said = " ".join(done.stderr.split())
    assert done.code == code and (why in said or (code == 5 and "these do: " in said))


def test_bytes_are_not_for_a_terminal(aichat: Program) -> None:
    with Server(default=sound(SOUND)) as server:
        words = ("speak", "a", "-p", "openai", "-O", "-")
        assert point(aichat, server, "openai").invoke(*words, **TERMINAL).code == 2
        assert not server.requests


@pytest.mark.parametrize("told", [b"", b'{"error": 1}', b"<!doctype html><p>no"])
def test_an_answer_without_sound_writes_no_file(aichat: Program, told: bytes) -> None:
    with Server(default=sound(told)) as server:
        done = point(aichat, server, "openai").invoke("speak", "a", "-p", "openai")
        assert len(server.requests) == 1
    assert (done.text, done.code) == ("", 7)
    assert not [*aichat.home.glob("a-*")]


def test_a_long_text_is_read_in_parts_at_sentences_and_is_one_file(aichat: Program) -> None:
    text = "One sentence here. " * 15 + "The end!"
    silence = iter((b"\1\0", b"\2\0"))
    with Server(default=lambda _: sound(wav(next(silence) * 24))) as server:
        words = ("speak", text, "-p", "groq", "-O", "a.wav", "--usage")
        done = point(aichat, server, "groq").invoke(*words)
        said = [request.json()["input"] for request in server.requests]
    assert len(said) == 2 and all(len(each) <= 200 and each[-1] in ".!" for each in said)
    assert " ".join(said) == text
    assert (aichat.home / "a.wav").read_bytes() == wav(b"\1\0" * 24 + b"\2\0" * 24)
    assert f"{len(text)} characters read, $0.0064" in done.stderr


def test_parts_that_are_paid_for_are_kept_where_a_later_one_fails(aichat: Program) -> None:
    fail = Reply(400, body=[b'{"error": {"message": "no"}}'], length=True)
    with Server(sound(wav(b"\1\0")), fail) as server:
        words = ("speak", "One. " * 50, "-p", "groq", "-O", "a.wav")
        done = point(aichat, server, "groq").invoke(*words)
        spent = aichat.invoke("cost", "--json").text
    assert done.code == 5 and done.text == "" and not (aichat.home / "a.wav").exists()
    assert (aichat.home / "a.wav.partial").read_bytes() == wav(b"\1\0")
    assert "a.wav.partial" in done.stderr and '"amount": 0.0043' in spent


def test_sound_in_events_has_its_price_by_tokens(aichat: Program) -> None:
    told = (
        {"type": "speech.audio.delta", "audio": coded(b"ID3 a ")},
        {"type": "speech.audio.delta", "audio": coded(b"sound")},
        {"type": "speech.audio.done", "usage": {"input_tokens": 10, "output_tokens": 100}},
    )
    with Server(default=events(*told)) as server:
        words = ("speak", "a", "-p", "openai", "--json")
        seen = json.loads(point(aichat, server, "openai").invoke(*words).text)
    assert (aichat.home / "a-1.mp3").read_bytes() == SOUND
    assert seen["cost"]["amount"] == pytest.approx((10 * 0.6 + 100 * 12) / 1e6)


def test_qwens_sound_is_fetched_without_the_key(aichat: Program) -> None:
    def reply(request: SeenRequest) -> Reply:
        if request.path == "/a.wav":
            return sound(wav(b"\1\0"))
        url = f"http://{request.headers['host']}/a.wav"
        return answer({"output": {"audio": {"url": url, "data": ""}}, "usage": {"characters": 8}})

    with Server(default=reply) as server:
        words = ("speak", "Good", "day", "-p", "qwen", "--language", "English", "-O", "-")
        done = point(aichat, server, "qwen").invoke(*words)
        ask, get = server.requests
    assert ask.path == "/api/v1/services/aigc/multimodal-generation/generation"
    assert ask.json() == {
        "model": "qwen3-tts-flash",
        "input": {"text": "Good day", "voice": "Cherry", "language_type": "English"},
    }
    assert done.stdout == wav(b"\1\0") and "authorization" not in get.headers


def test_a_sound_at_an_address_of_others_is_not_fetched(aichat: Program) -> None:
    told = {"output": {"audio": {"url": "https://example.com/a.wav"}}}
    with Server(default=answer(told)) as server:
        done = point(aichat, server, "qwen").invoke("speak", "a", "-p", "qwen", "-O", "-")
        assert len(server.requests) == 1
    assert (done.code, done.stdout) == (7, b"") and "not the provider's" in done.stderr


@pytest.mark.parametrize(
    ("model", "path"),
    [("qwen-audio-3.1-tts-flash", "/api/v1/services/audio/tts/SpeechSynthesizer")],
)
def test_other_models_of_qwen_are_asked_elsewhere(aichat: Program, model: str, path: str) -> None:
    with Server(default=answer({"output": {"audio": {"data": coded(SOUND)}}})) as server:
        words = ("speak", "a", "-p", "qwen", "-m", model, "--voice", "v", "--style", "calm")
        point(aichat, server, "qwen").invoke(*words)
        (sent,) = server.requests
    told = {"text": "a", "voice": "v", "format": "mp3", "instruction": "calm"}
    assert (sent.path, sent.json()) == (path, {"model": model, "input": told})
    assert (aichat.home / "a-1.mp3").read_bytes() == SOUND


#: Provider -> where it is asked for sound that is played while it comes, what it sends, the rate.
LIVE: Mapping[str, tuple[str, Reply, int]] = {
    "openai": (
        "/v1/audio/speech",
        events({"type": "speech.audio.delta", "audio": coded(b"\1\0\2\0")}),
        24_000,
    ),
    "groq": ("/openai/v1/audio/speech", sound(wav(b"\1\0\2\0", 48_000)), 48_000),
    "xai": ("/v1/tts", sound(b"\1\0\2\0"), 24_000),
    "gemini": (
        "/v1beta/models/gemini-3.8-flash-tts:streamGenerateContent?alt=sse",
        events(
            *(
                {"candidates": [{"content": {"parts": [part]}}]}
                for part in (
                    {"inlineData": {"mimeType": "audio/L16;rate=24000", "data": coded(b"\1\0")}},
                    {"inlineData": {"mimeType": "audio/L16;rate=24000", "data": coded(b"\2\0")}},
                )
            )
        ),
        24_000,
    ),
    "qwen": (
        "/api/v1/services/aigc/multimodal-generation/generation",
        events(
            {"output": {"audio": {"data": coded(b"\1\0")}}},
            {"output": {"audio": {"data": coded(b"\2\0")}}, "usage": {"characters": 8}},
            {"output": {"audio": {"url": "http://x.aliyuncs.com/a.wav"}}},
        ),
        24_000,
    ),
}


@pytest.mark.parametrize("provider", LIVE)
def test_sound_is_played_while_it_comes_and_kept(
    aichat: Program, provider: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, reply, rate = LIVE[provider]
    player = tmp_path / "bin" / "mpv"
    player.parent.mkdir()
    player.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/how\ncat > {tmp_path}/heard\n')
    player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{player.parent}:{os.defpath}")
    aichat.environ["PATH"] = os.environ["PATH"]
    with Server(default=reply) as server:
        done = point(aichat, server, provider).invoke(
            "speak", "Good", "day", "-p", provider, "--play"
        )
        assert [request.path for request in server.requests] == [path]
    assert (done.code, done.text) == (0, "good-day-1.wav\n"), done.stderr
    assert (tmp_path / "heard").read_bytes() == b"\1\0\2\0"
    assert f"rate={rate}" in (tmp_path / "how").read_text()
    assert (aichat.home / "good-day-1.wav").read_bytes() == wav(b"\1\0\2\0", rate)
