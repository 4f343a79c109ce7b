"""DashScope's own wire: Qwen with its search sources.

Source: section 9 of the wire reference; what the dashscope SDK itself sends.
An answer is a chat completions answer in other wrapping, and is read as one.
"""

from collections.abc import Mapping
from typing import Any

from aichat.core import rejection
from aichat.core.call import Blob, Call, Header, bearer, headers, json_body, media_url
from aichat.core.endpoint import Endpoint
from aichat.core.event import Event
from aichat.core.message import Media, Message, Text
from aichat.core.options import merged
from aichat.core.request import Request
from aichat.core.untrusted import objects
from aichat.wires import Wire, openai_chat
from aichat.wires.openai_chat_decoder import Decoder as ChatDecoder

_TEXT = "/services/aigc/text-generation/generation"
_MULTIMODAL = "/services/aigc/multimodal-generation/generation"


def encode(request: Request, endpoint: Endpoint) -> Call:
    """The HTTP request; the user's own options are merged into the body last."""
    blobs: list[Blob] = []
    messages = [*endpoint.preamble, *request.messages]
    media = any(isinstance(part, Media) for m in messages for part in m.parts)
    path = _MULTIMODAL if media or endpoint.card.multimodal else _TEXT
    lines = [line for m in messages for line in _lines(m, request, endpoint, blobs, path)]
    parameters = {"result_format": "message", **_parameters(request, endpoint)}
    streamed: tuple[Header, ...] = ()
    if request.stream:
        parameters["incremental_output"] = True
        streamed = (Header("x-dashscope-sse", "enable"),)
    body = {"model": request.model, "input": {"messages": lines}, "parameters": parameters}
    body = merged({**endpoint.defaults, **body}, request.settings.options)
    return Call(
        "POST",
        _base(endpoint.base_url) + path,
        headers(endpoint.headers, *bearer(endpoint.key), *streamed),
        json_body(body, blobs),
    )


def _base(base_url: str) -> str:
    """The native API stands beside the compatible one."""
    return base_url.removesuffix("/compatible-mode/v1").removesuffix("/api/v1") + "/api/v1"


def _parameters(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    settings = request.settings
    fields = {
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "max_tokens": settings.max_tokens,
        "stop": list(settings.stop) or None,
        "seed": settings.seed,
        "tools": [openai_chat.tool(tool) for tool in request.tools] or None,
        **openai_chat.reasoning(settings, endpoint.card),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _lines(
    message: Message, request: Request, endpoint: Endpoint, blobs: list[Blob], path: str
) -> list[dict[str, Any]]:
    """The wire's messages: as in chat completions, but for parts on the multimodal path."""
    if path == _TEXT:
        return list(openai_chat.message_lines(message, request.model, endpoint, blobs))
    texts = message._replace(parts=tuple(p for p in message.parts if not isinstance(p, Media)))
    lines = list(openai_chat.message_lines(texts, request.model, endpoint, blobs))
    shown = [_part(part, blobs) for part in message.parts if isinstance(part, Text | Media)]
    for line in lines:
        if line["role"] == message.role and isinstance(line.get("content"), str):
            line["content"] = shown or [{"text": line["content"]}]
    return lines or [{"role": message.role, "content": shown}]


def _part(part: Text | Media, blobs: list[Blob]) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"text": part.text}
    kind = part.mime.partition("/")[0]
    return {kind if kind in ("image", "audio", "video") else "file": media_url(part, blobs)}


class Decoder(ChatDecoder):
    """Unwraps each event into a chat completions chunk.

    ``cumulative``: each event repeats all text so far, as without incremental output.
    """

    def __init__(self, *, cumulative: bool) -> None:
        super().__init__()
        self._cumulative = cumulative
        self._thought = 0  # characters of reasoning that were told

    def _failed(self, chunk: Mapping[str, Any]) -> bool:
        """A truthy ``code`` is an error on any event, also with HTTP 200."""
        return bool(chunk.get("code")) or super()._failed(chunk)

    def _chunk(self, chunk: dict[str, Any], events: list[Event]) -> None:
        output = chunk.get("output")
        output = output if isinstance(output, dict) else {}
        choices = list(objects(output.get("choices")))
        if not choices and "text" in output:  # the answer to a bare prompt
            choices = [{**output, "message": {"content": output["text"]}}]
        found = output.get("search_info")
        super()._chunk(
            {
                "id": chunk.get("request_id"),
                "choices": [self._unwrapped(choice) for choice in choices],
                "usage": _usage(chunk.get("usage")),
                "search_results": found.get("search_results") if isinstance(found, dict) else None,
            },
            events,
        )

    def _unwrapped(self, choice: Mapping[str, Any]) -> dict[str, Any]:
        message = choice.get("message")
        fields = dict(message) if isinstance(message, dict) else {}
        content = fields.get("content")
        if isinstance(content, list):
            fields["content"] = "".join(str(part.get("text") or "") for part in objects(content))
        finish = choice.get("finish_reason")
        kind = "delta"
        if self._cumulative:
            kind = "message"
            thought = str(fields.get("reasoning_content") or "")
            fields["reasoning_content"] = thought[self._thought :]
            self._thought = max(self._thought, len(thought))
        first = {n: fields[n] for n in ("reasoning_content",) if n in fields}  # it came first
        return {kind: first | fields, "finish_reason": None if finish == "null" else finish}


def _usage(raw: Any) -> dict[str, Any] | None:
    if not isinstance(raw, dict):
        return None
    return {
        "prompt_tokens": raw.get("input_tokens"),
        "completion_tokens": raw.get("output_tokens"),
        "prompt_tokens_details": raw.get("prompt_tokens_details"),
        "completion_tokens_details": raw.get("output_tokens_details"),
    }


def decoder(request: Request, _endpoint: Endpoint) -> Decoder:
    """A decoder that knows whether the text comes in pieces or all of it each time."""
    parameters = request.settings.options.get("parameters")
    given = parameters if isinstance(parameters, Mapping) else {}
    return Decoder(cumulative=request.stream and given.get("incremental_output") is False)


def models(body: Any) -> list[Any]:
    """The entries of ``GET /models`` in either shape."""
    output = body.get("output") if isinstance(body, dict) else None
    listed = output.get("models") if isinstance(output, dict) else None
    if listed is None:
        return openai_chat.models(body)
    return openai_chat.models({"data": [{**m, "id": m.get("model")} for m in objects(listed)]})


WIRE = Wire(encode, decoder, models, rejection.from_response, frozenset(), "max_tokens")
