"""What is sent for a wish is what the provider's own SDK sends for it: one table for all commands.

Each SDK says it to the test server, then our command does. xAI's own SDK speaks gRPC alone, which
is why xAI is held to the reference elsewhere. What differs and means nothing: the order of
fields, an empty object of parameters, and Google's names with underscores, which it reads as well.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

import pytest

from tests.commands.embed.test_embed import aim
from tests.commands.files.test_files import answer, form_of
from tests.commands.transcribe.test_transcribe import SOUND
from tests.commands.tune.test_training import GOOD
from tests.support.answering.server import SeenRequest, Server
from tests.support.running.program import Program

LINES = (GOOD + "\n").encode() * 10
RECORDING = ("a.wav", SOUND, "audio/wav")


def openai(url: str) -> Any:
    sdk = pytest.importorskip("openai", reason="the SDK of OpenAI is not installed")
    return sdk.OpenAI(api_key="k", admin_api_key="k", base_url=url + "/v1", max_retries=0)


def anthropic(url: str) -> Any:
    sdk = pytest.importorskip("anthropic", reason="the SDK of Anthropic is not installed")
    return sdk.Anthropic(api_key="k", base_url=url, max_retries=0)


def groq(url: str) -> Any:
    sdk = pytest.importorskip("groq", reason="the SDK of Groq is not installed")
    return sdk.Groq(api_key="k", base_url=url, max_retries=0)


def perplexity(url: str) -> Any:
    sdk = pytest.importorskip("perplexity", reason="the SDK of Perplexity is not installed")
    return sdk.Perplexity(api_key="k", base_url=url, max_retries=0)


def gemini(url: str) -> Any:
    sdk = pytest.importorskip("google.genai", reason="the SDK of Gemini is not installed")
    return sdk.Client(api_key="k", http_options={"base_url": url, "api_version": "v1beta"})


def qwen(url: str) -> Any:
    sdk = pytest.importorskip("dashscope", reason="the SDK of Qwen is not installed")
    sdk.base_http_api_url, sdk.api_key = url + "/api/v1", "k"
    return sdk


CLIENTS = {each.__name__: each for each in (openai, anthropic, groq, perplexity, gemini, qwen)}


def _gemini_speech(client: Any) -> None:
    types = pytest.importorskip("google.genai").types
    kore = types.PrebuiltVoiceConfig(voice_name="Kore")
    named = types.VoiceConfig(prebuilt_voice_config=kore)
    voice = types.SpeechConfig(voice_config=named)
    client.models.generate_content(
        model="gemini-3.8-flash-tts",
        contents=[{"role": "user", "parts": [{"text": "hi"}]}],
        config=types.GenerateContentConfig(response_modalities=["AUDIO"], speech_config=voice),
    )


def _gemini_transcript(client: Any) -> None:
    sound = base64.b64encode(SOUND).decode()
    part = {"type": "audio", "data": sound, "mime_type": "audio/wav"}
    told = {
        "language_codes": ["nl"],
        "timestamp_granularities": ["word"],
        "diarization_mode": "speaker",
        "custom_vocabulary": ["Epe"],
    }
    client.interactions.create(
        model="gemini-3.5-transcribe",
        store=False,
        input=[{"type": "user_input", "content": [part]}],
        generation_config={"transcription_config": told},
    )


def _gemini_vectors(client: Any) -> None:
    types = pytest.importorskip("google.genai").types
    client.models.embed_content(
        model="gemini-embedding-001",
        contents=[types.Content(parts=[types.Part(text=text)]) for text in "ab"],
        config={"output_dimensionality": 2, "task_type": "RETRIEVAL_QUERY"},
    )


def _costs(client: Any) -> None:
    client.admin.organization.usage.costs(
        start_time=0, bucket_width="1d", group_by=["line_item"], limit=180
    )


def _cost_report(client: Any) -> None:
    client.beta.organization.analytics.cost_report.list(
        starting_at="2026-11-01T00:00:00Z", bucket_width="1d", group_by=["model"], limit=31
    )


def _two_hours(client: Any) -> None:
    life = {"anchor": "created_at", "seconds": 7200}
    client.files.create(file=RECORDING, purpose="user_data", expires_after=life)


def _anthropic_count(client: Any) -> None:
    said = [{"type": "text", "text": "hi"}]
    client.messages.count_tokens(
        model="claude-sonnet-5-5", messages=[{"role": "user", "content": said}]
    )


def _openai_count(client: Any) -> None:
    said = [{"type": "input_text", "text": "hi"}]
    client.responses.input_tokens.count(
        model="gpt-6.1-terra", input=[{"type": "message", "role": "user", "content": said}]
    )


#: The words of a command -> what its provider's SDK is told.
WISHES: Mapping[str, Callable[[Any], object]] = {
    "openai files list": lambda c: c.files.list(limit=100),
    "openai files show f-1": lambda c: c.files.retrieve("f-1"),
    "openai files get f-1 -O -": lambda c: c.files.content("f-1"),
    "openai files rm f-1 --yes": lambda c: c.files.delete("f-1"),
    "openai files put a.wav --expires 2h": _two_hours,
    "openai tune list": lambda c: c.fine_tuning.jobs.list(limit=100),
    "openai tune show j-1": lambda c: c.fine_tuning.jobs.retrieve("j-1"),
    "openai tune events j-1": lambda c: c.fine_tuning.jobs.list_events("j-1", limit=100),
    "openai tune cancel j-1": lambda c: c.fine_tuning.jobs.cancel("j-1"),
    "openai count hi -m gpt-6.1-terra": _openai_count,
    "openai balance": _costs,
    "anthropic files list": lambda c: c.files.list(limit=100),
    "anthropic files show f-1": lambda c: c.files.retrieve("f-1"),
    "anthropic files get f-1 -O -": lambda c: c.files.content("f-1"),
    "anthropic files rm f-1 --yes": lambda c: c.files.delete("f-1"),
    "anthropic files put a.wav --expires 2h": lambda c: c.files.upload(
        file=RECORDING, expires_in_seconds=7200
    ),
    "anthropic count hi -m claude-sonnet-5-5": _anthropic_count,
    "anthropic balance": _cost_report,
    "groq files put a.jsonl --purpose batch": lambda c: c.files.create(
        file=("a.jsonl", LINES, "application/jsonl"), purpose="batch"
    ),
    "groq files rm f-1 --yes": lambda c: c.files.delete("f-1"),
    "groq speak hi --voice hannah": lambda c: c.audio.speech.create(
        model="canopylabs/orpheus-v1-english", input="hi", voice="hannah", response_format="wav"
    ),
    "perplexity embed hi --dimensions 2": lambda c: c.embeddings.create(
        model="pplx-embed-v1-0.6b", input=["hi"], dimensions=2, encoding_format="base64_int8"
    ),
    "gemini files list": lambda c: c.files.list(config={"page_size": 100}),
    "gemini files show f-1": lambda c: c.files.get(name="files/f-1"),
    "gemini files rm f-1 --yes": lambda c: c.files.delete(name="files/f-1"),
    "gemini speak hi --voice Kore": _gemini_speech,
    "gemini transcribe a.wav --no-stream --diarize --timestamps word --language nl --keyword Epe": (
        _gemini_transcript
    ),
    "gemini embed --lines -f b.txt -m gemini-embedding-001 --dimensions 2 --task query": (
        _gemini_vectors
    ),
    "qwen speak hi --voice Cherry": lambda c: c.MultiModalConversation.call(
        model="qwen3-tts-flash", text="hi", voice="Cherry"
    ),
    "qwen count hi -m qwen-plus": lambda c: c.Tokenization.call(
        model="qwen-plus", messages=[{"role": "user", "content": "hi"}]
    ),
    "qwen tune show j-1": lambda c: c.FineTunes.get("j-1"),
    "qwen tune list": lambda c: c.FineTunes.list(page_no=1, page_size=100),
    "qwen tune cancel j-1": lambda c: c.FineTunes.cancel("j-1"),
    "qwen tune events j-1": lambda c: c.FineTunes.logs("j-1", offset=1, line=1000),
}


def said(request: SeenRequest) -> tuple[str, str, Any]:
    """A request as far as it means something."""
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/"):
        body: Any = sorted(form_of(request))
    else:
        body = json.loads(request.body) if request.body else {}
    if isinstance(body, dict) and body.get("parameters") == {}:
        del body["parameters"]
    path = unquote(request.path)
    return request.method, path.partition("start")[0] if "cost" in path else path, _camel(body)


def _camel(value: Any) -> Any:
    """The same without underscores in its names."""
    if isinstance(value, list):
        return [*map(_camel, value)]
    if not isinstance(value, dict):
        return value
    return {re.sub(r"_(.)", lambda m: m[1].upper(), n): _camel(v) for n, v in value.items()}


def check(aichat: Program, wish: str, tell: Callable[[Any], object]) -> None:
    """Hold what both send against each other."""
    provider, *words = wish.split()
    (aichat.home / "a.wav").write_bytes(SOUND)
    (aichat.home / "a.jsonl").write_bytes(LINES)
    (aichat.home / "b.txt").write_text("a\nb\n")
    keys = {"OPENAI_ADMIN_KEY": "sk-admin-x", "ANTHROPIC_ADMIN_KEY": "sk-ant-admin-x"}
    with Server(default=answer({})) as server:
        client = CLIENTS[provider](server.url)
        with suppress(Exception):  # the answer is none: what it was asked is all that counts
            tell(client)
        count = len(server.requests)
        aim(aichat, server, provider).invoke(*words, "-p", provider, environ=keys)
        theirs, ours = server.requests[0], server.requests[count]
    assert said(theirs) == said(ours)


@pytest.mark.long  # a client of theirs costs seconds to import
@pytest.mark.parametrize("wish", WISHES)
def test_a_request_is_that_of_the_sdk(aichat: Program, wish: str) -> None:
    check(aichat, wish, WISHES[wish])
