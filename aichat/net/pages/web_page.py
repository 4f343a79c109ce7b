"""Fetching a web page to attach: bounded, and never from this machine or its network.

The address that was checked is the one that is dialled, since a name could point elsewhere
a moment later. With a proxy, the proxy dials: names are still checked here, and whether one
that only the proxy can resolve is allowed is up to its administrators.
"""

import codecs
import re
import socket
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from aichat.core.http.call import Call, Header
from aichat.core.http.connection import ConnectionOptions, host_of
from aichat.core.http.url import join_url, split_url
from aichat.core.media.media_type import HEAD_BYTES, media_type
from aichat.errors import AichatError, Fault, usage_error
from aichat.net import http
from aichat.net.pages.page_text import html_text
from aichat.net.pages.public_address import is_public
from aichat.net.proxy import proxy_for
from aichat.net.transport import gate
from aichat.process.threads import run_within
from aichat.values import NamedTuple

#: The most bytes of a page, seconds it may take in all, and redirects.
MAX_BYTES, MAX_SECONDS, MAX_REDIRECTS = 2_000_000, 20.0, 5

#: Domains that are never public, whoever resolves them.
_INNER_DOMAINS = ("local", "localhost", "internal", "lan", "home", "corp", "intranet", "arpa")

#: The least seconds for the last of several connections; the deadline still applies.
_LEAST_SECONDS = 0.1

#: Takes a function that cuts a connection.
OnConnect = Callable[[Callable[[], None]], object]

T = TypeVar("T")
#: Reads a response, given its URL and whether that is on this machine or its network.
_Reader = Callable[[http.Response, str, bool], T]

_CHARSET = re.compile(
    r"utf-?8|utf-?16(-?[lb]e)?|(us-)?ascii|iso[-_]?8859[-_]\d+|latin[-_]?\d+|windows-\d+|cp\d+"
    r"|koi8-[rut]|mac(intosh|-?roman)|shift[-_]jis|sjis|euc[-_](jp|kr)|iso-2022-(jp|kr)"
    r"|gbk|gb2312|gb18030|big5(-?hkscs)?|tis-620"
)

_TEXT_TYPES = re.compile(r"text/|.*[/+](json|xml|yaml|javascript|toml)")


class FileHead(NamedTuple):
    """The beginning of a file at a URL, and its size in bytes if known.

    ``is_local``: it is on this machine or its network, so nobody else can fetch it.
    """

    data: bytes
    size: int | None
    is_local: bool


class FetchedPage(NamedTuple):
    """What was found at a URL: text, or media of type ``mime``, of which no more was read.

    ``is_local``: it is on this machine or its network, so nobody else can fetch it.
    """

    text: str = ""
    mime: str | None = None
    is_local: bool = False


def fetch_page(
    url: str,
    is_allowed: Callable[[str], bool] = is_public,
    *,
    allow_local: bool = False,
    stays: bool = False,
    on_connect: OnConnect | None = None,
) -> FetchedPage:
    """Fetch a page: its text (for HTML, without markup), or the type of anything else.

    With ``allow_local`` the named host may be anywhere, but not the target of a redirect: a
    page must not choose what we fetch from here. With ``stays`` redirects to another host are
    an error that names it. ``on_connect`` gets a function that cuts the connection.
    Errors: ``usage`` for what may not or cannot be attached, ``network`` if it does not arrive.
    """
    host = host_of(url)
    rule = _Rule(is_allowed, host if allow_local else None, host if stays else None)
    return _fetch(url, rule, _read_page, on_connect)


def fetch_bytes(url: str, limit: int, *, allow_local: bool = False) -> bytes:
    """Everything at a URL, at most ``limit`` bytes. Errors: as in ``fetch_page``."""

    def read(response: http.Response, url: str, _is_local: bool) -> bytes:
        return _read_body(response, url, limit)

    return _fetch(url, _Rule(is_public, host_of(url) if allow_local else None), read)


def look_at(url: str, count: int, *, allow_local: bool = False) -> FileHead:
    """The first ``count`` bytes of a file. Errors: as in ``fetch_page``."""

    def read(response: http.Response, _url: str, is_local: bool) -> FileHead:
        pieces, data = iter(response.chunks()), b""
        while len(data) < count and (piece := next(pieces, b"")):
            data += piece
        return FileHead(data[:count], _told_size(response), is_local)

    return _fetch(url, _Rule(is_public, host_of(url) if allow_local else None), read)


def fetch_file(
    url: str,
    write: Callable[[bytes], object],
    limit: int,
    *,
    allow_local: bool = False,
) -> None:
    """Pass a file of at most ``limit`` bytes to ``write`` as it arrives, however long that takes.

    Errors: as in ``fetch_page``, except that it may take any time unless it stalls.
    """

    def read(response: http.Response, url: str, _is_local: bool) -> None:
        size = 0
        for piece in response.chunks(float("inf")):
            size += len(piece)
            if size > limit:
                raise usage_error(f"{url} has more than {limit / 10**6:g} MB")
            write(piece)

    rule = _Rule(is_public, host_of(url) if allow_local else None)
    _follow(url, rule, lambda _: None, read, seconds=None)


def _told_size(response: http.Response) -> int | None:
    told = response.headers.get("content-length", "")
    return int(told) if told.isdecimal() else None


def dial_address(url: str, *, allow_local: bool = False) -> str | None:
    """The address to dial for a URL; None if a proxy dials.

    Errors: ``usage`` for one on this machine or its network, unless allowed; ``network``
    if there is none.
    """
    return _resolve_address(url, _Rule(is_public, host_of(url) if allow_local else None)).ip


def is_inner(url: str) -> bool:
    """Whether a URL is on this machine or its network. Errors: ``network``."""
    return _resolve_address(url, _Rule(is_public, host_of(url))).is_local


def _fetch(url: str, rule: "_Rule", read: "_Reader[T]", on_connect: OnConnect | None = None) -> T:
    cuts: list[Callable[[], None]] = []  # of the connections, so that none is left open

    def keep_cut(cut: Callable[[], None]) -> None:
        cuts.append(cut)
        if on_connect:
            on_connect(cut)

    try:
        return run_within(MAX_SECONDS, lambda: _follow(url, rule, keep_cut, read), Exception)
    except TimeoutError:
        raise _network_error(f"cannot fetch {url}: not loaded after {MAX_SECONDS:g} s") from None
    finally:
        for cut in cuts:
            cut()


class _Rule(NamedTuple):
    """Which addresses may be dialled, the host that may have any, and the only host, if set."""

    is_allowed: Callable[[str], bool]
    local_host: str | None
    only_host: str | None = None


def _follow(
    url: str,
    rule: _Rule,
    on_connect: OnConnect,
    read: "_Reader[T]",
    seconds: float | None = MAX_SECONDS,
) -> T:
    """What ``read`` returns for the page at the end of ``url``'s redirects, within ``seconds``."""
    until = None if seconds is None else time.monotonic() + seconds
    for _ in range(MAX_REDIRECTS + 1):
        parts = split_url(url)
        if parts and parts.scheme not in ("http", "https"):
            raise usage_error(f"cannot attach {url}: only http and https")
        if parts is None or not http.is_address(url):
            raise usage_error(f"cannot attach {url}: it is not a valid address")
        try:
            terms = _make_terms(until, on_connect)
            found = _open_page(url, _resolve_address(url, rule), terms, read)
        except AichatError as error:
            if error.fault.kind not in ("network", "timeout", "protocol"):
                raise
            raise _network_error(f"cannot fetch {url}: {error.fault.message}") from error
        if not isinstance(found, _Elsewhere):
            return found
        url, before = join_url(url, found.location) or "", url
        if not url:
            raise _network_error(f"{before} redirects to an invalid address")
        if rule.only_host not in (None, host_of(url)):
            raise usage_error(f"{before} redirects to another host: {url}")
    raise _network_error(f"{url} redirects too many times")


def _network_error(why: str) -> AichatError:
    return AichatError(Fault("network", why))


class _Elsewhere(NamedTuple):
    """The target of a redirect."""

    location: str


def _read_page(response: http.Response, url: str, is_local: bool) -> FetchedPage:
    """Text, or the media type by the first bytes, whatever the server says."""
    pieces = iter(response.chunks())
    head = b""
    while len(head) < HEAD_BYTES and (piece := next(pieces, b"")):
        head += piece
    mime = media_type(head[:HEAD_BYTES])
    if mime:
        return FetchedPage(mime=mime, is_local=is_local)
    kind = response.headers.get("content-type", "")
    return FetchedPage(_page_text(url, kind, _join(head, pieces, url, MAX_BYTES)))


def _page_text(url: str, content_type: str, data: bytes) -> str:
    """The text of a page."""
    kind, _, rest = content_type.partition(";")
    if kind and not _TEXT_TYPES.fullmatch(kind.strip().lower()) and not kind.startswith("text/"):
        raise usage_error(f"cannot attach {url}: {kind.strip()} is not text")
    charset = re.search(r"charset=[\"']?([\w.-]+)", rest)
    text = data.decode(_known_charset(charset[1] if charset else ""), "replace")
    return html_text(text) if "html" in content_type.lower() else text


def _known_charset(name: str) -> str:
    """The codec of a charset that pages use; other Python codecs decompress, run or fail."""
    lower = name.lower()
    return lower if _CHARSET.fullmatch(lower) and _is_codec(lower) else "utf-8"


def _is_codec(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True


class _Address(NamedTuple):
    """The address to dial, which was checked; None if a proxy dials."""

    ip: str | None = None
    is_local: bool = False


def _resolve_address(url: str, rule: _Rule) -> _Address:
    """The address to dial. Errors: ``usage`` if it is not allowed, ``network`` if there is none."""
    if gate.plays_back():
        return _Address()
    gate.check_host(url)  # before its name is looked up
    host, proxied = host_of(url), proxy_for(url, ConnectionOptions()) is not None
    try:
        found = [str(place[0]) for *_, place in socket.getaddrinfo(host, None)]
    except (OSError, UnicodeError):
        if proxied and "." in host and host.rstrip(".").rpartition(".")[2] not in _INNER_DOMAINS:
            return _Address()
        raise _network_error(f"cannot resolve {host}") from None
    inner = [address for address in found if not rule.is_allowed(address)]
    if inner and host != rule.local_host:
        why = f"{host} is an address of this machine or its network ({inner[0]})"
        raise usage_error(f"cannot attach {url}: {why}", "--allow-local lets it through")
    return _Address(None if proxied else found[0], bool(inner))


def _make_terms(until: float | None, on_connect: OnConnect) -> ConnectionOptions:
    if until is None:
        return ConnectionOptions(first_byte=MAX_SECONDS, idle=MAX_SECONDS, on_connect=on_connect)
    left = max(until - time.monotonic(), _LEAST_SECONDS)
    return ConnectionOptions(connect=left, first_byte=left, idle=left, on_connect=on_connect)


def _open_page(
    url: str, address: _Address, terms: ConnectionOptions, read: "_Reader[T]"
) -> T | _Elsewhere:
    """What ``read`` returns for a page, or where it redirects to."""
    call = Call("GET", url, (Header("Accept", "text/*, */*;q=0.5"),))
    with http.open_response(call, terms, address=address.ip) as response:
        if response.location:
            return _Elsewhere(response.location)
        if response.status != 200:
            raise _network_error(f"HTTP {response.status}")
        return read(response, url, address.is_local)


def _read_body(response: http.Response, url: str, limit: int) -> bytes:
    return _join(b"", response.chunks(), url, limit)


def _join(head: bytes, pieces: Iterable[bytes], url: str, limit: int) -> bytes:
    data = bytearray(head)
    for chunk in pieces:
        data += chunk
        if len(data) > limit:
            break
    if len(data) > limit:
        raise usage_error(f"{url} has more than {limit / 10**6:g} MB")
    return bytes(data)
