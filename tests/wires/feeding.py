"""Feeding streams to the chat wire, cut wherever a test likes, and telling what came out."""

import random
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from aichat import wires
from aichat.core import sse
from aichat.core.answer import Answer
from aichat.core.endpoint import Endpoint, Provider
from aichat.core.event import Event, Failure, Unknown, UsageSeen
from aichat.core.fold import Fold
from aichat.core.message import Message, Text
from aichat.core.request import Request
from aichat.providers import custom, groq

CUSTOM = custom.provider("box", {"base_url": "http://127.0.0.1:8080/v1"})
QUESTION = Request("m", (Message("user", (Text("Hi"),)),))
CHAT = wires.load("chat")


def endpoint(provider: Provider = groq.PROVIDER, **fields: Any) -> Endpoint:
    """Where ``provider``'s chat requests go."""
    return Endpoint(provider, "chat", provider.base_url, **fields)


def frames_of(pieces: Iterable[bytes]) -> list[sse.Frame]:
    """The frames of a stream that arrives in ``pieces``."""
    reader = sse.Reader()
    found = [frame for piece in pieces for frame in reader.feed(piece)]
    return found + reader.close()


def decode(*pieces: bytes) -> list[Event]:
    """The events of a stream that arrives in ``pieces``, each frame decoded as it comes."""
    reader, decoder = sse.Reader(), CHAT.decoder(QUESTION, endpoint())
    events = [event for piece in pieces for event in decoder.feed(reader.feed(piece))]
    return events + decoder.feed(reader.close()) + decoder.close()


def decode_body(body: bytes) -> list[Event]:
    """The events of an answer that comes as one JSON body."""
    decoder = CHAT.decoder(QUESTION, endpoint())
    return decoder.feed([sse.Frame(body.decode())]) + decoder.close()


def answered(events: Iterable[Event]) -> Answer:
    """The answer that ``events`` tell."""
    fold = Fold("box", "m")
    fold.add(events)
    return fold.answer()


def cut(data: bytes, places: Iterable[int]) -> Iterator[bytes]:
    """``data`` in pieces that begin at ``places``."""
    borders = [0, *sorted(places), len(data)]
    return (data[a:b] for a, b in pairwise(borders))


def random_cuts(data: bytes, seed: int, count: int = 50) -> Iterator[bytes]:
    """``data`` cut at ``count`` places that ``seed`` decides."""
    chance = random.Random(seed)
    return cut(data, chance.choices(range(len(data) + 1), k=count))


def with_line_end(data: bytes, end: bytes) -> bytes:
    """The same stream with another line end."""
    return data.replace(b"\r\n", b"\n").replace(b"\n", end)


def framed(data: bytes) -> list[bytes]:
    """A stream with LF line ends, one piece for each of its frames."""
    return [piece + b"\n\n" for piece in data.split(b"\n\n") if piece]


def streamed(path: Path) -> bytes:
    """A recorded stream; each line of a ``.jsonl`` is the data of one event."""
    data = path.read_bytes()
    if path.suffix != ".jsonl":
        return data
    return b"".join(b"data: " + line + b"\n\n" for line in data.splitlines())


def sse_of(*chunks: str, end: str = "data: [DONE]\n\n") -> bytes:
    """A stream whose events hold ``chunks`` as data."""
    return ("".join(f"data: {chunk}\n\n" for chunk in chunks) + end).encode()


def as_objects(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events as a tape writes them: ``type`` first, and no field that says nothing."""
    return [_object(event) for event in events]


def _object(event: Event) -> dict[str, Any]:
    if isinstance(event, Failure):
        return _told(type=event.type, kind=event.fault.kind, code=event.fault.code)
    if isinstance(event, Unknown):
        return {"type": event.type, "item": event.item}
    if isinstance(event, UsageSeen):
        cost = event.cost and event.cost.amount
        return _told(type=event.type, **event.usage._asdict(), cost=cost)
    plain = event._field_defaults
    fields = {k: v for k, v in event._asdict().items() if k not in plain or v != plain[k]}
    return {"type": event.type, **fields}


def _told(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
