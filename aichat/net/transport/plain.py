"""Sending over a plain socket, or over TLS, without loading more than necessary.

``http.client`` would load the e-mail parser, a tenth of a start, and read each piece through
two more buffers; heads and bodies are parsed by the strict decoders of ``core/http``.
"""

import errno
import re
import socket
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote

from aichat.core.http.connection import OnConnect
from aichat.core.http.http1 import BodyDecoder, Head, HeadDecoder, body_decoder, request_head
from aichat.net.transport import dial
from aichat.net.transport.messages import (
    Address,
    FailureKind,
    HttpAnswer,
    HttpRequest,
    Timeouts,
    TransportError,
)
from aichat.net.transport.pool import ConnectionPool, Place

if TYPE_CHECKING:
    from ssl import SSLContext

#: Bytes read at once; fewer for a stream, so that its cost can be watched as it grows.
_PIECE, _STREAM_PIECE = 1 << 16, 1 << 12

#: Bytes written at once, each time within the time-out.
_WRITTEN = 1 << 18

#: The most interim responses (100 Continue, 103 Early Hints), and the status after which no
#: HTTP follows.
_MAX_INTERIM, _SWITCHING_PROTOCOLS = 100, 101

#: Errors of a plain connection that is already lost.
_LOST = (BrokenPipeError, ConnectionResetError, ConnectionAbortedError)

#: Safe methods: sending such a request twice does no harm.
_SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))

#: How long a server keeps an idle connection, in its ``keep-alive`` header.
_KEPT_SECONDS = re.compile(r"(?:^|[,; ])timeout=(\d{1,6})")


class PlainTransport:
    """Sends one request, on a connection to ``place`` from ``pool`` or on a new one.

    ``context`` is None for ``http:``; ``on_connect`` gets a function that cuts the connection.
    """

    def __init__(
        self,
        context: "SSLContext | None",
        proxy: Address | None,
        on_connect: OnConnect | None,
        waiting: tuple[ConnectionPool, Place] | None = None,
    ) -> None:
        self._context, self._proxy, self._on_connect = context, proxy, on_connect
        self._waiting = waiting

    def send(self, request: HttpRequest) -> HttpAnswer:
        """Send ``request`` and return its response, whose body is read on demand.

        Errors: ``TransportError``.
        """
        if waiting := self._take():
            self._announce(waiting)
            try:
                return self._ask(waiting, request)
            except _UnreadError:
                pass  # the server had closed it, so it has not seen the request
        return self._ask(self._connect(request), request, is_new=True)

    def _take(self) -> socket.socket | None:
        if self._waiting is None:
            return None
        pool, place = self._waiting
        with _as_transport_errors("connect_timeout"):
            return pool.take(place)

    def _ask(
        self, connection: socket.socket, request: HttpRequest, *, is_new: bool = False
    ) -> HttpAnswer:
        """Errors: also ``_UnreadError``, unless the connection ``is_new``."""
        is_whole = False
        try:
            connection.settimeout(request.timeouts.write)
            is_whole = self._write(connection, request)
            connection.settimeout(request.timeouts.read)
            with _as_transport_errors("read_timeout"):
                head, rest = _read_head(connection)
                decoder = body_decoder(request.method, head.status, head.headers)
            keep = self._keeper(connection, head) if decoder.ends_itself else None
            body = _Body(connection, decoder, rest, request.timeouts, keep)
            is_stream = "event-stream" in head.headers.get("content-type", "")
            size = _STREAM_PIECE if is_stream else _PIECE
        except BaseException as error:
            unread = not is_new and _is_unread(error, request.method, is_whole)
            connection.close()
            if unread:
                raise _UnreadError from error
            raise
        return HttpAnswer(head.status, head.headers, body.pieces(size), body.close)

    def _keeper(self, connection: socket.socket, head: Head) -> "Callable[[_Body], object] | None":
        """What keeps the connection for the next request once this response is finished."""
        headers = head.headers
        ends = head.version == 0 or "close" in headers.get("connection", "").lower()
        if self._waiting is None or ends:
            return None
        pool, place = self._waiting
        said = _KEPT_SECONDS.search(headers.get("keep-alive", "").lower())
        seconds = max(int(said[1]) - 1.0, 0.0) if said else None
        return lambda body: pool.keep(place, connection, body.has_ended, seconds)

    def _connect(self, request: HttpRequest) -> socket.socket:
        address, proxy, seconds = request.address, self._proxy, request.timeouts.connect
        until = time.monotonic() + seconds
        host = proxy.host if proxy else request.dialled or address.host
        with _as_transport_errors("connect_timeout"):
            connection = dial.connect(host, (proxy or address).port, seconds)
            self._announce(connection)
            if self._context is None:
                return connection
            try:
                if proxy:
                    connection.settimeout(max(until - time.monotonic(), 0.001))
                    _open_tunnel(connection, address, proxy)
                left = until - time.monotonic()
                secured = dial.secure(connection, self._context, address.host, left)
            except BaseException:
                connection.close()
                raise
        self._announce(secured)
        return secured

    def _announce(self, connection: socket.socket) -> None:
        if self._on_connect:
            self._on_connect(partial(dial.shut_down, connection))

    def _write(self, connection: socket.socket, request: HttpRequest) -> bool:
        """Write the request; False if not all of it could be written.

        A server that answers before it has read everything is still listened to.
        """
        target, headers = request.address.target, request.headers
        if self._proxy and self._context is None:  # a proxy needs the whole URL
            target = f"http://{request.address.authority}{target}"
            headers = (*headers, *_login(self._proxy))
        with _as_transport_errors("write_timeout"), suppress(*self._lost()):
            for data in _with_head(request_head(request.method, target, headers), request.body):
                rest = memoryview(data)
                while rest:  # the time-out of sendall is for everything, ours for each piece
                    rest = rest[connection.send(rest[:_WRITTEN]) :]
            if request.on_sent:
                request.on_sent()
            return True
        return False

    def _lost(self) -> tuple[type[OSError], ...]:
        """Errors of a connection that is already lost while a request is written."""
        if self._context is None:
            return _LOST
        from ssl import SSLEOFError, SSLZeroReturnError

        return (*_LOST, SSLEOFError, SSLZeroReturnError)


def _with_head(head: bytes, body: Iterable[bytes]) -> Iterator[bytes]:
    """A request's bytes, with the head in one packet with a body that is small enough."""
    pieces = iter(body)
    first = next(pieces, b"")
    if len(first) < _PIECE:
        yield head + first
    else:
        yield head
        yield first
    yield from pieces


class _UnreadError(Exception):
    """A pooled connection was closed, and nothing of the request was read."""


def _is_unread(error: BaseException, method: str, is_whole: bool) -> bool:
    """Whether a request on a pooled connection can safely be sent again.

    A server may have read a completely written request, whatever happened afterwards.
    """
    is_lost = isinstance(error, TransportError) and error.kind == "lost"
    return is_lost and (method in _SAFE_METHODS or not is_whole)


def _open_tunnel(connection: socket.socket, address: Address, proxy: Address) -> None:
    """Open a tunnel through the proxy."""
    host = f"[{address.host}]" if ":" in address.host else address.host
    place = f"{host}:{address.port}"
    connection.sendall(request_head("CONNECT", place, [("Host", place), *_login(proxy)]))
    head, rest = _read_head(connection)
    if not 200 <= head.status < 300:
        raise TransportError("proxy", f"{head.status} {head.reason}")
    if rest:
        raise ValueError("a broken header: the proxy speaks before the server")


def _login(proxy: Address) -> list[tuple[str, str]]:
    """The headers that authenticate us at a proxy."""
    if not proxy.login:
        return []
    user, _, password = proxy.login.partition(":")
    given = b64encode(f"{unquote(user)}:{unquote(password)}".encode())
    return [("Proxy-Authorization", f"Basic {given.decode()}")]


class _DisconnectedError(ConnectionError):
    """The connection ended before any of a response came."""


def _read_head(connection: socket.socket) -> tuple[Head, bytes]:
    """The head of the final response, and the bytes after it.

    Errors: ``ValueError`` if it is none.
    """
    rest = b""
    for _ in range(_MAX_INTERIM):
        decoder = HeadDecoder()
        head = decoder.feed(rest) if rest else None
        while head is None:
            data = connection.recv(_STREAM_PIECE)
            if not data and decoder.has_begun:
                raise ValueError("an incomplete head")
            if not data:
                raise _DisconnectedError("disconnected")
            head = decoder.feed(data)
        if not 100 <= head.status < 200 or head.status == _SWITCHING_PROTOCOLS:
            return head, decoder.rest
        rest = decoder.rest
    raise ValueError("header: interim answers without end")


class _Body:
    """The body of a response, read on demand; ``rest`` came with the head.

    ``keep`` is called once it was read to the end, or nearly, if the connection can be reused.
    """

    def __init__(
        self,
        connection: socket.socket,
        decoder: BodyDecoder,
        rest: bytes,
        timeouts: Timeouts,
        keep: "Callable[[_Body], object] | None",
    ) -> None:
        self._connection, self._decoder, self._rest = connection, decoder, rest
        self._timeouts, self._keep = timeouts, keep
        self._seconds = timeouts.read  # as set on the connection

    def pieces(self, size: int) -> Iterator[bytes]:
        """The body as it arrives, at most ``size`` bytes at once.

        Errors: ``ValueError`` if it is cut off.
        """
        decoder, data = self._decoder, self._rest
        receive = self._connection.recv
        with _as_transport_errors("read_timeout"):
            while True:
                if data and (carried := decoder.feed(data)):
                    yield carried
                if decoder.has_ended:
                    return
                if self._timeouts.read != self._seconds:
                    self._seconds = self._timeouts.read
                    self._connection.settimeout(self._seconds)
                data = receive(size)
                if not data and decoder.ends_itself:
                    raise ValueError("an incomplete body")
                if not data:
                    return

    def close(self, is_wanted: bool) -> None:
        """Close the connection, which stops the server; if it ``is_wanted``, it may be kept."""
        if is_wanted and self._keep:
            self._keep(self)
        else:
            self._connection.close()

    def has_ended(self) -> bool:
        """Whether the whole body has come, after reading what is left without waiting."""
        decoder = self._decoder
        while not decoder.has_ended:
            data = self._connection.recv(_PIECE)
            if not data or decoder.feed(data):
                return False  # more of a response that nobody wants
        return not decoder.has_excess


@contextmanager
def _as_transport_errors(late: FailureKind) -> Iterator[None]:
    """Map errors of the standard library to a transport's; ``late`` is the kind of a time-out."""
    try:
        yield
    except TimeoutError as error:
        if error.errno == errno.ETIMEDOUT and late != "connect_timeout":  # the host does not answer
            raise TransportError("lost", str(error)) from error
        raise TransportError(late, "timed out") from error
    except ValueError as error:
        raise TransportError("lost", str(error)) from error
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):  # no fault of the network
            raise
        raise TransportError("lost", str(error)) from error
