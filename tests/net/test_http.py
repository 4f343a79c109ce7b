"""The net shell: every silence has its own name, every fault says what happened."""

import gzip
import socket
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from threading import Event, Thread

import pytest

from aichat.core.http.call import Call, Header
from aichat.core.http.connection import ConnectionOptions
from aichat.errors import AichatError, Fault
from aichat.net import http
from tests.support.answering.server import (
    SSE,
    CloseEarly,
    Cut,
    Hold,
    Pause,
    RawReply,
    RefuseAfterAccept,
    Reply,
    Server,
    SilentReply,
)

COMMENT, DATA = b": keepalive\n\n", b"data: x\n\n"
FOREVER = Hold(Event())
DEFAULT = ConnectionOptions()


def call(url: str, *headers: Header, body: tuple[bytes, ...] = (b"{}",)) -> Call:
    return Call("POST", f"{url}/v1/chat/completions", headers, body)


def received(url: str, link: ConnectionOptions = DEFAULT) -> bytes:
    with http.send(call(url), link) as response:
        return b"".join(response.chunks())


def fault_at(url: str, link: ConnectionOptions = DEFAULT) -> Fault:
    with pytest.raises(AichatError) as caught:
        received(url, link)
    return caught.value.fault


def fault_of(reply: Reply, link: ConnectionOptions = DEFAULT) -> Fault:
    with Server(reply) as server:
        return fault_at(server.url, link)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def full_backlog() -> Iterator[str]:
    """A port whose queue is full: the kernel lets a connection attempt hang."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield f"127.0.0.1:{listener.getsockname()[1]}"


# Silence

SILENCES = {
    "no answer at all": (SilentReply(), "first"),
    "headers without a body byte": (Reply(headers=SSE, body=[FOREVER]), "first"),
    "silence after a comment": (Reply(headers=SSE, body=[COMMENT, FOREVER]), "idle"),
    "silence after data": (Reply(headers=SSE, body=[DATA, FOREVER]), "idle"),
    "silence after two pieces": (Reply(headers=SSE, body=[DATA, COMMENT, FOREVER]), "idle"),
}
NAMES = {"first": "no first byte within 0.15 s", "idle": "no data for 0.15 s"}
#: The other time-out is long, so that a test that hears of the wrong one hangs and fails.
LINKS = {
    "first": ConnectionOptions(first_byte=0.15, idle=30),
    "idle": ConnectionOptions(first_byte=30, idle=0.15),
}


@pytest.mark.parametrize("case", SILENCES)
def test_each_silence_is_a_timeout_with_its_own_name(case: str) -> None:
    reply, kind = SILENCES[case]
    began = time.monotonic()
    fault = fault_of(reply, LINKS[kind])
    assert (fault.kind, fault.message) == ("timeout", NAMES[kind])
    assert 0.15 <= time.monotonic() - began < 5


def test_a_first_byte_timeout_is_never_retryable_since_it_may_bill_twice() -> None:
    assert not fault_of(SilentReply(), LINKS["first"]).retryable


def test_a_comment_ends_the_wait_for_the_first_byte() -> None:
    late = Reply(headers=SSE, body=[COMMENT, Pause(0.4), DATA])
    with Server(late) as server:
        assert received(server.url, ConnectionOptions(first_byte=0.2, idle=30)) == COMMENT + DATA


def test_the_idle_timeout_counts_from_the_last_byte_not_from_the_first() -> None:
    slow = Reply(headers=SSE, body=[DATA, *[Pause(0.15), DATA] * 4])
    with Server(slow) as server:
        assert received(server.url, ConnectionOptions(first_byte=30, idle=0.4)) == DATA * 5


def test_a_connection_that_is_not_taken_is_a_network_fault_that_says_connection(
    full_backlog: str,
) -> None:
    fault = fault_at(f"http://{full_backlog}", ConnectionOptions(connect=0.2, first_byte=30))
    assert fault.kind == "network" and fault.retryable
    assert fault.message == "127.0.0.1: no connection within 0.2 s"


def test_a_server_that_never_finishes_the_tls_handshake_is_a_connect_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"https://127.0.0.1:{mute.getsockname()[1]}"
        fault = fault_at(url, ConnectionOptions(connect=0.2, first_byte=30))
    assert (fault.kind, fault.message) == ("network", "127.0.0.1: no connection within 0.2 s")


# Faults

LOST = {
    "closed before the answer": RefuseAfterAccept(read=True),
    "closed on accept": RefuseAfterAccept(),
    "reset before the answer": Reply(framing="raw", body=[Cut()]),
    "reset in the body": Reply(headers=SSE, body=[DATA, Cut()]),
    "closed in a chunked body": Reply(headers=SSE, body=[DATA, CloseEarly()]),
    "a broken chunk size": RawReply(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n"
    ),
    "fewer bytes than promised": Reply(body=[b"abc", CloseEarly()], length=10),
    "no HTTP at all": RawReply(b"SSH-2.0-OpenSSH_9.7\r\n"),
}


@pytest.mark.parametrize("case", LOST)
def test_a_lost_connection_is_a_network_fault_in_words(case: str) -> None:
    fault = fault_of(LOST[case], ConnectionOptions(first_byte=5, idle=5))
    assert fault.kind == "network" and fault.retryable
    assert fault.message and "Error" not in fault.message and "errno" not in fault.message.lower()


def closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def test_a_closed_port_is_said_to_refuse() -> None:
    fault = fault_at(f"http://127.0.0.1:{closed_port()}")
    assert fault.kind == "network" and "127.0.0.1: connection refused" in fault.message


def test_an_unknown_name_is_said_to_be_dns_and_is_final() -> None:
    fault = fault_at("http://api.example.invalid")
    assert fault.kind == "network" and not fault.retryable
    assert "api.example.invalid" in fault.message and "DNS" in fault.message


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_protocol_fault_that_names_the_target_and_is_not_followed(
    status: int,
) -> None:
    with Server(default=Reply(200, body=[b"stolen"])) as other, Server() as server:
        server.push(Reply(status, {"location": f"http://localhost:{other.port}/x"}, length=True))
        fault = fault_at(server.url)
        assert other.requests == [] and len(server.requests) == 1
    assert (fault.kind, fault.status) == ("protocol", status)
    assert f"localhost:{other.port}" in fault.message


def test_a_redirect_to_what_is_no_address_is_one_too() -> None:
    with Server(Reply(302, {"location": "http://[::1"}, length=True)) as server:
        fault = fault_at(server.url)
    assert fault.kind == "protocol" and "redirects to an invalid address" in fault.message


@pytest.mark.parametrize("url", ["http://[::1", "http://127.0.0.1:99999", "http://127.0.0.1:x"])
def test_a_url_that_is_none_is_a_configuration_fault(url: str) -> None:
    assert fault_at(url).kind == "config"


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_bundle_that_holds_no_certificate_is_a_configuration_fault(
    content: bytes | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    fault = fault_at("https://127.0.0.1:9", ConnectionOptions(ca_bundle=str(path)))
    assert fault.kind == "config" and str(path) in fault.message


# The request on the wire


def test_the_body_goes_out_in_one_request_of_known_length() -> None:
    pieces = (b'{"a":', b'"\xc3\xa9"', b"}")
    with Server(Reply(body=[b"ok"])) as server:
        with http.send(call(server.url, body=pieces), ConnectionOptions()) as response:
            response.read()
        (seen,) = server.wait_requests(1)
    assert seen.body == b"".join(pieces)
    assert seen.headers["content-length"] == str(len(seen.body))
    assert "transfer-encoding" not in seen.headers


def test_no_header_is_sent_twice_and_no_compression_is_asked_for() -> None:
    with Server(Reply(body=[b"ok"])) as server:
        received(server.url)
        (seen,) = server.wait_requests(1)
    names = [name.lower() for name, _ in seen.raw_headers]
    assert sorted(names) == sorted(set(names))
    assert seen.headers["accept-encoding"] == "identity"
    assert seen.headers["host"] == f"127.0.0.1:{server.port}"


def test_leaving_early_closes_the_connection() -> None:
    with Server(Reply(headers=SSE, body=[DATA, FOREVER])) as server:
        with http.send(call(server.url), ConnectionOptions()) as response:
            next(response.chunks())
        assert server.requests[0].closed.wait(5)


def test_header_names_of_an_answer_are_lower_case() -> None:
    with (
        Server(Reply(418, {"X-Request-ID": "r1"}, [b"no"], length=True)) as server,
        http.send(call(server.url), ConnectionOptions()) as response,
    ):
        assert (response.status, response.headers["x-request-id"]) == (418, "r1")
        assert response.read() == b"no"


# Size and compression

TEXT = b"data: " + b"word " * 2000 + b"\n\n"
PACKED = {
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT),
    "deflate": zlib.compress(TEXT),
}


@pytest.mark.parametrize("encoding", PACKED)
def test_an_answer_that_is_compressed_unasked_is_read(encoding: str) -> None:
    packed = PACKED[encoding]
    halves = [packed[:7], packed[7:]]
    with Server(Reply(headers={"content-encoding": encoding}, body=halves)) as server:
        assert received(server.url) == TEXT


def test_an_unknown_compression_is_a_protocol_fault() -> None:
    fault = fault_of(Reply(headers={"content-encoding": "br"}, body=[b"?"]))
    assert fault.kind == "protocol" and "'br'" in fault.message


def test_a_gzip_bomb_ends_at_256_mb_as_a_protocol_fault() -> None:
    packer, block = zlib.compressobj(9, wbits=31), bytes(1 << 20)
    first, more = (packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    bomb = first + more * 256  # after a full flush every block is packed alike
    with Server(Reply(headers={"content-encoding": "gzip"}, body=[bomb])) as server:
        size = 0
        with (
            pytest.raises(AichatError) as caught,
            http.send(call(server.url), ConnectionOptions()) as response,
        ):
            for chunk in response.chunks():
                size += len(chunk)
    assert caught.value.fault.kind == "protocol" and "256 MB" in caught.value.fault.message
    assert size <= 256 * 1024 * 1024


def test_an_endless_error_body_is_read_to_1_mb_and_left() -> None:
    block = bytes(1 << 16)
    with Server(Reply(500, body=[*[block] * 64, FOREVER])) as server:
        with http.send(call(server.url), ConnectionOptions()) as response:
            assert len(response.read()) == 1024 * 1024
        assert server.requests[0].closed.wait(5)


# Proxies (the rest of them are in flow/test_tls_and_proxy.py)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_goes_through_no_proxy_of_the_environment(
    variable: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, f"http://127.0.0.1:{closed_port()}")
    with Server(Reply(body=[b"direct"])) as server:
        assert received(f"http://{host}:{server.port}") == b"direct"


def test_a_proxy_set_for_the_provider_is_used_even_for_loopback() -> None:
    with Server(Reply(body=[b"from the proxy"])) as proxy:
        assert (
            received("http://127.0.0.1:9", ConnectionOptions(proxy=proxy.url)) == b"from the proxy"
        )
        assert proxy.requests[0].path == "http://127.0.0.1:9/v1/chat/completions"


# What comes before the answer


@pytest.mark.parametrize("count", [1, 3, 90])
@pytest.mark.parametrize("interim", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
def test_interim_answers_are_passed_over(interim: bytes, count: int) -> None:
    head = b"HTTP/1.1 " + interim + b"\r\nlink: </x>\r\ncontent-length: 9\r\n\r\n"
    whole = head * count + b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
    with Server(RawReply(whole)) as server:
        assert received(server.url) == b"ok"


def test_an_answer_that_comes_before_the_body_was_read_is_heard() -> None:
    """As of a server that refuses a large upload by its headers, and closes."""
    large = Call("POST", "", (), (bytes(1 << 20),) * 64)
    refusal = b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno"

    def refuse(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(refusal)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1 << 16) and not has_come.is_set():
                pass

    has_come = Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=refuse, args=(listener,), daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        with http.send(large._replace(url=url), ConnectionOptions(idle=5)) as response:
            assert (response.status, response.read()) == (413, b"no")
            has_come.set()


def test_a_large_body_arrives_whole_in_pieces_of_any_size() -> None:
    pieces = (b"a", b"", bytes(200_000), b"b" * 65_536, b"c" * 65_537)
    with Server(Reply(body=[b"ok"])) as server:
        with http.send(call(server.url, body=pieces), ConnectionOptions()) as response:
            response.read()
        assert server.wait_requests(1)[0].body == b"".join(pieces)


def test_a_transport_of_another_name_is_httpxs_own_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AICHAT_TRANSPORT", "httpx")
    with Server(Reply(body=[b"ok"])) as server:
        assert received(server.url) == b"ok"
        monkeypatch.setenv("AICHAT_TRANSPORT", "htpx")
        assert "AICHAT_TRANSPORT" in fault_at(server.url).message
