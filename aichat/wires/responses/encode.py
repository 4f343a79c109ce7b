"""The Responses wire: OpenAI, xAI, Perplexity's strict dialect, Groq, llama.cpp.

Source: platform.openai.com/docs/api-reference/responses, docs.x.ai, docs.perplexity.ai; the types
of openai 3.57 and perplexityai 0.46.
"""

from collections.abc import Iterator
from typing import Any

from aichat.core.config.body_options import deep_merge
from aichat.core.exchange.request import Request, Settings
from aichat.core.http import error_response
from aichat.core.http.call import Blob, Call, json_body, request_headers
from aichat.core.message.media import Media, ProviderFile, Url
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
from aichat.core.text.json import objects
from aichat.wires import Decoder, Wire
from aichat.wires.responses import WIRE_NAME
from aichat.wires.shared.auth import bearer_header, cache_headers
from aichat.wires.shared.history import IdRule, fit_history, object_text, word_error
from aichat.wires.shared.media_parts import (
    audio_format,
    media_base64,
    media_url,
    place_media,
    refused_media,
)


def encode(request: Request, endpoint: Endpoint) -> Call:
    """The HTTP request; the user's own options are merged into the body last."""
    blobs: list[Blob] = []
    body: dict[str, Any] = {"model": request.model}
    own = (endpoint.provider.id, request.model)
    placed = place_media((*endpoint.preamble, *request.messages), _fits_result)
    messages = list(fit_history(placed, IdRule(64), lambda m: (m.provider, m.model) == own))
    if endpoint.provider.quirks.instructions:
        system = [text_of(m) for m in messages if m.role == "system"]
        messages = [m for m in messages if m.role != "system"]
        if system:
            body["instructions"] = "\n\n".join(system)
    items = [item for m in messages for item in _items(m, request, endpoint, blobs)]
    body["input"] = list(_copy_signatures(items))
    body.update(_settings(request, endpoint))
    added = _extra_fields(request, endpoint)
    sent = request_headers(endpoint.headers, *bearer_header(endpoint.key), *cache_headers(request))
    body = {**endpoint.defaults, **added, **body}
    if request.server_tools:
        from aichat.wires.shared.server_tools import add_server_tools  # few ask for them

        body = add_server_tools(body, request, endpoint)
    if request.json_output:
        from aichat.wires.shared.json_output import add_json_output  # few ask for it

        body = add_json_output(body, request.json_output, "responses")
    if request.settings.logprobs:
        body["include"] = [*body.get("include", ()), "message.output_text.logprobs"]
    body = deep_merge(body, request.settings.options)
    return Call(
        "POST",
        _url(endpoint),
        sent,
        json_body(body, blobs),
        frozenset(added) - request.settings.options.keys(),
    )


def _fits_result(media: Media) -> bool:
    """Whether a tool result may contain a medium: pictures and files, but no sound."""
    return media.kind != "audio"


def _url(endpoint: Endpoint) -> str:
    prefix = endpoint.provider.quirks.path_prefix
    return endpoint.base_url.removesuffix(prefix) + prefix + "/responses"


def _limit(settings: Settings, endpoint: Endpoint) -> int | None:
    needed = endpoint.card.max_output if endpoint.card.needs_limit else None
    return needed if settings.max_tokens is None else settings.max_tokens


def _extra_fields(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    """Fields that the user did not ask for: nothing is stored, and reasoning comes encrypted."""
    quirks = endpoint.provider.quirks
    fields: dict[str, Any] = dict(request.cache.fields)
    if quirks.stores_answers:
        fields["store"] = False
        if quirks.sealed_reasoning and endpoint.card.can_reason:
            fields["include"] = ["reasoning.encrypted_content"]
    if quirks.default_tools and not request.tools:
        fields["tools"] = [dict(tool) for tool in quirks.default_tools]
    return {name: value for name, value in fields.items() if name not in request.without}


def _settings(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    settings = request.settings
    reasoning: dict[str, Any] = {}
    if settings.effort:
        reasoning["effort"] = settings.effort
    summary = endpoint.provider.quirks.reasoning_summary and endpoint.card.control != "none"
    if settings.show_reasoning and summary:
        reasoning["summary"] = "auto"
    fields = {
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "seed": settings.seed,
        "max_output_tokens": _limit(settings, endpoint),
        "reasoning": reasoning or None,
        "tools": [_tool(tool) for tool in request.tools] or None,
        "tool_choice": "none" if request.tools and request.tools_off else None,
    }
    return {"stream": request.stream, **{k: v for k, v in fields.items() if v is not None}}


def _tool(tool: Tool) -> dict[str, Any]:
    flat: dict[str, Any] = {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
        "strict": bool(tool.strict),
    }
    return flat


def _items(
    message: Message, request: Request, endpoint: Endpoint, blobs: list[Blob]
) -> Iterator[dict[str, Any]]:
    """One message as input items: raw for the model that made them, neutral for any other."""
    own = (message.provider, message.model) == (endpoint.provider.id, request.model)
    raw = [p.item for p in message.parts if isinstance(p, Raw) and p.replay and p.wire == WIRE_NAME]
    if own and raw and endpoint.provider.quirks.replays_items:
        yield from map(_fit_raw, raw)
        return
    for part in message.parts:
        if isinstance(part, ToolResult):
            output = _output(word_error(part), endpoint, blobs)
            yield {"type": "function_call_output", "call_id": part.id, "output": output}
    shown = [part for part in message.parts if isinstance(part, Text | Refusal | Media)]
    if shown:
        content = _content(shown, message.role, endpoint, blobs)
        yield {"type": "message", "role": message.role, "content": content}
    for part in message.parts:
        if isinstance(part, ToolCall):
            yield _call(part, own=own)


def _fit_raw(item: dict[str, Any]) -> dict[str, Any]:
    """A raw item, with arguments made an object, since anything else would always be refused."""
    if item.get("type") != "function_call":
        return item
    return {**item, "arguments": object_text(str(item.get("arguments") or ""))}


def _copy_signatures(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Copy the signature of a call to its result: Perplexity's Agent API requires both."""
    signatures: dict[str, dict[str, Any]] = {}
    for item in items:
        if item.get("type") == "function_call" and item.get("thought_signature"):
            signatures[item["call_id"]] = {"thought_signature": item["thought_signature"]}
        answers = item.get("call_id") if item.get("type") == "function_call_output" else None
        yield item | signatures.get(str(answers), {})


def _content(
    parts: list[Text | Refusal | Media], role: str, endpoint: Endpoint, blobs: list[Blob]
) -> str | list[dict[str, Any]]:
    """The content: an assistant's text is a plain string, since parts would need ids."""
    if role == "assistant":
        return "".join(part.text for part in parts if isinstance(part, Text | Refusal))
    return [_part(part, endpoint, blobs) for part in parts]


def _output(
    result: ToolResult, endpoint: Endpoint, blobs: list[Blob]
) -> str | list[dict[str, Any]]:
    if all(isinstance(part, Text) for part in result.parts):
        return "".join(part.text for part in result.parts if isinstance(part, Text))
    return [_part(part, endpoint, blobs) for part in result.parts]


def _call(call: ToolCall, *, own: bool) -> dict[str, Any]:
    item = {"type": "function_call", "call_id": call.id, "name": call.name}
    item["arguments"] = call.arguments
    if call.signature and own:
        item["thought_signature"] = call.signature
    return item


def _part(part: Text | Refusal | Media, endpoint: Endpoint, blobs: list[Blob]) -> dict[str, Any]:
    if not isinstance(part, Media):
        return {"type": "input_text", "text": part.text}
    if part.for_code:  # the tool has the file: the model only has to know its name
        return {"type": "input_text", "text": f"[{part.label}: a file for the code tool]"}
    if part.kind == "image":
        detail = {"detail": part.detail or "auto"} if endpoint.provider.quirks.image_detail else {}
        return {"type": "input_image", **_image_source(part, blobs), **detail}
    if part.kind == "audio":
        audio = {"data": media_base64(part, blobs), "format": audio_format(part.mime)}
        return {"type": "input_audio", "input_audio": audio}
    if part.kind == "video":
        raise refused_media(part, "this wire does not support video")
    detail = {"detail": part.detail} if part.detail else {}
    return {"type": "input_file", **_file_source(part, blobs), **detail}


def _image_source(image: Media, blobs: list[Blob]) -> dict[str, str]:
    if isinstance(image.source, ProviderFile):
        return {"file_id": image.source.id}
    return {"image_url": media_url(image, blobs)}


def _file_source(file: Media, blobs: list[Blob]) -> dict[str, str]:
    if isinstance(file.source, ProviderFile):
        return {"file_id": file.source.id}
    if isinstance(file.source, Url):
        return {"file_url": file.source.address}
    return {"file_data": media_url(file, blobs), "filename": file.name or "document"}


def make_decoder(request: Request, endpoint: Endpoint) -> Decoder:
    """A decoder that knows the client's tools, and the limit if the server does not report it."""
    from aichat.wires.responses.calls import ClientCalls
    from aichat.wires.responses.decode import ResponsesDecoder  # once the request is on its way

    given = request.settings.options.get("tools")
    named = [str(t.get("name")) for t in objects(given)]
    limit = None
    if not endpoint.provider.quirks.reports_limit:
        limit = request.settings.max_tokens
        limit = endpoint.defaults.get("max_output_tokens") if limit is None else limit
    declared = frozenset([tool.name for tool in request.tools] + named)
    calls = ClientCalls(declared, endpoint.provider.quirks.server_calls)
    return ResponsesDecoder(calls, limit)


#: Settings that this wire cannot express.
UNSUPPORTED = frozenset(("stop", "seed", "prefill"))

WIRE = Wire(
    encode, make_decoder, error_response.fault_from_response, UNSUPPORTED, "max_output_tokens"
)
