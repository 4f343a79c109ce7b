"""What is sent for a wish is what the provider's own SDK sends for it, field by field."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.commands.files.test_files import answer, form_of, point
from tests.commands.transcribe.test_transcribe import SOUND, TOLD, record
from tests.support.answering.server import Server
from tests.support.running.program import Program

#: Provider, what our command says, which of the SDK's calls, and what that says.
WISHES: Mapping[str, tuple[str, str, str, dict[str, Any]]] = {
    "OpenAI": (
        *("openai", "--language nl --keyword Epe --prompt p", "transcriptions"),
        {
            "model": "gpt-transcribe",
            "response_format": "json",
            "prompt": "p",
            "languages": ["nl"],
            "keywords": ["Epe"],
            "stream": True,
        },
    ),
    "OpenAI, times": (
        *("openai", "--timestamps word", "transcriptions"),
        {
            "model": "whisper-1",
            "response_format": "verbose_json",
            "timestamp_granularities": ["word", "segment"],
        },
    ),
    "OpenAI, who speaks": (
        *("openai", "--diarize", "transcriptions"),
        {
            "model": "gpt-4o-transcribe-diarize",
            "response_format": "diarized_json",
            "chunking_strategy": "auto",
        },
    ),
    "OpenAI, into English": (
        *("openai", "--translate", "translations"),
        {"model": "whisper-1", "response_format": "json"},
    ),
    "Groq, times": (
        *("groq", "--timestamps segment --language nl", "transcriptions"),
        {
            "model": "whisper-large-v3-turbo",
            "language": "nl",
            "response_format": "verbose_json",
            "timestamp_granularities": ["segment"],
        },
    ),
    "Groq, into English": (
        *("groq", "--translate --prompt p", "translations"),
        {"model": "whisper-large-v3", "prompt": "p", "response_format": "json"},
    ),
}


@pytest.mark.filterwarnings("ignore:deprecated$:DeprecationWarning")  # openai's translations
@pytest.mark.parametrize("case", WISHES.values(), ids=WISHES)
def test_a_form_is_that_of_the_sdk(
    aichat: Program, case: tuple[str, str, str, dict[str, Any]]
) -> None:
    provider, words, kind, wish = case
    sdk = pytest.importorskip(provider, reason=f"the SDK of {provider} is not installed")
    maker = getattr(sdk, {"openai": "OpenAI", "groq": "Groq"}[provider])
    record(aichat, "a.wav")
    with Server(default=answer(TOLD[provider])) as server:
        base = server.url + ("/v1" if provider == "openai" else "")
        client = maker(api_key="k", base_url=base)
        file = ("a.wav", SOUND, "audio/wav")
        getattr(client.audio, kind).create(file=file, **wish)
        point(aichat, server, provider).invoke(
            "transcribe", "a.wav", "-p", provider, *words.split()
        )
        theirs, ours = server.requests
    assert theirs.path == ours.path
    assert sorted(form_of(theirs)) == sorted(form_of(ours))
    assert form_of(ours)[-1][0] == "file"


@pytest.mark.long  # their client costs seconds to import
def test_a_body_is_that_of_dashscopes_sdk(aichat: Program) -> None:
    dashscope = pytest.importorskip("dashscope", reason="the SDK of DashScope is not installed")
    record(aichat, "a.wav")
    with Server(default=answer(TOLD["qwen"])) as server:
        point(aichat, server, "qwen").invoke(
            "transcribe", "a.wav", "-p", "qwen", "--no-stream", "--language", "nl"
        )
        (ours,) = server.requests
        sound = ours.json()["input"]["messages"][-1]["content"][0]["audio"]
        dashscope.MultiModalConversation.call(
            api_key="k",
            base_address=server.url + "/api/v1",
            model="qwen3-asr-flash",
            messages=[{"role": "user", "content": [{"audio": sound}]}],
            result_format="message",
            asr_options={"enable_itn": True, "language": "nl"},
        )
        theirs = server.requests[-1]
    assert (theirs.path, json.loads(theirs.body)) == (ours.path, ours.json())
