"""The scripted server is faithful: the official SDKs read it, its faults look like real ones."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.answering import server as srv
from tests.support.answering.server import (
    Callback,
    CloseEarly,
    Cut,
    Hold,
    RawReply,
    RefuseAfterAccept,
    Reply,
    SeenRequest,
    Server,
    SilentReply,
)

MESSAGES: Any = [{"role": "user", "content": "hi"}]
TEXT = Reply(body=[b"one", b"two"])


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loads no certificates, which takes a while
    with httpx.Client(trust_env=False, timeout=5, verify=bare) as client:
        yield client


@pytest.fixture(scope="module", params=["openai", "groq"])
def sdk(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Callable[[Server], Any]]]:
    """An SDK module and a maker of its clients."""
    module = pytest.importorskip(request.param)
    path, kind = ("", module.Groq) if request.param == "groq" else ("/v1", module.OpenAI)
    with module.DefaultHttpxClient(trust_env=False) as http:
        client = kind(api_key="k", base_url="http://127.0.0.1:9", max_retries=0, http_client=http)
        yield module, lambda server: client.with_options(base_url=server.url + path)


def ask(client: Any, **options: Any) -> Any:
    return client.chat.completions.create(model="m", messages=MESSAGES, **options)


def merge_calls(chunks: list[Any]) -> dict[int, tuple[str, str, str]]:
    """Tool calls as (id, name, arguments) by index."""
    calls: dict[int, tuple[str, str, str]] = {}
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    for call in (call for delta in deltas for call in delta.tool_calls or ()):
        call_id, name, arguments = calls.get(call.index, ("", "", ""))
        function = call.function
        calls[call.index] = (
            call_id or call.id,
            name or function.name,
            arguments + function.arguments,
        )
    return calls


# The SDKs


@pytest.mark.parametrize("groq_style", [False, True])
def test_sdk_reads_a_stream(sdk: Any, groq_style: bool) -> None:
    pieces = ["Hé", "llo\u2028", "👩‍💻"]
    reply = srv.chat_stream(pieces, reasoning=["Let", " me"], model="x/y", groq=groq_style)
    with Server(reply) as server:
        client = sdk[1](server)
        chunks = list(ask(client, stream=True))
        (seen,) = server.wait_requests(1)
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas) == "Héllo\u2028👩‍💻"
    assert "".join(getattr(delta, "reasoning", None) or "" for delta in deltas) == "Let me"
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-2:] == [None, "stop"]
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens == 15
    assert {chunk.model for chunk in chunks} == {"x/y"}
    assert seen.method == "POST" and seen.path.endswith("/v1/chat/completions")
    assert seen.headers["authorization"] == "Bearer k" and seen.json()["messages"] == MESSAGES
    assert not seen.closed.is_set()


def test_groq_reads_its_own_fields() -> None:
    groq = pytest.importorskip("groq")
    with (
        Server(srv.chat_stream(["a"], groq=True)) as server,
        groq.DefaultHttpxClient(trust_env=False) as http,
    ):
        client = groq.Groq(api_key="k", base_url=server.url, max_retries=0, http_client=http)
        first, *_, finish, usage = list(ask(client, stream=True))
        assert server.requests[0].path == "/openai/v1/chat/completions"
    assert first.x_groq.id == "req_1"
    assert (
        finish.x_groq.usage.total_tokens
        == finish.usage.total_tokens
        == usage.usage.total_tokens
        == 15
    )


@pytest.mark.parametrize("arguments", [('{"port":"Leith"}',), ('{"po', 'rt":', '"Leith"}')])
def test_sdk_reads_tool_calls(sdk: Any, arguments: tuple[str, ...]) -> None:
    calls = srv.tool_call("depth", *arguments) + srv.tool_call(
        "tide", "{}", call_id="call_2", index=1
    )
    with Server(srv.chat_stream([], tool_calls=calls)) as server:
        client = sdk[1](server)
        chunks = list(ask(client, stream=True))
    assert merge_calls(chunks) == {
        0: ("call_1", "depth", '{"port":"Leith"}'),
        1: ("call_2", "tide", "{}"),
    }
    assert chunks[-2].choices[0].finish_reason == "tool_calls"


def test_sdk_reads_a_whole_answer(sdk: Any) -> None:
    reply = srv.chat_whole("Aye", reasoning="Hm", tool_calls=srv.tool_call("depth", '{"a":1}'))
    with Server(reply) as server:
        client = sdk[1](server)
        answer = ask(client)
    choice = answer.choices[0]
    assert (choice.message.content, choice.message.reasoning) == ("Aye", "Hm")
    assert choice.finish_reason == "tool_calls"
    assert choice.message.tool_calls[0].id == "call_1"
    assert choice.message.tool_calls[0].function.arguments == '{"a":1}'
    assert answer.usage.prompt_tokens == 12


def test_sdk_lists_models_outside_the_script(sdk: Any) -> None:
    routes = dict.fromkeys(
        ("/v1/models", "/openai/v1/models"), srv.models_list("a", "b", context_window=8)
    )
    with Server(srv.chat_whole("kept"), routes=routes) as server:
        client = sdk[1](server)
        models = client.models.list().data
        assert [(model.id, model.context_window) for model in models] == [("a", 8), ("b", 8)]
        assert ask(client).choices[0].message.content == "kept"


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (422, "UnprocessableEntityError"),
        (429, "RateLimitError"),
        (498, "APIStatusError"),
        (503, "InternalServerError"),
    ],
)
def test_sdk_raises_the_right_error(sdk: Any, status: int, name: str) -> None:
    reply = srv.chat_error(status, "no such luck", "the_type", "the_code", {"retry-after": "7"})
    module, client_of = sdk
    failing = pytest.raises(module.APIStatusError, match="no such luck")
    with Server(reply) as server, failing as caught:
        ask(client_of(server), stream=True)
    error = caught.value
    assert type(error).__name__ == name and error.status_code == status
    assert "the_code" in str(error.body) and "the_type" in str(error.body)
    assert error.response.headers["retry-after"] == "7"


def test_sdk_raises_an_error_in_the_stream(sdk: Any) -> None:
    module, client_of = sdk
    body = srv.sse(srv.chat_chunk({"content": "a"}), {"error": {"message": "broke"}}, done=False)
    with Server(Reply(headers=srv.SSE, body=body)) as server:
        client = client_of(server)
        stream = ask(client, stream=True)
        assert next(stream).choices[0].delta.content == "a"
        with pytest.raises(module.APIError, match="broke"):
            next(stream)


def test_sdk_sees_a_cut_as_a_transport_error(sdk: Any) -> None:
    module, client_of = sdk
    first = srv.sse(srv.chat_chunk({"content": "a"}), done=False)
    with Server(Reply(headers=srv.SSE, body=[*first, Cut()])) as server:
        client = client_of(server)
        stream = ask(client, stream=True)
        assert next(stream).choices[0].delta.content == "a"
        # openai wraps it; groq lets httpx's own error through
        with pytest.raises((module.APIConnectionError, httpx.TransportError)):
            next(stream)


def test_sse_variants() -> None:
    assert srv.sse({"a": "é"}, b": ping\n\n", newline=b"\r\n") == [
        'data: {"a":"é"}\r\n\r\n'.encode(),
        b": ping\r\n\r\n",
        b"data: [DONE]\r\n\r\n",
    ]
    assert srv.sse(done=False) == []


# The script


def test_replies_advance_then_the_last_repeats(http: httpx.Client) -> None:
    with Server(Reply(201), Reply(202)) as server:
        assert [http.get(server.url).status_code for _ in range(3)] == [201, 202, 202]
        server.push(Reply(203))
        assert [http.get(server.url).status_code for _ in range(2)] == [203, 203]


def test_default_follows_the_script_and_a_reply_may_be_a_function(http: httpx.Client) -> None:
    def echo(seen: SeenRequest) -> Reply:
        return Reply(body=[seen.body], length=True)

    with Server(Reply(201), default=echo) as server:
        assert http.get(server.url).status_code == 201
        for body in (b"x", b"y" * 300_000):
            assert http.post(server.url, content=body).content == body


def test_an_empty_script_says_so(http: httpx.Client) -> None:
    with Server() as server:
        assert "no reply was scripted" in http.get(server.url).text


def test_keep_alive_and_seen(http: httpx.Client) -> None:
    with Server(TEXT) as server:
        before = time.monotonic()
        for n in range(3):
            assert (
                http.post(f"{server.url}/p?q={n}", headers={"X-A": "1"}, content=b"{}").content
                == b"onetwo"
            )
        seen = server.wait_requests(3)[-1]
        assert server.connections == 1
        http.get(server.url, headers={"connection": "close"})
        http.get(server.url)
        assert server.connections == 2
    assert (seen.method, seen.path, seen.headers["x-a"], seen.json()) == ("POST", "/p?q=2", "1", {})
    assert ("X-A", "1") in seen.raw_headers and before < seen.at < time.monotonic()
    assert not seen.closed.is_set()


def test_wait_requests_times_out() -> None:
    with Server() as server, pytest.raises(TimeoutError, match="0 of 1"):
        server.wait_requests(1, timeout=0.01)


# The wire


def raw(server: Server) -> bytes:
    """All that the server sends for one request, byte for byte."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: sock.recv(65536), b""))


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (TEXT, b"transfer-encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"),
        (Reply(body=[b"one", b"two"], length=True), b"content-length: 6\r\n\r\nonetwo"),
        (Reply(body=[b"one"], framing="close"), b"connection: close\r\n\r\none"),
        (Reply(body=[b"one"], length=9), b"content-length: 9\r\n\r\none"),
        (Reply(length=0), b"content-length: 0\r\n\r\n"),
        (Reply(body=[b"one", CloseEarly()]), b"transfer-encoding: chunked\r\n\r\n3\r\none\r\n"),
        (
            Reply(body=[Callback(lambda: b"x"), Callback(lambda: None)]),
            b"transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        ),
    ],
)
def test_framings(reply: Reply, expected: bytes) -> None:
    with Server(reply) as server:
        assert raw(server) == b"HTTP/1.1 200 OK\r\n" + expected


def test_raw_reply() -> None:
    with Server(RawReply(b"SSH-2.0-x\r\n")) as server:
        assert raw(server) == b"SSH-2.0-x\r\n"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(body=[b"one", Cut()]), (httpx.ReadError, httpx.RemoteProtocolError)),
        (Reply(body=[b"one", CloseEarly()]), httpx.RemoteProtocolError),
        (Reply(body=[b"one"], length=9), httpx.RemoteProtocolError),
        (RefuseAfterAccept(read=True), httpx.RemoteProtocolError),
        (RefuseAfterAccept(), (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)),
    ],
)
def test_broken_answers_are_transport_errors(http: httpx.Client, reply: Reply, error: Any) -> None:
    got: list[bytes] = []
    with Server(reply, TEXT) as server:
        with pytest.raises(error), http.stream("GET", server.url) as response:
            got.extend(response.iter_raw(3))
        assert b"".join(got) == (b"one" if reply.body and b"one" in reply.body else b"")
        assert len(server.requests) == (reply != RefuseAfterAccept())
        assert http.get(server.url).content == b"onetwo"


def test_hold_lets_go_on_the_event_and_what_came_before_is_out(http: httpx.Client) -> None:
    go = threading.Event()
    with (
        Server(Reply(body=[b"one", Hold(go), b"two"])) as server,
        http.stream("GET", server.url) as response,
    ):
        parts = response.iter_raw(3)
        assert next(parts) == b"one"
        go.set()
        assert next(parts) == b"two"
        assert list(parts) == []
        assert not server.requests[0].closed.is_set()


@pytest.mark.parametrize(
    "reply", [Reply(body=[b"one", Hold(threading.Event())]), Reply(body=[bytes(65536)] * 1000)]
)
def test_a_client_that_leaves_is_noticed(http: httpx.Client, reply: Reply) -> None:
    with Server(reply) as server:
        with http.stream("GET", server.url) as response:
            next(response.iter_raw(3))
        assert server.requests[0].closed.wait(2)


def test_a_client_that_gives_up_on_silence_is_noticed(http: httpx.Client) -> None:
    with Server(SilentReply()) as server:
        with pytest.raises(httpx.ReadTimeout):
            http.get(server.url, timeout=0.02)
        assert server.requests[0].closed.wait(2)


def test_closing_the_server_ends_every_hold(http: httpx.Client) -> None:
    with Server(Reply(body=[b"one", Hold(threading.Event())])) as server:
        with http.stream("GET", server.url) as response:
            parts = response.iter_raw(3)
            assert next(parts) == b"one"
            start = time.monotonic()
            server.close()
            with pytest.raises(httpx.TransportError):
                next(parts)
            assert time.monotonic() - start < 30
        with pytest.raises(httpx.ConnectError):
            http.get(server.url)
    assert not server.requests[0].closed.is_set()


# TLS and the command line


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    options = [
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-subj",
        "/CN=localhost",
    ]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(["openssl", "req", *options, *names], check=True, capture_output=True)
    return cert, key


def test_tls(certificate: tuple[Path, Path]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    trust = ssl.create_default_context(cafile=str(certificate[0]))
    holding = Reply(body=[b"one", Hold(threading.Event())])
    closing = Reply(body=[b"two"], framing="close")
    with (
        Server(TEXT, closing, holding, ssl_context=context) as server,
        httpx.Client(verify=trust, trust_env=False) as client,
    ):
        with (
            pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY"),
            httpx.Client(trust_env=False) as wary,
        ):
            wary.get(server.url)
        assert client.get(server.url).content == b"onetwo"
        assert client.get(server.url).content == b"two"
        with client.stream("GET", server.url) as response:
            assert next(response.iter_raw(3)) == b"one"
        assert server.wait_requests(3)[-1].closed.wait(2)


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Start the standalone server with these options; gives its URL."""
    running = []

    def start(*options: object) -> str:
        command = [sys.executable, "-S", "-E", srv.__file__, *map(str, options)]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert running[-1].stdout
        return running[-1].stdout.readline().strip()

    yield start
    for process in running:
        process.kill()
        process.communicate()


def test_standalone_bulk(http: httpx.Client, serve: Callable[..., str]) -> None:
    url = serve("--deltas", 50, "--per-chunk", 20, "--cap")
    text = http.post(url, json={}).text
    assert text.count(" word") == 50 and text.count("data: ") == 54
    assert text.endswith('"total_tokens":62}}\n\ndata: [DONE]\n\n')
    capped = http.post(url, json={"max_tokens": 7}).text
    assert capped.count(" word") == 7 and '"finish_reason":"length"' in capped
    assert http.get(f"{url}/v1/models").json()["data"][0]["id"] == srv.MODEL


def test_standalone_stamps(http: httpx.Client, serve: Callable[..., str]) -> None:
    text = http.post(serve("--deltas", 3, "--stamp", "--every", 0.001), json={}).text
    stamps = [int(stamp) for stamp in re.findall(r'"content":"(\d+)\\n"', text)]
    assert len(stamps) == 3 and all(late - early >= 900_000 for early, late in pairwise(stamps))


def test_standalone_tls(certificate: tuple[Path, Path], serve: Callable[..., str]) -> None:
    trust = ssl.create_default_context(cafile=str(certificate[0]))
    with httpx.Client(verify=trust, trust_env=False) as client:
        assert (
            client.post(serve("--deltas", 1, "--tls", *certificate), json={}).text.count(" word")
            == 1
        )
