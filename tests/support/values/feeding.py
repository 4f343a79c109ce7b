"""Feeding streams to decoders, split anywhere, and comparing the events."""

import json
import random
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args, get_type_hints

from aichat import wires
from aichat.core.conversation import serialize
from aichat.core.exchange.answer import Answer, answer_json
from aichat.core.exchange.event import (
    Audio,
    Citation,
    Event,
    Failure,
    Finish,
    Image,
    ReasoningDelta,
    TextDelta,
    ToolCallEnd,
    ToolCallStart,
    UnknownItem,
    UsageUpdate,
)
from aichat.core.exchange.fold import AnswerBuilder
from aichat.core.exchange.request import Request
from aichat.core.http import sse
from aichat.core.message.message import Message, Text
from aichat.core.message.tool_schema import Tool
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.provider import Provider
from aichat.errors import Fault
from aichat.providers import custom, groq

CUSTOM = custom.provider("box", {"base_url": "http://127.0.0.1:8080/v1"})
QUESTION = Request("m", (Message("user", (Text("Hi"),)),))
CHAT = wires.load("chat")


def endpoint(provider: Provider = groq.PROVIDER, **fields: Any) -> Endpoint:
    """The endpoint for ``provider``'s chat requests."""
    return Endpoint(provider, "chat", provider.base_url, **fields)


def frames_of(pieces: Iterable[bytes]) -> list[sse.Frame]:
    """The frames of a stream in ``pieces``."""
    reader = sse.SseReader()
    found = [frame for piece in pieces for frame in reader.feed(piece)]
    return found + reader.close()


def decode(*pieces: bytes) -> list[Event]:
    """The events of a stream in ``pieces``, decoded frame by frame."""
    return feed_stream(CHAT.make_decoder(QUESTION, endpoint()), *pieces)


def decode_body(body: bytes) -> list[Event]:
    """The events of an answer in one JSON body."""
    decoder = CHAT.make_decoder(QUESTION, endpoint())
    return decoder.feed([sse.Frame(body.decode())]) + decoder.close()


def fold_answer(events: Iterable[Event]) -> Answer:
    """The answer made up by ``events``."""
    fold = AnswerBuilder("box", "m")
    fold.add(events)
    return fold.answer()


def cut_at(data: bytes, places: Iterable[int]) -> Iterator[bytes]:
    """``data`` split at ``places``."""
    borders = [0, *sorted(places), len(data)]
    return (data[a:b] for a, b in pairwise(borders))


def random_cuts(data: bytes, seed: int, count: int = 50) -> Iterator[bytes]:
    """``data`` split at ``count`` random places, by ``seed``."""
    chance = random.Random(seed)
    return cut_at(data, chance.choices(range(len(data) + 1), k=count))


def with_line_end(data: bytes, end: bytes) -> bytes:
    """The stream with another line end."""
    return data.replace(b"\r\n", b"\n").replace(b"\n", end)


def split_frames(data: bytes) -> list[bytes]:
    """A stream with LF line ends, split into frames."""
    return [piece + b"\n\n" for piece in data.split(b"\n\n") if piece]


def read_stream(path: Path) -> bytes:
    """A recorded stream; each line of a ``.jsonl`` is the data of one event."""
    data = path.read_bytes()
    if path.suffix != ".jsonl":
        return data
    return b"".join(b"data: " + line + b"\n\n" for line in data.splitlines())


def sse_of(*chunks: str, end: str = "data: [DONE]\n\n") -> bytes:
    """A stream with ``chunks`` as the data of its events."""
    return ("".join(f"data: {chunk}\n\n" for chunk in chunks) + end).encode()


def as_objects(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events as in a tape: ``type`` first, without empty fields."""
    return [_object(event) for event in events]


def _object(event: Event) -> dict[str, Any]:
    if isinstance(event, Failure):
        return _without_none(type=event.type, kind=event.fault.kind, code=event.fault.code)
    if isinstance(event, ReasoningDelta):
        event = event._replace(carrier=None)  # a tape only has what people see
    if isinstance(event, UnknownItem):
        return {"type": event.type, "item": event.item}
    if isinstance(event, UsageUpdate):
        cost = event.cost and event.cost.amount
        return _without_none(type=event.type, **event.usage._asdict(), cost=cost)
    if isinstance(event, Image | Audio):
        return serialize.dump_event(event)
    plain = event._field_defaults
    fields = {k: v for k, v in event._asdict().items() if k not in plain or v != plain[k]}
    return {"type": event.type, **fields}


def _without_none(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def make_decoder(wire: str, provider: Provider, *tools: str, **terms: Any) -> wires.Decoder:
    """A decoder of ``wire`` for a request that declared ``tools``."""
    request = QUESTION._replace(tools=tuple(Tool(name, "", {}) for name in tools))
    return wires.load(wire).make_decoder(
        request, Endpoint(provider, wire, provider.base_url, **terms)
    )


def feed_stream(decoder: wires.Decoder, *pieces: bytes) -> list[Event]:
    """The events of ``decoder`` for a stream in ``pieces``.

    It is fed frame by frame, since it joins the text of frames that arrive together.
    """
    events = [event for frame in _frames(pieces) for event in decoder.feed([frame])]
    return events + decoder.close()


def feed_at_once(decoder: wires.Decoder, data: bytes) -> list[Event]:
    """The events of a stream in one piece."""
    return decoder.feed(_frames([data])) + decoder.close()


def join_texts(events: Iterable[Event]) -> list[Event]:
    """The events with consecutive text, and reasoning, of the same part joined."""
    told: list[Event] = []
    for event in events:
        last = told[-1] if told else None
        is_more = isinstance(event, TextDelta | ReasoningDelta) and type(last) is type(event)
        if is_more and last._replace(text="") == event._replace(text=""):
            told[-1] = last._replace(text=last.text + event.text)
        else:
            told.append(event)
    return told


def _frames(pieces: Iterable[bytes]) -> Iterator[sse.Frame]:
    reader = sse.SseReader()
    for piece in pieces:
        yield from reader.feed(piece)
    yield from reader.close()


def feed_body(decoder: wires.Decoder, body: bytes) -> list[Event]:
    """The events of ``decoder`` for one JSON body."""
    return decoder.feed([sse.Frame(body.decode())]) + decoder.close()


def with_event_names(data: bytes) -> bytes:
    """A stream with an ``event:`` line before each line of data that names its type."""
    lines = data.split(b"\n")
    return b"\n".join(_type_line(line) + line for line in lines if not line.startswith(b"event:"))


def _type_line(line: bytes) -> bytes:
    if not line.startswith(b"data: {"):
        return b""
    return b"event: " + json.loads(line[6:])["type"].encode() + b"\n"


def without_event_names(data: bytes) -> bytes:
    """A stream without its ``event:`` lines."""
    lines = data.split(b"\n")
    return b"\n".join(line for line in lines if not line.startswith(b"event:"))


def problems_in(events: list[Event]) -> list[str]:
    """The faults of any stream of events; empty if it is valid."""
    ends = [event for event in events if isinstance(event, Finish | Failure)]
    wrong = (
        [] if ends and ends == events[-1:] else [f"{len(ends)} ends, the last event {events[-1:]}"]
    )
    wrong += [
        f"{event!r:.200} breaks its own types" for event in events if not _is_well_typed(event)
    ]
    slots = [event.slot for event in events if isinstance(event, ToolCallStart)]
    closed = [event.slot for event in events if isinstance(event, ToolCallEnd)]
    wrong += [] if sorted(slots) == sorted(closed) else [f"calls {slots}, closed {closed}"]
    answer = fold_answer(events)
    told = answer_json(answer)
    wrong += [] if json.loads(json.dumps(told)) == told else ["the answer is not JSON"]
    return wrong + [
        f"{cite!r:.200} has no such place"
        for cite in answer.citations
        if _is_misplaced(cite, answer)
    ]


def _is_misplaced(cite: Citation, answer: Answer) -> bool:
    if cite.number not in {source.number for source in answer.sources}:
        return True
    if cite.start is None or cite.end is None:
        return cite.start is not cite.end
    return not 0 <= cite.start <= cite.end


def _is_well_typed(value: Any) -> bool:
    """Whether all fields of an event, or of its fault, match their annotations."""
    fields = ((getattr(value, name), hint) for name, hint in _hints(type(value)).items())
    return all(_matches_hint(*field) for field in fields)


def _matches_hint(value: Any, hint: Any) -> bool:
    if hint is Any:
        return True
    kinds = tuple(kind for kind in (get_args(hint) or (hint,)) if isinstance(kind, type))
    return not kinds or (isinstance(value, kinds) and (hint is not Fault or _is_well_typed(value)))


_hints = cache(get_type_hints)
