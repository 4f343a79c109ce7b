"""The port that a browser comes back to: one path, one answer, whatever else is sent to it."""

import socket
from contextlib import suppress

import pytest

from aichat.net.redirect_port import open_redirect_port
from aichat.process.threads import run_in_thread

STRAY = [
    b"GET /other?state=1 HTTP/1.1\r\n\r\n",
    b"POST /callback?state=1 HTTP/1.1\r\n\r\n",
    b"GET /callback?state=2 HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01hello\r\n\r\n",
    b"GET /" + b"x" * 20_000,
    b"",
]


@pytest.mark.parametrize("stray", STRAY, ids=range(len(STRAY)))
def test_what_is_not_waited_for_ends_nothing(stray: bytes) -> None:
    with open_redirect_port() as back:
        place = ("127.0.0.1", int(back.url.split(":")[2].split("/")[0]))

        def visit(data: bytes) -> bytes:
            with socket.create_connection(place, 10) as peer:
                peer.sendall(data)
                peer.shutdown(socket.SHUT_WR)
                return b"".join(iter(lambda: peer.recv(4096), b""))

        def visits() -> bytes:
            with suppress(OSError):  # more than is read: the other end is gone
                visit(stray)
            return visit(b"GET /callback?state=1 HTTP/1.1\r\n\r\n")

        said = run_in_thread(visits, OSError)
        assert back.wait(30, lambda query: query == "state=1") == "state=1"
        assert said().startswith(b"HTTP/1.1 200 OK\r\n")


def test_nobody_is_waited_for_for_ever() -> None:
    with open_redirect_port() as back:
        assert back.wait(0, lambda _: True) is None
