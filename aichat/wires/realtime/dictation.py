"""Live transcription: sessions that transcribe speech as it comes and never answer.

Source: the realtime types of openai 3.57 and google-genai 3.6; docs.x.ai and
alibabacloud.com/help/en/model-studio.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol
from urllib.parse import quote, urlencode

from aichat.core.http import error_response, rejection
from aichat.core.http.call import Call, request_headers
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.json import dumps, get_object, parse_object, text_or_none
from aichat.errors import AichatError
from aichat.values import NamedTuple
from aichat.wires.gemini.encode import auth
from aichat.wires.realtime.codec import socket_url
from aichat.wires.realtime.gemini import encode as gemini
from aichat.wires.realtime.openai import encode as openai
from aichat.wires.realtime.openai.decode import read_fault
from aichat.wires.realtime.qwen import encode as qwen
from aichat.wires.responses.items import named_item
from aichat.wires.shared.auth import bearer_header


class DictationSpec(NamedTuple):
    """What to transcribe: with which model, the spoken language, words to expect."""

    model: str
    language: str | None = None
    keywords: tuple[str, ...] = ()


class Said(NamedTuple):
    """Text: the next piece of a passage, or with ``is_final`` all of a finished one."""

    text: str
    is_final: bool = False
    type: Literal["said"] = "said"


class DictationReader(Protocol):
    """Reads a server's frames. ``is_ready``: it listens. ``is_over``: nothing more comes.

    ``is_quiet``: no text is known to be outstanding.
    """

    is_ready: bool
    is_over: bool
    is_quiet: bool

    def feed(self, frame: str) -> list[Said]:
        """The text in a frame. Errors: what the server refused."""

    def end(self) -> None:
        """Note that the server was told of the end of speech."""


class _Reading:
    """The state that all readers share."""

    def __init__(self) -> None:
        self.is_ready = self.is_over = False
        self.is_quiet = True

    def end(self) -> None:
        """As in ``DictationReader``: not every server acknowledges it."""


_WRITTEN = "conversation.item.input_audio_transcription."


class _ItemReader(_Reading):
    """OpenAI's and Qwen's events: a passage per item; the client commits the last one."""

    def __init__(self) -> None:
        super().__init__()
        self._open: set[object] = set()  # passages whose text is still to come
        self._is_due = False  # the reply to the end of speech: a last passage or none

    def end(self) -> None:
        """As in ``DictationReader``."""
        self._is_due, self.is_quiet = True, False

    def feed(self, frame: str) -> list[Said]:
        """As in ``DictationReader``."""
        told = parse_object(frame)
        name, item = text_or_none(told.get("type")), named_item(told)
        said: list[Said] = []
        if name == "session.updated":
            self.is_ready = True
        elif name == "input_audio_buffer.committed":
            self._open.add(item)
            self._is_due = False
        elif name == f"{_WRITTEN}delta":
            said = [Said(str(told.get("delta") or ""))]
        elif name in (f"{_WRITTEN}completed", f"{_WRITTEN}failed"):
            self._open.discard(item)
            said = [Said(str(told.get("transcript") or ""), is_final=True)]
        elif name == "session.finished":
            self.is_over = True
        elif name == "error":
            self._refuse(told)
        self.is_quiet = not (self._open or self._is_due)
        return said

    def _refuse(self, told: Mapping[str, Any]) -> None:
        """Handle an error: nothing was left to commit, or a real fault."""
        fault = read_fault(told)
        if fault.code != "input_audio_buffer_commit_empty":
            raise AichatError(fault)
        self._is_due = False


class _XaiReader(_Reading):
    """xAI's events, each with all of the passage so far."""

    def feed(self, frame: str) -> list[Said]:
        """As in ``DictationReader``."""
        told = parse_object(frame)
        name = told.get("type")
        if name == "error":
            found = rejection.parse_rejection(told) or rejection.Rejection("no reason given")
            raise AichatError(error_response.classify(found))
        self.is_ready = self.is_ready or name == "transcript.created"
        self.is_over, self.is_quiet = name == "transcript.done", False
        if name != "transcript.partial" or not told.get("is_final"):
            return []
        return [Said(str(told.get("text") or ""), is_final=told.get("speech_final") is True)]


class _TranslationReader(_Reading):
    """A translation of the speech; the server says when it is complete."""

    def feed(self, frame: str) -> list[Said]:
        """As in ``DictationReader``."""
        told = parse_object(frame)
        name = told.get("type")
        if name == "error":
            raise AichatError(read_fault(told))
        self.is_ready = self.is_ready or name == "session.updated"
        self.is_over, self.is_quiet = name == "session.closed", False
        delta = told.get("delta")
        is_said = name == "session.output_transcript.delta" and isinstance(delta, str)
        return [Said(str(delta))] if is_said else []


class _GeminiReader(_Reading):
    """Gemini's events: pieces of the transcript, until the turn ends."""

    def feed(self, frame: str) -> list[Said]:
        """As in ``DictationReader``."""
        told = parse_object(frame)
        self.is_ready = self.is_ready or "setupComplete" in told
        content = get_object(told, "serverContent")
        heard = get_object(content, "inputTranscription").get("text")
        ended = content.get("turnComplete") is True
        self.is_quiet = ended or (self.is_quiet and not heard)
        said = [Said(heard)] if isinstance(heard, str) and heard else []
        return [*said, *([Said("", is_final=True)] if ended else [])]


class Dictation(NamedTuple):
    """One provider's protocol; input has ``rate`` samples per second, ``end`` ends the speech.

    The frames of ``opening`` are sent first, whether or not the server greets.
    """

    model: str
    rate: int
    url: Callable[[Endpoint, DictationSpec], str]
    opening: Callable[[DictationSpec], list[str]]
    encode: Callable[[bytes], str | bytes]
    end: tuple[str, ...]
    reader: Callable[[], DictationReader]

    def call(self, endpoint: Endpoint, spec: DictationSpec) -> Call:
        """The request that opens the socket."""
        sign = auth(endpoint, {}) if self.reader is _GeminiReader else bearer_header(endpoint.key)
        headers = request_headers(endpoint.headers, *sign, json_content=False)
        body = tuple(frame.encode() + b"\n" for frame in self.opening(spec))
        return Call("GET", socket_url(self.url(endpoint, spec)), headers, body)


#: Has the server detect the end of a passage.
_VAD = {"type": "server_vad"}


def _openai_opening(spec: DictationSpec) -> list[str]:
    wish: dict[str, Any] = {"model": spec.model}
    if spec.language:
        wish["languages"] = [spec.language]
    if spec.keywords:
        wish["keywords"] = [*spec.keywords]
    form = {"type": "audio/pcm", "rate": openai.RATE}
    into = {"format": form, "transcription": wish, "turn_detection": _VAD}
    return [openai.update_frame({"type": "transcription", "audio": {"input": into}})]


def _qwen_opening(spec: DictationSpec) -> list[str]:
    language = {"language": spec.language} if spec.language else {}
    return [
        openai.update_frame(
            {
                "modalities": ["text"],
                "input_audio_format": "pcm",
                "sample_rate": qwen.RATE,
                "input_audio_transcription": language,
                "turn_detection": _VAD,
            }
        )
    ]


def _xai_url(endpoint: Endpoint, spec: DictationSpec) -> str:
    language = {"language": spec.language} if spec.language else {}
    wish = {"sample_rate": 16_000, "encoding": "pcm", "interim_results": "true", **language}
    words = [("keyterm", word) for word in spec.keywords]
    return f"{endpoint.base_url}/stt?{urlencode([*wish.items(), *words])}"


def _gemini_opening(spec: DictationSpec) -> list[str]:
    setup = {
        "model": f"models/{spec.model}",
        "generationConfig": {"responseModalities": ["AUDIO"]},
        "inputAudioTranscription": {},
    }
    return [dumps({"setup": setup})]


def _translation_opening(_: DictationSpec) -> list[str]:
    """Translates into English, as the discontinued endpoint did."""
    return [dumps({"type": "session.update", "session": {"audio": {"output": {"language": "en"}}}})]


#: The replacement for OpenAI's translations endpoint. Source: the types of openai 3.57.
TRANSLATION = Dictation(
    "gpt-realtime-translate",
    openai.RATE,
    lambda endpoint, spec: f"{endpoint.base_url}/realtime/translations?model={spec.model}",
    _translation_opening,
    lambda samples: openai.encode_samples(samples).replace('"input_', '"session.input_', 1),
    (dumps({"type": "session.close"}),),
    _TranslationReader,
)

#: Dictations by the name in a provider's transcription settings.
DICTATIONS: Mapping[str, Dictation] = {
    "openai": Dictation(
        "gpt-live-transcribe",
        openai.RATE,
        lambda endpoint, _: f"{endpoint.base_url}/realtime?intent=transcription",
        _openai_opening,
        openai.encode_samples,
        (dumps({"type": "input_audio_buffer.commit"}),),
        _ItemReader,
    ),
    "qwen": Dictation(
        "qwen3-asr-flash-realtime",
        qwen.RATE,
        lambda endpoint, spec: qwen.socket_address(endpoint, quote(spec.model, safe="")),
        _qwen_opening,
        openai.encode_samples,
        (dumps({"type": "session.finish"}),),
        _ItemReader,
    ),
    "xai": Dictation(
        "grok-voice-transcribe-2.0",
        16_000,
        _xai_url,
        lambda _: [],
        bytes,
        (dumps({"type": "audio.done"}),),
        _XaiReader,
    ),
    "gemini": Dictation(
        "gemini-3.5-transcribe-live",
        gemini.RATE,
        lambda endpoint, _: gemini.socket_address(endpoint),
        _gemini_opening,
        gemini.encode_samples,
        (dumps({"realtimeInput": {"audioStreamEnd": True}}),),
        _GeminiReader,
    ),
}
