"""A page of the web to be attached: bounded, and never one of this machine or its network.

The address that was looked at is the one that is dialled, or a name could point elsewhere
a moment later. Behind a proxy it is the proxy that dials: names are looked at here all the
same, and one that only the proxy can resolve is its administrators' to allow.
"""

import ipaddress
import re
import socket
import time
from collections.abc import Callable
from html.parser import HTMLParser

from aichat.core.http.call import Call, Header
from aichat.core.http.connection import ConnectionOptions, host_of
from aichat.core.http.url import join_url, split_url
from aichat.errors import AichatError, Fault, usage_error
from aichat.net import http

#: Bytes of a page, seconds it may take in all, and how often it may point elsewhere.
MAX_BYTES, MAX_SECONDS, MAX_REDIRECTS = 2_000_000, 20.0, 5

#: Names that never are of the open net, whoever resolves them.
_INNER_DOMAINS = ("local", "localhost", "internal", "lan", "home", "corp", "intranet", "arpa")

_TEXT_TYPES = re.compile(r"text/|.*[/+](json|xml|yaml|javascript|toml)")


def is_public(address: str) -> bool:
    """Whether an IP address is of the open net: not private, loopback, link-local or reserved."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    return ip.is_global and not ip.is_multicast and (inner is None or inner.is_global)


def fetch_text(url: str, is_allowed: Callable[[str], bool] = is_public) -> str:
    """The text of a page; of HTML what there is to read.

    Errors: ``usage`` for what may not or cannot be attached, ``network`` for what does not come.
    """
    until = time.monotonic() + MAX_SECONDS
    for _ in range(MAX_REDIRECTS + 1):
        parts = split_url(url)
        if parts and parts.scheme not in ("http", "https"):
            raise usage_error(f"cannot attach {url}: only http and https")
        if parts is None or not http.is_address(url):
            raise usage_error(f"cannot attach {url}: it is no address")
        try:
            found = _fetch_page(url, _resolve_address(url, is_allowed), until)
        except AichatError as error:
            if error.fault.kind not in ("network", "timeout", "protocol"):
                raise
            raise _network_error(f"cannot fetch {url}: {error.fault.message}") from error
        if isinstance(found, _Page):
            return found.text()
        url, before = join_url(url, found) or "", url
        if not url:
            raise _network_error(f"{before} points to what is no address")
    raise _network_error(f"{url} points elsewhere again and again")


def _network_error(why: str) -> AichatError:
    return AichatError(Fault("network", why))


class _Page:
    """A page that came."""

    def __init__(self, url: str, kind: str, data: bytes) -> None:
        self._url, self._kind, self._data = url, kind, data

    def text(self) -> str:
        """What there is to read."""
        kind, _, rest = self._kind.partition(";")
        if (
            kind
            and not _TEXT_TYPES.fullmatch(kind.strip().lower())
            and not kind.startswith("text/")
        ):
            raise usage_error(f"cannot attach {self._url}: {kind.strip()} is no text")
        charset = re.search(r"charset=[\"']?([\w.-]+)", rest)
        try:
            text = self._data.decode(charset[1] if charset else "utf-8", "replace")
        except LookupError:
            text = self._data.decode("utf-8", "replace")
        return _html_text(text) if "html" in kind else text


def _resolve_address(url: str, is_allowed: Callable[[str], bool]) -> str | None:
    """The address to dial, which was looked at; None where a proxy does it.

    Errors: ``usage`` where it is not allowed, ``network`` where there is none.
    """
    host, proxied = host_of(url), http.proxy_for(url, ConnectionOptions()) is not None
    try:
        found = [str(place[0]) for *_, place in socket.getaddrinfo(host, None)]
    except (OSError, UnicodeError):
        if proxied and "." in host and host.rstrip(".").rpartition(".")[2] not in _INNER_DOMAINS:
            return None
        raise _network_error(f"no address of {host} can be found") from None
    for address in found:
        if not is_allowed(address):
            why = f"{host} is an address of this machine or its network ({address})"
            raise usage_error(f"cannot attach {url}: {why}")
    return None if proxied else found[0]


def _fetch_page(url: str, address: str | None, until: float) -> _Page | str:
    """The page, or where it is to be found."""
    left = _seconds_left(until)
    call = Call("GET", url, (Header("Accept", "text/*, */*;q=0.5"),))
    link = ConnectionOptions(connect=left, first_byte=left, idle=left)
    with http.open_response(call, link, address=address) as response:
        if response.location:
            return response.location
        if response.status != 200:
            raise _network_error(f"HTTP {response.status}")
        data = _read_body(response, url, until)
    return _Page(url, response.headers.get("content-type", ""), data)


def _read_body(response: http.Response, url: str, until: float) -> bytes:
    data = bytearray()
    for chunk in response.chunks():
        data += chunk
        if len(data) > MAX_BYTES:
            raise usage_error(f"{url} has more than {MAX_BYTES / 10**6:g} MB")
        _seconds_left(until)
    return bytes(data)


def _seconds_left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise _network_error(f"not there after {MAX_SECONDS:.0f} s")
    return left


def _html_text(html: str) -> str:
    reader = _TextExtractor()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


class _TextExtractor(HTMLParser):
    """The words of a page, a line for each block."""

    _HIDDEN_TAGS = frozenset(("script", "style", "noscript", "template", "svg"))
    _INLINE_TAGS = frozenset(
        (
            *("a", "abbr", "b", "bdi", "cite", "code", "em", "i", "kbd", "mark", "q", "s"),
            *("small", "span", "strong", "sub", "sup", "u"),
        )
    )

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._hidden_depth = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  its base's
        """A block begins a line."""
        self._hidden_depth += tag in self._HIDDEN_TAGS
        if tag not in self._INLINE_TAGS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """A block ends its line."""
        self._hidden_depth -= tag in self._HIDDEN_TAGS and self._hidden_depth > 0
        if tag not in self._INLINE_TAGS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        """Words, unless they are a script's."""
        if not self._hidden_depth:
            self.pieces.append(data)
