"""``aichat models --for``: what else than chat there is, and what it costs in its own unit."""

import json
from collections.abc import Mapping

import pytest

from aichat.core.catalogue.model import USES
from tests.support.running.program import TERMINAL, Program

#: What for, and some of what has to be there: a model, its prices, their currency.
SOME: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "transcribe": (
        ("openai", "gpt-transcribe", "audio_hour=0.27"),
        ("groq", "whisper-large-v3-turbo", "audio_hour=0.04"),
        ("gemini", "gemini-3.5-transcribe", "input=2,output=12"),
        ("xai", "grok-voice-transcribe-2.0", "audio_hour=0.1"),
        ("qwen", "qwen3-asr-flash", ""),
    ),
    "speech": (
        ("openai", "gpt-4o-mini-tts", "input=0.6,output=12"),
        ("groq", "canopylabs/orpheus-v1-english", "character=22"),
        ("gemini", "gemini-3.8-flash-tts", "input=0.5,output=9"),
        ("xai", "tts", "character=4.2"),
        ("qwen", "qwen3-tts-flash", "character=10"),
    ),
    "embed": (
        ("openai", "text-embedding-3-small", "input=0.02"),
        ("perplexity", "pplx-embed-v1-0.6b", "input=0.004"),
        ("qwen", "text-embedding-v4", "input=0.07"),
    ),
    "moderate": (("openai", "omni-moderation-latest", "input=0,output=0"),),
    "realtime": (
        ("openai", "gpt-live-1", "audio_hour=3"),
        ("xai", "grok-voice-latest", "audio_hour=4.8"),
    ),
    "image": (("openai", "gpt-image-2", "input=5,output=30,"),),
}


@pytest.mark.parametrize("use", SOME)
def test_models_are_listed_by_what_they_are_for(aichat: Program, use: str) -> None:
    lines = aichat.invoke("models", "--for", use).text.splitlines()[1:]
    listed = {tuple(line.split("\t")[:2]): line.split("\t") for line in lines}
    for provider, model, price in SOME[use]:
        cells = listed[provider, model]
        assert cells[2].startswith(price) and (not price or cells[3] == "USD")


def test_a_model_is_for_one_thing_unless_it_does_several(aichat: Program) -> None:
    told = json.loads(aichat.invoke("models", "--json").text)
    assert all("chat" in entry["for"] and {*entry["for"]} <= {*USES} for entry in told)
    speech = json.loads(aichat.invoke("models", "--for", "speech", "--json").text)
    assert speech and all(entry["for"] == ["speech"] for entry in speech)
    assert not {entry["model"] for entry in told} & {entry["model"] for entry in speech}


def test_a_price_is_said_in_words_with_its_unit(aichat: Program) -> None:
    seen = aichat.invoke("models", "--for", "speech", **TERMINAL).text
    flat = " ".join(seen.split())
    assert "xai/tts 4.2 to 15 USD a million characters" in flat
    assert "qwen/qwen3-tts-flash 10 USD a million characters (intl)" in flat
    assert "in 0.5, out 9 USD a million tokens" in flat and "until 2027-01-06" in flat
    assert max(map(len, seen.splitlines())) <= 80
    moderate = aichat.invoke("models", "--for", "moderate", **TERMINAL).text
    assert moderate.splitlines()[1].split() == ["openai/omni-moderation-latest", "free"]


def test_a_query_and_a_provider_hold_too(aichat: Program) -> None:
    found = aichat.invoke("models", "--for", "transcribe", "-p", "groq", "turbo").text
    assert [line.split("\t")[1] for line in found.splitlines()[1:]] == ["whisper-large-v3-turbo"]
