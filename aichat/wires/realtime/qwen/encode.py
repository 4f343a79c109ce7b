"""Qwen's Omni sockets: the older names, and tools in a nested object.

Source: alibabacloud.com/help/en/model-studio; dashscope 2.0; a recorded session in text.
"""

import re
from typing import Any
from urllib.parse import quote

from aichat.core.config.body_options import deep_merge
from aichat.core.exchange.request import Request
from aichat.core.http import error_response
from aichat.core.http.call import Call
from aichat.core.message.sound import DEFAULT_RATE
from aichat.core.message.tool_schema import Tool
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.realtime import Speech
from aichat.wires import Wire
from aichat.wires.realtime.codec import SILENT, speaks
from aichat.wires.realtime.openai.decode import RealtimeDecoder
from aichat.wires.realtime.openai.encode import UNSUPPORTED, family_codec, instructions, opening

WIRE_NAME = "realtime.qwen"

#: Samples per second of the input.
RATE = 16_000

#: The model that transcribes the user's speech, and the default voice.
_WRITER, _VOICE = "qwen3-asr-flash-realtime", "Cherry"

#: Has the server detect turns.
_SERVER_TURNS = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 800,
}

#: Models whose settings have audio in a nested object.
_NEW_MODELS = r"qwen3\.8-omni"

#: The path of the sockets, and the HTTP path that it replaces.
_PATH, _HTTP_PATH = "/api-ws/v1/realtime", "/compatible-mode/v1"


def encode(request: Request, endpoint: Endpoint) -> Call:
    """The request that opens the socket, with the frames to send as its body."""
    url = socket_address(endpoint, quote(request.model, safe=""))
    return opening(url, session(request, endpoint), request, endpoint, RATE)


def socket_address(endpoint: Endpoint, model: str) -> str:
    """The URL of the socket for a model, whose name is already quoted."""
    return f"{endpoint.base_url.removesuffix(_HTTP_PATH)}{_PATH}?model={model}"


def session(request: Request, _endpoint: Endpoint) -> dict[str, Any]:
    """The settings of a session that answers in text, on request."""
    settings, speech = request.settings, request.speech or SILENT
    fields = {
        "modalities": ["text", "audio"] if speech.speaks else ["text"],
        "instructions": instructions(request),
        "max_tokens": settings.max_tokens,
        "tools": [_tool(tool) for tool in request.tools] or None,
    }
    kept = {name: value for name, value in fields.items() if value is not None}
    sound = (_new_sound if re.match(_NEW_MODELS, request.model) else _old_sound)(speech)
    turns = _SERVER_TURNS if speech.takes_turns else None
    return deep_merge({**kept, **sound, "turn_detection": turns}, settings.options)


def _old_sound(speech: Speech) -> dict[str, Any]:
    heard = {"input_audio_format": "pcm", "input_audio_transcription": {"model": _WRITER}}
    spoken = {"output_audio_format": "pcm", "voice": speech.voice or _VOICE}
    return {**(heard if speech.hears else {}), **(spoken if speech.speaks else {})}


def _new_sound(speech: Speech) -> dict[str, Any]:
    """Settings of audio in the format of the newest models."""
    voice = {"voice": speech.voice} if speech.voice else {}
    spoken = {"format": {"type": "pcm", "sample_rate": DEFAULT_RATE}, **voice}
    into = {"input": {"format": {"type": "pcm", "sample_rate": RATE}}} if speech.hears else {}
    audio = {**into, **({"output": spoken} if speech.speaks else {})}
    return {"audio": audio} if audio else {}


def _tool(tool: Tool) -> dict[str, Any]:
    described = {"name": tool.name, "description": tool.description}
    return {"type": "function", "function": {**described, "parameters": dict(tool.parameters)}}


def make_decoder(request: Request, _endpoint: Endpoint) -> RealtimeDecoder:
    """The decoder for an answer, with audio if requested."""
    return RealtimeDecoder(WIRE_NAME, speaks=speaks(request))


#: Qwen does not support ``truncate``.
CODEC = family_codec(session, RATE)._replace(truncate=lambda *_: [])

WIRE = Wire(
    encode,
    make_decoder,
    error_response.fault_from_response,
    UNSUPPORTED | {"effort"},
    "max_tokens",
)
