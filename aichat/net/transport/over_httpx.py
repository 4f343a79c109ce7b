"""Sending over httpx's own transport, the only one that supports SOCKS."""

import contextlib
import ssl
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from aichat.core.http.connection import OnConnect
from aichat.core.http.http1 import join_fields
from aichat.errors import config_error
from aichat.net.httpx_library import httpx
from aichat.net.transport.dial import shut_down
from aichat.net.transport.messages import (
    FailureKind,
    HttpAnswer,
    HttpRequest,
    Timeouts,
    TransportError,
)


class HttpxTransport:
    """One connection per request, closed with its response."""

    def __init__(
        self, context: ssl.SSLContext | None, proxy: str | None, on_connect: OnConnect | None
    ) -> None:
        self._on_connect, self._has_proxy = on_connect, proxy is not None
        try:
            self._transport = httpx.HTTPTransport(verify=context or False, proxy=proxy)
        except ImportError:
            from aichat.process.installation import install_command  # for this error only

            raise config_error(
                "a SOCKS proxy needs the extra 'socks'", install_command("socks")
            ) from None
        except (ValueError, httpx.InvalidURL) as error:
            raise config_error(f"proxy: {error}") from None

    def send(self, request: HttpRequest) -> HttpAnswer:
        """Send ``request`` and return its response, whose body is read on demand.

        Errors: ``TransportError``.
        """
        limits = {
            "connect": request.timeouts.connect,
            "read": request.timeouts.read,
            "write": request.timeouts.write,
            "pool": request.timeouts.connect,
        }
        try:
            with _as_transport_errors():
                answer = self._transport.handle_request(self._make(request, limits))
        except BaseException:
            self._transport.close()
            raise
        fields = [(name.lower(), value) for name, value in answer.headers.multi_items()]
        body = _pieces(answer.stream, limits, request.timeouts)
        return HttpAnswer(answer.status_code, join_fields(fields), body, self._closer(answer))

    def _closer(self, answer: httpx.Response) -> Callable[[bool], None]:
        def close(_is_wanted: bool) -> None:
            answer.close()
            self._transport.close()  # otherwise it keeps its connection

        return close

    def _make(self, request: HttpRequest, limits: dict[str, float]) -> httpx.Request:
        address = request.address
        extensions: dict[str, Any] = {"timeout": limits}
        url = f"{address.scheme}://{address.authority}{address.target}"
        if self._on_connect:
            extensions["trace"] = partial(_watch_connection, self._on_connect)
        made = httpx.Request(
            request.method, url, headers=request.headers, content=_written(request)
        )
        made.headers.pop("transfer-encoding", None)  # the length is known
        made.extensions = extensions
        if request.dialled:
            made.extensions["sni_hostname"] = address.host
            made.url = made.url.copy_with(host=request.dialled)
        if self._has_proxy and address.scheme == "http" and ":" in address.host:
            made.extensions["target"] = url.encode()  # httpcore drops the brackets
        return made


def _written(request: HttpRequest) -> Iterator[bytes]:
    """The body; its end is asked for once everything before it has been written."""
    yield from request.body
    if request.on_sent:
        request.on_sent()


def _watch_connection(on_connect: OnConnect, event: str, info: Any) -> None:
    """Watch httpcore for a new socket, or one wrapped in TLS."""
    if event.endswith(("connect_tcp.complete", "start_tls.complete")):
        on_connect(partial(shut_down, info["return_value"].get_extra_info("socket")))


def _pieces(stream: Any, limits: dict[str, float], timeouts: Timeouts) -> Iterator[bytes]:
    """The body's pieces. httpx reads its time-out once per iteration, so a second one adopts it."""
    with _as_transport_errors():
        first = iter(stream)  # kept: without it httpx would close the connection
        with contextlib.suppress(StopIteration):
            yield next(first)
            limits["read"] = timeouts.read
            yield from stream


_LATE: dict[type[Exception], FailureKind] = {
    httpx.ConnectTimeout: "connect_timeout",
    httpx.ReadTimeout: "read_timeout",
    httpx.WriteTimeout: "write_timeout",
    httpx.ProxyError: "proxy",
}


@contextlib.contextmanager
def _as_transport_errors() -> Iterator[None]:
    try:
        yield
    except (httpx.TransportError, httpx.StreamError) as error:
        raise TransportError(_LATE.get(type(error), "lost"), str(error)) from error
