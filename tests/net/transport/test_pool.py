"""Connections that wait: taken once, dropped when their server is gone, and never in doubt."""

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from aichat.core.http.call import Call, Header
from aichat.core.http.connection import ConnectionOptions
from aichat.errors import AichatError
from aichat.net import http
from aichat.net.transport.pool import ConnectionPool, Place, place_of
from tests.support.answering.server import Reply, Server

TERMS = ConnectionOptions(connect=5, first_byte=5, idle=5)

Answer = Callable[[socket.socket, int], None]


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[ConnectionPool]:
    """One of our own transport's: httpx's keeps none, whatever the suite runs on."""
    monkeypatch.setenv("AICHAT_TRANSPORT", "plain")
    made = ConnectionPool()
    yield made
    made.close()


def read_request(connection: socket.socket) -> bytes:
    """One request with its body, or nothing where the client has gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(1 << 16)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:])
    while len(body) < int(fields.get(b"content-length", 0)):
        body += connection.recv(1 << 16)
    return head + b"\r\n\r\n" + body


class Scripted:
    """A server that does, on each connection in turn, what ``answers`` say for each request."""

    def __init__(self, *connections: list[Answer]) -> None:
        self.accepted = 0
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/x"
        threading.Thread(target=self._run, args=(connections,), daemon=True).start()

    def __enter__(self) -> "Scripted":
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _run(self, connections: tuple[list[Answer], ...]) -> None:
        for answers in connections:
            with suppress(OSError):
                connection, _ = self._listener.accept()
                self.accepted += 1
                threading.Thread(
                    target=self._serve, args=(connection, answers), daemon=True
                ).start()

    def _serve(self, connection: socket.socket, answers: list[Answer]) -> None:
        with suppress(OSError):
            for number, answer in enumerate(answers):
                self.requests.append(read_request(connection))
                answer(connection, number)


def ok(connection: socket.socket, number: int) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n%02d" % number)


def close_unread(connection: socket.socket, _number: int) -> None:
    """What a server does that fails, or whose idle time is over just then: nobody can tell."""
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()


def read_and_close(connection: socket.socket, _number: int) -> None:
    """What a server does that has read the request, and ends."""
    connection.shutdown(socket.SHUT_RDWR)


def ask(url: str, pool: ConnectionPool, method: str = "GET", body: tuple[bytes, ...] = ()) -> bytes:
    with http.send(Call(method, url, (), body), TERMS, pool=pool) as response:
        return response.read()


def test_the_next_request_takes_the_connection_of_the_last(pool: ConnectionPool) -> None:
    with Scripted([ok, ok, ok]) as server:
        assert [ask(server.url, pool) for _ in range(3)] == [b"00", b"01", b"02"]
        assert server.accepted == 1


@pytest.mark.parametrize(("most", "kept"), [(1, 1), (2, 2)])
def test_as_many_connections_wait_as_a_pool_has_room_for(most: int, kept: int) -> None:
    pool, place = ConnectionPool(most), Place("http", "127.0.0.1", 9)
    pairs = [socket.socketpair() for _ in range(3)]
    for near, _ in pairs:
        pool.keep(place, near)
    taken = [pool.take(place) for _ in range(3)]
    assert taken == [near for near, _ in pairs[-kept:]] + [None] * (3 - kept)
    assert [near.fileno() == -1 for near, _ in pairs] == [n < 3 - kept for n in range(3)]
    for near, far in pairs:
        near.close()
        far.close()


def test_closing_a_pool_closes_all_that_wait_and_all_that_come() -> None:
    many, place = ConnectionPool(2), Place("http", "127.0.0.1", 9)
    pairs = [socket.socketpair() for _ in range(3)]
    many.keep(place, pairs[0][0])
    many.keep(place, pairs[1][0])
    many.close()
    many.keep(place, pairs[2][0])
    assert [near.fileno() for near, _ in pairs] == [-1, -1, -1]
    for _, far in pairs:
        far.close()


def test_without_a_pool_each_request_has_its_own() -> None:
    with Scripted([ok], [ok]) as server:
        for _ in range(2):
            with http.send(Call("GET", server.url, ()), TERMS) as response:
                assert response.read() == b"00"
        assert server.accepted == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nConnection: close\r\n\r\nab",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabHTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\nmore",
    ],
    ids=["says so", "HTTP/1.0", "no length", "more than its length", "more than its chunks"],
)
def test_a_connection_in_doubt_is_not_used_again(pool: ConnectionPool, answer: bytes) -> None:
    def say(connection: socket.socket, _number: int) -> None:
        connection.sendall(answer)
        if b"length" not in answer and b"chunked" not in answer:
            connection.close()

    with Scripted([say], [ok]) as server:
        assert ask(server.url, pool) == b"ab"
        assert ask(server.url, pool) == b"00"
        assert server.accepted == 2


def test_an_answer_that_was_left_early_ends_its_connection(pool: ConnectionPool) -> None:
    gone = threading.Event()

    def stream(connection: socket.socket, _number: int) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n")
        with suppress(ConnectionResetError):  # as it is told where a part was not read
            assert connection.recv(1) == b""
        gone.set()

    with Scripted([stream], [ok]) as server:
        with (
            pytest.raises(KeyboardInterrupt),
            http.send(Call("GET", server.url, ()), TERMS, pool=pool) as response,
        ):
            next(response.chunks())
            raise KeyboardInterrupt
        assert gone.wait(5), "the server has to hear that nobody listens"
        assert ask(server.url, pool) == b"00"


@pytest.mark.parametrize("is_early", [False, True], ids=["end, then key", "key, then end"])
def test_the_end_of_a_stream_may_come_after_its_last_event(
    pool: ConnectionPool, is_early: bool
) -> None:
    may_end = threading.Event()

    def stream(connection: socket.socket, _number: int) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n")
        may_end.wait(5)
        connection.sendall(b"0\r\n\r\n")
        has_ended.set()

    has_ended = threading.Event()
    with Scripted([stream, ok], [ok]) as server:
        with http.send(Call("GET", server.url, ()), TERMS, pool=pool) as response:
            for chunk in response.chunks():
                if chunk.endswith(b"b"):  # its reader knows that it was the last
                    break
        if is_early:
            pool.open_ahead(server.url, TERMS)
        may_end.set()
        assert has_ended.wait(5)
        pool.open_ahead(server.url, TERMS)  # its end is no reason to open another
        assert not pool._opening
        assert ask(server.url, pool) == b"01" and server.accepted == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_server_that_closed_meanwhile_costs_nothing(pool: ConnectionPool, method: str) -> None:
    closed = threading.Event()

    def ok_then_close(connection: socket.socket, number: int) -> None:
        ok(connection, number)
        connection.close()
        closed.set()

    with Scripted([ok_then_close], [ok]) as server:
        ask(server.url, pool)
        assert closed.wait(5)
        assert ask(server.url, pool, method, (b"body",)) == b"00"
        assert server.accepted == 2


def test_what_changes_nothing_is_asked_again_once(pool: ConnectionPool) -> None:
    with Scripted([ok, close_unread], [ok]) as server:
        ask(server.url, pool)
        assert ask(server.url, pool) == b"00"
        assert server.accepted == 2


@pytest.mark.parametrize("ending", [close_unread, read_and_close])
def test_what_may_have_been_read_is_not_sent_twice(pool: ConnectionPool, ending: Answer) -> None:
    with Scripted([ok, ending], [ok], [ok]) as server:
        ask(server.url, pool)
        with pytest.raises(AichatError):
            ask(server.url, pool, "POST", (b"costs money",))
        assert server.accepted == 1 and sum(b"costs" in seen for seen in server.requests) == 1


def test_a_new_connection_is_not_tried_twice(pool: ConnectionPool) -> None:
    with Scripted([close_unread], [ok]) as server:
        with pytest.raises(AichatError):
            ask(server.url, pool)
        assert server.accepted == 1


def test_a_server_says_how_long_it_waits(pool: ConnectionPool) -> None:
    def say(connection: socket.socket, _number: int) -> None:
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nkeep-alive: timeout=1, max=5\r\ncontent-length: 0\r\n\r\n"
        )

    with Scripted([say], [ok]) as server:
        assert ask(server.url, pool) == b""
        assert ask(server.url, pool) == b"00" and server.accepted == 2


def test_it_is_opened_ahead_and_waits(pool: ConnectionPool) -> None:
    with Scripted([ok]) as server:
        pool.open_ahead(server.url, TERMS)
        pool.open_ahead(server.url, TERMS)  # once is enough
        assert ask(server.url, pool) == b"00" and server.accepted == 1
        pool.open_ahead(server.url, TERMS)  # the one of the last request is still there
        assert server.accepted == 1


def test_a_failure_ahead_is_told_by_the_request_alone(
    pool: ConnectionPool, capfd: pytest.CaptureFixture[str]
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    pool.open_ahead(url, TERMS)
    with pytest.raises(AichatError) as told:
        ask(url, pool)
    assert "nothing is listening" in told.value.fault.message
    assert capfd.readouterr() == ("", "")


def test_nothing_is_opened_ahead_by_a_proxy(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with Scripted([ok]) as server:
        elsewhere = server.url.replace("127.0.0.1", "name.example")
        pool.open_ahead(elsewhere, TERMS)
        place = place_of(elsewhere, TERMS)
        assert place and pool.take(place) is None and server.accepted == 0


def test_nothing_is_opened_ahead_for_httpx(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AICHAT_TRANSPORT", "httpx")
    with Scripted([ok]) as server:
        pool.open_ahead(server.url, TERMS)
        assert ask(server.url, pool) == b"00" and server.accepted == 1


def test_httpx_keeps_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AICHAT_TRANSPORT", "httpx")
    ended = threading.Event()

    def then_listen(connection: socket.socket, number: int) -> None:
        ok(connection, number)
        if not connection.recv(1):
            ended.set()

    with Scripted([then_listen]) as server:
        with http.send(Call("GET", server.url, ()), TERMS) as response:
            assert response.read() == b"00"
        assert ended.wait(5)


def test_two_that_share_a_pool_never_share_a_connection(pool: ConnectionPool) -> None:
    with Server(default=Reply(body=[b"ok"], length=True)) as server:
        found: list[bytes] = []
        threads = [
            threading.Thread(target=lambda: found.append(ask(f"{server.url}/", pool)))
            for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [b"ok"] * 20


def test_two_hundred_turns_leave_no_descriptor(pool: ConnectionPool) -> None:
    def count() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    with Server(default=Reply(body=[b"ok"], length=True)) as server:
        ask(f"{server.url}/", pool)
        before, threads = count(), threading.active_count()
        for turn in range(200):
            if turn % 3 == 0:
                pool.open_ahead(f"{server.url}/", TERMS)
            ask(f"{server.url}/", pool)
        assert count() <= before + 1 and threading.active_count() <= threads
    pool.close()


def test_tls_is_shaken_ahead_and_a_ticket_is_no_news(pool: ConnectionPool, tmp_path: Path) -> None:
    files = [str(tmp_path / name) for name in ("key", "cert")]
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    words = [*command.split(), "-keyout", files[0], "-out", files[1], *subject]
    subprocess.run(words, check=True, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[1], files[0])
    terms = TERMS._replace(ca_bundle=files[1])
    with Server(default=Reply(body=[b"ok"], length=True), ssl_context=context) as server:
        url = server.url.replace("http:", "https:") + "/"
        pool.open_ahead(url, terms)
        place = place_of(url, terms)
        assert place and pool.context(place, pytest.fail)  # nobody has to load TLS beside it
        for _ in range(3):
            with http.send(Call("POST", url, (Header("x", "y"),)), terms, pool=pool) as response:
                assert response.read() == b"ok"
            time.sleep(0)  # let the server's thread write what it will
        assert len({seen.connection for seen in server.requests}) == 1
