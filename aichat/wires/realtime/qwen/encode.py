"""The Omni sockets of Qwen: the older names, tools in an object of their own.

Source: realtime-frames.md, section 8.6; a recorded text session in beyond-chat.md, section 8.6.
"""

from typing import Any
from urllib.parse import quote

from aichat.core.config.body_options import deep_merge
from aichat.core.exchange.request import Request
from aichat.core.http import error_response
from aichat.core.http.call import Call
from aichat.core.message.tool_schema import Tool
from aichat.core.provider.endpoint import Endpoint
from aichat.wires import Wire
from aichat.wires.realtime.openai.decode import RealtimeDecoder
from aichat.wires.realtime.openai.encode import UNSUPPORTED, family_codec, instructions, opening

WIRE_NAME = "realtime.qwen"

#: Where the sockets are, in the place of the HTTP interfaces.
_PATH, _HTTP_PATH = "/api-ws/v1/realtime", "/compatible-mode/v1"


def encode(request: Request, endpoint: Endpoint) -> Call:
    """The request that opens the socket; what is said on it follows as its body."""
    host = endpoint.base_url.removesuffix(_HTTP_PATH)
    url = f"{host}{_PATH}?model={quote(request.model, safe='')}"
    return opening(url, session(request, endpoint), request, endpoint)


def session(request: Request, _endpoint: Endpoint) -> dict[str, Any]:
    """A session that answers in writing, when it is told to."""
    settings = request.settings
    fields = {
        "modalities": ["text"],
        "instructions": instructions(request),
        "max_tokens": settings.max_tokens,
        "tools": [_tool(tool) for tool in request.tools] or None,
    }
    kept = {name: value for name, value in fields.items() if value is not None}
    return deep_merge({**kept, "turn_detection": None}, settings.options)


def _tool(tool: Tool) -> dict[str, Any]:
    described = {"name": tool.name, "description": tool.description}
    return {"type": "function", "function": {**described, "parameters": dict(tool.parameters)}}


def make_decoder(_request: Request, _endpoint: Endpoint) -> RealtimeDecoder:
    """A decoder of this wire needs to know nothing."""
    return RealtimeDecoder(WIRE_NAME)


CODEC = family_codec(session)

WIRE = Wire(
    encode,
    make_decoder,
    error_response.fault_from_response,
    UNSUPPORTED | {"effort"},
    "max_tokens",
)
