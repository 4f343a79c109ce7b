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
from aichat.core.message import Media, Message, Refusal, Text
from aichat.core.options import merged
from aichat.core.request import Request
from aichat.core.untrusted import objects, word
from aichat.wires import Wire, openai_chat
from aichat.wires.openai_chat_decoder import Decoder as ChatDecoder
from aichat.wires.openai_usage import chat_usage

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
        native_base(endpoint.base_url) + path,
        headers(endpoint.headers, *bearer(endpoint.key), *streamed),
        json_body(body, blobs),
    )


def native_base(base_url: str) -> str:
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
    kind = part.mime.partition("/")[0]
    return {
        kind if kind in ("image", "audio", "video") else "file": part.ref or media_url(part, blobs)
    }


class Decoder(ChatDecoder):
    """Unwraps each event into a chat completions chunk.

    ``cumulative``: each event repeats all text so far, as without incremental output.
    """

    def __init__(self, *, cumulative: bool) -> None:
        super().__init__()
        self._cumulative = cumulative
        self._argued: dict[str, int] = {}  # characters of each call's arguments that were told
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
                "id": word(chunk.get("request_id")),
                "choices": [self._unwrapped(choice) for choice in choices],
                "usage": chunk.get("usage"),
                **{k: v for k, v in chunk.items() if k not in _KNOWN},
                **{k: v for k, v in output.items() if k not in _KNOWN},
                "search_results": [
                    {**page, "id": page.get("index")}
                    for page in objects(
                        found.get("search_results") if isinstance(found, dict) else ()
                    )
                ],
            },
            events,
        )

    def _see_usage(self, raw: Any, events: list[Event]) -> None:
        if isinstance(raw, dict) and not raw.items() <= self._usage.items():
            self._usage = raw
            events.append(chat_usage(_usage(raw), None)._replace(raw=raw))

    def _fresh(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """A call with only those of its arguments that were not told yet."""
        function = call.get("function")
        function = dict(function) if isinstance(function, dict) else {}
        said, index = str(function.get("arguments") or ""), str(call.get("index"))
        function["arguments"] = said[self._argued.get(index, 0) :]
        self._argued[index] = max(self._argued.get(index, 0), len(said))
        return {**call, "function": function}

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
            fields["tool_calls"] = [self._fresh(c) for c in objects(fields.get("tool_calls"))]
        first = {n: fields[n] for n in ("reasoning_content",) if n in fields}  # it came first
        beside = {n: choice[n] for n in ("index", "logprobs") if n in choice}
        told = None if finish == "null" else finish
        return {**beside, kind: first | fields, "finish_reason": told}


_KNOWN = frozenset(
    (
        *("output", "usage", "request_id", "code", "message", "status_code"),
        *("choices", "text", "finish_reason", "search_info"),
    )
)


def _usage(raw: Mapping[str, Any]) -> dict[str, Any]:
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
    return Decoder(cumulative=request.stream and not given.get("incremental_output", True))


#: What this wire cannot say.
LACKS = frozenset(("prefill",))

WIRE = Wire(encode, decoder, rejection.from_response, LACKS, "max_tokens")
