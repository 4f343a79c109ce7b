"""Open connections waiting for a request: opened ahead of time, or left by the last one.

So no request waits for a connection: it is opened while the program still loads, or while
the user types. One that its server has closed meanwhile is silently discarded.
"""

import contextlib
import os
import select
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from aichat.core.http.connection import ConnectionOptions, host_of
from aichat.core.http.url import DEFAULT_PORTS, split_url
from aichat.errors import AichatError, config_error
from aichat.net.proxy import proxy_for
from aichat.net.transport import dial, gate
from aichat.process.threads import run_in_thread
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from ssl import SSLContext, SSLSocket

#: Seconds to keep a connection unless its server says: less than load balancers do.
_IDLE_SECONDS = 55.0

#: TCP keep-alive: seconds of silence before the first probe, between probes, and how many may go
#: unanswered. Middleboxes forget silent connections.
_PROBES = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}

#: Milliseconds for data on a kept connection to be acknowledged, since it may be dead.
_UNHEARD_MS = 10_000


class Place(NamedTuple):
    """The target of a direct connection, and whom it trusts."""

    scheme: str
    host: str
    port: int
    ca_bundle: str | None = None
    client_cert: tuple[str, ...] = ()


class _Kept(NamedTuple):
    """A waiting connection, until when, and whether the last response on it has ended."""

    connection: socket.socket
    until: float
    has_ended: Callable[[], bool]


class ConnectionPool:
    """The open connections of the program, ``most`` of them to one place; thread-safe."""

    def __init__(self, most: int = 1) -> None:
        self._lock, self._most = threading.Lock(), most  # per place
        self._kept: dict[Place, list[_Kept]] = {}
        self._opening: dict[Place, Callable[[], socket.socket]] = {}
        self._opened: set[Place] = set()  # places opened ahead
        self._contexts: dict[Place, SSLContext] = {}
        self._is_closed = False

    def context(self, place: Place, make: "Callable[[], SSLContext]") -> "SSLContext":
        """The TLS context for a place, made once."""
        with self._lock:
            if place not in self._contexts:
                self._contexts[place] = make()
            return self._contexts[place]

    def open_ahead(self, url: str, options: ConnectionOptions) -> None:
        """Start connecting to ``url``, unless there is a connection, or one is being opened.

        Nothing is done if a proxy or httpx will be used. A failure is not reported, since the
        request itself will fail then.
        """
        goes_out = gate.is_open(url) and not gate.plays_back()
        place = place_of(url, options) if goes_out else None
        if place is None or not is_plain_wanted() or proxy_for(url, options):
            return
        with self._lock:
            if self._is_closed or place in self._opening or self._is_ready(place):
                return
            work = partial(self._open, place, options)
            self._opening[place] = run_in_thread(work, Exception)
        if place.scheme == "https":
            # loaded by this thread: in the other one it would take turns with what this one loads
            with contextlib.suppress(AichatError):
                self.context(place, partial(dial.tls_context, options))

    def _open(self, place: Place, options: ConnectionOptions) -> socket.socket:
        until = time.monotonic() + options.connect
        if place.scheme == "https":
            context = partial(self.context, place, partial(dial.tls_context, options))
            connection = dial.connect(place.host, place.port, options.connect, context)
            connection = dial.secure(connection, context(), place.host, until - time.monotonic())
        else:
            connection = dial.connect(place.host, place.port, options.connect)
        if self._is_closed:
            connection.close()
        self._opened.add(place)
        return connection

    def is_open(self, url: str, options: ConnectionOptions) -> bool:
        """Whether ``take`` would return a connection at once."""
        place = place_of(url, options)
        with self._lock:
            if place in self._opening:
                return place in self._opened
            return place is not None and self._is_ready(place)

    def _is_ready(self, place: Place) -> bool:
        kept = next(iter(self._kept.get(place, ())), None)
        return kept is not None and time.monotonic() < kept.until and _is_clean(kept, or_ends=True)

    def take(self, place: Place) -> socket.socket | None:
        """A connection to ``place`` that can be written to, now owned by the caller.

        If one is being opened, wait for it. Errors: ``TimeoutError`` if that took all the time
        it has.
        """
        with self._lock:
            opening, waiting = self._opening.pop(place, None), self._kept.get(place)
            self._opened.discard(place)
            kept = waiting.pop(0) if waiting else None  # the oldest
        if kept:
            if time.monotonic() < kept.until and _is_clean(kept):
                return kept.connection
            kept.connection.close()
        if opening is None:
            return None
        try:
            return opening()
        except TimeoutError:
            raise
        except (OSError, ValueError, AichatError):
            return None  # the request will try again, and report it

    def keep(
        self,
        place: Place,
        connection: socket.socket,
        has_ended: Callable[[], bool] = lambda: True,
        seconds: float | None = None,
    ) -> None:
        """Keep a connection, for as many ``seconds`` as its server said.

        ``has_ended`` reads, without waiting, what is still to come of the last response.
        """
        _keep_alive(connection)
        until = time.monotonic() + (_IDLE_SECONDS if seconds is None else seconds)
        with self._lock:
            waiting = [] if self._is_closed else self._kept.setdefault(place, [])
            waiting.append(_Kept(connection, until, has_ended))
            surplus = waiting.pop(0) if self._is_closed or len(waiting) > self._most else None
        if surplus:
            surplus.connection.close()

    def close(self) -> None:
        """Close all waiting connections; those being opened end by themselves."""
        with self._lock:
            self._is_closed = True
            waiting = [kept for place in self._kept.values() for kept in place]
            self._kept, self._opening = {}, {}
        for kept in waiting:
            kept.connection.close()


def is_plain_wanted() -> bool:
    """Whether requests use our own connections rather than httpx's. Errors: ``config``."""
    name = os.environ.get("AICHAT_TRANSPORT", "")
    if name not in ("", "plain", "httpx"):
        raise config_error(f"AICHAT_TRANSPORT: unknown transport '{name}'", "plain or httpx")
    return name != "httpx"


def place_of(url: str, options: ConnectionOptions) -> Place | None:
    """The place that ``url`` connects to; None if its host needs encoding."""
    parts, host = split_url(url), host_of(url)
    if parts is None or parts.scheme not in ("http", "https") or not host.isascii():
        return None
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    return Place(parts.scheme, host, port, options.ca_bundle, options.client_cert)


def _keep_alive(connection: socket.socket) -> None:
    """Turn on TCP keep-alive, as far as the system supports it."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (*_PROBES.items(), ("TCP_USER_TIMEOUT", _UNHEARD_MS)):
            if option := getattr(socket, name, None):
                connection.setsockopt(socket.IPPROTO_TCP, option, value)


def _is_clean(kept: _Kept, *, or_ends: bool = False) -> bool:
    """Whether the last response has ended, and nothing came since, not even a close.

    With ``or_ends`` also where its end has not come yet: most often that is on its way.
    """
    try:
        kept.connection.setblocking(False)
        return kept.has_ended() and not _has_news(kept.connection)
    except (OSError, ValueError) as error:
        return or_ends and _is_unfinished(error)


def _is_unfinished(error: Exception) -> bool:
    """Whether a read only found nothing yet."""
    if isinstance(error, BlockingIOError):
        return True
    from aichat.net.tls import is_unfinished

    return is_unfinished(error)


def _has_news(connection: socket.socket) -> bool:
    """Whether there is something unexpected to read: usually that it was closed."""
    if type(connection) is socket.socket:
        return bool(_readable(connection))
    from aichat.net.tls import has_news

    return has_news(cast("SSLSocket", connection), bool(_readable(connection)))


def _readable(connection: socket.socket) -> list[object]:
    if hasattr(select, "poll"):
        looked = select.poll()
        looked.register(connection, select.POLLIN)
        return list(looked.poll(0))
    return list(select.select([connection], [], [], 0)[0])
