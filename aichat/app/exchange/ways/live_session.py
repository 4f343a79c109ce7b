"""A session over a socket: what the server knows of a conversation, and what it is yet told.

The socket is opened when a question is to be put, and stays open for the next one. Where it
was lost between two questions it is opened again and the conversation told anew. A question
is sent once: whatever comes of it, it may be billed.
"""

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from aichat.core.exchange.event import Event, Notice
from aichat.core.exchange.request import Request
from aichat.core.http.call import Call
from aichat.core.http.connection import ConnectionOptions
from aichat.core.http.sse import Frame
from aichat.core.message.message import Message
from aichat.core.provider.endpoint import Endpoint
from aichat.errors import AichatError, Fault
from aichat.net.transport.websocket import ClosedError, WebSocket
from aichat.values import NamedTuple
from aichat.wires.realtime.closing import close_fault, is_stale
from aichat.wires.realtime.codec import (
    Codec,
    Greeting,
    Handle,
    Leaving,
    Limits,
    Ready,
    Refused,
    SessionEvent,
    load_codec,
    split_history,
)

if TYPE_CHECKING:
    from aichat.core.message.private.placeholders import Placeholders

#: Seconds in which an answer that was ended has to end.
_CANCEL_SECONDS = 2.0

_AGAIN = "the connection was closed; it is open again, and the conversation was told anew"


class LiveQuestion(NamedTuple):
    """A request as it goes over a socket: ``call`` opens that, on the terms of ``options``."""

    request: Request
    endpoint: Endpoint
    call: Call
    options: ConnectionOptions

    @property
    def bare(self) -> Request:
        """The request without what was said: what a session is asked for."""
        system = tuple(m for m in self.request.messages if m.role == "system")
        return self.request._replace(messages=system)

    @property
    def messages(self) -> tuple[Message, ...]:
        """What was said; the system prompt is the session's."""
        return tuple(m for m in self.request.messages if m.role != "system")


class LiveSession:
    """One session, whoever it is with; ``limits`` are what its server told last of them."""

    def __init__(self) -> None:
        self._socket: WebSocket | None = None
        self._codec: Codec | None = None
        self._terms: tuple[object, ...] = ()  # what the open session was asked for
        self._known: tuple[Message, ...] = ()  # what was said in it
        self._handle: str | None = None
        self._is_leaving = self._is_answering = False
        self.limits: dict[str, str] = {}
        self._placeholders: Placeholders | None = None  # in what its server was told

    @property
    def is_open(self) -> bool:
        """Whether the next question needs no new connection."""
        return self._socket is not None and not self._is_leaving

    def close(self) -> None:
        """Say goodbye."""
        socket, self._socket = self._socket, None
        if socket:
            socket.close()

    def _end_session(self) -> None:
        """Nothing of it is known in the next one."""
        self.close()
        self._handle, self._known, self._is_leaving = None, (), False

    def keep_placeholders(self, new: "Placeholders | None") -> "Placeholders | None":
        """Those of the whole session: its server knows what was said by them."""
        if self._placeholders is None:
            self._placeholders = new
        return self._placeholders

    def put(self, question: LiveQuestion) -> list[Event]:
        """Send a question, over a socket that is opened if need be, and what is to be said of that.

        Errors: ``UpgradeRefusedError``, those of a socket, what the server has against it.
        """
        codec = self._codec = load_codec(question.endpoint.wire)
        terms = question.call.url, *codec.encode_session(question.bare, question.endpoint, None)
        if terms != self._terms:
            self._end_session()
        if self._socket:
            self._read_waiting(codec)
        new = self._unknown(question.messages)
        if new and self.is_open and self._send_all(codec.encode_question(new)):
            self._known = question.messages
            return []
        is_lost = self._known and new and not (self._is_leaving or self._handle)
        self._open(codec, question, terms)
        return [Notice("reconnect", _AGAIN)] if is_lost else []

    def answer(self, options: ConnectionOptions) -> Generator[list[Frame], None, None]:
        """The frames of the answer, as they come.

        Errors: ``timeout``, ``truncated`` and all else that a close may mean.
        """
        codec = self._codec
        wait = options.first_byte
        while codec and self._is_answering:
            frame = self._receive(wait)
            if frame is None:
                self.close()
                why = f"no data for {wait:g} s"
                raise AichatError(Fault("timeout", why, "use --timeout S to wait longer"))
            self._note(codec.read_event(frame))
            wait = options.idle
            if codec.ends(frame):
                self._is_answering = False
            yield [Frame(frame)]
        while codec and codec.linger and (frame := self._receive_late(codec.linger)):
            self._note(codec.read_event(frame))
            yield [Frame(frame)]

    def cancel(self) -> list[Frame]:
        """End an answer that still comes; what the server says last of it.

        Where it cannot be told to, the connection ends, and the next question opens another.
        """
        codec, frames = self._codec, list[Frame]()
        if not (codec and self._socket and self._is_answering):
            return []
        try:
            if codec.cancel and self._send_all(codec.cancel):
                while self._is_answering and (frame := self._receive(_CANCEL_SECONDS)):
                    frames.append(Frame(frame))
                    self._is_answering = not codec.ends(frame)
        except AichatError:
            pass  # it has ended too
        if self._is_answering:
            self._is_answering, self._is_leaving = False, True
            self.close()
        return frames

    def _unknown(self, said: tuple[Message, ...]) -> tuple[Message, ...]:
        """What is new of a conversation that goes on from what is known; nothing where it does not.

        The answer to what is known is the server's own.
        """
        count = len(self._known)
        if said[:count] != self._known:
            return ()
        new = said[count:]
        return new[1:] if new and new[0].role == "assistant" else new

    def _open(self, codec: Codec, question: LiveQuestion, terms: tuple[object, ...]) -> None:
        """Open a socket and put the question on it; with a handle nothing else has to be told."""
        handle, self._handle = self._handle if self._unknown(question.messages) else None, None
        self.close()
        try:
            self._begin(codec, question, handle)
        except AichatError as error:
            if not (handle and is_stale(error.fault)):
                raise
            handle = None
            self._begin(codec, question, None)
        self._terms = terms
        said = question.messages
        before, new = ((), self._unknown(said)) if handle else split_history(said)
        frames = [*codec.encode_history(before), *codec.encode_question(new)]
        if not self._send_all(frames):
            raise AichatError(Fault("network", "the connection was lost", retryable=True))
        self._known = said

    def _begin(self, codec: Codec, question: LiveQuestion, handle: str | None) -> None:
        """Open a socket, and have the session be as it is wanted."""
        self._is_leaving = self._is_answering = False
        self._socket = WebSocket(question.call, question.options)
        setup = codec.encode_session(question.request, question.endpoint, handle)
        try:
            if codec.greets:
                self._await(codec, Greeting, question.options)
            self._send_all(setup)
            self._await(codec, Ready, question.options)
        except BaseException:
            self.close()
            raise

    def _await(self, codec: Codec, kind: type[SessionEvent], options: ConnectionOptions) -> None:
        """Wait for what the server has to say before anything else."""
        while True:
            frame = self._receive(options.first_byte)
            if frame is None:
                why = f"no first byte within {options.first_byte:g} s"
                hint = "use --timeout S to wait longer"
                raise AichatError(Fault("timeout", why, hint, retryable=True))
            event = codec.read_event(frame)
            if isinstance(event, Refused):
                raise AichatError(event.fault)
            if isinstance(event, kind):
                return
            self._note(event)

    def _read_waiting(self, codec: Codec) -> None:
        """What came since the last answer; a socket that was closed meanwhile is noticed."""
        while frame := self._receive_late(0):
            self._note(codec.read_event(frame))

    def _note(self, event: SessionEvent | None) -> None:
        if isinstance(event, Handle):
            self._handle = event.token
        elif isinstance(event, Leaving):
            self._is_leaving = True
        elif isinstance(event, Limits):
            self.limits = dict(event.headers)

    def _send_all(self, frames: Sequence[str]) -> bool:
        """Send frames; whether all of them went out, so that an answer may come."""
        for frame in frames:
            if self._socket is None:
                return False
            try:
                self._socket.send(self._as_sent(frame))
            except ClosedError:
                self.close()
                return False
        self._is_answering = bool(frames)
        return True

    def _as_sent(self, frame: str) -> str:
        if self._placeholders is None:
            return frame
        from aichat.core.message.private.calls import conceal_text  # few have it

        return conceal_text(frame, self._placeholders)

    def _receive(self, seconds: float) -> str | None:
        """The next frame; None where none comes in time. Errors: what a close means."""
        if self._socket is None:
            raise AichatError(close_fault(1006, ""))
        try:
            return self._socket.receive(seconds)
        except ClosedError as error:
            self.close()
            raise AichatError(close_fault(error.code, error.reason)) from error
        except AichatError:
            self.close()
            raise

    def _receive_late(self, seconds: float) -> str | None:
        """A frame that follows an answer; a socket that ends then has done no harm."""
        try:
            return self._receive(seconds) if self._socket else None
        except AichatError:
            return None
