"""A plain connection's parts: what is written with a head, read before one, and kept after."""

import socket
import ssl
import threading
from collections.abc import Iterator

import pytest

from aichat.core.http.connection import ConnectionOptions
from aichat.core.http.http1 import body_decoder
from aichat.net.transport import dial, plain
from aichat.net.transport.messages import Timeouts
from aichat.net.transport.plain import PlainTransport, _Body, _read_head, _with_head
from aichat.net.transport.pool import ConnectionPool, Place

INTERIM, FINAL = b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nabc"
TERMS = ConnectionOptions(connect=5, first_byte=5, idle=5)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        near.settimeout(5)
        yield near, far


@pytest.mark.parametrize("size", [0, 1, 100, 2 << 16])
@pytest.mark.parametrize("beside", [-1, 0, 1])
def test_a_head_goes_with_a_body_that_is_small(size: int, beside: int) -> None:
    body = [bytes(max(size + beside, 0)), b"more"]
    sent = [*_with_head(b"head", body)]
    assert b"".join(sent) == b"head" + b"".join(body)
    assert len(sent) == (3 if size > 100 else 2)
    assert [*_with_head(b"head", [])] == [b"head"]


def test_interim_answers_have_an_end(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    far.sendall(INTERIM * 99 + FINAL)
    head, rest = _read_head(near)
    far.shutdown(socket.SHUT_WR)
    while piece := near.recv(64):
        rest += piece
    assert (head.status, rest) == (200, b"abc")


def test_interim_answers_without_end_are_no_answer(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    near, far = pair
    far.sendall(INTERIM * 100 + FINAL)
    with pytest.raises(ValueError, match="without end"):
        _read_head(near)


@pytest.mark.parametrize(
    ("come", "has_ended"), [(b"", True), (b"0\r\n\r\n", True), (b"1\r\nc\r\n0\r\n\r\n", False)]
)
def test_a_body_has_ended_where_nothing_of_it_is_left(
    pair: tuple[socket.socket, socket.socket], come: bytes, has_ended: bool
) -> None:
    near, far = pair
    decoder = body_decoder("GET", 200, {"transfer-encoding": "chunked"})
    assert decoder.feed(b"2\r\nab\r\n" + (b"" if come else b"0\r\n\r\n")) == b"ab"
    far.sendall(come)
    assert _Body(near, decoder, b"", Timeouts(5, 5, 5), None).has_ended() == has_ended


def test_a_body_that_was_broken_off_has_not_ended(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    near, far = pair
    far.shutdown(socket.SHUT_WR)
    decoder = body_decoder("GET", 200, {"content-length": "2"})
    assert not _Body(near, decoder, b"", Timeouts(5, 5, 5), None).has_ended()


def test_a_lost_connection_says_so_in_each_protocols_words() -> None:
    over_tls = PlainTransport(ssl.create_default_context(), None, None)._lost()
    assert PlainTransport(None, None, None)._lost() == plain._LOST
    assert {*over_tls} == {*plain._LOST, ssl.SSLEOFError, ssl.SSLZeroReturnError}


def test_what_tls_refuses_to_begin_with_leaves_no_socket() -> None:
    connection = socket.socket()
    with pytest.raises(ValueError, match="server_hostname"):
        dial.secure(connection, ssl.create_default_context(), "", 5)
    assert connection.fileno() == -1


def test_a_kept_connection_is_probed() -> None:
    pool = ConnectionPool()
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = socket.create_connection(server.getsockname())
        pool.keep(Place("http", "127.0.0.1", 1), near)
        assert near.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        if hasattr(socket, "TCP_KEEPIDLE"):
            assert near.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 15
            assert near.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == 3
        pool.close()


def test_a_connection_is_open_once_it_was_opened_and_until_it_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each is dialled when the test says so."""
    monkeypatch.setenv("AICHAT_TRANSPORT", "plain")
    pool, url, place = ConnectionPool(), "http://127.0.0.1:9/x", Place("http", "127.0.0.1", 9)
    goes, dialled = threading.Semaphore(0), [socket.socket(), socket.socket()]
    waiting = [*dialled]

    def connect(*_: object) -> socket.socket:
        assert goes.acquire(timeout=5)
        return waiting.pop(0)

    monkeypatch.setattr(dial, "connect", connect)
    assert not pool.is_open(url, TERMS) and not pool.is_open("ftp://x", TERMS)
    for expected in dialled:
        pool.open_ahead(url, TERMS)
        opening = pool._opening[place]
        assert not pool.is_open(url, TERMS)
        goes.release()
        assert opening() is expected and pool.is_open(url, TERMS)
        assert pool.take(place) is expected and not pool.is_open(url, TERMS)
    pool.close()
    for connection in dialled:
        connection.close()
