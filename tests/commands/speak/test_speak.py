"""``aichat speak``: each provider's own request, a file that is whole and nobody else's."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.commands.files.test_files import answer, point
from tests.support.answering.server import Reply, Server
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
    "who does not": ("anthropic", ("a",), 5, "these do: openai, gemini, xai, groq"),
    "a format": ("groq", ("a", "--format", "mp3"), 5, "it writes: wav"),
    "too long": ("groq", ("a" * 201,), 5, "at most 200 characters"),
    "a style": ("groq", ("a", "--style", "calm"), 5, "--style"),
    "nothing": ("openai", (), 2, "no text given"),
    "no folder": ("openai", ("a", "-O", "none/a.mp3"), 13, "nothing was sent"),
    "a price": ("openai", ("a", "--max-cost", "1"), 11, "price"),
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
