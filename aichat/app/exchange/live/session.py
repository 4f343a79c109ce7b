"""A session over a socket, in which questions are asked one after the other.

The socket is opened for a question, and stays open for the next one. If it is lost between
two questions, it is reopened and the conversation sent again. A question is sent only once,
since it may be billed whatever happens.
"""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING

from aichat.app.exchange.live.limits import LiveLimits
from aichat.app.exchange.live.memory import LiveMemory, history_of
from aichat.app.exchange.live.opening import LiveQuestion, open_session
from aichat.app.exchange.live.playout import Speaker
from aichat.core.exchange.event import Event, Notice
from aichat.core.http.connection import ConnectionOptions
from aichat.core.http.rate_limits import rate_limits
from aichat.core.http.sse import Frame
from aichat.errors import AichatError, Fault
from aichat.net.transport.websocket import ClosedError, Patience, WebSocket
from aichat.wires.realtime.closing import close_fault, is_stale
from aichat.wires.realtime.codec import (
    ASIDE,
    AnswerBegun,
    Codec,
    Handle,
    Leaving,
    Limits,
    Refused,
    SessionEvent,
    Speaking,
    SpeechBegun,
    SpeechRead,
    SpeechTaken,
    is_message,
    load_codec,
    split_history,
)

if TYPE_CHECKING:
    from aichat.core.message.private.placeholders import Placeholders

#: Seconds for a cancelled answer to end, and for the transcript of speech to arrive.
_CANCEL_SECONDS, _WORDS_SECONDS = 2.0, 3.0

#: Seconds to read what has arrived meanwhile, even if the server never pauses.
_CATCH_UP_SECONDS = 1.0

#: The most frames kept for an answer that has not begun.
_MOST_WAITING = 1000

_AGAIN = "the connection was closed; it is open again, and the conversation was told anew"


class LiveSession:
    """One session with any provider; ``limits`` are the latest from its server.

    With a ``speaker`` answers are shown as fast as they are heard; ``keeps_sound``: it is kept.
    ``wants_floor`` tells whether the user wants to speak.
    ``is_interrupted``: somebody has spoken since the last question, and with ``owes_answer``
    the server has not begun to answer that.
    """

    def __init__(self) -> None:
        self.speaker: Speaker | None = None
        self.wants_floor: Callable[[], bool] = lambda: False
        self.keeps_sound = self.is_interrupted = self.owes_answer = False
        self._waiting: deque[str] = deque(maxlen=_MOST_WAITING)  # frames of the next answer
        self._is_current = False  # the incoming answer, if any, is to the last question
        self._awaits_words = False  # the transcript of the user's speech is still to come
        self._item = ""  # the id of the spoken item
        self.messages_told = 0  # sent as text, since some charge for each
        self._memory = LiveMemory()
        self._socket: WebSocket | None = None
        self._codec: Codec | None = None
        self._terms: tuple[object, ...] = ()  # settings of the open session
        self._is_leaving = self._is_answering = False
        self.limits = LiveLimits()
        self._placeholders: Placeholders | None = None  # in what its server received

    @property
    def is_open(self) -> bool:
        """Whether the next question needs no new connection."""
        return self._socket is not None and not self._is_leaving

    @property
    def rate(self) -> int:
        """The sample rate it listens at, per second."""
        return self._codec.rate if self._codec else 0

    def close(self) -> None:
        """Close the session."""
        socket, self._socket = self._socket, None
        if socket:
            socket.close()

    def _end_session(self) -> None:
        """Forget the session: the next one knows nothing of it."""
        self.close()
        self._is_leaving = False
        self._memory.clear()
        self._waiting.clear()

    def keep_placeholders(self, new: "Placeholders | None") -> "Placeholders | None":
        """The placeholders of the whole session, since its server knows the text with them."""
        if self._placeholders is None:
            self._placeholders = new
        return self._placeholders

    def put(self, question: LiveQuestion) -> list[Event]:
        """Send a question, opening a socket if needed; return notices about that.

        Errors: ``UpgradeRefusedError``, those of a socket, the server's refusals.
        """
        codec, terms = self._meet(question)
        self.is_interrupted = self.owes_answer = False
        self._is_current = True
        if self._is_answering:  # speech it heard
            self._memory.learn(question.messages)
            return []
        self.catch_up()
        self._waiting.clear()
        said, memory = question.messages, self._memory
        new = memory.unknown(said)
        frames = codec.encode_question(new or split_history(said)[1])  # it may be refused here
        if new and self.is_open and self._ask(frames):
            memory.learn(said)
            return []
        is_lost = bool(memory.said and new) and not self._is_leaving
        is_lost = self._open(codec, question, terms) and is_lost
        if (left := memory.unknown(said)) != new:
            frames = codec.encode_question(left)
        if not self._ask(frames):
            raise AichatError(Fault("network", "the connection was lost", retryable=True))
        memory.learn(said)
        return [Notice("reconnect", _AGAIN)] if is_lost else []

    def open(self, question: LiveQuestion) -> bool:
        """Open a session for speech, in which all but the last message are known.

        Returns whether one was lost and everything sent again. Errors: as of ``put``.
        """
        codec, terms = self._meet(question)
        if self.is_open and self._socket:
            return False
        is_lost = bool(self._memory.said) and not self._is_leaving
        return self._open(codec, question, terms) and is_lost

    def _meet(self, question: LiveQuestion) -> tuple[Codec, tuple[object, ...]]:
        """The codec and the wanted settings; a session with lesser ones is ended."""
        codec = self._codec = load_codec(question.endpoint.wire)
        terms = question.call.url, *codec.encode_session(question.bare, question.endpoint, None)
        if terms != self._terms:
            self._end_session()
        return codec, terms

    def forget(self) -> None:
        """Drop the last question, which got no answer."""
        self._memory.forget(is_gone=self._socket is None)

    # speech

    def hear(self, samples: bytes) -> None:
        """Send more of the user's speech; without a connection it is lost."""
        socket, codec = self._socket, self._codec
        if socket and codec and not self._is_leaving:
            with suppress(ClosedError):
                socket.send(codec.encode_samples(samples))

    def begin_speech(self) -> None:
        """Report that the user begins to speak, if the server needs that."""
        if self._codec:
            self._send_all(self._codec.begin_speech)

    def end_speech(self) -> None:
        """Report that the user has finished, and ask for an answer."""
        if self._codec and self._ask(self._codec.end_speech):
            self._awaits_words = True

    def listen(self, seconds: float) -> bool:
        """Wait at most ``seconds`` for the server; return whether it answers what it heard.

        Errors: those of a close, and the server's refusals.
        """
        codec, patience = self._codec, Patience(seconds + _CATCH_UP_SECONDS)
        while not self._is_answering and codec and self._socket and patience.seconds:
            frame = self._receive(seconds)
            if frame is None:
                break
            event = codec.read_event(frame)
            if isinstance(event, Refused):
                raise AichatError(event.fault)
            self._note(event)
            self._waiting.append(frame)
            self._is_answering = isinstance(event, AnswerBegun)
            seconds = 0.0  # and read all there is
        return self._is_answering

    def truncate(self, milliseconds: int) -> None:
        """Report how much of the last spoken answer was heard."""
        if self._codec and self._item:
            self._send_all(self._codec.truncate(self._item, milliseconds))
        self._item = ""

    def answer(
        self, options: ConnectionOptions, tick: float = inf
    ) -> Generator[list[Frame], None, None]:
        """The frames of the answer, as they come; an empty list every ``tick`` seconds.

        Errors: ``timeout``, ``truncated``, and the others of a close.
        """
        codec = self._codec
        if codec is None:
            return
        while self._waiting and self._is_answering:  # they were noted on arrival
            yield [self._end_with(codec, self._waiting.popleft())]
        limit = options.first_byte
        patience = Patience(limit)
        left = patience.seconds
        while self._is_answering:
            frame = self._receive(left if left < tick else tick)
            event = codec.read_event(frame) if frame else None
            if frame and (event is None or not isinstance(event, ASIDE)):
                limit = left = options.idle
                patience.renew(limit)
            elif not (left := patience.seconds):
                self.close()
                why = f"no data for {limit:g} s"
                raise AichatError(Fault("timeout", why, "use --timeout S to wait longer"))
            if event is not None:  # which few frames have
                self._note(event)
            yield [self._end_with(codec, frame)] if frame else []
        yield from self._belated(codec, tick)

    def _end_with(self, codec: Codec, frame: str) -> Frame:
        """A frame, marked if it ends the answer."""
        if codec.ends(frame):
            self._is_answering = self._is_current = False
        return Frame(frame)

    def _belated(self, codec: Codec, tick: float) -> Generator[list[Frame], None, None]:
        """Late frames that belong to the answer."""
        seconds = codec.linger or _WORDS_SECONDS
        patience = Patience(seconds)
        while (codec.linger or self._awaits_words) and self._socket and patience.seconds:
            frame = self._receive_late(min(tick, patience.seconds))
            event = codec.read_event(frame) if frame else None
            if frame and not codec.linger and isinstance(event, AnswerBegun):
                self._waiting.append(frame)  # of the next answer
                self._is_answering = True
                return
            if frame and not isinstance(event, ASIDE):
                patience.renew(seconds)
            if event is not None:
                self._note(event)
            yield [self._end_with(codec, frame)] if frame else []
        self._awaits_words = False

    def cancel(self, *, is_told: bool = True) -> list[Frame]:
        """Cancel an unfinished answer; return its last frames.

        A server that cannot cancel loses its connection, and the next question opens another.
        Without ``is_told`` it stops by itself, because somebody is speaking.
        """
        codec, frames = self._codec, list[Frame]()
        if not (self._is_answering and self._is_current):
            return []
        if not (codec and self._socket):
            self._is_answering = False  # it was lost; the next question opens another connection
            return []
        try:
            if not is_told or (codec.cancel and self._send_all(codec.cancel)):
                patience = Patience(_CANCEL_SECONDS)
                while self._is_answering and (frame := self._receive(patience.seconds)):
                    self._note(codec.read_event(frame))
                    self._is_answering = not codec.ends(frame)
                    if self._is_answering:  # no longer needed for this answer
                        self._waiting.append(frame)
                    else:
                        frames.append(Frame(frame))
                    if not patience.seconds:  # it goes on all the same
                        break
        except AichatError:
            pass  # it has ended as well
        if self._is_answering:
            self._is_answering, self._is_leaving = False, True
            self.close()
        return frames

    def _open(self, codec: Codec, question: LiveQuestion, terms: tuple[object, ...]) -> bool:
        """Open a socket and send the earlier messages, unless a handle restores them.

        Returns whether they were sent.
        """
        handle = self._memory.take_handle(question.messages)
        self.close()
        try:
            self._begin(codec, question, handle)
        except AichatError as error:
            if not (handle and is_stale(error.fault)):
                raise
            handle = None
            self._begin(codec, question, None)
        self._terms = terms
        if handle and self._memory.goes_on(handle):
            return False
        before = history_of(question.messages)
        self._memory.replace(before)
        if not self._send_all(codec.encode_history(before)):
            raise AichatError(Fault("network", "the connection was lost", retryable=True))
        return True

    def _begin(self, codec: Codec, question: LiveQuestion, handle: Handle | None) -> None:
        """Open a socket, and set up the session."""
        self._is_leaving = self._is_answering = self.owes_answer = False
        token = handle.token if handle else None
        self._socket = open_session(question, codec, token, self._note, self._as_sent)
        if told := rate_limits(self._socket.headers):
            self.limits.note(told)

    def catch_up(self) -> None:
        """Read what has arrived since the last answer, noticing a closed socket."""
        patience = Patience(_CATCH_UP_SECONDS)
        while patience.seconds and (frame := self._receive_late(0)) and self._codec:
            self._note(self._codec.read_event(frame))

    def _note(self, event: SessionEvent | None) -> None:
        if isinstance(event, Handle):
            self._memory.handle = event
        elif isinstance(event, Leaving):
            self._is_leaving = True
        elif isinstance(event, Limits):
            self.limits.note(event.headers)
        elif isinstance(event, Speaking):
            self._item = event.item
        elif isinstance(event, SpeechBegun):
            self.is_interrupted = self.owes_answer = True
        elif isinstance(event, AnswerBegun):
            self.owes_answer = False
        elif isinstance(event, SpeechTaken | SpeechRead):
            self._awaits_words = isinstance(event, SpeechTaken)

    def _ask(self, frames: Sequence[str]) -> bool:
        """Send a question; return whether all of it went out."""
        self._is_answering = bool(frames) and self._send_all(frames)
        return self._is_answering

    def _send_all(self, frames: Sequence[str]) -> bool:
        """Send frames; return whether all of them went out."""
        try:
            for frame in frames:
                if self._socket:
                    self.messages_told += is_message(frame)
                    self._socket.send(self._as_sent(frame))
        except ClosedError:
            self.close()
        return self._socket is not None

    def _as_sent(self, frame: str) -> str:
        if self._placeholders is None:
            return frame
        from aichat.core.message.private.calls import conceal_text  # few have it

        return conceal_text(frame, self._placeholders)

    def _receive(self, seconds: float) -> str | None:
        """The next frame; None on a time-out. Errors: those of a close."""
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
        """A frame after an answer; if the socket closes now, nothing is lost."""
        try:
            return self._receive(seconds) if self._socket else None
        except AichatError:
            return None
