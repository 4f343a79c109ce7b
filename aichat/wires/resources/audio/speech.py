"""Speech synthesis: the calls; answers are read in ``sounds``.

Source: requests of the official SDKs; docs.x.ai. How the providers differ is a table
(``DIALECTS``).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from aichat import wires
from aichat.core.http.call import Call, Header, json_body, request_headers
from aichat.core.provider.endpoint import Endpoint
from aichat.values import NamedTuple
from aichat.wires.dashscope.encode import native_base

#: Samples per second to request, if supported.
_RATE = 24_000


class SpeechSpec(NamedTuple):
    """The text to read, the voice and the style; None leaves a choice to the provider.

    ``live``: stream the audio, as raw samples if the format is ``pcm``.
    """

    text: str
    model: str
    voice: str
    format: str
    style: str | None = None
    speed: float | None = None
    language: str | None = None
    live: bool = False


class SpeechDialect(NamedTuple):
    """One provider's API: its default ``model`` and ``voice``, and its output ``formats``.

    A call reads at most ``most`` characters. ``takes`` are the supported fields of a spec.
    ``path`` is appended to the base URL; ``body`` makes the request's body. ``live_format`` is
    the format of streams, if not raw samples; from ``live_path`` or with ``live_headers``.
    ``others`` are the dialects of models by a pattern in their name. ``by_socket``: text is
    read by a session, since there is no such request.
    """

    model: str
    voice: str
    formats: tuple[str, ...]
    most: int
    takes: frozenset[str]
    path: str
    body: Callable[[SpeechSpec], Mapping[str, Any]]
    live_format: str = ""
    live_path: str = ""
    live_headers: tuple[Header, ...] = ()
    others: Mapping[str, "SpeechDialect"] = {}
    by_socket: bool = False


def _fields(**fields: Any) -> Mapping[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _openai_body(spec: SpeechSpec) -> Mapping[str, Any]:
    body = _fields(
        model=spec.model,
        input=spec.text,
        voice=spec.voice,
        instructions=spec.style,
        response_format=spec.format,
        speed=spec.speed,
    )
    # only events report tokens; the oldest models have none
    return body if spec.model.startswith("tts-1") else {**body, "stream_format": "sse"}


def _groq_body(spec: SpeechSpec) -> Mapping[str, Any]:
    return _fields(model=spec.model, input=spec.text, voice=spec.voice, response_format=spec.format)


def _xai_body(spec: SpeechSpec) -> Mapping[str, Any]:
    form: dict[str, Any] = {"codec": spec.format}
    if spec.format == "pcm":
        form["sample_rate"] = _RATE
    return _fields(
        text=spec.text,
        voice_id=spec.voice,
        language=spec.language or "auto",
        output_format=form,
        speed=spec.speed,
    )


def _gemini_body(spec: SpeechSpec) -> Mapping[str, Any]:
    part: dict[str, Any] = {"text": spec.text}
    if spec.style:
        part["speechMetadata"] = {"style": spec.style}
    speech: dict[str, Any] = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": spec.voice}}}
    if spec.language:
        speech["languageCode"] = spec.language
    config: dict[str, Any] = {"responseModalities": ["AUDIO"], "speechConfig": speech}
    if spec.live:
        config["responseFormat"] = {"audio": {"mimeType": "AUDIO_L16"}}
    return {"contents": [{"role": "user", "parts": [part]}], "generationConfig": config}


def _qwen_body(spec: SpeechSpec) -> Mapping[str, Any]:
    told = _fields(text=spec.text, voice=spec.voice, language_type=spec.language)
    return {"model": spec.model, "input": told}


def _qwen_audio_body(spec: SpeechSpec) -> Mapping[str, Any]:
    told = _fields(
        text=spec.text, voice=spec.voice or None, format=spec.format, instruction=spec.style
    )
    return {"model": spec.model, "input": told}


_SSE = (Header("x-dashscope-sse", "enable"),)

#: Reading by a session: as samples, in parts within the limit of one answer.
_BY_SOCKET = SpeechDialect(
    *("gpt-realtime-2.1-mini", "marin", ("wav", "pcm"), 4096),
    *(frozenset(("model", "style")), "/realtime", lambda _: {}),
    by_socket=True,
)

#: Speech APIs by the name in a provider's settings.
DIALECTS: Mapping[str, SpeechDialect] = {
    "openai": SpeechDialect(
        *("gpt-4o-mini-tts", "marin", ("mp3", "wav", "opus", "flac", "pcm"), 4096),
        *(frozenset(("model", "style", "speed")), "/audio/speech", _openai_body),
        others={"realtime": _BY_SOCKET},
    ),
    "groq": SpeechDialect(
        *("canopylabs/orpheus-v1-english", "autumn", ("wav",), 200),
        *(frozenset(("model",)), "/audio/speech", _groq_body, "wav"),
    ),
    "xai": SpeechDialect(
        *("tts", "eve", ("mp3", "wav", "pcm"), 15_000),
        *(frozenset(("speed", "language")), "/tts", _xai_body),
    ),
    "gemini": SpeechDialect(
        *("gemini-3.8-flash-tts", "Kore", ("wav",), 32_000),
        *(frozenset(("model", "style", "language")), "/models/{model}:generateContent"),
        _gemini_body,
        live_path="/models/{model}:streamGenerateContent?alt=sse",
    ),
    "qwen": SpeechDialect(
        *("qwen3-tts-flash", "Cherry", ("wav",), 600, frozenset(("model", "language"))),
        *("/services/aigc/multimodal-generation/generation", _qwen_body),
        live_headers=_SSE,
        others={
            r"^(qwen-audio|cosyvoice)": SpeechDialect(
                *("", "", ("mp3", "wav", "opus", "pcm"), 2000),
                frozenset(("model", "style")),
                *("/services/audio/tts/SpeechSynthesizer", _qwen_audio_body),
                live_headers=_SSE,
            )
        },
    ),
}

#: All formats that any provider supports.
FORMATS = ("mp3", "wav", "opus", "flac", "pcm")


def speech_dialect(endpoint: Endpoint, model: str | None = None) -> SpeechDialect:
    """The speech API of a provider, or of one of its models."""
    usual = DIALECTS[endpoint.provider.resources.speech]
    found = (each for pattern, each in usual.others.items() if re.search(pattern, model or ""))
    return next(found, usual)


def speech_call(endpoint: Endpoint, spec: SpeechSpec) -> Call:
    """The request to synthesise speech."""
    dialect = speech_dialect(endpoint, spec.model)
    more = dialect.live_headers if spec.live else ()
    auth = wires.load(endpoint.wire).auth(endpoint, {})
    path = (dialect.live_path if spec.live else "") or dialect.path
    path = path.replace("{model}", quote(spec.model.removeprefix("models/"), safe=""))
    base = endpoint.base_url
    base = native_base(base) if path.startswith("/services/") else base
    headers = request_headers(endpoint.headers, *auth, *more)
    return Call("POST", base + path, headers, json_body(dialect.body(spec)))
