"""How httpx sends a request: over the standard library's ``http.client``, which is lighter.

``AICHAT_TRANSPORT=httpx`` has httpx's own transport do it, as do proxies of other kinds than
``http://``. What ``http.client`` is lax about and a provider would never send is refused here.
"""

import errno
import http.client
import os
import re
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import cast
from urllib.parse import unquote

from aichat.core.http.chunked import ChunkedDecoder
from aichat.core.http.connection import OnConnect
from aichat.errors import config_error
from aichat.net import dial
from aichat.net.library import httpx

#: Bytes that are read, and written, at once; of a stream so few that whoever watches what it
#: costs sees it grow.
_PIECE, _STREAM_PIECE = 1 << 16, 1 << 12

#: Answers that may come before the one that counts (100 Continue, 103 Early Hints).
_MAX_INTERIM = 100

#: What no header may hold.
_CONTROL = re.compile(r"[\0\r\n]")

#: What a connection that is already lost says while a request is written.
_LOST = (
    BrokenPipeError,
    ConnectionResetError,
    ConnectionAbortedError,
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
)


def is_plain_wanted() -> bool:
    """Whether this transport is to be used, and not httpx's own (exit 3 for another name)."""
    name = os.environ.get("AICHAT_TRANSPORT", "")
    if name not in ("", "plain", "httpx"):
        raise config_error(f"AICHAT_TRANSPORT: unknown transport '{name}'", "plain or httpx")
    return name != "httpx"


class PlainTransport(httpx.BaseTransport):
    """One connection a request, made for it and closed with its answer.

    ``context`` is None for ``http:``; ``on_connect`` is given what cuts the connection.
    """

    def __init__(
        self, context: ssl.SSLContext | None, proxy: str | None, on_connect: OnConnect | None
    ) -> None:
        self._context, self._on_connect = context, on_connect
        self._proxy = httpx.URL(proxy) if proxy else None
        if context:
            context.set_alpn_protocols(["http/1.1"])

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request`` and give its answer; its body is read as it is asked for.

        Errors: those of httpx.
        """
        timeouts = request.extensions["timeout"]
        connection = self._connect(request, timeouts["connect"])
        try:
            connection.settimeout(timeouts["write"])
            self._write(connection, request)
            connection.settimeout(timeouts["read"])
            with _as_httpx_errors(httpx.ReadTimeout, httpx.ReadError):
                answer = _read_head(connection, request.method)
                body = _Body(answer, connection, timeouts)
        except BaseException:
            connection.close()
            raise
        headers = [
            (name.encode("latin-1"), value.encode("latin-1", "replace"))
            for name, value in answer.headers.items()
        ]
        return httpx.Response(answer.status, headers=headers, stream=body)

    def _connect(self, request: httpx.Request, seconds: float) -> socket.socket:
        until = time.monotonic() + seconds
        url, proxy = request.url, self._proxy
        peer = proxy or url
        with _as_httpx_errors(httpx.ConnectTimeout, httpx.ConnectError):
            connection = dial.connect(peer.host, _port_of(peer), seconds)
        self._announce(connection)
        if self._context is None:
            return connection
        try:
            if proxy:
                connection.settimeout(max(until - time.monotonic(), 0.001))
                with _as_httpx_errors(httpx.ConnectTimeout, httpx.ConnectError):
                    _open_tunnel(connection, url, proxy)
            name = request.extensions.get("sni_hostname") or url.host
            with _as_httpx_errors(httpx.ConnectTimeout, httpx.ConnectError):
                secured = dial.secure(connection, self._context, name, until - time.monotonic())
        except BaseException:
            connection.close()
            raise
        self._announce(secured)
        return secured

    def _announce(self, connection: socket.socket) -> None:
        if self._on_connect:
            self._on_connect(partial(shut_down, connection))

    def _write(self, connection: socket.socket, request: httpx.Request) -> None:
        """Write the whole request; a server that answers before it has read all is listened to."""
        target, headers = request.url.raw_path.decode("ascii"), request.headers.raw
        if self._proxy and self._context is None:  # it passes on what names its place in full
            target = f"http://{request.url.netloc.decode('ascii')}{target}"
            headers = [*headers, *_login(self._proxy)]
        with _as_httpx_errors(httpx.WriteTimeout, httpx.WriteError), suppress(*_LOST):
            _write_head(connection, request.method, target, headers)
            for data in cast(Iterable[bytes], request.stream):
                rest = memoryview(data)
                while rest:  # a time-out of sendall is for all of it, ours for each piece
                    connection.sendall(rest[:_PIECE])
                    rest = rest[_PIECE:]


def shut_down(connection: socket.socket) -> None:
    """End what another thread reads or writes; below TLS, whose own end is not for two threads."""
    with suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _port_of(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _open_tunnel(connection: socket.socket, url: httpx.URL, proxy: httpx.URL) -> None:
    """Have the proxy pass on whatever comes."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    place = f"{host}:{_port_of(url)}"
    _write_head(connection, "CONNECT", place, [(b"Host", place.encode("ascii")), *_login(proxy)])
    answer = _read_head(connection, "HEAD")  # whatever it says, no body follows
    answer.close()
    if not 200 <= answer.status < 300:
        raise httpx.ProxyError(f"{answer.status} {answer.reason}")


def _login(proxy: httpx.URL) -> list[tuple[bytes, bytes]]:
    """Who we are for a proxy that asks."""
    if not proxy.userinfo:
        return []
    user, _, password = proxy.userinfo.decode("ascii").partition(":")
    given = b64encode(f"{unquote(user)}:{unquote(password)}".encode())
    return [(b"Proxy-Authorization", b"Basic " + given)]


def _write_head(
    connection: socket.socket, method: str, target: str, headers: list[tuple[bytes, bytes]]
) -> None:
    writer = http.client.HTTPConnection("")
    writer.sock = connection
    writer.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    for name, value in headers:
        writer.putheader(name, value)
    writer.endheaders()


class _Head(http.client.HTTPResponse):
    """The status and headers of an answer; interim answers before it are passed over."""

    def begin(self) -> None:
        super().begin()
        for _ in range(_MAX_INTERIM):
            if not 100 <= self.status < 200 or self.status == http.client.SWITCHING_PROTOCOLS:
                return
            self.headers = None  # type: ignore[assignment]
            super().begin()
        raise http.client.HTTPException("header: interim answers without end")


def _read_head(connection: socket.socket, method: str) -> _Head:
    """The head of an answer. Errors: ``http.client.HTTPException`` for what is none."""
    answer = _Head(connection, method=method)
    answer.begin()
    values = answer.headers.values()
    if answer.headers.defects or any(_CONTROL.search(value) for value in values):
        raise http.client.HTTPException("a broken header")
    lengths = set(answer.headers.get_all("content-length", []))
    if len(lengths) > 1 or not all(map(str.isdecimal, lengths)):
        raise http.client.HTTPException("a Content-Length that is none")
    coding = answer.headers.get("transfer-encoding", "chunked").strip().lower()
    if coding != "chunked":
        raise http.client.HTTPException("an unknown Transfer-Encoding")
    return answer


class _Body(httpx.SyncByteStream):
    """The body of an answer, which is read on where it was left, however often it is begun.

    The read time-out may change between two pieces.
    """

    def __init__(
        self, answer: _Head, connection: socket.socket, timeouts: dict[str, float]
    ) -> None:
        self._answer, self._connection, self._timeouts = answer, connection, timeouts
        is_stream = "event-stream" in answer.headers.get("content-type", "")
        self._size = _STREAM_PIECE if is_stream else _PIECE
        pieces = self._chunks() if answer.chunked else self._lengths()
        self._pieces: Iterator[bytes] = iter(()) if answer.length == 0 else pieces

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx_errors(httpx.ReadTimeout, httpx.ReadError):
            yield from self._pieces

    def close(self) -> None:
        """Close the connection; what was not read is not wanted."""
        self._answer.close()
        self._connection.close()

    def _chunks(self) -> Iterator[bytes]:
        decoder = ChunkedDecoder()
        while not decoder.has_ended:
            data = self._read(self._size)
            if not data:
                raise http.client.HTTPException("an incomplete chunked body")
            carried = decoder.feed(data)
            if carried:
                yield carried

    def _lengths(self) -> Iterator[bytes]:
        left = self._answer.length
        while left is None or left > 0:
            data = self._read(self._size if left is None else min(left, self._size))
            if not data and left is None:
                return
            if not data:
                raise http.client.HTTPException("an incomplete body")
            left = None if left is None else left - len(data)
            yield data

    def _read(self, size: int) -> bytes:
        self._connection.settimeout(self._timeouts["read"])
        return self._answer.fp.read1(size)


@contextmanager
def _as_httpx_errors(
    late: type[httpx.TimeoutException], lost: type[httpx.NetworkError]
) -> Iterator[None]:
    """What the standard library raises as what httpx would."""
    try:
        yield
    except TimeoutError as error:
        raise late("timed out") from error
    except http.client.RemoteDisconnected as error:
        raise httpx.RemoteProtocolError("disconnected") from error
    except http.client.BadStatusLine as error:
        raise httpx.RemoteProtocolError("no status line") from error
    except http.client.LineTooLong as error:
        raise httpx.RemoteProtocolError("Receive buffer too long") from error
    except (http.client.HTTPException, ValueError) as error:
        raise httpx.RemoteProtocolError(str(error)) from error
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):  # no fault of the net
            raise
        raise lost(str(error)) from error
