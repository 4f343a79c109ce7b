"""The voice API of xAI: it always speaks, and what it says is read from its transcript.

Source: realtime-frames.md, section 8.5.
"""

from typing import Any
from urllib.parse import quote

from aichat.core.config.body_options import deep_merge
from aichat.core.exchange.request import Request
from aichat.core.http import error_response
from aichat.core.http.call import Call
from aichat.core.provider.endpoint import Endpoint
from aichat.wires import Wire
from aichat.wires.realtime.openai.decode import RealtimeDecoder
from aichat.wires.realtime.openai.encode import (
    UNSUPPORTED,
    family_codec,
    flat_tool,
    instructions,
    opening,
)

WIRE_NAME = "realtime.xai"


def encode(request: Request, endpoint: Endpoint) -> Call:
    """The request that opens the socket; what is said on it follows as its body."""
    url = f"{endpoint.base_url}/realtime?model={quote(request.model, safe='')}"
    return opening(url, session(request, endpoint), request, endpoint)


def session(request: Request, _endpoint: Endpoint) -> dict[str, Any]:
    """A session that answers when it is told to; it has no ``type``."""
    settings = request.settings
    fields = {
        "instructions": instructions(request),
        "reasoning": {"effort": settings.effort} if settings.effort else None,
        "tools": [flat_tool(tool) for tool in request.tools] or None,
    }
    kept = {name: value for name, value in fields.items() if value is not None}
    return deep_merge({**kept, "turn_detection": None}, settings.options)


def make_decoder(_request: Request, _endpoint: Endpoint) -> RealtimeDecoder:
    """A decoder of this wire needs to know nothing."""
    return RealtimeDecoder(WIRE_NAME)


CODEC = family_codec(session)

WIRE = Wire(
    encode,
    make_decoder,
    error_response.fault_from_response,
    UNSUPPORTED | {"max_tokens"},
    None,
)
