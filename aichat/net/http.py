"""Sending a ``Call`` and reading the response, with errors mapped to faults."""

import contextlib
import socket
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Protocol

from aichat.core.http.call import Call
from aichat.core.http.connection import ConnectionOptions, host_of
from aichat.core.http.error_response import title_of
from aichat.core.http.sse import Frame, SseReader, is_keepalive
from aichat.core.http.url import join_url, split_url
from aichat.core.text.redact import mask_url
from aichat.errors import AichatError, Fault, config_error
from aichat.net.proxy import proxy_for
from aichat.net.transport import dial, gate
from aichat.net.transport.messages import (
    USER_AGENT,
    HttpAnswer,
    HttpRequest,
    Timeouts,
    TransportError,
    parse_address,
)
from aichat.net.transport.plain import PlainTransport
from aichat.net.transport.pool import ConnectionPool, is_plain_wanted, place_of
from aichat.process.threads import run_within
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from ssl import SSLContext, SSLError

#: The most bytes of a stream, and of an error's body: beyond that the server is not the API.
MAX_STREAM, MAX_ERROR = 256 * 1024 * 1024, 1024 * 1024

#: Seconds to wait for a server's time.
_CLOCK_SECONDS = 5.0

#: Methods that need no ``content-length: 0``.
_BODILESS_METHODS = frozenset(("GET", "HEAD", "DELETE", "OPTIONS"))

_REDIRECTS = frozenset((301, 302, 303, 307, 308))


class Response:
    """A response whose body is still arriving. Header names are lower-case."""

    def __init__(self, answer: HttpAnswer, timeouts: Timeouts, options: ConnectionOptions) -> None:
        self.status, self.headers = answer.status, answer.headers
        self._body, self._timeouts, self._options = answer.body, timeouts, options
        self._has_begun = False

    @property
    def location(self) -> str | None:
        """The target of a redirect; None if it is none."""
        return self.headers.get("location") if self.status in _REDIRECTS else None

    def chunks(self, limit: float = MAX_STREAM) -> Generator[bytes, None, None]:
        """The body as it arrives, decompressed, at most ``limit`` bytes of it.

        The first-byte time-out applies until the first byte, then the idle one.
        Errors: ``protocol`` if there is more.
        """
        size = 0
        with (
            _translate_errors(self._timeout_message),
            contextlib.closing(self._raw_pieces()) as pieces,
        ):
            for data in _unpacked(pieces, self.headers.get("content-encoding", "")):
                size += len(data)
                if size > limit:
                    raise AichatError(
                        Fault("protocol", f"the answer is over {int(limit) >> 20} MB")
                    )
                yield data

    def frames(self, reader: SseReader) -> Generator[list[Frame], None, None]:
        """The frames that ``reader`` makes of the body, chunk by chunk, and its last ones.

        Errors: ``timeout`` if no part of an event arrives within the idle time-out: keep-alives
        keep the connection, but not for ever.
        """
        listening = _Listening(self._options.idle)
        try:
            with contextlib.closing(self.chunks()) as chunks:
                for chunk in chunks:
                    frames = reader.feed(chunk)
                    if listening.is_silent(frames, reader.event_bytes):
                        raise AichatError(_silence_fault(self._options.idle))
                    yield frames
        except AichatError:
            yield reader.close()
            raise
        yield reader.close()

    def read(self, limit: int = MAX_ERROR) -> bytes:
        """The body as one piece, cut at ``limit`` bytes, for errors."""
        pieces, size = [], 0
        for chunk in self.chunks():
            pieces.append(chunk[: limit - size])
            size += len(pieces[-1])
            if size >= limit:
                break
        return b"".join(pieces)

    def _timeout_message(self) -> str:
        idle = f"no data for {self._options.idle:g} s"
        return idle if self._has_begun else _first_byte_message(self._options)

    def _raw_pieces(self) -> Generator[bytes, None, None]:
        """The body's pieces, the first under the first-byte time-out."""
        for piece in self._body:
            if not self._has_begun:
                self._has_begun = True
                self._timeouts.read = self._options.idle
            yield piece


class _Listening:
    """For how long a stream has brought no part of an event, but for those that say nothing."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._heard_at = self._grown_at = time.monotonic()
        self._size = 0

    def is_silent(self, frames: list[Frame], size: int) -> bool:
        """Whether it is too long; given what has just come, and the size of the unfinished event.

        An event that grows is a sign of life until it turns out to say nothing, wherever the
        reads have cut it.
        """
        now = time.monotonic()
        if frames and not all(map(is_keepalive, frames)):
            self._heard_at = self._grown_at = now
        elif size > self._size:
            self._grown_at = now
        elif size < self._size:
            self._grown_at = self._heard_at
        self._size = size
        return now - self._grown_at > self._seconds


@contextlib.contextmanager
def send(
    call: Call,
    options: ConnectionOptions,
    on_sent: Callable[[], None] | None = None,
    pool: ConnectionPool | None = None,
) -> Iterator[Response]:
    """Send ``call`` and return its response; redirects are not followed.

    ``on_sent`` is called when the request has been written. A connection may be taken
    from ``pool``, and goes back there afterwards.
    Errors: ``network`` or ``timeout``, each naming what happened to which host;
    retryable if the request cannot have been answered.
    """
    with open_response(call, options, on_sent, pool=pool) as response:
        location = response.location
        if location is not None:
            parts = split_url(join_url(call.url, location) or "")
            target = (parts and parts.netloc.rpartition("@")[2]) or "an invalid address"
            raise AichatError(
                Fault(
                    "protocol",
                    f"{response.status}: {host_of(call.url)} redirects to {target}; "
                    "not followed, to keep the key from another host",
                    "check the base URL",
                    status=response.status,
                )
            )
        yield response


@contextlib.contextmanager
def open_response(
    call: Call,
    options: ConnectionOptions,
    on_sent: Callable[[], None] | None = None,
    address: str | None = None,
    pool: ConnectionPool | None = None,
) -> Iterator[Response]:
    """The same, except that a redirect is returned like any response.

    ``address`` is dialled instead of the URL's host, which is still named in the request.
    """
    tape, timeouts = gate.rules().tape, Timeouts(options.connect, options.idle, options.first_byte)
    if tape and tape.plays:
        answer = tape.play(call, on_sent)
    else:
        peer = _Peer(call.url, proxy_for(call.url, options), address)
        request = _build_request(call, peer, timeouts, on_sent)
        send = partial(_make_transport(peer, options, pool).send, request)
        with _translate_errors(lambda: _first_byte_message(options), peer, options.connect):
            answer = tape.record(call, send) if tape else send()
    is_wanted = False
    try:
        yield Response(answer, timeouts, options)
        is_wanted = True
    finally:
        answer.close(is_wanted)


class _Peer(NamedTuple):
    """The other end of a connection: the URL's host, via its proxy or the address to dial."""

    url: str
    proxy: str | None = None
    address: str | None = None


def _build_request(
    call: Call,
    peer: _Peer,
    timeouts: Timeouts,
    on_sent: Callable[[], None] | None = None,
) -> HttpRequest:
    body = gate.pass_out(call.url, call.body)
    address = parse_address(call.url)
    if address is None or address.scheme not in ("http", "https"):
        raise config_error(f"base URL {mask_url(call.url)}: not a valid URL")
    headers = [(header.name, header.value) for header in call.headers]
    named = {header.name.lower() for header in call.headers}
    ours = (("user-agent", USER_AGENT), ("accept-encoding", "identity"))
    headers += [header for header in ours if header[0] not in named]
    if call.size or call.method not in _BODILESS_METHODS:
        headers.append(("content-length", str(call.size)))
    if "host" not in named:
        headers.insert(0, ("Host", address.authority))
    return HttpRequest(call.method, address, tuple(headers), body, timeouts, peer.address, on_sent)


def is_address(url: str) -> bool:
    """Whether a request can be sent to ``url`` at all."""
    return parse_address(url) is not None


class Transport(Protocol):
    """Sends one request."""

    def send(self, request: HttpRequest) -> HttpAnswer: ...  # noqa: D102


def _make_transport(
    peer: _Peer,
    options: ConnectionOptions,
    pool: ConnectionPool | None = None,
    context: "SSLContext | None" = None,
) -> Transport:
    """Our own transport, unless the user wants httpx's, or a proxy that only that one supports.

    ``context`` says whom to trust, unless the options do. Errors: ``config``.
    """
    make_context = partial(dial.tls_context, options)
    place = None if peer.proxy or peer.address else place_of(peer.url, options)
    if context is None and peer.url.startswith("https:"):
        context = pool.context(place, make_context) if pool and place else make_context()
    proxy = parse_address(peer.proxy) if peer.proxy else None
    if peer.proxy and proxy is None:
        raise config_error(
            "proxy: it is not a valid address", "HTTPS_PROXY, or proxy in [providers.ID]"
        )
    if is_plain_wanted() and (proxy is None or proxy.scheme == "http"):
        waiting = (pool, place) if pool and place else None
        return PlainTransport(context, proxy, options.on_connect, waiting)
    from aichat.net.transport.over_httpx import HttpxTransport  # here, since it loads httpx

    return HttpxTransport(context, peer.proxy, options.on_connect)


def _unpacked(pieces: Iterable[bytes], encoding: str) -> Iterable[bytes]:
    """The pieces of a body, decompressed if necessary."""
    if not encoding:
        return pieces
    from aichat.net.inflate import inflate  # here, since few servers compress unasked

    return inflate(pieces, encoding)


def _silence_fault(seconds: float) -> Fault:
    message = f"no event for {seconds:g} s, only signs of life"
    return Fault("timeout", message, "use --timeout S to wait longer")


def _first_byte_message(options: ConnectionOptions) -> str:
    return f"no first byte within {options.first_byte:g} s"


@contextlib.contextmanager
def _translate_errors(
    silence: Callable[[], str], peer: _Peer | None = None, connect: float = 0.0
) -> Iterator[None]:
    """Map a transport's errors to ours, only here; ``silence`` names a read time-out."""
    try:
        yield
    except TransportError as error:
        if error.kind == "connect_timeout":
            raise _network_error(peer, f"no connection within {connect:g} s", error) from error
        if error.kind in ("read_timeout", "write_timeout"):
            what = silence() if error.kind == "read_timeout" else "sending stalled"
            raise AichatError(Fault("timeout", what, "use --timeout S to wait longer")) from error
        if error.kind == "proxy":
            raise _network_error(None, f"the proxy refused: {error}", error) from error
        from aichat.net.causes import cause_of  # here, since it is only needed for errors

        raise _network_error(peer, cause_of(error), error) from error


def _network_error(peer: _Peer | None, why: str, error: BaseException) -> AichatError:
    from aichat.net import tls
    from aichat.net.causes import chain, tls_refusal

    refusal = tls_refusal(error)
    hint = tls.hint(refusal, partial(_read_date, peer), time.time()) if refusal and peer else ""
    host = _failed_host(peer, refusal) if peer else ""
    message = f"{host}: {why}" if host else why
    final = hint or any(isinstance(below, socket.gaierror) for below in chain(error))
    return AichatError(Fault("network", message, hint, retryable=not final))


def _failed_host(peer: _Peer, refusal: "SSLError | None") -> str:
    """Who failed: the proxy, unless the host was reached through it."""
    through = refusal is not None and (peer.proxy or "").startswith("http:")
    return host_of(peer.url if through or not peer.proxy else peer.proxy)


def _read_date(peer: _Peer) -> str:
    """A server's ``Date``, asked for by the same route as the request; empty if unknown.

    Its certificate is not checked, since our clock may be why it was refused: only the
    date is asked for, and nothing else is believed.
    """
    cuts: list[Callable[[], None]] = []
    seconds = _CLOCK_SECONDS
    options = ConnectionOptions(seconds, seconds, seconds, on_connect=cuts.append)

    def ask() -> str:
        from aichat.net.tls import unchecked_context

        call = Call("HEAD", join_url(peer.url, "/") or peer.url, ())
        request = _build_request(call, peer, Timeouts(seconds, seconds, seconds))
        answer = _make_transport(peer, options, context=unchecked_context()).send(request)
        answer.close(False)
        return answer.headers.get("date", "")

    try:
        return run_within(seconds, ask, Exception)
    except (TimeoutError, TransportError, AichatError, OSError):
        return ""
    finally:
        for cut in cuts:
            cut()


def html_fault(response: Response, url: str, body: bytes) -> Fault:
    """The fault of a 200 that is a web page: a captive portal, or a login."""
    page = body[:4096].decode("utf-8", "replace")
    what = f"not the API: HTML from host {host_of(url)}{title_of(page)}"
    return Fault("protocol", what, "check the base URL and the network", status=response.status)
