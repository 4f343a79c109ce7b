"""A ``Call`` goes out, bytes come back, faults have names."""

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from aichat.core.http.call import Call
from aichat.core.http.connection import ConnectionOptions, has_host, host_of
from aichat.core.http.error_response import title_of
from aichat.core.http.sse import Frame, SseReader, is_keepalive
from aichat.core.http.url import join_url, split_url
from aichat.core.text.redact import mask_url
from aichat.errors import AichatError, Fault, config_error
from aichat.net import tls
from aichat.net.library import httpx
from aichat.net.proxy import proxy_for
from aichat.net.transport import PlainTransport, is_plain_wanted, shut_down
from aichat.process.threads import run_within

#: A whole stream, and the body of an error: beyond it the server is not the API.
MAX_STREAM, MAX_ERROR = 256 * 1024 * 1024, 1024 * 1024
USER_AGENT = "aichat"

#: Seconds for a server to tell its time.
_CLOCK_SECONDS = 5.0

#: Methods that need not say that they bring no body.
_BODILESS_METHODS = frozenset(("GET", "HEAD", "DELETE", "OPTIONS"))


class Response:
    """An answer whose body is still on its way. Header names are lower-case."""

    def __init__(
        self, answer: httpx.Response, timeouts: dict[str, float], options: ConnectionOptions
    ) -> None:
        self.status = answer.status_code
        self.headers: Mapping[str, str] = {k.lower(): v for k, v in answer.headers.items()}
        self._answer, self._timeouts, self._options = answer, timeouts, options
        self._has_begun = False

    @property
    def location(self) -> str | None:
        """Where a redirect points; ``None`` where the answer is none."""
        return self.headers["location"] if self._answer.has_redirect_location else None

    def chunks(self, limit: float = MAX_STREAM) -> Generator[bytes, None, None]:
        """The body as it arrives, decompressed, at most ``limit`` bytes of it.

        Until its first byte the first-byte time-out holds, then the idle one.
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
        """What ``reader`` makes of the body, chunk by chunk, and its last frames.

        Errors: ``timeout`` where nothing of an event comes for the idle time-out, whatever
        else does: a keep-alive keeps the connection, but not for ever.
        """
        heard, heard_at = reader.event_bytes, time.monotonic()
        try:
            with contextlib.closing(self.chunks()) as chunks:
                for chunk in chunks:
                    frames = reader.feed(chunk)
                    came = frames and not all(map(is_keepalive, frames))
                    if came or reader.event_bytes != heard:
                        heard, heard_at = reader.event_bytes, time.monotonic()
                    elif time.monotonic() - heard_at > self._options.idle:
                        raise AichatError(_silence_fault(self._options.idle))
                    yield frames
        except AichatError:
            yield reader.close()
            raise
        yield reader.close()

    def read(self, limit: int = MAX_ERROR) -> bytes:
        """The body as one piece, cut at ``limit`` bytes: for errors."""
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
        """The body's pieces, the first of them under the first-byte time-out.

        httpx reads its time-out once an iteration, so a second one takes the idle value over.
        """
        stream: Any = self._answer.stream
        first = iter(stream)
        with contextlib.suppress(StopIteration):
            piece = next(first)
            self._has_begun = True
            yield piece
            self._timeouts["read"] = self._options.idle
            yield from stream


@contextlib.contextmanager
def send(
    call: Call, options: ConnectionOptions, on_sent: Callable[[], None] | None = None
) -> Iterator[Response]:
    """Send ``call`` and give its answer; redirects are not followed.

    ``on_sent`` is called when the request has been written, and the waiting begins.
    Errors: ``network`` or ``timeout``, each naming what happened to which host;
    retryable where the request cannot have been answered.
    """
    with open_response(call, options, on_sent) as response:
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
) -> Iterator[Response]:
    """The same, where a redirect is an answer like any other.

    ``address`` is dialled in place of the URL's host, which is named all the same.
    """
    request, timeouts = _build_request(call, options, on_sent)
    proxy = proxy_for(call.url, options)
    peer = _Peer(call.url, proxy, address)
    _direct(request, peer)
    with _make_transport(call.url, options, proxy) as transport:
        with _translate_errors(lambda: _first_byte_message(options), peer, options.connect):
            answer = transport.handle_request(request)
        try:
            yield Response(answer, timeouts, options)
        finally:
            answer.close()


class _Peer(NamedTuple):
    """Who a connection is with: the URL's host, by its proxy or by the address to dial."""

    url: str
    proxy: str | None = None
    address: str | None = None


def _direct(request: httpx.Request, peer: _Peer) -> None:
    """Have a request go where it is to go, and say the name that it was given."""
    if peer.address:
        request.extensions["sni_hostname"] = host_of(peer.url)
        request.url = request.url.copy_with(host=peer.address)
    if peer.proxy and request.url.scheme == "http" and ":" in host_of(peer.url):
        request.extensions["target"] = str(request.url).encode()  # httpcore drops the brackets


def _build_request(
    call: Call, options: ConnectionOptions, on_sent: Callable[[], None] | None
) -> tuple[httpx.Request, dict[str, float]]:
    timeouts = {
        "connect": options.connect,
        "read": options.first_byte,
        "write": options.idle,
        "pool": options.connect,
    }
    headers = [(header.name, header.value) for header in call.headers]
    named = {header.name.lower() for header in call.headers}
    ours = (("user-agent", USER_AGENT), ("accept-encoding", "identity"))
    headers += [header for header in ours if header[0] not in named]
    if call.size or call.method not in _BODILESS_METHODS:
        headers.append(("content-length", str(call.size)))
    url = _parse_url(call.url)
    if url is None:
        raise config_error(f"base URL {mask_url(call.url)}: not a valid URL")
    watched = (
        {"trace": partial(_watch_connection, options.on_connect)} if options.on_connect else {}
    )
    request = httpx.Request(
        call.method,
        url,
        headers=headers,
        content=_pieces(call.body, on_sent),
        extensions={"timeout": timeouts, **watched},
    )
    request.headers.pop("transfer-encoding", None)  # for a body of unknown length: we know it
    return request, timeouts


def is_address(url: str) -> bool:
    """Whether a request can be sent to ``url`` at all."""
    return _parse_url(url) is not None


def _parse_url(url: str) -> httpx.URL | None:
    """None for what no request can be sent to; httpx is choosier with names than others."""
    if not has_host(url):
        return None
    try:
        parsed = httpx.URL(url)
        return parsed if parsed.host else None  # which decodes the name
    except (httpx.InvalidURL, UnicodeError):
        return None


def _pieces(body: Iterable[bytes], on_sent: Callable[[], None] | None) -> Iterator[bytes]:
    """The body; the end of it is asked for when all that came before has been written."""
    yield from body
    if on_sent:
        on_sent()


def _watch_connection(
    on_connect: Callable[[Callable[[], None]], object], event: str, info: Any
) -> None:
    """Hear what httpcore does: a socket that is there, or takes the place of one under TLS."""
    if event.endswith(("connect_tcp.complete", "start_tls.complete")):
        on_connect(partial(shut_down, info["return_value"].get_extra_info("socket")))


def _make_transport(url: str, options: ConnectionOptions, proxy: str | None) -> httpx.BaseTransport:
    context = (
        tls.make_context(options, httpx.create_ssl_context) if url.startswith("https:") else None
    )
    if proxy and not is_address(proxy):
        raise config_error(
            "proxy: it is not a valid address", "HTTPS_PROXY, or proxy in [providers.ID]"
        )
    if is_plain_wanted() and not (proxy and not proxy.startswith("http://")):
        return PlainTransport(context, proxy, options.on_connect)
    try:
        return httpx.HTTPTransport(verify=context or False, proxy=proxy)
    except ImportError:
        from aichat.process.installation import install_command  # of no use while all goes well

        raise config_error(
            "a SOCKS proxy needs the extra 'socks'", install_command("socks")
        ) from None
    except (ValueError, httpx.InvalidURL) as error:
        raise config_error(f"proxy: {error}") from None


def _unpacked(pieces: Iterable[bytes], encoding: str) -> Iterable[bytes]:
    """The pieces of a body, inflated where it came compressed."""
    if not encoding:
        return pieces
    from aichat.net.inflate import inflate  # nobody asked for it: few servers compress

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
    """httpx's exceptions as ours, in this one place; ``silence`` words a read time-out."""
    try:
        yield
    except httpx.ConnectTimeout as error:
        raise _network_error(peer, f"no connection within {connect:g} s", error) from error
    except (httpx.ReadTimeout, httpx.WriteTimeout) as error:
        what = silence() if isinstance(error, httpx.ReadTimeout) else "sending stalled"
        raise AichatError(Fault("timeout", what, "use --timeout S to wait longer")) from error
    except httpx.ProxyError as error:
        raise _network_error(None, f"the proxy refused: {error}", error) from error
    except httpx.UnsupportedProtocol as error:
        raise config_error(f"base URL {mask_url(peer.url) if peer else None}: {error}") from error
    except (httpx.TransportError, httpx.StreamError) as error:
        from aichat.net.causes import cause_of  # of no use while all goes well

        raise _network_error(peer, cause_of(error), error) from error


def _network_error(peer: _Peer | None, why: str, error: BaseException) -> AichatError:
    from aichat.net.causes import chain

    refusal = next((below for below in chain(error) if isinstance(below, ssl.SSLError)), None)
    hint = tls.hint(refusal, partial(_read_date, peer), time.time()) if refusal and peer else ""
    host = _failed_host(peer, refusal) if peer else ""
    message = f"{host}: {why}" if host else why
    final = hint or any(isinstance(below, socket.gaierror) for below in chain(error))
    return AichatError(Fault("network", message, hint, retryable=not final))


def _failed_host(peer: _Peer, refusal: ssl.SSLError | None) -> str:
    """Whose fault it is: the proxy's, unless the host was heard through it."""
    through = refusal is not None and (peer.proxy or "").startswith("http:")
    return host_of(peer.url if through or not peer.proxy else peer.proxy)


def _read_date(peer: _Peer) -> str:
    """What a server says of the time, asked the way that the request went; else nothing.

    Its certificate is not looked at, since our clock may be why it was refused:
    nothing is sent but the wish for its date, and nothing else is believed.
    """
    cuts: list[Callable[[], None]] = []
    options = ConnectionOptions(
        _CLOCK_SECONDS, _CLOCK_SECONDS, _CLOCK_SECONDS, on_connect=cuts.append
    )

    def ask() -> str:
        call = Call("HEAD", str(httpx.URL(peer.url).copy_with(raw_path=b"/")), ())
        request, _ = _build_request(call, options, None)
        _direct(request, peer)
        verify = tls.unchecked_context()
        with httpx.HTTPTransport(verify=verify, proxy=peer.proxy) as transport:
            answer = transport.handle_request(request)
            answer.close()
            return str(answer.headers.get("date", ""))

    try:
        return run_within(_CLOCK_SECONDS, ask, Exception)
    except (TimeoutError, httpx.HTTPError, OSError):
        return ""
    finally:
        for cut in cuts:
            cut()


def html_fault(response: Response, url: str, body: bytes) -> Fault:
    """The fault of a 200 that is a web page: a captive portal, a login."""
    page = body[:4096].decode("utf-8", "replace")
    what = f"not the API: HTML from host {host_of(url)}{title_of(page)}"
    return Fault("protocol", what, "check the base URL and the network", status=response.status)
