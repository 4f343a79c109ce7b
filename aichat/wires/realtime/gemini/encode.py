"""Gemini's Live API: the client sends first, and each message has a single key.

Source: ai.google.dev/api/live; what google-genai 3.6 itself sends.
"""

import re
from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from typing import Any

from aichat.core.config.body_options import deep_merge
from aichat.core.exchange.request import Request
from aichat.core.http import error_response
from aichat.core.http.call import Call, request_headers
from aichat.core.message.media import Media
from aichat.core.message.message import (
    Message,
    Part,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    text_of,
)
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.realtime import Speech
from aichat.core.text.json import dumps, get_object, parse_object, text_or_none
from aichat.wires import Wire
from aichat.wires.gemini.encode import auth
from aichat.wires.realtime.codec import (
    SILENT,
    Alive,
    AnswerBegun,
    Codec,
    Handle,
    Leaving,
    Ready,
    SessionEvent,
    SpeechBegun,
    socket_url,
    speaks,
    split_history,
)
from aichat.wires.realtime.gemini.decode import GeminiLiveDecoder
from aichat.wires.realtime.sound import is_sound, sound_pieces
from aichat.wires.shared.media_parts import refused_media

_VERSION = "/v1beta"
_PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"

#: Samples per second of the input: any rate is accepted, and this needs no resampling there.
RATE = 16_000

_BEGIN, _END = (dumps({"realtimeInput": {name: {}}}) for name in ("activityStart", "activityEnd"))

#: Options that this protocol does not support.
UNSUPPORTED = frozenset(("stop", "prefill", "verbosity", "tier", "logprobs"))


def encode(request: Request, endpoint: Endpoint) -> Call:
    """The request that opens the socket, with the frames to send as its body."""
    url = socket_url(socket_address(endpoint))
    headers = request_headers(endpoint.headers, *auth(endpoint, {}), json_content=False)
    before, new = split_history([m for m in request.messages if m.role != "system"])
    frames = (
        *encode_session(request, endpoint, None),
        *encode_history(before),
        *encode_question(new),
    )
    return Call("GET", url, headers, tuple(frame.encode() + b"\n" for frame in frames))


def socket_address(endpoint: Endpoint) -> str:
    """The URL of the socket."""
    return endpoint.base_url.removesuffix(_VERSION) + _PATH


def encode_session(request: Request, _endpoint: Endpoint, handle: str | None) -> list[str]:
    """The settings of a session with transcripts; the user's own options are merged last."""
    settings, speech = request.settings, request.speech or SILENT
    config = {
        "responseModalities": ["AUDIO"],
        "temperature": settings.temperature,
        "topP": settings.top_p,
        "maxOutputTokens": settings.max_tokens,
        "seed": settings.seed,
        "thinkingConfig": {"thinkingLevel": settings.effort.upper()} if settings.effort else None,
        "speechConfig": _voice(speech.voice) if speech.voice else None,
    }
    system = "\n\n".join(text_of(m) for m in request.messages if m.role == "system")
    tools = [_tool(tool) for tool in request.tools]
    setup = {
        "model": f"models/{request.model.removeprefix('models/')}",
        "generationConfig": {name: v for name, v in config.items() if v is not None},
        **({"systemInstruction": {"parts": [{"text": system}]}} if system else {}),
        **({"tools": [{"functionDeclarations": tools}]} if tools else {}),
        **(_hearing(speech) if speech.hears else {}),
        "outputAudioTranscription": {},
        "sessionResumption": {"handle": handle} if handle else {},
    }
    if not handle and split_history(request.messages)[0]:
        setup["historyConfig"] = {"initialHistoryInClientContent": True}
    return [dumps({"setup": deep_merge(setup, settings.options)})]


def _voice(name: str) -> dict[str, Any]:
    return {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": name}}}


def _hearing(speech: Speech) -> dict[str, Any]:
    """Settings to transcribe the input, and whether to detect turns automatically."""
    detection = {"disabled": not speech.takes_turns}
    return {
        "inputAudioTranscription": {},
        "realtimeInputConfig": {"automaticActivityDetection": detection},
    }


def _tool(tool: Any) -> dict[str, Any]:
    described = {"name": tool.name, "description": tool.description}
    return {**described, "parametersJsonSchema": dict(tool.parameters)}


def encode_history(messages: Sequence[Message]) -> list[str]:
    """The earlier messages in one frame, without requesting an answer."""
    turns = [_turn(message) for message in messages if message.role != "system"]
    turns = [turn for turn in turns if turn["parts"]]
    return [dumps({"clientContent": {"turns": turns, "turnComplete": True}})] if turns else []


def encode_question(messages: Sequence[Message]) -> list[str]:
    """The new messages, which trigger an answer: results of calls, and text in one piece.

    Audio is enclosed by marks of activity, with the text between them.
    """
    parts = [part for message in messages for part in message.parts]
    results = [_result(part) for part in parts if isinstance(part, ToolResult)]
    text = "\n\n".join(filter(None, map(_words, messages)))
    frames = [{"toolResponse": {"functionResponses": results}}] if results else []
    words = [dumps({"realtimeInput": {"text": text}})] if text else []
    spoken = [*map(encode_samples, sound_pieces(messages, RATE))]
    if spoken:
        words = [_BEGIN, *words, *spoken, _END]
    return [*map(dumps, frames), *words]


def encode_samples(samples: bytes) -> str:
    """A frame with the user's audio."""
    coded = b2a_base64(samples, newline=False).decode()
    sound = {"data": coded, "mimeType": f"audio/pcm;rate={RATE}"}
    return dumps({"realtimeInput": {"audio": sound}})


def _words(message: Message) -> str:
    """The text of a message. Errors: ``invalid_request`` for media."""
    for part in message.parts:
        if isinstance(part, Media) and not (part.transcript or is_sound(part)):
            raise refused_media(part, "a session takes text and sound")
    return "".join(map(_text_of, message.parts))


def _text_of(part: Part) -> str:
    if isinstance(part, Media):
        return part.transcript or ""
    return part.text if isinstance(part, Text | Refusal) else ""


def _turn(message: Message) -> dict[str, Any]:
    role = "model" if message.role == "assistant" else "user"
    parts: list[dict[str, Any]] = []
    for part in message.parts:
        if text := _text_of(part):
            parts.append({"text": text})
        elif isinstance(part, ToolCall):
            call = {"name": part.name, "args": parse_object(part.arguments)}
            parts.append({"functionCall": call})
        elif isinstance(part, ToolResult):
            told = _result(part)
            parts.append({"functionResponse": {k: told[k] for k in ("name", "response")}})
    return {"role": role, "parts": parts}


def _result(part: ToolResult) -> dict[str, Any]:
    """A tool's result, wrapped in an object as required."""
    text = "".join(p.text for p in part.parts if isinstance(p, Text))
    name = "error" if part.is_error else "output"
    return {"id": part.id, "name": part.name, "response": {name: text}}


# -- events of a session

#: Substrings of frames that may be about the session, for a quick check.
_MARKS = re.compile(
    '"(setupComplete|goAway|sessionResumptionUpdate|interrupted|modelTurn|outputTranscription'
    '|toolCall)"'
)


#: Fields that make a frame with audio more than that.
_MORE = re.compile('"(turnComplete|interrupted|toolCall|goAway|sessionResumptionUpdate)"')


def read_event(frame: str) -> SessionEvent | None:
    """The session's event in a frame; None for any other frame."""
    if _is_sound(frame):
        return AnswerBegun()
    if not _MARKS.search(frame):
        return None
    told: Mapping[str, Any] = parse_object(frame)
    if "setupComplete" in told or "goAway" in told:
        return Ready() if "setupComplete" in told else Leaving()
    content = get_object(told, "serverContent")
    if content.get("interrupted") is True:
        return SpeechBegun()
    if "toolCall" in told or content.keys() & {"modelTurn", "outputTranscription"}:
        return AnswerBegun()
    update = get_object(told, "sessionResumptionUpdate")
    token = text_or_none(update.get("newHandle"))
    return Handle(token) if update.get("resumable") is True and token else Alive()


def _is_sound(frame: str) -> bool:
    """Whether a frame is only a piece of audio, checked quickly since most are."""
    if '"inlineData"' not in frame[:200]:
        return False
    begin = frame.find('"data"')
    if begin < 0:
        return False
    end = frame.find('"', frame.find('"', begin + 6) + 1)  # base64 contains no quotes
    return not _MORE.search(frame, 0, begin) and not _MORE.search(frame, end)


def ends(frame: str) -> bool:
    """Whether a frame is the last of an answer: it ends the turn, or has calls."""
    if _is_sound(frame) or not re.search('"(turnComplete|interrupted|toolCall)"', frame):
        return False
    told = parse_object(frame)
    content = get_object(told, "serverContent")
    is_over = content.get("turnComplete") is True or content.get("interrupted") is True
    return is_over or "toolCall" in told


def make_decoder(request: Request, _endpoint: Endpoint) -> GeminiLiveDecoder:
    """The decoder for an answer, with audio if requested."""
    return GeminiLiveDecoder(speaks=speaks(request))


CODEC = Codec(
    greets=False,
    encode_session=encode_session,
    encode_history=encode_history,
    encode_question=encode_question,
    encode_samples=encode_samples,
    rate=RATE,
    cancel=(),
    read_event=read_event,
    ends=ends,
    linger=0.2,
    begin_speech=(_BEGIN,),
    end_speech=(_END,),
)

WIRE = Wire(
    encode, make_decoder, error_response.fault_from_response, UNSUPPORTED, "maxOutputTokens", auth
)
