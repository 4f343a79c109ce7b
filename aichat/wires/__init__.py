"""Pure codecs: one folder speaks one wire, both ways, and touches nothing outside."""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, Protocol

from aichat.core.exchange.event import Event
from aichat.core.exchange.request import Request
from aichat.core.http.call import Call, Header
from aichat.core.http.sse import Frame
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.realtime import is_realtime
from aichat.errors import Fault
from aichat.values import NamedTuple
from aichat.wires.shared.auth import bearer_auth


class Decoder(Protocol):
    """Reads one answer; fed frame by frame, it keeps what it has not told yet."""

    def feed(self, frames: Iterable[Frame]) -> list[Event]:
        """The events that ``frames`` complete."""

    def close(self) -> list[Event]:
        """The last events, once the body has ended; always ends in Finish or Failure."""


class Wire(NamedTuple):
    """The functions of one wire. ``auth`` gives the headers that every request must have."""

    encode: Callable[[Request, Endpoint], Call]
    make_decoder: Callable[[Request, Endpoint], Decoder]
    read_fault: Callable[[int, Mapping[str, str], bytes], Fault]
    unsupported: frozenset[str]  # settings that it has no words for
    limit_field: str | None  # the field of the output limit; None: the provider's quirk says
    auth: Callable[[Endpoint, Mapping[str, Any]], tuple[Header, ...]] = bearer_auth


def load(name: str) -> Wire:
    """The wire called ``name``; its module is imported only when it is spoken."""
    wire: Wire = import_module(f"aichat.wires.{name}.encode").WIRE
    return wire


def load_decoder(name: str) -> None:
    """Import what reads the answers of the wire called ``name``, before the first one comes."""
    if not is_realtime(name):  # a session is read from its first word on
        import_module(f"aichat.wires.{name}.decode")
