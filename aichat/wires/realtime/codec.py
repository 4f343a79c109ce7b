"""The codec of a protocol for sessions over a socket, and the events of a session.

Both sides send JSON objects as text messages, here called frames.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Literal

from aichat.core.exchange.request import Request
from aichat.core.message.message import Message
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.realtime import Speech
from aichat.errors import Fault
from aichat.values import NamedTuple


class Greeting(NamedTuple):
    """The server is connected and waits for the session's settings."""

    type: Literal["greeting"] = "greeting"


class Ready(NamedTuple):
    """The session's settings are accepted: questions may be sent."""

    type: Literal["ready"] = "ready"


class Handle(NamedTuple):
    """A token by which another connection resumes the conversation without sending it again.

    With ``is_name`` it names the conversation; a connection that reports another lost it.
    """

    token: str
    is_name: bool = False
    type: Literal["handle"] = "handle"


class Leaving(NamedTuple):
    """The server is about to close the connection."""

    type: Literal["leaving"] = "leaving"


class Limits(NamedTuple):
    """The remaining rate limits, under the names of the HTTP headers."""

    headers: Mapping[str, str]
    type: Literal["limits"] = "limits"


class Alive(NamedTuple):
    """A frame that only shows that the server is alive."""

    type: Literal["alive"] = "alive"


class SpeechBegun(NamedTuple):
    """The server hears that the user began to speak."""

    type: Literal["speech_begun"] = "speech_begun"


class SpeechTaken(NamedTuple):
    """The user's speech is accepted; its transcript is yet to come."""

    type: Literal["speech_taken"] = "speech_taken"


class SpeechRead(NamedTuple):
    """The transcript of the user's speech came, or never will."""

    type: Literal["speech_read"] = "speech_read"


class AnswerBegun(NamedTuple):
    """The server begins to answer a question or speech."""

    type: Literal["answer_begun"] = "answer_begun"


class Speaking(NamedTuple):
    """The speech from here on belongs to this item."""

    item: str
    type: Literal["speaking"] = "speaking"


class Refused(NamedTuple):
    """The server refused something; the session goes on."""

    fault: Fault
    type: Literal["refused"] = "refused"


SessionEvent = (
    Greeting
    | Ready
    | Handle
    | Leaving
    | Limits
    | Alive
    | SpeechBegun
    | SpeechTaken
    | SpeechRead
    | AnswerBegun
    | Speaking
    | Refused
)


#: Events that arrive at any time and so do not count as progress of an answer.
ASIDE = (Handle, Limits, Alive)


def _say_nothing(_item: str, _milliseconds: int) -> list[str]:
    return []


class Codec(NamedTuple):
    """The functions of one protocol; those that ``encode`` return frames, in order.

    ``greets``: the server speaks first. ``encode_session`` sends the settings, with the handle
    of an earlier session if any; where the URL carries the handle instead, ``resumed_url`` puts
    it there. ``encode_history`` sends earlier messages, ``encode_question`` the new ones, and
    requests the answer. ``cancel`` stops an answer; empty if the protocol cannot.
    ``read_event`` decodes a frame about the session; ``ends`` is whether a frame is the last
    of an answer, after which late ones may arrive for ``linger`` seconds. ``rate`` is the input
    in samples per second, which ``encode_samples`` puts into a frame; ``begin_speech`` and
    ``end_speech`` enclose speech where the server does not detect turns. ``truncate`` reports
    how many milliseconds of an item were heard.
    """

    greets: bool
    encode_session: Callable[[Request, Endpoint, str | None], list[str]]
    encode_history: Callable[[Sequence[Message]], list[str]]
    encode_question: Callable[[Sequence[Message]], list[str]]
    encode_samples: Callable[[bytes], str]
    rate: int
    cancel: tuple[str, ...]
    read_event: Callable[[str], SessionEvent | None]
    ends: Callable[[str], bool]
    linger: float = 0.0
    begin_speech: tuple[str, ...] = ()
    end_speech: tuple[str, ...] = ()
    truncate: Callable[[str, int], list[str]] = _say_nothing
    resumed_url: Callable[[str, str], str] | None = None


def load_codec(wire: str) -> Codec:
    """The codec of a socket wire, whose module is imported only when it is used."""
    codec: Codec = import_module(f"aichat.wires.{wire}.encode").CODEC
    return codec


#: A session of text only.
SILENT = Speech()


def speaks(request: Request) -> bool:
    """Whether the answer is to be spoken."""
    return request.speech is not None and request.speech.speaks


def split_history(messages: Sequence[Message]) -> tuple[Sequence[Message], Sequence[Message]]:
    """The messages up to the last answer, and the new ones."""
    last = max((n for n, m in enumerate(messages) if m.role == "assistant"), default=-1) + 1
    return messages[:last], messages[last:]


def is_message(frame: str) -> bool:
    """Whether a frame adds text as an item of its own, as in OpenAI's protocol."""
    return '"conversation.item.create"' in frame and '"type": "message"' in frame


def socket_url(url: str) -> str:
    """The WebSocket URL for an HTTP URL."""
    return f"ws{url.removeprefix('http')}" if url.startswith("http") else url
