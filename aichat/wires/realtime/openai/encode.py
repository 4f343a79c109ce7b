"""OpenAI's Realtime API, and what is common to compatible protocols.

Source: platform.openai.com/docs/api-reference/realtime; the types of openai 3.57.
"""

from binascii import b2a_base64
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from aichat.core.provider.realtime import Speech
from aichat.core.text.json import dumps
from aichat.wires import Wire
from aichat.wires.realtime.codec import SILENT, Codec, socket_url, speaks
from aichat.wires.realtime.openai.decode import RealtimeDecoder
from aichat.wires.realtime.openai.events import ends, read_event
from aichat.wires.realtime.sound import is_sound, sound_pieces
from aichat.wires.shared.auth import bearer_header
from aichat.wires.shared.history import IdRule, fit_history
from aichat.wires.shared.media_parts import refused_media

WIRE_NAME = "realtime.openai"

#: Samples per second, in both directions.
RATE = 24_000

#: The model that transcribes the user's speech, which is billed in addition.
_WRITER = "gpt-transcribe"

#: Has the server detect turns; xAI only answers if told so explicitly.
_SERVER_TURNS = {"type": "server_vad", "create_response": True, "interrupt_response": True}

_COMMIT, _CREATE = '{"type": "input_audio_buffer.commit"}', '{"type": "response.create"}'

#: Options that no protocol of this family supports.
UNSUPPORTED = frozenset(
    ("temperature", "top_p", "stop", "seed", "prefill", "verbosity", "tier", "logprobs")
)


def encode(request: Request, endpoint: Endpoint) -> Call:
    """The request that opens the socket, with the frames to send as its body."""
    url = f"{endpoint.base_url}/realtime?model={quote(request.model, safe='')}"
    return opening(url, session(request, endpoint), request, endpoint)


def opening(
    url: str, session: Mapping[str, Any], request: Request, endpoint: Endpoint, rate: int = RATE
) -> Call:
    """The request that opens a socket of this family, with all frames up to the answer."""
    headers = request_headers(endpoint.headers, *bearer_header(endpoint.key), json_content=False)
    frames = (update_frame(session), *encode_turn(request.messages, rate))
    return Call("GET", socket_url(url), headers, tuple(frame.encode() + b"\n" for frame in frames))


def update_frame(session: Mapping[str, Any]) -> str:
    """The frame that changes the session's settings."""
    return dumps({"type": "session.update", "session": session})


def session(request: Request, _endpoint: Endpoint) -> dict[str, Any]:
    """The settings of a session that answers in text; the user's options are merged last."""
    settings = request.settings
    speech = request.speech or SILENT
    fields = {
        "type": "realtime",
        "output_modalities": ["audio" if speech.speaks else "text"],
        "instructions": instructions(request),
        "max_output_tokens": settings.max_tokens,
        "reasoning": {"effort": settings.effort} if settings.effort else None,
        "tools": [flat_tool(tool) for tool in request.tools] or None,
        "tool_choice": "none" if request.tools and request.tools_off else None,
        "audio": _audio(speech),
    }
    kept = {name: value for name, value in fields.items() if value is not None}
    return deep_merge(kept, settings.options)


def _audio(speech: Speech) -> dict[str, Any]:
    """Settings of input and output audio, both with 24,000 samples per second."""
    form, into = {"type": "audio/pcm", "rate": RATE}, {"turn_detection": turns(speech)}
    if speech.hears:
        into = {"format": form, **into, "transcription": {"model": _WRITER}}
    voice = {"voice": speech.voice} if speech.voice else {}
    return {"input": into, **({"output": {"format": form, **voice}} if speech.speaks else {})}


def turns(speech: Speech) -> dict[str, Any] | None:
    """Settings for detecting the user's turns."""
    return dict(_SERVER_TURNS) if speech.takes_turns else None


def instructions(request: Request) -> str | None:
    """The system prompt, if any."""
    return "\n\n".join(text_of(m) for m in request.messages if m.role == "system") or None


def flat_tool(tool: Tool) -> dict[str, Any]:
    """A tool in the format of most protocols of this family."""
    parameters = dict(tool.parameters)
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": parameters,
    }


def encode_history(messages: Sequence[Message]) -> list[str]:
    """The earlier messages, item by item, without requesting an answer."""
    fitted = fit_history(messages, IdRule(32), lambda _: False)
    return [
        dumps({"type": "conversation.item.create", "item": item})
        for message in fitted
        for item in _items(message)
    ]


def encode_samples(samples: bytes) -> str:
    """A frame with the user's audio."""
    coded = b2a_base64(samples, newline=False).decode()
    return f'{{"type": "input_audio_buffer.append", "audio": "{coded}"}}'


def truncate(item: str, milliseconds: int) -> list[str]:
    """The frame that reports how much of an item was heard; the server forgets the rest."""
    heard = {"item_id": item, "content_index": 0, "audio_end_ms": milliseconds}
    return [dumps({"type": "conversation.item.truncate", **heard})]


def encode_turn(messages: Sequence[Message], rate: int) -> list[str]:
    """The new messages, as text and audio, and the request to answer them."""
    spoken = [*map(encode_samples, sound_pieces(messages, rate))]
    return [*encode_history(messages), *spoken, *([_COMMIT] if spoken else []), _CREATE]


def _items(message: Message) -> Iterator[dict[str, Any]]:
    """One message as items. Errors: ``invalid_request`` for unsupported media."""
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
        elif isinstance(part, Media) and part.transcript:
            yield {"type": kind, "text": part.transcript}
        elif isinstance(part, Media) and message.role == "user" and not is_sound(part):
            raise refused_media(part, "a session takes text and sound")


def family_codec(
    make_session: Callable[[Request, Endpoint], Mapping[str, Any]], rate: int = RATE
) -> Codec:
    """The codec for a protocol of this family, whose settings ``make_session`` returns.

    Its input has ``rate`` samples per second.
    """

    def encode_question(messages: Sequence[Message]) -> list[str]:
        return encode_turn(messages, rate)

    def encode_session(request: Request, endpoint: Endpoint, _handle: str | None) -> list[str]:
        return [update_frame(make_session(request, endpoint))]

    return Codec(
        greets=True,
        encode_session=encode_session,
        encode_history=encode_history,
        encode_question=encode_question,
        encode_samples=encode_samples,
        rate=rate,
        cancel=(dumps({"type": "response.cancel"}),),
        read_event=read_event,
        ends=ends,
        end_speech=(_COMMIT, _CREATE),
        truncate=truncate,
    )


def make_decoder(request: Request, _endpoint: Endpoint) -> RealtimeDecoder:
    """The decoder for an answer, with audio if requested."""
    return RealtimeDecoder(WIRE_NAME, speaks=speaks(request))


CODEC = family_codec(session)

WIRE = Wire(
    encode, make_decoder, error_response.fault_from_response, UNSUPPORTED, "max_output_tokens"
)
