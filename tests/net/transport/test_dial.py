"""Dialling: of several addresses the first that answers, and no socket is left behind."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from aichat.net.transport import dial


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def full() -> Iterator[int]:
    """A port that takes no connection and refuses none."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(8):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        yield server.getsockname()[1]


def closed() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def resolve(monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    """Have every name stand for these ports of this machine."""
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))
        for port in ports
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


@pytest.mark.parametrize("before", [0, 1, 3])
def test_what_is_refused_costs_no_time(
    before: int, listener: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dial, "_HEAD_START", 60)
    resolve(monkeypatch, *[closed() for _ in range(before)], listener)
    began = time.monotonic()
    with dial.connect("any.example", 1, 90) as connection:
        assert connection.getpeername()[1] == listener
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert time.monotonic() - began < 30  # no head start was waited for


def test_an_address_that_says_nothing_has_a_head_start_and_no_more(
    full: int, listener: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(monkeypatch, full, listener)
    began = time.monotonic()
    with dial.connect("any.example", 1, 90) as connection:
        assert connection.getpeername()[1] == listener
    assert 0.25 <= time.monotonic() - began < 30


def test_the_time_holds_for_all_addresses_together(
    full: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(monkeypatch, full, full, full)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        dial.connect("any.example", 1, 0.4)
    assert 0.4 <= time.monotonic() - began < 30


def test_the_last_refusal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch, closed(), closed())
    with pytest.raises(ConnectionRefusedError):
        dial.connect("any.example", 1, 5)


def test_the_families_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    six, four = socket.AF_INET6, socket.AF_INET
    found = [(family, 1, 6, "", (str(n),)) for n, family in enumerate([six, six, six, four, four])]
    assert [place for *_, place in dial._alternate(found)] == [
        ("0",),
        ("3",),
        ("1",),
        ("4",),
        ("2",),
    ]


def test_a_name_with_no_address_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch)
    with pytest.raises(OSError, match="no address"):
        dial.connect("any.example", 1, 5)


def test_a_server_without_tls_leaves_no_socket_open(listener: int) -> None:
    connection = dial.connect("127.0.0.1", listener, 5)
    with pytest.raises(TimeoutError):
        dial.secure(connection, ssl.create_default_context(), "localhost", 0.1)
    assert connection.fileno() == -1


def test_what_comes_next_is_made_ready_while_an_address_is_asked() -> None:
    """The server has nobody yet who takes the connection when the work has its turn."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def take() -> None:
            server.accept()[0].close()

        with dial.connect("127.0.0.1", server.getsockname()[1], 5, take) as connection:
            assert connection.recv(1) == b""


def test_what_fails_meanwhile_leaves_no_socket(listener: int) -> None:
    def fail() -> None:
        raise KeyError

    with pytest.raises(KeyError):  # and pytest, of a socket that nobody closed
        dial.connect("127.0.0.1", listener, 5, fail)
