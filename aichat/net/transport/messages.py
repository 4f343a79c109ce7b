"""What transports take and return: a request, a response, and how it may fail."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal
from urllib.parse import quote

from aichat.core.http.url import DEFAULT_PORTS, split_url
from aichat.values import NamedTuple

#: Our name for servers.
USER_AGENT = "aichat"

#: What has to be encoded in a path and in a query, unless it already is.
_UNSAFE_IN_PATH = re.compile(r"""%(?![0-9A-Fa-f]{2})|[^!$&'()*+,./0-9:;=@A-Z\[\\\]^_a-z|~%-]+""")
_UNSAFE_IN_QUERY = re.compile(
    r"""%(?![0-9A-Fa-f]{2})|[^!$&'()*+,./0-9:;=?@A-Z\[\\\]^_`a-z{|}~%-]+"""
)


#: What went wrong: a time-out, the proxy, or a lost connection.
FailureKind = Literal["connect_timeout", "read_timeout", "write_timeout", "proxy", "lost"]


class Address(NamedTuple):
    """A URL that can be requested; ``host`` is as it is looked up, without brackets.

    ``target`` is its path and query, encoded; ``login`` is what precedes an ``@``.
    """

    scheme: str
    host: str
    port: int
    target: str = "/"
    login: str = ""

    @property
    def authority(self) -> str:
        """Host and port, as in a URL and in ``Host``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS.get(self.scheme) else f"{host}:{self.port}"


def parse_address(url: str) -> Address | None:
    """The address in a URL; None if no request can be sent there."""
    parts = split_url(url)
    if parts is None or not parts.hostname or ("[" in parts.netloc and ":" not in parts.hostname):
        return None
    host = _looked_up(url, parts.hostname)
    if not host:
        return None
    query = f"?{_encode(_UNSAFE_IN_QUERY, parts.query)}" if parts.query else ""
    target = (_encode(_UNSAFE_IN_PATH, parts.path) or "/") + query
    port = parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    login = parts.netloc.rpartition("@")[0]
    return Address(parts.scheme, host, port, target, login)


def _encode(unsafe: re.Pattern[str], text: str) -> str:
    return unsafe.sub(lambda found: quote(found[0], safe=""), text)


def _looked_up(url: str, host: str) -> str:
    """A host as it is looked up; empty if it is invalid."""
    if host.isascii() and not host.startswith("xn--") and ".xn--" not in host:
        return host
    from aichat.net.httpx_library import httpx  # here, since few hosts are not ASCII

    try:
        parsed = httpx.URL(url)
        return parsed.raw_host.decode("ascii") if parsed.host else ""  # may raise
    except (httpx.InvalidURL, UnicodeError):
        return ""


class Timeouts:
    """Seconds to connect, for each piece written, and for each piece read.

    ``read`` may change while a response arrives.
    """

    def __init__(self, connect: float, write: float, read: float) -> None:
        self.connect, self.write, self.read = connect, write, read


class HttpRequest(NamedTuple):
    """A request as it goes over the wire.

    ``dialled`` is the address to connect to instead of the host, which is still named.
    ``on_sent`` is called when all of it has been written.
    """

    method: str
    address: Address
    headers: tuple[tuple[str, str], ...]
    body: Iterable[bytes]
    timeouts: Timeouts
    dialled: str | None = None
    on_sent: Callable[[], None] | None = None


class HttpAnswer(NamedTuple):
    """A response whose body is still arriving. Header names are lower-case.

    ``close`` ends its connection, unless given True: then it may serve the next request.
    """

    status: int
    headers: Mapping[str, str]
    body: Iterator[bytes]
    close: Callable[[bool], None]


class TransportError(Exception):
    """A request that failed; its cause says more."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
