"""A page of the web to be attached: bounded, and never one of this machine or its network.

Not httpx's business: the address that was looked at must be the one that is dialled,
or a name could point elsewhere a moment later.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import SplitResult, urljoin, urlsplit

from aichat.errors import AichatError, Fault, usage_error

#: Bytes of a page, seconds it may take in all, and how often it may point elsewhere.
MAX_BYTES, MAX_SECONDS, MAX_REDIRECTS = 2_000_000, 20.0, 5

_TEXTS = re.compile(r"text/|.*[/+](json|xml|yaml|javascript|toml)")


def is_public(address: str) -> bool:
    """Whether an IP address is of the open net: not private, loopback, link-local or reserved."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    return ip.is_global and not ip.is_multicast and (inner is None or inner.is_global)


def fetched(url: str, allowed: Callable[[str], bool] = is_public) -> str:
    """The text of a page; of HTML what there is to read.

    Errors: ``usage`` for what may not or cannot be attached, ``network`` for what does not come.
    """
    until = time.monotonic() + MAX_SECONDS
    for _ in range(MAX_REDIRECTS + 1):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise usage_error(f"cannot attach {url}: only http and https")
        try:
            found = _one(url, parts, allowed, until)
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise AichatError(Fault("network", f"cannot fetch {url}: {why}")) from error
        if isinstance(found, _Page):
            return found.text()
        url = urljoin(url, found)
    raise AichatError(Fault("network", f"{url} points elsewhere again and again"))


class _Page:
    """A page that came."""

    def __init__(self, url: str, kind: str, data: bytes) -> None:
        self._url, self._kind, self._data = url, kind, data

    def text(self) -> str:
        """What there is to read."""
        kind, _, rest = self._kind.partition(";")
        if kind and not _TEXTS.fullmatch(kind.strip().lower()) and not kind.startswith("text/"):
            raise usage_error(f"cannot attach {self._url}: {kind.strip()} is no text")
        charset = re.search(r"charset=[\"']?([\w.-]+)", rest)
        try:
            text = self._data.decode(charset[1] if charset else "utf-8", "replace")
        except LookupError:
            text = self._data.decode("utf-8", "replace")
        return _readable(text) if "html" in kind else text


def _one(url: str, parts: SplitResult, allowed: Callable[[str], bool], until: float) -> _Page | str:
    """The page, or where it is to be found."""
    connection = _connection(parts, allowed, until)
    try:
        host = parts.netloc.rpartition("@")[2]
        headers = {"Host": host, "User-Agent": "aichat", "Accept": "text/*, */*;q=0.5"}
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        if location := response.status in range(300, 400) and response.getheader("location"):
            return str(location)
        if response.status != 200:
            raise AichatError(Fault("network", f"cannot fetch {url}: HTTP {response.status}"))
        data = _body(response, connection, until)
    finally:
        connection.close()
    if len(data) > MAX_BYTES:
        raise usage_error(f"{url} has more than {MAX_BYTES / 10**6:g} MB")
    return _Page(url, response.getheader("content-type") or "", data)


def _body(
    response: http.client.HTTPResponse, connection: http.client.HTTPConnection, until: float
) -> bytes:
    pieces: list[bytes] = []
    while sum(map(len, pieces)) <= MAX_BYTES:
        if connection.sock:
            connection.sock.settimeout(_left(until))
        piece = response.read1(1 << 16)
        if not piece:
            break
        pieces.append(piece)
        _left(until)
    return b"".join(pieces)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError(f"not there after {MAX_SECONDS:.0f} s")
    return left


def _connection(
    parts: SplitResult, allowed: Callable[[str], bool], until: float
) -> http.client.HTTPConnection:
    """A connection to an address that was looked at. Errors: ``usage`` where it is not allowed."""
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for *_, address in found:
        if not allowed(str(address[0])):
            why = f"{host} is an address of this machine or its network ({address[0]})"
            raise usage_error(f"cannot attach {parts.geturl()}: {why}")
    plain = socket.create_connection((str(found[0][4][0]), port), timeout=_left(until))
    connection = http.client.HTTPConnection(host, port)
    if parts.scheme == "https":
        connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    else:
        connection.sock = plain
    return connection


def _readable(html: str) -> str:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


class _Reader(HTMLParser):
    """The words of a page, a line for each block."""

    _SILENT = frozenset(("script", "style", "noscript", "template", "svg"))
    _INLINE = frozenset(
        (
            *("a", "abbr", "b", "bdi", "cite", "code", "em", "i", "kbd", "mark", "q", "s"),
            *("small", "span", "strong", "sub", "sup", "u"),
        )
    )

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  its base's
        """A block begins a line."""
        self._silent += tag in self._SILENT
        if tag not in self._INLINE:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """A block ends its line."""
        self._silent -= tag in self._SILENT and self._silent > 0
        if tag not in self._INLINE:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        """Words, unless they are a script's."""
        if not self._silent:
            self.pieces.append(data)
