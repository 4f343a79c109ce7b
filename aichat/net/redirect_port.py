"""Waiting for a browser's redirect on a local port, which is then closed."""

import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

#: The path that is served, the most bytes of a request, and the seconds it may take.
_PATH, _MAX_BYTES, _REQUEST_SECONDS = "/callback", 16_384, 5.0

#: Seconds between two checks of the time.
_LOOK_SECONDS = 0.5

_DONE = "<title>aichat</title><p>aichat has its answer. This page can be closed."
_UNWANTED = "<title>aichat</title><p>This is not what aichat waits for."


class RedirectPort:
    """A loopback port that waits for a browser; ``url`` is the redirect's target."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}{_PATH}"

    def wait(self, seconds: float, is_wanted: Callable[[str], bool]) -> str | None:
        """The query of the redirect; None if none came in that time.

        Unwanted requests, whoever sends them, are refused and do not end the waiting.
        """
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if not select.select([self._listener], [], [], min(left, _LOOK_SECONDS))[0]:
                continue
            with suppress(OSError):
                peer, _ = self._listener.accept()
                with peer:
                    query = _read_query(peer)
                    is_it = query is not None and is_wanted(query)
                    _answer(peer, is_it=is_it)
                if is_it:
                    return query
        return None


@contextmanager
def open_redirect_port(port: int = 0) -> Iterator[RedirectPort]:
    """Open such a port: a free one, or ``port``. Errors: ``OSError``."""
    with socket.create_server(("127.0.0.1", port), backlog=5) as listener:
        yield RedirectPort(listener)


def _read_query(peer: socket.socket) -> str | None:
    """The query of a GET for the path; None for anything else."""
    peer.settimeout(_REQUEST_SECONDS)
    data, until = b"", time.monotonic() + _REQUEST_SECONDS
    while b"\r\n\r\n" not in data and len(data) < _MAX_BYTES and time.monotonic() < until:
        piece = peer.recv(4096)
        if not piece:
            return None
        data += piece
    method, _, rest = data.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")
    path, _, query = rest.partition(" ")[0].partition("?")
    return query if (method, path) == ("GET", _PATH) else None


def _answer(peer: socket.socket, *, is_it: bool) -> None:
    page = (_DONE if is_it else _UNWANTED).encode()
    status = "200 OK" if is_it else "404 Not Found"
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n"
        "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n"
    )
    peer.sendall(head.encode() + page)
