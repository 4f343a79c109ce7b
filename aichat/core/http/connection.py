"""How a server is reached, and whether it is this machine."""

import re
from collections.abc import Callable

from aichat.core.http.url import split_url
from aichat.values import NamedTuple

#: Called for each new connection, with a function that cuts it from another thread.
OnConnect = Callable[[Callable[[], None]], object]


class ConnectionOptions(NamedTuple):
    """The options of a connection; times are in seconds."""

    connect: float = 10.0
    first_byte: float = 120.0
    idle: float = 300.0
    ca_bundle: str | None = None  # a file, or "system"
    client_cert: tuple[str, ...] = ()  # files: certificate and key in one, or in two
    proxy: str | None = None
    on_connect: OnConnect | None = None


def host_of(url: str) -> str:
    """The host of a URL, without port; empty if there is none."""
    parts = split_url(url)
    return (parts and parts.hostname) or ""


def has_host(url: str) -> bool:
    """Whether a URL has a host that can be looked up, and, if it names a port, a valid one."""
    return host_of(url) != ""


def is_loopback(host: str) -> bool:
    """Whether a host, a name or an address, is this machine."""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None
