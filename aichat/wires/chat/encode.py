"""The chat completions wire: Groq, llama.cpp and nearly every compatible server.

Sources: the reference of OpenAI's and Groq's SDK types, and recorded answers of
OpenAI, Groq, xAI, Perplexity, Moonshot and Qwen.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from aichat.core.catalogue.card import Card
from aichat.core.config.body_options import deep_merge
from aichat.core.exchange.request import Request, Settings
from aichat.core.http import error_response
from aichat.core.http.call import Blob, Call, json_body, request_headers
from aichat.core.message.cache_marks import mark_for, marked_turns
from aichat.core.message.media import Media, ProviderFile, Url
from aichat.core.message.message import (
    Message,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from aichat.core.message.tool_schema import Tool
from aichat.core.provider.endpoint import Endpoint
from aichat.wires import Decoder, Wire
from aichat.wires.chat.reasoning import FIELDS, carried_fields, wrap_content
from aichat.wires.shared.auth import bearer_header, cache_headers
from aichat.wires.shared.history import IdRule, fit_history, word_error
from aichat.wires.shared.media_parts import (
    audio_format,
    frame_rate,
    media_base64,
    media_url,
    place_media,
    refused_media,
    store_headers,
)


def encode(request: Request, endpoint: Endpoint) -> Call:
    """The HTTP request; the user's own options are merged into the body last."""
    blobs: list[Blob] = []
    body: dict[str, Any] = {"model": request.model}
    placed = place_media((*endpoint.preamble, *request.messages), _fits_result)
    messages = fit_history(placed, id_rule(endpoint), partial(_is_own, endpoint, request.model))
    body["messages"] = [
        line for m in messages for line in message_lines(m, request.model, endpoint, blobs)
    ]
    mark_lines(body["messages"], request)
    if request.settings.prefill:
        begun = {"role": "assistant", "content": request.settings.prefill}
        body["messages"].append(begun | dict(endpoint.provider.quirks.prefill_fields))
    body.update(_settings(request, endpoint))
    added = _extra_fields(request, endpoint)
    body = {**endpoint.defaults, **body, **added}
    if request.server_tools:
        from aichat.wires.shared.server_tools import add_server_tools  # few ask for them

        body = add_server_tools(body, request, endpoint)
    if request.json_output:
        from aichat.wires.shared.json_output import add_json_output  # few ask for it

        body = add_json_output(body, request.json_output, "chat")
    body = deep_merge(body, request.settings.options)
    return Call(
        "POST",
        f"{endpoint.base_url}/chat/completions",
        request_headers(
            endpoint.headers,
            *bearer_header(endpoint.key),
            *store_headers(request.messages),
            *cache_headers(request),
        ),
        json_body(body, blobs),
        frozenset(added) - request.settings.options.keys(),
    )


def mark_lines(lines: list[dict[str, Any]], request: Request) -> None:
    """Mark where a cached prefix may end: at the system prompt, and at two questions."""
    roles = [line["role"] for line in lines]
    mark = mark_for(request.cache, roles)
    systems = [place for place, role in enumerate(roles) if role == "system"]
    for place in (*systems[-1:], *marked_turns(roles)) if mark else ():
        content = lines[place]["content"]
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        lines[place]["content"] = [*parts[:-1], {**parts[-1], **mark}]


def id_rule(endpoint: Endpoint) -> IdRule:
    """The rule for call ids: OpenAI takes 40 characters, Mistral exactly nine."""
    return IdRule(40, ".:", 9 if "mistral.ai" in endpoint.base_url else None)


def _is_own(endpoint: Endpoint, model: str, message: Message) -> bool:
    return (message.provider, message.model) == (endpoint.provider.id, model)


def _fits_result(_media: Media) -> bool:
    """Whether a tool's result may contain a medium: never, only text."""
    return False


def _extra_fields(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    """Fields that the user did not ask for: dropped if a server refuses them."""
    fields: dict[str, Any] = dict(request.cache.fields)
    if request.stream and endpoint.provider.quirks.stream_usage:
        fields["stream_options"] = {"include_usage": True}
    return {name: value for name, value in fields.items() if name not in request.without}


def _settings(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    settings = request.settings
    fields = {
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        endpoint.provider.quirks.max_tokens_field: settings.max_tokens,
        "stop": list(settings.stop) or None,
        "seed": settings.seed,
        **reasoning_fields(settings, endpoint.card),
        "tools": [encode_tool(each) for each in request.tools] or None,
        "tool_choice": "none" if request.tools and request.tools_off else None,
    }
    return {"stream": request.stream, **{k: v for k, v in fields.items() if v is not None}}


def reasoning_fields(settings: Settings, card: Card) -> dict[str, Any]:
    """The reasoning effort in the model's terms: a level, a switch, or a budget."""
    effort = settings.effort
    if effort is None:
        return {}
    if card.control == "switch":
        return {"thinking": {"type": "disabled" if effort == "none" else "enabled"}}
    if card.control == "budget":
        return {"enable_thinking": effort != "none", "thinking_budget": settings.budget}
    return {"reasoning_effort": effort}


def encode_tool(schema: Tool) -> dict[str, Any]:
    """A function definition, or a tool of the server's own, in this wire's shape."""
    if schema.kind != "function":
        return {"type": schema.kind, "function": {"name": schema.name}}
    function: dict[str, Any] = {
        "name": schema.name,
        "description": schema.description,
        "parameters": schema.parameters,
    }
    if schema.strict is not None:
        function["strict"] = schema.strict
    return {"type": "function", "function": function}


def message_lines(
    message: Message, model: str, endpoint: Endpoint, blobs: list[Blob]
) -> Iterator[dict[str, Any]]:
    """One message as the wire's lines; every tool result is a line of its own."""
    for part in message.parts:
        if isinstance(part, ToolResult):
            content = "".join(p.text for p in word_error(part).parts if isinstance(p, Text))
            builtin = {"name": part.name} if part.name.startswith("$") else {}
            yield {"role": "tool", "tool_call_id": part.id, "content": content} | builtin
    line = _line(message, model, endpoint, blobs)
    if len(line) > 1:
        yield line


def _line(message: Message, model: str, endpoint: Endpoint, blobs: list[Blob]) -> dict[str, Any]:
    line: dict[str, Any] = {"role": message.role}
    content = _content(message.parts, endpoint, blobs)
    calls = [_call(part) for part in message.parts if isinstance(part, ToolCall)]
    reasoning = any(isinstance(part, Reasoning) and part.text for part in message.parts)
    if content or (message.role == "assistant" and (calls or reasoning)):
        line["content"] = content or ""
    if calls:
        line["tool_calls"] = calls
    own = _is_own(endpoint, model, message)
    field = endpoint.provider.quirks.reasoning_field
    if reasoning and own and field:
        line |= carried_fields(message, field)
        if isinstance(line["content"], str):
            line["content"] = wrap_content(message, line["content"])
    if calls and endpoint.provider.quirks.wants_reasoning and endpoint.card.can_reason:
        line.setdefault(field, " ")  # another model's call: the server requires some
    return line


def _content(
    parts: tuple[Part, ...], endpoint: Endpoint, blobs: list[Blob]
) -> str | list[dict[str, Any]]:
    """The content: a plain string if it is only text, since some servers accept nothing else."""
    shown = [part for part in parts if isinstance(part, Text | Refusal | Media)]
    texts = [part.text for part in shown if isinstance(part, Text | Refusal)]
    if len(texts) == len(shown):
        return "".join(texts)
    return [
        _media_part(part, endpoint, blobs)
        if isinstance(part, Media)
        else {"type": "text", "text": part.text}
        for part in shown
    ]


def _media_part(media: Media, endpoint: Endpoint, blobs: list[Blob]) -> dict[str, Any]:
    """The part for a medium of its kind. Errors: ``invalid_request`` if there is none."""
    if media.kind == "image":
        image = {"url": media_url(media, blobs)}
        return {"type": "image_url", "image_url": image | _without_none(detail=media.detail)}
    if media.kind == "audio":
        write = media_url if endpoint.provider.quirks.audio_url else media_base64
        sound = {"data": write(media, blobs), "format": audio_format(media.mime)}
        return {"type": "input_audio", "input_audio": sound}
    if media.kind == "video":
        if not endpoint.provider.quirks.takes_video:
            raise refused_media(
                media, f"{endpoint.provider.name} does not support video in chat messages"
            )
        video = {"type": "video_url", "video_url": {"url": media_url(media, blobs)}}
        return video | frame_rate(media)
    if endpoint.provider.quirks.document_url:
        return _document_url(media, blobs)
    return {"type": "file", "file": _file(media, blobs)}


def _document_url(media: Media, blobs: list[Blob]) -> dict[str, Any]:
    """A document for Perplexity's Sonar: its URL, or bare base64 in the same field."""
    is_url = isinstance(media.source, Url)
    url = media_url(media, blobs) if is_url else media_base64(media, blobs)
    name = _without_none(file_name=media.name)
    return {"type": "file_url", "file_url": {"url": url}} | name


def _file(media: Media, blobs: list[Blob]) -> dict[str, str]:
    """A document by the provider's id or as bytes, since this wire does not fetch URLs."""
    if isinstance(media.source, ProviderFile):
        return {"file_id": media.source.id}
    if isinstance(media.source, Url):
        raise refused_media(media, "chat messages do not support documents by URL")
    return {"file_data": media_url(media, blobs), "filename": media.name or "document"}


def _call(call: ToolCall) -> dict[str, Any]:
    if call.kind == "custom":
        custom = {"name": call.name, "input": call.arguments}
        return {"id": call.id, "type": "custom", "custom": custom}
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def _without_none(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}


def make_decoder(request: Request, endpoint: Endpoint) -> Decoder:
    """The decoder for one answer of this wire."""
    from aichat.wires.chat.decode import ChatDecoder  # once the request is on its way

    declared = frozenset(tool.name for tool in request.tools)
    quirks = endpoint.provider.quirks
    usual = quirks.reasoning_field or FIELDS[0]
    return ChatDecoder(strip=quirks.leading_space, declared=declared, reasoning=usual)


WIRE = Wire(encode, make_decoder, error_response.fault_from_response, frozenset(), None)
