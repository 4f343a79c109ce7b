"""A session over a socket as functions of one protocol, and what a server tells of a session.

Messages go both ways as text, each of them a JSON object; here they are called frames.
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
    """The server is there, and waits for what the session is to be."""

    type: Literal["greeting"] = "greeting"


class Ready(NamedTuple):
    """The session is as it was asked for: questions may be put."""

    type: Literal["ready"] = "ready"


class Handle(NamedTuple):
    """What another connection goes on with, without the conversation being told again.

    With ``is_name`` it names the conversation: a connection that tells another does not know it.
    """

    token: str
    is_name: bool = False
    type: Literal["handle"] = "handle"


class Leaving(NamedTuple):
    """The server is about to close the connection."""

    type: Literal["leaving"] = "leaving"


class Limits(NamedTuple):
    """How much more may be asked, under the names that headers of answers have."""

    headers: Mapping[str, str]
    type: Literal["limits"] = "limits"


class Alive(NamedTuple):
    """The server is there, and says no more."""

    type: Literal["alive"] = "alive"


class SpeechBegun(NamedTuple):
    """The user has begun to speak, as far as the server hears."""

    type: Literal["speech_begun"] = "speech_begun"


class SpeechTaken(NamedTuple):
    """What the user said is taken; in writing it is yet to come."""

    type: Literal["speech_taken"] = "speech_taken"


class SpeechRead(NamedTuple):
    """What the user said came in writing, or never will."""

    type: Literal["speech_read"] = "speech_read"


class AnswerBegun(NamedTuple):
    """The server answers: what it was asked, or what it heard."""

    type: Literal["answer_begun"] = "answer_begun"


class Speaking(NamedTuple):
    """What is said from now on is of this item."""

    item: str
    type: Literal["speaking"] = "speaking"


class Refused(NamedTuple):
    """The server takes something not; the session goes on."""

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


#: What comes by itself, and is no step of an answer: to wait for one, it does not count.
ASIDE = (Handle, Limits, Alive)


def _say_nothing(_item: str, _milliseconds: int) -> list[str]:
    return []


class Codec(NamedTuple):
    """The functions of one protocol. Those that ``encode`` give frames, in order.

    ``greets``: the server speaks first. ``encode_session`` says what the session is to be, with
    the handle of an earlier one if there is any; where that is named by the address instead,
    ``resumed_url`` puts it there. ``encode_history`` tells what was said before,
    ``encode_question`` what is new, and has it answered. ``cancel`` ends an answer; empty where
    nothing can. ``read_event`` gives what a frame tells of the session, and ``ends``
    whether it is the last of an answer, which belated ones may follow for ``linger`` seconds.

    ``rate`` is how many samples a second it hears, which ``encode_samples`` puts into a frame;
    ``begin_speech`` and ``end_speech`` stand around what is said where the server does not take
    turns by itself. ``truncate`` says that no more of an item than so many milliseconds was heard.
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
    """The codec of a wire that is a socket; its module is imported only when it is spoken."""
    codec: Codec = import_module(f"aichat.wires.{wire}.encode").CODEC
    return codec


#: A session of words alone.
SILENT = Speech()


def speaks(request: Request) -> bool:
    """Whether the answer is to be heard."""
    return request.speech is not None and request.speech.speaks


def split_history(messages: Sequence[Message]) -> tuple[Sequence[Message], Sequence[Message]]:
    """What was answered before, and what is new."""
    last = max((n for n, m in enumerate(messages) if m.role == "assistant"), default=-1) + 1
    return messages[:last], messages[last:]


def is_message(frame: str) -> bool:
    """Whether a frame puts words as an item of its own, as OpenAI's relatives do."""
    return '"conversation.item.create"' in frame and '"type": "message"' in frame


def socket_url(url: str) -> str:
    """The address of a socket, by that of the same place for requests."""
    return f"ws{url.removeprefix('http')}" if url.startswith("http") else url
