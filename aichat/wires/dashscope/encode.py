"""DashScope's own wire: Qwen with its search sources.

Source: alibabacloud.com/help/en/model-studio; what dashscope 2.0 itself sends.
Its answer is a chat completions answer in another wrapper, and decoded as one.
"""

from collections.abc import Mapping
from typing import Any

from aichat.core.config.body_options import deep_merge
from aichat.core.exchange.request import Request
from aichat.core.http import error_response
from aichat.core.http.call import Blob, Call, Header, json_body, request_headers
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Refusal, Text
from aichat.core.provider.endpoint import Endpoint
from aichat.wires import Decoder, Wire
from aichat.wires.chat import encode as openai_chat
from aichat.wires.shared.auth import bearer_header
from aichat.wires.shared.history import IdRule, fit_history
from aichat.wires.shared.media_parts import (
    frame_rate,
    media_url,
    place_media,
    refused_media,
    store_headers,
)

_TEXT_PATH = "/services/aigc/text-generation/generation"
_MULTIMODAL_PATH = "/services/aigc/multimodal-generation/generation"


def encode(request: Request, endpoint: Endpoint) -> Call:
    """The HTTP request; the user's own options are merged into the body last."""
    blobs: list[Blob] = []
    own = (endpoint.provider.id, request.model)
    placed = place_media((*endpoint.preamble, *request.messages), lambda _: False)
    messages = list(fit_history(placed, IdRule(40, ".:"), lambda m: (m.provider, m.model) == own))
    media = any(isinstance(part, Media) for m in messages for part in m.parts)
    path = _MULTIMODAL_PATH if media or endpoint.card.multimodal else _TEXT_PATH
    lines = [line for m in messages for line in _lines(m, request, endpoint, blobs, path)]
    parameters = {"result_format": "message", **_parameters(request, endpoint)}
    streamed: tuple[Header, ...] = ()
    if request.stream:
        parameters["incremental_output"] = True
        streamed = (Header("x-dashscope-sse", "enable"),)
    if request.server_tools:
        from aichat.wires.shared.server_tools import add_server_tools  # few ask for them

        parameters = add_server_tools(parameters, request, endpoint)
    stored = store_headers(request.messages)
    body = {"model": request.model, "input": {"messages": lines}, "parameters": parameters}
    if request.json_output:
        from aichat.wires.shared.json_output import add_json_output  # few ask for it

        body = add_json_output(body, request.json_output, "dashscope")
    body = deep_merge({**endpoint.defaults, **body}, request.settings.options)
    return Call(
        "POST",
        native_base(endpoint.base_url) + path,
        request_headers(endpoint.headers, *bearer_header(endpoint.key), *streamed, *stored),
        json_body(body, blobs),
    )


def native_base(base_url: str) -> str:
    """The base URL of the native API, which is beside the compatible one."""
    return base_url.removesuffix("/compatible-mode/v1").removesuffix("/api/v1") + "/api/v1"


def _parameters(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    settings = request.settings
    fields = {
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "max_tokens": settings.max_tokens,
        "stop": list(settings.stop) or None,
        "seed": settings.seed,
        "tools": [openai_chat.encode_tool(tool) for tool in request.tools] or None,
        "tool_choice": "none" if request.tools and request.tools_off else None,
        **openai_chat.reasoning_fields(settings, endpoint.card),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _lines(
    message: Message, request: Request, endpoint: Endpoint, blobs: list[Blob], path: str
) -> list[dict[str, Any]]:
    """The wire's messages: as in chat completions, except for parts on the multimodal path."""
    if path == _TEXT_PATH:
        return list(openai_chat.message_lines(message, request.model, endpoint, blobs))
    texts = message._replace(parts=tuple(p for p in message.parts if not isinstance(p, Media)))
    lines = list(openai_chat.message_lines(texts, request.model, endpoint, blobs))
    shown = [
        _part(part, blobs) for part in message.parts if isinstance(part, Text | Refusal | Media)
    ]
    for line in lines:
        if line["role"] == message.role and isinstance(line.get("content"), str):
            line["content"] = shown or [{"text": line["content"]}]
    return lines or ([{"role": message.role, "content": shown}] if shown else [])


def _part(part: Text | Refusal | Media, blobs: list[Blob]) -> dict[str, Any]:
    if not isinstance(part, Media):
        return {"text": part.text}
    if part.kind not in ("image", "audio", "video"):
        raise refused_media(part, "this wire does not support documents")
    return {part.kind: media_url(part, blobs)} | frame_rate(part)


def make_decoder(request: Request, _endpoint: Endpoint) -> Decoder:
    """A decoder that knows whether text comes in deltas or cumulatively."""
    from aichat.wires.dashscope.decode import DashscopeDecoder  # once the request is on its way

    parameters = request.settings.options.get("parameters")
    given = parameters if isinstance(parameters, Mapping) else {}
    return DashscopeDecoder(cumulative=request.stream and not given.get("incremental_output", True))


#: Settings that this wire cannot express.
UNSUPPORTED = frozenset(("prefill",))

WIRE = Wire(encode, make_decoder, error_response.fault_from_response, UNSUPPORTED, "max_tokens")
