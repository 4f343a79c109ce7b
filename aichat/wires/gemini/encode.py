"""The generateContent wire of Google Gemini.

Source: ai.google.dev/api/generate-content; what google-genai 3.6 itself sends.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aichat.core.config.body_options import deep_merge
from aichat.core.exchange.request import Request
from aichat.core.http import error_response
from aichat.core.http.call import Blob, Call, Header, json_body, request_headers
from aichat.core.message.media import VIDEO_PAGE, Media, ProviderFile, Url
from aichat.core.message.message import (
    Message,
    Part,
    Raw,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    text_of,
)
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.json import parse_object
from aichat.wires import Decoder, Wire
from aichat.wires.gemini import WIRE_NAME
from aichat.wires.shared.history import IdRule, fit_history
from aichat.wires.shared.media_parts import clip_of, media_base64, place_media


def encode(request: Request, endpoint: Endpoint) -> Call:
    """The HTTP request; the user's own options are merged into the body last."""
    blobs: list[Blob] = []
    given = (*endpoint.preamble, *request.messages)
    placed = place_media(given, lambda media: _fits_result(media, endpoint))
    messages = list(fit_history(placed, IdRule(64), lambda _: True))
    if request.model.removeprefix("models/").startswith("gemma"):  # which has no such field
        messages = _merge_system_prompt(messages)
    system = "\n\n".join(text_of(m) for m in messages if m.role == "system")
    turns = [_turn(m, request, endpoint, blobs) for m in messages if m.role != "system"]
    body: dict[str, Any] = {"contents": [turn for turn in turns if turn["parts"]]}
    if system:
        body["systemInstruction"] = {"parts": [{"text": system}]}
    config = _config(request, endpoint)
    if config:
        body["generationConfig"] = config
    if request.tools:
        body["tools"] = [{"functionDeclarations": [_tool(tool) for tool in request.tools]}]
        if request.tools_off:
            body["toolConfig"] = {"functionCallingConfig": {"mode": "NONE"}}
    if request.continuation:
        body["continuationToken"] = request.continuation
    body = deep_merge(endpoint.defaults, body)
    if request.server_tools:
        from aichat.wires.shared.server_tools import add_server_tools  # few ask for them

        body = add_server_tools(body, request, endpoint)
    if request.json_output:
        from aichat.wires.shared.json_output import add_json_output  # few ask for it

        body = add_json_output(body, request.json_output, "gemini")
    body = deep_merge(body, request.settings.options)
    return Call(
        "POST",
        _url(request, endpoint),
        request_headers(endpoint.headers, *auth(endpoint, body)),
        json_body(body, blobs),
    )


def _fits_result(media: Media, endpoint: Endpoint) -> bool:
    """Whether a tool result may contain a medium: since version 3 (effort levels) models see it."""
    return endpoint.card.control != "budget" and media.kind in ("image", "document")


def auth(endpoint: Endpoint, _body: Mapping[str, Any]) -> tuple[Header, ...]:
    """The key in a header, since a URL would appear in logs."""
    key = endpoint.key
    return (Header("x-goog-api-key", key.value, f"${key.variable}"),) if key else ()


def _merge_system_prompt(messages: list[Message]) -> list[Message]:
    """The messages with the system prompt at the beginning of the user's first."""
    system = tuple(Text(f"{text_of(m)}\n\n") for m in messages if m.role == "system")
    rest = [m for m in messages if m.role != "system"]
    return [m._replace(parts=system + m.parts) if m is rest[0] else m for m in rest]


def _url(request: Request, endpoint: Endpoint) -> str:
    model = quote(request.model.removeprefix("models/"), safe="")
    method = "streamGenerateContent?alt=sse" if request.stream else "generateContent"
    return f"{endpoint.base_url}/models/{model}:{method}"


def _config(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    settings = request.settings
    fields = {
        "temperature": settings.temperature,
        "topP": settings.top_p,
        "maxOutputTokens": settings.max_tokens,
        "stopSequences": list(settings.stop) or None,
        "seed": settings.seed,
        "thinkingConfig": _thinking(request, endpoint) or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _thinking(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    """The reasoning setting: a level for newer models, a budget for 2.5; never both."""
    effort, card = request.settings.effort, endpoint.card
    fields: dict[str, Any] = {}
    if request.settings.show_reasoning:
        fields["includeThoughts"] = True
    if effort and card.control == "budget":
        fields["thinkingBudget"] = request.settings.budget or 0
    elif effort:
        fields["thinkingLevel"] = {"none": "MINIMAL", "max": "XHIGH"}.get(effort, effort.upper())
    return fields


def _tool(tool: Any) -> dict[str, Any]:
    shown = {"name": tool.name, "description": tool.description}
    return {**shown, "parametersJsonSchema": dict(tool.parameters)}


def _turn(
    message: Message, request: Request, endpoint: Endpoint, blobs: list[Blob]
) -> dict[str, Any]:
    """One turn: raw parts, with signatures, for the model that made them."""
    own = (message.provider, message.model) == (endpoint.provider.id, request.model)
    raw = [p.item for p in message.parts if isinstance(p, Raw) and p.replay and p.wire == WIRE_NAME]
    role = "model" if message.role == "assistant" else "user"
    if own and raw:
        return {"role": role, "parts": raw}
    kinds = Text | Refusal | Media | ToolCall | ToolResult
    parts = [_part(p, blobs) for p in message.parts if isinstance(p, kinds)]
    first = next((part for part in parts if "functionCall" in part), None)
    if first and endpoint.card.control == "effort":
        first["thoughtSignature"] = _NO_SIGNATURE
    return {"role": role, "parts": parts}


#: Google's documented signature for the first call of a turn made by another model.
_NO_SIGNATURE = "skip_thought_signature_validator"


def _part(part: Part, blobs: list[Blob]) -> dict[str, Any]:
    if isinstance(part, ToolCall):
        return {
            "functionCall": {**_id(part), "name": part.name, "args": parse_object(part.arguments)}
        }
    if isinstance(part, ToolResult):
        text = "".join(p.text for p in part.parts if isinstance(p, Text))
        said: dict[str, Any] = {"response": {"error" if part.is_error else "output": text}}
        media = [_media_part(p, blobs) for p in part.parts if isinstance(p, Media)]
        shown = {"parts": media} if media else {}
        return {"functionResponse": {**_id(part), "name": part.name, **said, **shown}}
    if isinstance(part, Media):
        return _media_part(part, blobs)
    return {"text": part.text if isinstance(part, Text | Refusal) else ""}


def _media_part(media: Media, blobs: list[Blob]) -> dict[str, Any]:
    """A medium, its level of detail, and the part of a video that is meant."""
    shown = {**_resolution(media), **_video_part(media)}
    if isinstance(media.source, Url | ProviderFile):
        url = media.source
        uri = url.address if isinstance(url, Url) else url.id
        mime = {} if media.mime == VIDEO_PAGE else {"mimeType": media.mime}
        return {"fileData": {**mime, "fileUri": uri}, **shown}
    return {"inlineData": {"mimeType": media.mime, "data": media_base64(media, blobs)}, **shown}


def _resolution(media: Media) -> dict[str, Any]:
    level = {"original": "ULTRA_HIGH"}.get(media.detail or "", (media.detail or "").upper())
    known = level and media.detail != "auto"
    return {"mediaResolution": {"level": f"MEDIA_RESOLUTION_{level}"}} if known else {}


def _video_part(media: Media) -> dict[str, Any]:
    clip = clip_of(media)
    if clip is None:
        return {}
    fields = {
        "startOffset": None if clip.start is None else f"{clip.start:g}s",
        "endOffset": None if clip.end is None else f"{clip.end:g}s",
        "fps": clip.rate,
    }
    return {"videoMetadata": {name: value for name, value in fields.items() if value is not None}}


def _id(part: ToolCall | ToolResult) -> dict[str, str]:
    """The provider's id, unless the decoder made it up, since older models give none."""
    return {} if re.fullmatch(r"call_\d+", part.id) else {"id": part.id}


def make_decoder(_request: Request, _endpoint: Endpoint) -> Decoder:
    """A decoder for one answer."""
    from aichat.wires.gemini.decode import GeminiDecoder  # once the request is on its way

    return GeminiDecoder()


#: Settings that this wire cannot express.
UNSUPPORTED = frozenset(("prefill",))

WIRE = Wire(
    encode, make_decoder, error_response.fault_from_response, UNSUPPORTED, "maxOutputTokens", auth
)
