"""Speech: the call that has a text read aloud, and the sound of the answer.

Source: beyond-chat reference, section 3.3. How the providers differ is a table (``DIALECTS``).
"""

import json
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from aichat import wires
from aichat.core.http.call import Call, json_body, request_headers
from aichat.core.message.sound import playable_sound
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.json import get_object, objects, text_or_none


class SpeechSpec(NamedTuple):
    """What is read, by whose voice and how; ``None`` is left to the provider."""

    text: str
    model: str
    voice: str
    format: str
    style: str | None = None
    speed: float | None = None
    language: str | None = None


class SpeechDialect(NamedTuple):
    """One provider's way: its usual ``model`` and ``voice``, and the ``formats`` it can write.

    ``most`` characters are read in one call. ``takes`` are the fields of a spec that can be
    said. ``path`` follows the base URL; ``body`` is what is sent there. ``in_json``: the sound
    comes in an object.
    """

    model: str
    voice: str
    formats: tuple[str, ...]
    most: int
    takes: frozenset[str]
    path: str
    body: Callable[[SpeechSpec], Mapping[str, Any]]
    in_json: bool = False


def _openai_body(spec: SpeechSpec) -> Mapping[str, Any]:
    fields = {
        "model": spec.model,
        "input": spec.text,
        "voice": spec.voice,
        "instructions": spec.style,
        "response_format": spec.format,
        "speed": spec.speed,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _xai_body(spec: SpeechSpec) -> Mapping[str, Any]:
    fields = {
        "text": spec.text,
        "voice_id": spec.voice,
        "language": spec.language or "auto",
        "output_format": {"codec": spec.format},
        "speed": spec.speed,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _gemini_body(spec: SpeechSpec) -> Mapping[str, Any]:
    part: dict[str, Any] = {"text": spec.text}
    if spec.style:
        part["speechMetadata"] = {"style": spec.style}
    speech: dict[str, Any] = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": spec.voice}}}
    if spec.language:
        speech["languageCode"] = spec.language
    return {
        "contents": [{"role": "user", "parts": [part]}],
        "generationConfig": {"responseModalities": ["AUDIO"], "speechConfig": speech},
    }


#: By the name that a provider's value has.
DIALECTS: Mapping[str, SpeechDialect] = {
    "openai": SpeechDialect(
        *("gpt-4o-mini-tts", "marin", ("mp3", "wav", "opus", "flac", "pcm"), 4096),
        *(frozenset(("model", "style", "speed")), "/audio/speech", _openai_body),
    ),
    "groq": SpeechDialect(
        *("canopylabs/orpheus-v1-english", "autumn", ("wav",), 200),
        *(frozenset(("model",)), "/audio/speech", _openai_body),
    ),
    "xai": SpeechDialect(
        *("tts", "eve", ("mp3", "wav", "pcm"), 15_000),
        *(frozenset(("speed", "language")), "/tts", _xai_body),
    ),
    "gemini": SpeechDialect(
        *("gemini-3.8-flash-tts", "Kore", ("wav",), 32_000),
        *(frozenset(("model", "style", "language")), "/models/{model}:generateContent"),
        *(_gemini_body, True),
    ),
}

#: Every format that some provider writes.
FORMATS = ("mp3", "wav", "opus", "flac", "pcm")


def speech_call(endpoint: Endpoint, spec: SpeechSpec) -> Call:
    """The request to read a text aloud."""
    dialect = DIALECTS[endpoint.provider.speech]
    headers = request_headers(endpoint.headers, *wires.load(endpoint.wire).auth(endpoint, {}))
    path = dialect.path.format(model=quote(spec.model.removeprefix("models/"), safe=""))
    return Call("POST", endpoint.base_url + path, headers, json_body(dialect.body(spec)))


def parse_speech(answer: bytes, endpoint: Endpoint) -> bytes | None:
    """The sound; None where the answer has none."""
    if not DIALECTS[endpoint.provider.speech].in_json:
        return answer if answer and not _is_document(answer) else None
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    candidates = objects(told.get("candidates") if isinstance(told, dict) else None)
    parts = get_object(next(iter(candidates), {}), "content").get("parts")
    for part in objects(parts):
        inline = get_object(part, "inlineData")
        try:
            data = b64decode(text_or_none(inline.get("data")) or "", validate=True)
        except (Base64Error, ValueError):
            return None
        if data:
            return playable_sound(text_or_none(inline.get("mimeType")) or "", data)[1]
    return None


def _is_document(answer: bytes) -> bool:
    """Whether it is a page or an object; bare samples may begin as one does."""
    if answer[:200].lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        return True
    try:
        return answer.lstrip()[:1] in (b"{", b"[") and json.loads(answer) is not None
    except (ValueError, RecursionError):
        return False
