"""Opening a session: a socket, and the server's confirmation of the settings."""

from collections.abc import Callable

from aichat.core.exchange.request import Request
from aichat.core.http.call import Call
from aichat.core.http.connection import ConnectionOptions
from aichat.core.message.message import Message
from aichat.core.provider.endpoint import Endpoint
from aichat.errors import AichatError, Fault
from aichat.net.transport.websocket import ClosedError, Patience, WebSocket
from aichat.values import NamedTuple
from aichat.wires.realtime.closing import close_fault
from aichat.wires.realtime.codec import Codec, Greeting, Ready, Refused, SessionEvent

#: Takes what the server reports about the session meanwhile.
Note = Callable[[SessionEvent | None], object]


class LiveQuestion(NamedTuple):
    """A request over a socket: ``call`` opens the socket, with ``options``."""

    request: Request
    endpoint: Endpoint
    call: Call
    options: ConnectionOptions

    @property
    def bare(self) -> Request:
        """The request without its messages: the settings of a session."""
        system = tuple(m for m in self.request.messages if m.role == "system")
        return self.request._replace(messages=system)

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages; the system prompt belongs to the session."""
        return tuple(m for m in self.request.messages if m.role != "system")


def open_session(
    question: LiveQuestion,
    codec: Codec,
    handle: str | None,
    note: Note,
    as_sent: Callable[[str], str],
) -> WebSocket:
    """Open a socket with the wanted session on it; ``as_sent`` redacts what goes out.

    Errors: ``UpgradeRefusedError``, those of a socket, ``timeout``, the server's refusals.
    """
    call = question.call
    if handle and codec.resumed_url:
        call = call._replace(url=codec.resumed_url(call.url, handle))
    socket = WebSocket(call, question.options)
    seconds = question.options.first_byte
    try:
        if codec.greets:
            _await(socket, codec, Greeting, seconds, note)
        for frame in codec.encode_session(question.request, question.endpoint, handle):
            socket.send(as_sent(frame))
        _await(socket, codec, Ready, seconds, note)
    except ClosedError as error:
        socket.close()
        raise AichatError(close_fault(error.code, error.reason)) from error
    except BaseException:
        socket.close()
        raise
    return socket


def _await(
    socket: WebSocket, codec: Codec, kind: type[SessionEvent], seconds: float, note: Note
) -> None:
    """Wait for an event that the server must send first, whatever else it sends."""
    patience = Patience(seconds)
    while True:
        frame = socket.receive(patience.seconds)
        if frame is None or not patience.seconds:
            why, hint = f"no first byte within {seconds:g} s", "use --timeout S to wait longer"
            raise AichatError(Fault("timeout", why, hint, retryable=True))
        event = codec.read_event(frame)
        if isinstance(event, Refused):
            raise AichatError(event.fault)
        if isinstance(event, kind):
            return
        note(event)
