"""The Interactions wire of Google Gemini: steps in, steps out, even in the background.

Source: ai.google.dev/api; the types of google-genai 3.6.
"""

from collections.abc import Iterator
from typing import Any

from aichat.core.config.body_options import deep_merge
from aichat.core.exchange.request import Request
from aichat.core.http import error_response
from aichat.core.http.call import Blob, Call, json_body, request_headers
from aichat.core.message.media import VIDEO_PAGE, Media, ProviderFile, Url
from aichat.core.message.message import (
    Message,
    Raw,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    text_of,
)
from aichat.core.message.tool_schema import Tool
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.json import parse_object
from aichat.wires import Decoder, Wire
from aichat.wires.gemini.encode import auth
from aichat.wires.interactions import WIRE_NAME
from aichat.wires.shared.history import IdRule, fit_history
from aichat.wires.shared.media_parts import media_base64, place_media


def encode(request: Request, endpoint: Endpoint) -> Call:
    """The HTTP request; the user's own options are merged into the body last."""
    blobs: list[Blob] = []
    placed = place_media((*endpoint.preamble, *request.messages), lambda _: False)
    messages = list(fit_history(placed, IdRule(64), lambda _: True))
    body: dict[str, Any] = {"model": request.model.removeprefix("models/")}
    system = "\n\n".join(text_of(m) for m in messages if m.role == "system")
    if system:
        body["system_instruction"] = system
    turns = [m for m in messages if m.role != "system"]
    body["input"] = [step for m in turns for step in _steps(m, request, endpoint, blobs)]
    body |= {"stream": request.stream, "store": False}  # we keep conversations ourselves
    if config := _config(request, endpoint):
        body["generation_config"] = config
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if request.continuation:
        body["continuation_token"] = request.continuation
    if request.server_tools:
        from aichat.wires.shared.server_tools import add_server_tools  # few ask for them

        body = add_server_tools(body, request, endpoint)
    if request.json_output:
        from aichat.wires.shared.json_output import add_json_output  # few ask for it

        body = add_json_output(body, request.json_output, "interactions")
    body = deep_merge({**endpoint.defaults, **body}, request.settings.options)
    return Call(
        "POST",
        f"{endpoint.base_url}/interactions",
        request_headers(endpoint.headers, *auth(endpoint, body)),
        json_body(body, blobs),
    )


def _config(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    settings = request.settings
    effort = {"none": "minimal", "max": "xhigh"}.get(settings.effort or "", settings.effort)
    fields = {
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "max_output_tokens": settings.max_tokens,
        "stop_sequences": list(settings.stop) or None,
        "seed": settings.seed,
        "thinking_level": effort if endpoint.card.control != "budget" else None,
        "thinking_summaries": "auto" if settings.show_reasoning else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _tool(tool: Tool) -> dict[str, Any]:
    named = {"type": "function", "name": tool.name, "description": tool.description}
    return {**named, "parameters": dict(tool.parameters)}


def _steps(
    message: Message, request: Request, endpoint: Endpoint, blobs: list[Blob]
) -> Iterator[dict[str, Any]]:
    """One message as steps: raw ones for the model that made them."""
    own = (message.provider, message.model) == (endpoint.provider.id, request.model)
    raw = [p.item for p in message.parts if isinstance(p, Raw) and p.replay and p.wire == WIRE_NAME]
    if own and raw:
        yield from raw
        return
    for part in message.parts:
        if isinstance(part, ToolResult):
            yield _result(part)
    content = [
        _content(part, blobs) for part in message.parts if isinstance(part, Text | Refusal | Media)
    ]
    if content:
        kind = "model_output" if message.role == "assistant" else "user_input"
        yield {"type": kind, "content": content}
    for part in message.parts:
        if isinstance(part, ToolCall):
            call = {"type": "function_call", "id": part.id, "name": part.name}
            yield call | {"arguments": parse_object(part.arguments)}


def _result(part: ToolResult) -> dict[str, Any]:
    text = "".join(p.text for p in part.parts if isinstance(p, Text))
    result = {"type": "function_result", "call_id": part.id, "name": part.name, "result": text}
    return result | ({"is_error": True} if part.is_error else {})


def _content(part: Text | Refusal | Media, blobs: list[Blob]) -> dict[str, Any]:
    if not isinstance(part, Media):
        return {"type": "text", "text": part.text}
    kind = part.kind if part.kind in ("image", "audio", "video") else "document"
    mime = {} if part.mime == VIDEO_PAGE else {"mime_type": part.mime}
    level = {"original": "ultra_high"}.get(part.detail or "", part.detail)
    closely = {"resolution": level} if level and level != "auto" else {}
    return {"type": kind, **_source(part, blobs), **mime, **closely}


def _source(media: Media, blobs: list[Blob]) -> dict[str, Any]:
    if isinstance(media.source, Url):
        return {"uri": media.source.address}
    if isinstance(media.source, ProviderFile):
        return {"uri": media.source.id}
    return {"data": media_base64(media, blobs)}


def make_decoder(_request: Request, _endpoint: Endpoint) -> Decoder:
    """A decoder for one answer."""
    from aichat.wires.interactions.decode import (
        InteractionsDecoder,  # once the request is on its way
    )

    return InteractionsDecoder()


#: Settings that this wire cannot express.
UNSUPPORTED = frozenset(("prefill",))

WIRE = Wire(
    encode, make_decoder, error_response.fault_from_response, UNSUPPORTED, "max_output_tokens", auth
)
