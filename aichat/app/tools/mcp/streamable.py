"""A server over HTTP: each message is a POST, answered by JSON or an event stream."""

import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from shlex import quote
from typing import Any

from aichat.app.tools.mcp.channel import (
    CAPABILITIES,
    Connected,
    Ears,
    McpServerError,
    ProgressEar,
    Wanted,
    quoted,
    server_error,
)
from aichat.app.tools.mcp.oauth.tokens import TokenKeeper
from aichat.app.tools.mcp.server import McpServer
from aichat.app.tools.source import CallControl
from aichat.core.http.call import Call, Header
from aichat.core.http.connection import ConnectionOptions
from aichat.core.http.sse import SseReader
from aichat.errors import AichatError, Fault
from aichat.net import http
from aichat.process.programs.server import MAX_LINE
from aichat.process.threads import start_thread
from aichat.wires.mcp import messages
from aichat.wires.mcp.headers import message_headers
from aichat.wires.mcp.messages import NO_ID, Era, McpError, McpReply, ServerNote, ServerRequest
from aichat.wires.mcp.negotiation import Negotiation, Step
from aichat.wires.mcp.oauth import Challenge, parse_challenge

_SESSION = "mcp-session-id"

#: Seconds that a response may be silent; calls are limited elsewhere, and can be cancelled.
_IDLE_SECONDS = 600.0

#: Seconds for a server to accept a cancellation.
_CANCEL_SECONDS = 10.0

#: The most streams for one response, and the longest wait for the next, in seconds.
_MAX_STREAMS, _LONGEST_RETRY = 100, 60.0

_NOT_FOUND, _AUTH = 404, {401: "auth", 403: "permission"}


class HttpChannel:
    """The connection to a server by its address; ``headers`` go to that host only.

    A server of the older era would ask us on a stream that we do not open: it is told that we
    have no capabilities.
    """

    is_open = True

    def __init__(
        self, server: McpServer, headers: Sequence[tuple[str, str]], login: TokenKeeper, ears: Ears
    ) -> None:
        self._name, self._label, self._url = server.name, server.label, server.url
        self._given = server.given or server.name
        self._ears, self._login = ears, login
        self._own = tuple(Header(*header) for header in headers)
        self._era, self._ids = Era(capabilities=CAPABILITIES), count(1)
        self._session = ""

    def connect(self, seconds: float) -> Connected:
        """Find out the server's era. Errors: as of ``Channel``."""
        negotiation = Negotiation(CAPABILITIES, {})
        self._era, self._session = Era(capabilities=CAPABILITIES), ""
        step = negotiation.hear_discovery(self._ask("discover", seconds))
        while step.era is None:
            if not step.ask:
                why = step.fault or "it speaks none of our versions"
                raise server_error(self._label, f"refused: {quoted(why)}", "protocol")
            reply = self._ask(step.ask, seconds)
            step = self._hear(negotiation, step, reply)
        self._era = step.era
        if not self._era.is_modern:
            self._send(messages.notification("notifications/initialized"), seconds)
        return Connected(self._era, step.about)

    @staticmethod
    def _hear(negotiation: Negotiation, step: Step, reply: McpReply) -> Step:
        if step.ask == "discover":
            return negotiation.hear_discovery(reply)
        return negotiation.hear_beginning(reply)

    def _ask(self, question: str, seconds: float) -> McpReply:
        id_ = next(self._ids)
        if question == "discover":
            try:
                return self._exchange(messages.discover(id_, self._era), self._era, seconds)
            except McpServerError as error:
                if error.fault.status is None or error.fault.status in _AUTH:
                    raise
                return McpReply(id_, error=McpError(0, error.fault.message))  # unknown method
        era = Era(messages.LEGACY[0], is_modern=False)
        return self._exchange(messages.initialize(id_, {}), era, seconds)

    def request(self, wanted: Wanted) -> McpReply:
        """The response; a session that the server has forgotten is begun again, once.

        Errors: as of ``Channel``.
        """
        had_session = self._session
        try:
            return self._request(wanted)
        except AichatError as error:
            if not (had_session and error.fault.status == _NOT_FOUND):
                raise
        self.connect(wanted.seconds or _IDLE_SECONDS)  # nothing was executed: it had no session
        return self._request(wanted)

    def _request(self, wanted: Wanted) -> McpReply:
        id_, control = next(self._ids), wanted.control
        sent = messages.request(
            id_, wanted.method, wanted.params, self._era, with_progress=control is not None
        )
        if control and not self._era.is_modern:  # closing a stream means nothing there
            control.on_cancel(lambda: start_thread(partial(self._try_send_cancelled, id_)))
        seconds = wanted.seconds or _IDLE_SECONDS
        return self._exchange(sent, self._era, seconds, wanted.schema, control)

    def _exchange(
        self,
        message: Mapping[str, Any],
        era: Era,
        seconds: float,
        schema: Mapping[str, Any] | None = None,
        control: CallControl | None = None,
    ) -> McpReply:
        """Send a request and read its response, from as many streams as necessary."""
        id_, cuts = int(message["id"]), _Cuts(control)
        hear = ProgressEar(id_, control).hear
        options = ConnectionOptions(first_byte=seconds, idle=seconds, on_connect=cuts.add)
        sent = Call(
            "POST", self._url, message_headers(message, era, schema), (messages.encode(message),)
        )
        last_id = ""
        for _ in range(_MAX_STREAMS):
            reader = SseReader()
            reader.last_id = last_id
            read = partial(self._read, reader=reader, id_=id_, hear=hear)
            reply = self._ask_authorized(sent, era, cuts, options, read)
            if reply:
                return reply
            cuts.wait(min(reader.retry_ms / 1000, _LONGEST_RETRY))
            last_id = reader.last_id
            own = (Header("Accept", "text/event-stream"), Header("Last-Event-ID", last_id))
            version = Header("MCP-Protocol-Version", era.version)
            sent = Call("GET", self._url, (*own, version))
        raise server_error(self._label, f"no answer on {_MAX_STREAMS} streams", "protocol")

    def _ask_authorized(
        self,
        sent: Call,
        era: Era,
        cuts: "_Cuts",
        options: ConnectionOptions,
        read: Callable[[http.Response], McpReply | None],
    ) -> McpReply | None:
        """The result of ``read``; a request with an expired token is sent again, once."""
        token, others = self._token(), True
        while True:
            call = sent._replace(headers=self._all_headers(sent.headers, era, token))
            try:
                with self._translated(cuts), http.send(call, options) as response:
                    return read(response)
            except McpAuthError as error:
                token = self._login.token_after(token, error.challenge) if others else ""
                others = False
                if not token:
                    raise

    def _read(
        self,
        response: http.Response,
        reader: SseReader,
        id_: int,
        hear: Callable[[ServerNote], None],
    ) -> McpReply | None:
        """The response on one stream; None if the server continues it on another."""
        self._session = response.headers.get(_SESSION, self._session)
        if response.status in _AUTH:
            challenge = parse_challenge(response.headers.get("www-authenticate", ""))
            raise self._auth_error(response.status, challenge)
        for text in _texts(response, reader):
            reply = self._heed(text, id_, hear)
            if reply:
                return reply
        is_id = reader.last_id.isascii() and reader.last_id.isprintable()
        if reader.last_id and is_id and not self._era.is_modern:
            return None
        raise self._status_error(response.status)

    def _heed(self, text: str, id_: int, hear: Callable[[ServerNote], None]) -> McpReply | None:
        """Handle one message: the response, or a notification meanwhile."""
        message = messages.parse_message(text)
        if isinstance(message, McpReply) and message.id in (id_, NO_ID):
            return message
        if isinstance(message, ServerNote):
            self._ears.note(message)
            hear(message)
        if isinstance(message, ServerRequest):
            self._send(messages.answer(message, self._ears.answer(message)), _IDLE_SECONDS)
        return None

    def _try_send_cancelled(self, id_: int) -> None:
        with suppress(AichatError):  # nobody waits for it
            self._send(messages.cancelled(id_), _CANCEL_SECONDS)

    def _send(self, message: Mapping[str, Any], seconds: float) -> None:
        """Send a notification."""
        headers = self._all_headers(message_headers(message, self._era), self._era, self._token())
        call = Call("POST", self._url, headers, (messages.encode(message),))
        options = ConnectionOptions(first_byte=seconds, idle=seconds)
        with self._translated(_Cuts(None)), http.send(call, options) as response:
            response.read()

    def _token(self) -> str:
        """The login's token; empty if the config has credentials for this server."""
        is_set = any(header.name.lower() == "authorization" for header in self._own)
        return "" if is_set else self._login.token()

    def _all_headers(self, headers: Sequence[Header], era: Era, token: str) -> tuple[Header, ...]:
        """The headers of a message, with those for this server only."""
        login = (Header("Authorization", f"Bearer {token}"),) if token else ()
        held = self._session and not era.is_modern
        session = (Header("Mcp-Session-Id", self._session),) if held else ()
        return (*headers, *self._own, *login, *session)

    def _status_error(self, status: int) -> AichatError:
        """The error for a status without a response in it."""
        kind = "server" if status >= 500 else "protocol"
        why = "the answer is none" if status < 400 else "it refused"
        return server_error(self._label, why, kind, status=status)

    def _auth_error(self, status: int, challenge: Challenge) -> "McpAuthError":
        """The error if a login is needed, or is not enough."""
        hint = f"aichat mcp login {quote(self._given)}"
        if challenge == Challenge():
            hint += f"; or set key_env, key_command or headers in [mcp.{self._name}]"
        why = "it refused" if challenge == Challenge() else "it wants a login"
        if challenge.error == "insufficient_scope":
            why = f"it refused: the login lacks {quoted(challenge.scope) or 'a scope'}"
        fault = server_error(self._label, why, _AUTH[status], hint, status).fault
        return McpAuthError(fault, challenge)

    @contextmanager
    def _translated(self, cuts: "_Cuts") -> Iterator[None]:
        """Turn errors of the transport into a line that names the server."""
        try:
            yield
        except AichatError as error:
            if cuts.was_cut:
                raise server_error(self._label, "cancelled", "interrupted") from None
            if isinstance(error, McpServerError):
                raise
            kind, message, hint = error.fault[:3]
            status = error.fault.status
            raise server_error(self._label, quoted(message), kind, hint, status) from error

    def close(self) -> None:
        """End the session, if the server supports that."""
        if not self._session:
            return
        with suppress(AichatError):
            call = Call("DELETE", self._url, self._all_headers((), self._era, self._token()))
            with http.send(call, ConnectionOptions(2.0, 2.0, 2.0)) as response:
                response.read()
        self._session = ""


class McpAuthError(McpServerError):
    """A server requires a login, or another one: ``challenge`` says which."""

    def __init__(self, fault: Fault, challenge: Challenge) -> None:
        super().__init__(fault)
        self.challenge = challenge


class _Cuts:
    """Cuts the connections of one request once its response is no longer wanted."""

    def __init__(self, control: CallControl | None) -> None:
        self._cuts: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._over = threading.Event()
        if control:
            control.on_cancel(self.cut)

    @property
    def was_cut(self) -> bool:
        """Whether the response is no longer wanted."""
        return self._over.is_set()

    def wait(self, seconds: float) -> None:
        """Wait for so many seconds, or until it is cut."""
        self._over.wait(seconds)

    def add(self, cut: Callable[[], None]) -> None:
        """Add a connection."""
        self._cuts.put(cut)
        if self.was_cut:
            self.cut()

    def cut(self) -> None:
        """Cut all connections."""
        self._over.set()
        with suppress(queue.Empty):
            while True:
                self._cuts.get_nowait()()


def _texts(response: http.Response, reader: SseReader) -> Iterator[str]:
    """The messages of a response as they come, limited to the size of one line."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/event-stream":
        for chunk in response.chunks(MAX_LINE):
            for frame in reader.feed(chunk):
                if frame.data:
                    yield frame.data
        for frame in reader.close():
            if frame.data and frame.whole:
                yield frame.data
    elif kind == "application/json":
        yield b"".join(response.chunks(MAX_LINE)).decode("utf-8", "replace")
