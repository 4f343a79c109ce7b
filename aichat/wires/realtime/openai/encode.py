"""The Realtime API of OpenAI, and what its relatives say as it does.

Source: realtime-frames.md, section 8.1; the official SDK's types.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from aichat.core.config.body_options import deep_merge
from aichat.core.exchange.request import Request
from aichat.core.http import error_response
from aichat.core.http.call import Call, request_headers
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Refusal, Text, ToolCall, ToolResult, text_of
from aichat.core.message.tool_schema import Tool
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.json import dumps, objects, parse_object
from aichat.wires import Wire
from aichat.wires.realtime.codec import (
    Codec,
    Greeting,
    Limits,
    Ready,
    Refused,
    SessionEvent,
    socket_url,
)
from aichat.wires.realtime.openai.decode import HARMLESS, RealtimeDecoder, read_fault
from aichat.wires.shared.auth import bearer_header
from aichat.wires.shared.history import IdRule, fit_history
from aichat.wires.shared.media_parts import refused_media

WIRE_NAME = "realtime.openai"

#: What no protocol of this family can say.
UNSUPPORTED = frozenset(
    ("temperature", "top_p", "stop", "seed", "prefill", "verbosity", "tier", "logprobs")
)


def encode(request: Request, endpoint: Endpoint) -> Call:
    """The request that opens the socket; what is said on it follows as its body."""
    url = f"{endpoint.base_url}/realtime?model={quote(request.model, safe='')}"
    return opening(url, session(request, endpoint), request, endpoint)


def opening(url: str, session: Mapping[str, Any], request: Request, endpoint: Endpoint) -> Call:
    """The opening of a socket of this family, and all that is said on it until an answer comes."""
    headers = request_headers(endpoint.headers, *bearer_header(endpoint.key), json_content=False)
    frames = (update_frame(session), *encode_question(request.messages))
    return Call("GET", socket_url(url), headers, tuple(frame.encode() + b"\n" for frame in frames))


def update_frame(session: Mapping[str, Any]) -> str:
    """What has the session be so."""
    return dumps({"type": "session.update", "session": session})


def session(request: Request, _endpoint: Endpoint) -> dict[str, Any]:
    """A session that answers in writing; the user's own options are merged into it last."""
    settings = request.settings
    fields = {
        "type": "realtime",
        "output_modalities": ["text"],
        "instructions": instructions(request),
        "max_output_tokens": settings.max_tokens,
        "reasoning": {"effort": settings.effort} if settings.effort else None,
        "tools": [flat_tool(tool) for tool in request.tools] or None,
        "tool_choice": "none" if request.tools and request.tools_off else None,
        "audio": {"input": {"turn_detection": None}},
    }
    kept = {name: value for name, value in fields.items() if value is not None}
    return deep_merge(kept, settings.options)


def instructions(request: Request) -> str | None:
    """The system prompt."""
    return "\n\n".join(text_of(m) for m in request.messages if m.role == "system") or None


def flat_tool(tool: Tool) -> dict[str, Any]:
    """A tool as most of this family have it."""
    parameters = dict(tool.parameters)
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": parameters,
    }


def encode_history(messages: Sequence[Message]) -> list[str]:
    """What was said before, item by item; nothing is answered."""
    fitted = fit_history(messages, IdRule(32), lambda _: False)
    return [
        dumps({"type": "conversation.item.create", "item": item})
        for message in fitted
        for item in _items(message)
    ]


def encode_question(messages: Sequence[Message]) -> list[str]:
    """What is new, and that it be answered."""
    return [*encode_history(messages), dumps({"type": "response.create"})]


def _items(message: Message) -> Iterator[dict[str, Any]]:
    """One message as items. Errors: ``invalid_request`` for media that have no place there."""
    if message.role == "system":
        return
    for part in message.parts:
        if isinstance(part, ToolResult):
            output = "".join(p.text for p in part.parts if isinstance(p, Text))
            yield {"type": "function_call_output", "call_id": part.id, "output": output}
    content = [*_content(message)]
    if content:
        role = "assistant" if message.role == "assistant" else "user"
        yield {"type": "message", "role": role, "content": content}
    for part in message.parts:
        if isinstance(part, ToolCall):
            call = {"call_id": part.id, "name": part.name, "arguments": part.arguments}
            yield {"type": "function_call", **call}


def _content(message: Message) -> Iterator[dict[str, Any]]:
    kind = "output_text" if message.role == "assistant" else "input_text"
    for part in message.parts:
        if isinstance(part, Text | Refusal):
            yield {"type": kind, "text": part.text}
        elif isinstance(part, Media):
            raise refused_media(part, "a session takes text")


# -- what a session tells

#: What a frame has in it that may be of the session, quickly told from all others.
_MARKS = re.compile(r'"(session\.(created|updated|finished)|rate_limits\.updated|error)"')


def read_event(frame: str) -> SessionEvent | None:
    """What a frame tells of the session; None for all the others."""
    if not _MARKS.search(frame):
        return None
    told = parse_object(frame)
    name = told.get("type")
    if name == "session.created":
        return Greeting()
    if name == "session.updated":
        return Ready()
    if name == "rate_limits.updated":
        return Limits(_limit_headers(objects(told.get("rate_limits"))))
    if name == "error":
        fault = read_fault(told)
        return None if fault.code in HARMLESS else Refused(fault)
    return None


def _limit_headers(limits: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Limits as the headers of other answers have them."""
    found = {
        f"x-ratelimit-{what}-{limit.get('name')}": limit.get(what)
        for limit in limits
        for what in ("limit", "remaining")
    }
    return {name: str(value) for name, value in found.items() if value is not None}


def ends(frame: str) -> bool:
    """Whether a frame is the last of an answer."""
    return '"response.done"' in frame and parse_object(frame).get("type") == "response.done"


def family_codec(make_session: Callable[[Request, Endpoint], Mapping[str, Any]]) -> Codec:
    """The codec of a member of this family, whose session ``make_session`` gives."""

    def encode_session(request: Request, endpoint: Endpoint, _handle: str | None) -> list[str]:
        return [update_frame(make_session(request, endpoint))]

    return Codec(
        greets=True,
        encode_session=encode_session,
        encode_history=encode_history,
        encode_question=encode_question,
        cancel=(dumps({"type": "response.cancel"}),),
        read_event=read_event,
        ends=ends,
    )


def make_decoder(_request: Request, _endpoint: Endpoint) -> RealtimeDecoder:
    """A decoder of this wire needs to know nothing."""
    return RealtimeDecoder(WIRE_NAME)


CODEC = family_codec(session)

WIRE = Wire(
    encode, make_decoder, error_response.fault_from_response, UNSUPPORTED, "max_output_tokens"
)
