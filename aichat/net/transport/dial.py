"""Connecting: racing the addresses of a host, and TLS over the connection."""

import contextlib
import os
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, cast

from aichat.core.http.connection import ConnectionOptions

if TYPE_CHECKING:
    import ssl

#: Seconds until the next address is tried too (RFC 8305, 5).
_HEAD_START = 0.25

#: An address as returned by ``getaddrinfo``.
_Address = tuple[int, int, int, str, tuple[object, ...]]


def connect(
    host: str, port: int, seconds: float, meanwhile: Callable[[], object] | None = None
) -> socket.socket:
    """A connection to the first address of ``host`` that accepts one, within ``seconds``.

    ``meanwhile`` is called while the first is being tried, to prepare what is needed next.
    Errors: ``TimeoutError``; ``OSError`` from the last address that failed, or from the lookup;
    those of ``meanwhile``.
    """
    until = time.monotonic() + seconds
    name = host.encode() if host.isascii() else host  # a str would load an encoding
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    race = _Race(_alternate(found))
    try:
        race.begin()
        if meanwhile:
            meanwhile()
        connection = race.winner(until)
    finally:
        race.close()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def tls_context(options: ConnectionOptions) -> "ssl.SSLContext":
    """The TLS context; it is loaded here, while we wait for a server.

    Errors: ``config``.
    """
    from aichat.net.tls import make_context

    return make_context(options)


def secure(
    connection: socket.socket, context: "ssl.SSLContext", name: str, seconds: float
) -> "ssl.SSLSocket":
    """TLS with ``name`` over ``connection``, which is closed if that fails.

    Errors: ``TimeoutError``, ``ssl.SSLError``, ``OSError``.
    """
    connection.settimeout(max(seconds, 0.001))
    try:
        return context.wrap_socket(connection, server_hostname=name)
    except BaseException:
        connection.close()
        raise


def shut_down(connection: socket.socket) -> None:
    """Cut a connection that another thread uses, below TLS, which is not safe for two threads."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _alternate(found: Sequence[_Address]) -> Iterator[_Address]:
    """Alternate between address families, in the resolver's order (RFC 8305, 4)."""
    first = [address for address in found if address[0] == found[0][0]]
    others = [address for address in found if address[0] != found[0][0]]
    pairs = zip_longest(first, others)
    return (address for pair in pairs for address in pair if address is not None)


class _Race:
    """Attempts at several addresses at once; the first that connects wins."""

    def __init__(self, addresses: Iterator[_Address]) -> None:
        self._waiting = deque(addresses)
        self._running: set[socket.socket] = set()
        self._selector = selectors.DefaultSelector()
        self._error: OSError = OSError("the name has no address")

    def begin(self) -> None:
        """Try the first address."""
        if self._waiting:
            self._start(self._waiting.popleft())

    def winner(self, until: float) -> socket.socket:
        """The first connection, before ``until`` on the monotonic clock.

        Errors: ``TimeoutError``, or the error of the last attempt.
        """
        while True:
            if not self._running and not self._waiting:
                raise self._error
            turn = time.monotonic() + _HEAD_START if self._waiting else until
            won = self._first_of_this_turn(min(turn, until))
            if won:
                return won
            if time.monotonic() >= until:
                raise TimeoutError("no address took a connection in time")
            if self._waiting:
                self._start(self._waiting.popleft())

    def close(self) -> None:
        """Give up the attempts that did not win."""
        self._selector.close()
        for attempt in self._running:
            attempt.close()

    def _start(self, address: _Address) -> None:
        family, kind, protocol, _, place = address
        try:
            attempt = socket.socket(family, kind, protocol)
        except OSError as error:
            self._error = error
            return
        attempt.setblocking(False)
        try:
            with contextlib.suppress(BlockingIOError):
                attempt.connect(place)
        except OSError as error:
            self._error = error
            attempt.close()
            return
        self._running.add(attempt)
        self._selector.register(attempt, selectors.EVENT_WRITE)

    def _first_of_this_turn(self, until: float) -> socket.socket | None:
        """The winner, if there is one before ``until``; None at once if all have failed."""
        while self._running and (left := until - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                attempt = cast(socket.socket, key.fileobj)
                self._selector.unregister(attempt)
                self._running.remove(attempt)
                code = attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if not code:
                    return attempt
                attempt.close()
                self._error = OSError(code, os.strerror(code))
                if self._waiting:
                    return None  # so that the next one starts now
        return None
