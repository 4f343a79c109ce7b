"""Transcription: the calls; answers are read in ``transcripts``.

Source: requests of the official SDKs; docs.x.ai. How the providers differ is a table
(``DIALECTS``).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from aichat import wires
from aichat.core.http.call import Blob, ByteStream, Call, Header, blob_marker, json_body
from aichat.core.http.call import request_headers as headers_with
from aichat.core.http.multipart import FormField
from aichat.core.provider.endpoint import Endpoint
from aichat.values import NamedTuple
from aichat.wires.dashscope.encode import native_base

#: Optional features of a transcription, and the options that request them.
WISHES: Mapping[str, str] = {
    "segment": "timestamps",
    "word": "--timestamps word",
    "diarize": "--diarize",
    "translate": "--translate",
    "language": "--language",
    "prompt": "--prompt",
    "keywords": "--keyword",
}

#: Features that no provider supports for a translation.
_NOT_TRANSLATED = frozenset(("word", "diarize", "language", "keywords", "stream"))


class TranscriptionSpec(NamedTuple):
    """A recording to transcribe, with the model and options; ``path`` is the file.

    ``timestamps`` is ``word``, ``segment`` or None; ``translate`` is into English.
    ``stream``: send text as it is recognised. ``url`` is for the provider to fetch.
    """

    path: str
    name: str
    mime: str
    model: str
    language: str | None = None
    prompt: str | None = None
    keywords: tuple[str, ...] = ()
    timestamps: str | None = None
    diarize: bool = False
    translate: bool = False
    stream: bool = False
    url: str | None = None


#: Makes the JSON body from a spec and the location of its audio.
_Body = Callable[[TranscriptionSpec, Mapping[str, str]], Mapping[str, Any]]


class LongWork(NamedTuple):
    """The API for long recordings: a job of this ``way``, at a separate path."""

    way: str
    path: str
    body: _Body


class Abilities(NamedTuple):
    """The features of models with ``pattern`` in their name.

    ``max_bytes`` and ``max_seconds`` limit a file, if known. ``job`` is used in place of
    waiting on one connection.
    """

    pattern: str
    can: frozenset[str]
    max_bytes: int = 0
    max_seconds: float = 0
    job: LongWork | None = None

    def takes(self, size: int, seconds: float) -> bool:
        """Whether a recording is within the limits."""
        is_small = not self.max_bytes or size <= self.max_bytes
        return is_small and (not self.max_seconds or seconds <= self.max_seconds)


class TranscriptionDialect(NamedTuple):
    """One provider's API: its default ``models``, the best first, and their abilities.

    ``fields`` are those of a form, before the file; otherwise ``body`` makes the JSON, with
    the file inline or, from ``inline_bytes`` on, uploaded and referenced. ``least_seconds`` is
    the minimum that is billed. ``takes_urls``: the provider fetches URLs.
    """

    models: tuple[str, ...]
    abilities: tuple[Abilities, ...]
    path: str
    fields: Callable[[TranscriptionSpec], Iterator[tuple[str, str]]] | None = None
    body: _Body | None = None
    inline_bytes: int = 0
    least_seconds: int = 0
    takes_urls: bool = False

    def abilities_of(self, model: str) -> Abilities:
        """A model's abilities; an unknown one is assumed to have the default's."""
        found = (each for each in self.abilities if re.search(each.pattern, model))
        return next(found, self.abilities[0])

    def lacks(self, model: str, wishes: frozenset[str]) -> frozenset[str]:
        """The wishes that a model does not support."""
        can = self.abilities_of(model).can
        return wishes - (can - _NOT_TRANSLATED if "translate" in wishes else can)

    def pick_model(self, wishes: frozenset[str], size: int = 0, seconds: float = 0) -> str | None:
        """The first default model that supports all wishes and so large a recording, if any."""
        able = [name for name in self.models if not self.lacks(name, wishes)]
        whole = (name for name in able if self.abilities_of(name).takes(size, seconds))
        return next(whole, next(iter(able), None))

    @property
    def max_bytes(self) -> int:
        """The largest limit of any model in bytes; 0 if unknown."""
        limits = [each.max_bytes for each in self.abilities]
        return max(limits) if all(limits) else 0

    def streams(self, spec: TranscriptionSpec) -> bool:
        """Whether the transcript can be streamed, which only plain text can."""
        plain = not (spec.timestamps or spec.diarize or spec.translate)
        return plain and "stream" in self.abilities_of(spec.model).can


def _openai_fields(spec: TranscriptionSpec) -> Iterator[tuple[str, str]]:
    """OpenAI's and Groq's form, without the file."""
    is_newest = spec.model.startswith("gpt-transcribe")
    yield "model", spec.model
    if spec.language:
        yield ("languages[]" if is_newest else "language"), spec.language
    if spec.prompt:
        yield "prompt", spec.prompt
    for word in spec.keywords:
        yield "keywords[]", word
    if spec.diarize:
        yield "response_format", "diarized_json"
        yield "chunking_strategy", "auto"  # required above 30 seconds
    else:
        yield "response_format", "verbose_json" if spec.timestamps else "json"
    if spec.timestamps and not (spec.diarize or spec.translate):
        kinds = ("word", "segment") if spec.timestamps == "word" else ("segment",)
        for kind in kinds:
            yield "timestamp_granularities[]", kind
    if spec.stream:
        yield "stream", "true"


def _xai_fields(spec: TranscriptionSpec) -> Iterator[tuple[str, str]]:
    yield "model", spec.model
    if spec.language:
        yield "language", spec.language
        yield "format", "true"  # write numbers and dates in digits
    if spec.diarize:
        yield "diarize", "true"
    for word in spec.keywords:
        yield "keyterm", word


def _gemini_body(spec: TranscriptionSpec, sound: Mapping[str, str]) -> Mapping[str, Any]:
    told: dict[str, Any] = {}
    if spec.language:
        told["language_codes"] = [spec.language]
    if spec.timestamps:
        told["timestamp_granularities"] = ["word"]
    if spec.diarize:
        told["diarization_mode"] = "speaker"
    if spec.keywords:
        told["custom_vocabulary"] = [*spec.keywords]
    where = {"uri": sound["url"]} if "url" in sound else {"data": sound["data"]}
    part = {"type": "audio", **where, "mime_type": spec.mime}
    body: dict[str, Any] = {
        "model": spec.model.removeprefix("models/"),
        "input": [{"type": "user_input", "content": [part]}],
        "store": False,
    }
    if told:
        body["generation_config"] = {"transcription_config": told}
    return {**body, "stream": True} if spec.stream else body


def _qwen_body(spec: TranscriptionSpec, sound: Mapping[str, str]) -> Mapping[str, Any]:
    context = "\n".join(filter(None, (spec.prompt, " ".join(spec.keywords))))
    url = sound.get("url") or f"data:{spec.mime};base64,{sound['data']}"
    messages = [{"role": "system", "content": [{"text": context}]}] if context else []
    messages.append({"role": "user", "content": [{"audio": url}]})
    options: dict[str, Any] = {"enable_itn": True}
    if spec.language:
        options["language"] = spec.language
    parameters: dict[str, Any] = {"asr_options": options, "result_format": "message"}
    if spec.stream:
        parameters["incremental_output"] = True
    return {"model": spec.model, "input": {"messages": messages}, "parameters": parameters}


def _qwen_task_body(spec: TranscriptionSpec, sound: Mapping[str, str]) -> Mapping[str, Any]:
    parameters: dict[str, Any] = {"enable_itn": True}
    if spec.language:
        parameters["language"] = spec.language
    if spec.timestamps == "word":
        parameters["enable_words"] = True
    url = sound.get("url", "")
    where = {"file_url": url} if spec.model.startswith("qwen3-asr") else {"file_urls": [url]}
    return {"model": spec.model, "input": where, "parameters": parameters}


_TIMED = frozenset(("segment", "word"))
_QWEN_TASK = LongWork("task", "/services/audio/asr/transcription", _qwen_task_body)

#: Transcription APIs by the name in a provider's settings.
DIALECTS: Mapping[str, TranscriptionDialect] = {
    "openai": TranscriptionDialect(
        ("gpt-transcribe", "whisper-1", "gpt-4o-transcribe-diarize"),
        (
            Abilities(r"^gpt-transcribe", frozenset(("language", "prompt", "keywords", "stream"))),
            # "longer than 1400 seconds which is the maximum for this model", the server says of
            # both gpt-4o kinds: github.com/rishikanthc/Scriberr/issues/477 (20 August 2026) and
            # github.com/murtaza-nasir/speakr/issues/168 (8 January 2026)
            Abilities("diarize", frozenset(("diarize", "segment", "language")), 25 << 20, 1400),
            Abilities(
                r"^whisper", _TIMED | {"translate", "language", "prompt"}, max_bytes=25 << 20
            ),
            Abilities(r"^gpt-4o", frozenset(("language", "prompt", "stream")), 25 << 20, 1400),
        ),
        "/audio/transcriptions",
        fields=_openai_fields,
    ),
    "groq": TranscriptionDialect(
        ("whisper-large-v3-turbo", "whisper-large-v3"),
        (
            Abilities("turbo", _TIMED | {"language", "prompt"}, max_bytes=100 << 20),
            Abilities("", _TIMED | {"language", "prompt", "translate"}, max_bytes=100 << 20),
        ),
        "/audio/transcriptions",
        fields=_openai_fields,
        least_seconds=10,
        takes_urls=True,
    ),
    "xai": TranscriptionDialect(
        ("grok-voice-transcribe-2.0",),
        (Abilities("", _TIMED | {"diarize", "language", "keywords"}),),
        "/stt",
        fields=_xai_fields,
    ),
    "gemini": TranscriptionDialect(
        ("gemini-3.5-transcribe",),
        (Abilities("", _TIMED | {"diarize", "language", "keywords", "stream"}),),
        "/interactions",
        body=_gemini_body,
        inline_bytes=20 << 20,
    ),
    "qwen": TranscriptionDialect(
        ("qwen3-asr-flash", "qwen3-asr-flash-filetrans"),
        (
            # 12 hours, and 5 minutes: alibabacloud.com/help/en/model-studio/qwen-speech-recognition
            # (15 March 2026); 10 MB in base64: docs.qwencloud.com, Qwen ASR; 2 GB: users' word
            Abilities(
                r"filetrans|^(paraformer|fun-asr)(?!.*realtime)",
                _TIMED | {"language"},
                max_bytes=2 << 30,
                max_seconds=12 * 3600,
                job=_QWEN_TASK,
            ),
            Abilities(
                *("", frozenset(("language", "prompt", "keywords", "stream"))),
                *(10 << 20, 300),
            ),
        ),
        "/services/aigc/multimodal-generation/generation",
        body=_qwen_body,
        inline_bytes=7 << 20,
        takes_urls=True,
    ),
}


def form_request(endpoint: Endpoint, spec: TranscriptionSpec) -> tuple[Call, list[FormField]]:
    """A call without its body, and the fields of the form for the body, the file last."""
    dialect = DIALECTS[endpoint.provider.resources.transcription]
    path = "/audio/translations" if spec.translate else dialect.path
    told = dialect.fields(spec) if dialect.fields else ()
    fields = [FormField(name, text) for name, text in told]
    if spec.url:
        file = FormField("url", spec.url)
    else:
        file = FormField("file", file=spec.path, filename=spec.name, kind=spec.mime)
    call = Call("POST", endpoint.base_url + path, _headers(endpoint, json_content=False))
    return call, [*fields, file]


def json_request(endpoint: Endpoint, spec: TranscriptionSpec, sound: ByteStream | str) -> Call:
    """A call with the recording inline, read while it is sent, or with its URL."""
    dialect = DIALECTS[endpoint.provider.resources.transcription]
    job = dialect.abilities_of(spec.model).job
    path, make = (job.path, job.body) if job else (dialect.path, dialect.body)
    blobs = [] if isinstance(sound, str) else [Blob(sound)]
    where = {"data": blob_marker(blobs[0])} if blobs else {"url": str(sound)}
    body = make(spec, where) if make else {}
    is_native = path.startswith("/services/")
    more = _dashscope_headers(spec, where, is_job=job is not None) if is_native else ()
    return Call("POST", _native(endpoint, path), _headers(endpoint, *more), json_body(body, blobs))


def _native(endpoint: Endpoint, path: str) -> str:
    """A URL of DashScope's native API, which is beside the compatible one."""
    base = endpoint.base_url
    return (native_base(base) if path.startswith("/services/") else base) + quote(path)


def _dashscope_headers(
    spec: TranscriptionSpec, where: Mapping[str, str], *, is_job: bool
) -> Iterator[Header]:
    if is_job:
        yield Header("x-dashscope-async", "enable")
    if spec.stream:
        yield Header("x-dashscope-sse", "enable")
    if where.get("url", "").startswith("oss://"):
        yield Header("x-dashscope-ossresourceresolve", "enable")


def _headers(endpoint: Endpoint, *more: Header, json_content: bool = True) -> tuple[Header, ...]:
    auth = wires.load(endpoint.wire).auth(endpoint, {})
    return headers_with(endpoint.headers, *auth, *more, json_content=json_content)
