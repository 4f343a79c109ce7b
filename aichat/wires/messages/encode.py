"""The Messages wire: Anthropic, xAI's compatible path, llama.cpp.

Source: docs.claude.com/en/api/messages; the types of anthropic 2.14.
"""

from collections.abc import Mapping
from typing import Any

from aichat.core.config.body_options import deep_merge
from aichat.core.exchange.fit import BUDGETS, LEAST_BUDGET
from aichat.core.exchange.request import Request
from aichat.core.http import error_response
from aichat.core.http.call import Blob, Call, Header, json_body, request_headers
from aichat.core.message.cache_marks import mark_for, marked_turns
from aichat.core.message.media import Media, ProviderFile, Url
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
from aichat.wires.shared.auth import api_key_header, bearer_header
from aichat.wires.shared.history import IdRule, fit_history
from aichat.wires.shared.media_parts import media_base64, place_media, refused_media

#: The output limit if neither the user nor the catalogue has one, since the wire requires it.
DEFAULT_MAX_TOKENS = 8192


def encode(request: Request, endpoint: Endpoint) -> Call:
    """The HTTP request; the user's own options are merged into the body last."""
    blobs: list[Blob] = []
    placed = place_media((*endpoint.preamble, *request.messages), lambda _: True)
    messages = list(fit_history(placed, IdRule(64), lambda _: False))
    system = "\n\n".join(text_of(m) for m in messages if m.role == "system")
    turns = [m for m in messages if m.role != "system"]
    body: dict[str, Any] = {"model": request.model, **_settings(request, endpoint)}
    if system:
        body["system"] = system
    mark = mark_for(request.cache, [m.role for m in turns])
    if request.settings.prefill:
        turns.append(Message("assistant", (Text(request.settings.prefill),)))
    body["messages"] = _merge_turns([_turn(m, request, endpoint, blobs) for m in turns])
    body = {**endpoint.defaults, **body}
    if request.server_tools:
        from aichat.wires.shared.server_tools import add_server_tools  # few ask for them

        body = add_server_tools(body, request, endpoint)
    if request.json_output:
        from aichat.wires.shared.json_output import add_json_output  # few ask for it

        body = add_json_output(body, request.json_output, "messages")
    if mark and "cache_control" not in request.settings.options:  # which is a mark too
        _mark(body, mark)
    body = deep_merge(body, request.settings.options)
    return Call(
        "POST",
        f"{endpoint.base_url}/messages",
        request_headers(endpoint.headers, *auth(endpoint, body)),
        json_body(body, blobs),
    )


def _mark(body: dict[str, Any], mark: Mapping[str, Any]) -> None:
    """Mark where a cached prefix may end: at the tools, the system prompt, two questions."""
    turns = body["messages"]
    ends = [turns[place]["content"] for place in marked_turns([turn["role"] for turn in turns])]
    if "system" in body:
        body["system"] = [{"type": "text", "text": body["system"]}]
        ends.append(body["system"])
    if "tools" in body:
        ends.append(body["tools"])
    for blocks in ends:
        blocks[-1] = {**blocks[-1], **mark}


def auth(endpoint: Endpoint, body: Mapping[str, Any]) -> tuple[Header, ...]:
    """The key, and the API version that ``body`` needs."""
    key = api_key_header if endpoint.provider.quirks.api_key_header else bearer_header
    return (*key(endpoint.key), Header("anthropic-version", _version(body, endpoint)))


def _version(body: Mapping[str, Any], endpoint: Endpoint) -> str:
    """The API version: the older one takes sampling values, which the current one refuses."""
    sampled = not {"temperature", "top_p", "top_k"}.isdisjoint(body)
    versions = endpoint.provider.quirks.versions or ("2023-06-01",)
    return endpoint.api_version or versions[-1 if sampled else 0]


def _settings(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    settings = request.settings
    capped = settings.max_tokens is None and "max_tokens" in endpoint.defaults
    limit = settings.max_tokens
    if limit is None:
        limit = endpoint.card.max_output or DEFAULT_MAX_TOKENS
    fields: dict[str, Any] = {
        "max_tokens": None if capped else limit,
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "stop_sequences": list(settings.stop) or None,
        "tools": [
            {"name": t.name, "description": t.description, "input_schema": dict(t.parameters)}
            | ({} if t.strict is None else {"strict": t.strict})
            for t in request.tools
        ]
        or None,
        "tool_choice": {"type": "none"} if request.tools and request.tools_off else None,
        **_thinking(request, endpoint, limit),
    }
    return {"stream": request.stream, **{k: v for k, v in fields.items() if v is not None}}


def _thinking(request: Request, endpoint: Endpoint, limit: int) -> dict[str, Any]:
    """The reasoning setting in the model's terms: levels, a token budget, or none."""
    effort, show = request.settings.effort, request.settings.show_reasoning
    if effort == "none":
        return {"thinking": {"type": "disabled"}}
    if endpoint.card.control == "budget":
        shown = min(BUDGETS["medium"], limit // 2) if show else 0
        budget = request.settings.budget or shown
        enabled = {"thinking": {"type": "enabled", "budget_tokens": budget}}
        return enabled if budget >= LEAST_BUDGET else {}
    fields: dict[str, Any] = {"output_config": {"effort": effort}} if effort else {}
    if endpoint.card.control == "adaptive" and (effort or show):
        display = "omitted" if show is False else "summarized"
        fields["thinking"] = {"type": "adaptive", "display": display}
    return fields


def _turn(
    message: Message, request: Request, endpoint: Endpoint, blobs: list[Blob]
) -> dict[str, Any]:
    """One turn: raw blocks for the model that made them, neutral blocks for any other."""
    own = (message.provider, message.model) == (endpoint.provider.id, request.model)
    raw = [
        p.item for p in message.parts if isinstance(p, Raw) and p.replay and p.wire == "messages"
    ]
    role = "assistant" if message.role == "assistant" else "user"
    if own and raw:
        return {"role": role, "content": _without_blank_text(raw)}
    results = [_block(part, blobs) for part in message.parts if isinstance(part, ToolResult)]
    others = [
        _block(p, blobs) for p in message.parts if isinstance(p, Text | Refusal | Media | ToolCall)
    ]
    return {"role": role, "content": results + _without_blank_text(others)}


def _without_blank_text(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks without blank text, which models write between blocks and the server refuses."""
    return [b for b in blocks if b.get("type") != "text" or str(b.get("text", "")).strip()]


def _merge_turns(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Merge turns: results of parallel calls must be together at the beginning of one user turn."""
    joined: list[dict[str, Any]] = []
    for turn in turns:
        if joined and joined[-1]["role"] == turn["role"]:
            joined[-1]["content"] = [*joined[-1]["content"], *turn["content"]]
        elif turn["content"]:
            joined.append(turn)
    for turn in joined:
        if turn["role"] == "user":
            turn["content"].sort(key=lambda block: block.get("type") != "tool_result")
    return joined


def _block(part: Part, blobs: list[Blob]) -> dict[str, Any]:
    if isinstance(part, ToolCall):
        call = {"type": "tool_use", "id": part.id, "name": part.name}
        return call | {"input": parse_object(part.arguments)}
    if isinstance(part, ToolResult):
        content = _without_blank_text([_block(p, blobs) for p in part.parts])
        result: dict[str, Any] = {"type": "tool_result", "tool_use_id": part.id}
        return result | {"content": content} | ({"is_error": True} if part.is_error else {})
    if isinstance(part, Media):
        return _media(part, blobs)
    return {"type": "text", "text": part.text if isinstance(part, Text | Refusal) else ""}


def _media(media: Media, blobs: list[Blob]) -> dict[str, Any]:
    """The block for a picture, a document, or a file for the code tool.

    Errors: ``invalid_request`` for what this wire has no block for.
    """
    if media.for_code and isinstance(media.source, ProviderFile):
        return {"type": "container_upload", "file_id": media.source.id}
    if media.kind not in ("image", "document"):
        raise refused_media(media, "this wire supports only images and documents")
    title = {"title": media.name} if media.kind == "document" and media.name else {}
    return {"type": media.kind, "source": _source(media, blobs)} | title


def _source(media: Media, blobs: list[Blob]) -> dict[str, Any]:
    if isinstance(media.source, ProviderFile):
        return {"type": "file", "file_id": media.source.id}
    if isinstance(media.source, Url):
        return {"type": "url", "url": media.source.address}
    if media.data is not None and media.mime.startswith("text/"):
        text = media.data.decode("utf-8", "replace")
        return {"type": "text", "media_type": "text/plain", "data": text}
    if media.kind == "document" and media.mime != "application/pdf":
        raise refused_media(media, "this wire supports only PDF and text documents")
    return {"type": "base64", "media_type": media.mime, "data": media_base64(media, blobs)}


def make_decoder(_request: Request, _endpoint: Endpoint) -> Decoder:
    """A decoder for one answer."""
    from aichat.wires.messages.decode import MessagesDecoder  # once the request is on its way

    return MessagesDecoder()


#: Settings that this wire cannot express.
UNSUPPORTED = frozenset(("seed",))

WIRE = Wire(
    encode, make_decoder, error_response.fault_from_response, UNSUPPORTED, "max_tokens", auth
)
