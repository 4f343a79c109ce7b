"""xAI's voice API, which always speaks; the text is that of the transcript.

Source: docs.x.ai; recorded sessions.
"""

from typing import Any
from urllib.parse import quote

from aichat.core.config.body_options import deep_merge
from aichat.core.exchange.request import Request
from aichat.core.http import error_response
from aichat.core.http.call import Call
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.realtime import Speech
from aichat.wires import Wire
from aichat.wires.realtime.codec import SILENT, speaks
from aichat.wires.realtime.openai.decode import RealtimeDecoder
from aichat.wires.realtime.openai.encode import (
    RATE,
    UNSUPPORTED,
    family_codec,
    flat_tool,
    instructions,
    opening,
    turns,
)

WIRE_NAME = "realtime.xai"

#: The model that transcribes the user's speech.
_WRITER = "grok-transcribe"


def encode(request: Request, endpoint: Endpoint) -> Call:
    """The request that opens the socket, with the frames to send as its body."""
    url = f"{endpoint.base_url}/realtime?model={quote(request.model, safe='')}"
    return opening(url, session(request, endpoint), request, endpoint)


def session(request: Request, _endpoint: Endpoint) -> dict[str, Any]:
    """The settings of a session that answers on request; they have no ``type``."""
    settings = request.settings
    speech = request.speech or SILENT
    fields = {
        "instructions": instructions(request),
        "reasoning": {"effort": settings.effort} if settings.effort else None,
        "tools": [flat_tool(tool) for tool in request.tools] or None,
        "voice": speech.voice,
        "audio": _audio(speech) or None,
        "resumption": {"enabled": True},
    }
    kept = {name: value for name, value in fields.items() if value is not None}
    return deep_merge({**kept, "turn_detection": turns(speech)}, settings.options)


def _audio(speech: Speech) -> dict[str, Any]:
    form = {"type": "audio/pcm", "rate": RATE}
    into = {"input": {"format": form, "transcription": {"model": _WRITER}}} if speech.hears else {}
    return {**into, **({"output": {"format": form}} if speech.speaks else {})}


def make_decoder(request: Request, _endpoint: Endpoint) -> RealtimeDecoder:
    """The decoder for an answer, with audio if requested."""
    return RealtimeDecoder(WIRE_NAME, speaks=speaks(request))


def _resumed_url(url: str, conversation: str) -> str:
    """The URL that resumes a conversation, whose turns the server still has."""
    return f"{url}&conversation_id={quote(conversation, safe='')}"


CODEC = family_codec(session)._replace(
    truncate=lambda *_: [],  # not supported
    resumed_url=_resumed_url,
)

WIRE = Wire(
    encode,
    make_decoder,
    error_response.fault_from_response,
    UNSUPPORTED | {"max_tokens"},
    None,
)
