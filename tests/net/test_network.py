"""The faults of the net, one row of faults.md each, as a user meets them."""

import gzip
import json
import random
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import Any, NamedTuple

import pytest

from aichat.app.calls.caller import CallOptions
from aichat.app.exchange.exchange import Exchange
from aichat.core.exchange.answer import Answer, answer_json
from aichat.core.exchange.event_log import EventLog
from aichat.core.exchange.outcome import with_fault
from aichat.core.exchange.request import Request
from aichat.core.message.message import Message, Text
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.clock import Clock
from aichat.providers import groq
from tests.support.answering.server import (
    SSE,
    CloseEarly,
    Cut,
    RawReply,
    RefuseAfterAccept,
    Reply,
    Server,
    SilentReply,
    chat_chunk,
    chat_stream,
    chat_whole,
    sse,
)
from tests.support.running.program import SENTINEL, Program
from tests.support.running.whole_runs import (
    configure_box,
    error_of,
    hold_forever,
    partial_reply,
    stderr_lines,
    text_events,
)

HTML = (
    b"<!doctype html><html><head><title>Sign in</title><meta charset=utf-8><!-- a portal -->\n"
    b"</head><body>Hi</body></html>"
)
QUICK = ("--timeout", "0.3", "--retries", "0")


class Case(NamedTuple):
    """A fault: what the server does and what the user gets."""

    reply: Reply
    kind: str
    exit: int
    says: Sequence[str] = ()
    text: str = ""
    finish: str | None = None


def sent_error(code: str, event: bytes = b"event: error\n") -> Reply:
    """An error in the middle of an answer, as Groq sends it."""
    error = {"message": f"It broke: {code}", "type": "server_error", "code": code}
    return partial_reply(event + b"data: " + json.dumps({"error": error}).encode() + b"\n\n")


def web_page(status: int = 200, content_type: str = "text/html; charset=utf-8") -> Reply:
    return Reply(status, {"content-type": content_type}, [HTML], length=True)


TEXT = "Hello wor"
CASES = {
    "64 never answers": Case(SilentReply(), "timeout", 8, ["no first byte within 0.3 s"]),
    "64 headers, then never a byte": Case(
        Reply(headers=SSE, body=[hold_forever()]), "timeout", 8, ["no first byte within 0.3 s"]
    ),
    "64 a comment, then never a byte": Case(
        Reply(headers=SSE, body=[b": ping\n\n", hold_forever()]),
        "timeout",
        8,
        ["no data for 0.3 s"],
    ),
    "65 stalls in the answer": Case(
        partial_reply(hold_forever()), "truncated", 9, ["no data for 0.3 s"], TEXT
    ),
    "71 reset in the answer": Case(partial_reply(Cut()), "truncated", 9, ["cut", "reset"], TEXT),
    "71 closed in the answer": Case(partial_reply(CloseEarly()), "truncated", 9, ["cut"], TEXT),
    "72 ends without a finish": Case(partial_reply(), "truncated", 9, ["ended"], TEXT),
    "72 ends inside an event": Case(
        partial_reply(b'data: {"choices":[{"index":0,"delta":{"content":"ld'),
        "truncated",
        9,
        ["ended"],
        TEXT,
    ),
    "73 the model's own limit": Case(
        chat_stream([TEXT], finish="length"), "length", 9, ["limit"], TEXT, "length"
    ),
    "73 filtered": Case(
        chat_stream([TEXT], finish="content_filter"),
        "content_filter",
        10,
        ["filter"],
        TEXT,
        "content_filter",
    ),
    "74 error event": Case(sent_error("server_error"), "server", 7, ["It broke"], TEXT),
    "74 error without event name": Case(
        sent_error("server_error", b""), "server", 7, ["It broke"], TEXT
    ),
    "74 a bad tool call": Case(
        sent_error("tool_use_failed"), "malformed_tool_call", 7, ["It broke"], TEXT
    ),
    "74 rate limit in the stream": Case(
        sent_error("rate_limit_exceeded"), "rate_limit", 6, ["It broke"], TEXT
    ),
    "74 overloaded in the stream": Case(
        sent_error("overloaded_error"), "overloaded", 7, ["It broke"], TEXT
    ),
    "75 broken JSON": Case(
        partial_reply(b"data: {broken\n\n", *text_events("never shown")),
        "protocol",
        7,
        ["invalid JSON", "{broken"],
        TEXT,
    ),
    "77 captive portal": Case(
        web_page(), "protocol", 7, ["not the API", "HTML", "127.0.0.1", "Sign in"]
    ),
    "77 a page that calls itself a stream": Case(
        web_page(content_type="text/event-stream"), "protocol", 7, ["not the API"]
    ),
    "78 login": Case(
        Reply(302, {"location": "https://login.example/x?next=1"}, length=True),
        "protocol",
        7,
        ["login.example"],
    ),
    "79 502 from a proxy": Case(web_page(502), "server", 7, ["502", "proxy"]),
    "81 an endless line": Case(
        Reply(
            headers={**SSE, "content-encoding": "gzip"},
            body=[gzip.compress(b"data: " + bytes(65 * 1024 * 1024), 1)],
        ),
        "protocol",
        7,
        ["64 MB"],
    ),
    "82 closed without a byte": Case(RefuseAfterAccept(read=True), "network", 8, ["127.0.0.1"]),
    "no HTTP at all": Case(RawReply(b"SSH-2.0-OpenSSH_9.7\r\n"), "network", 8, ["127.0.0.1"]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_fault_has_its_kind_and_says_what_happened_in_two_lines(
    case: str, aichat: Program
) -> None:
    reply, kind, exit_code, says, text, finish = CASES[case]
    quick = QUICK[:2] if text else QUICK
    with Server(reply, default=chat_stream(["again"])) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi", "--json", *quick)
        assert len(server.requests) == 1, "never sent again once text has come"
    answer = json.loads(result.stdout)
    assert (answer["text"], answer["finish_reason"], answer["complete"]) == (text, finish, False)
    assert (error_of(result)["kind"], result.code) == (kind, exit_code)
    assert 1 <= len(stderr_lines(result)) <= 2 and stderr_lines(result)[0].startswith(
        "aichat: groq "
    )
    for word in says:
        assert word in stderr_lines(result)[0]
    assert "<body" not in result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize("case", [case for case in CASES if CASES[case].text])
def test_text_that_came_before_a_fault_is_kept_and_ends_in_a_newline(
    case: str, aichat: Program
) -> None:
    with Server(CASES[case].reply) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi", *QUICK)
    assert (result.text, result.code) == (f"{TEXT}\n", CASES[case].exit)
    assert 1 <= len(stderr_lines(result)) <= 2


def test_no_row_is_missing() -> None:
    elsewhere = {66, 67, 68, 69, 70, 76, 80, 83, 84, 85, 86}
    rows = {int(name.split()[0]) for name in CASES if name[0].isdigit()}
    assert rows == set(range(64, 87)) - elsewhere


# 75: what is shown of a broken event


def test_the_broken_event_is_shown_in_80_bytes_without_the_key(aichat: Program) -> None:
    event = "data: {" + "x" * 65 + SENTINEL + "y" * 500 + "\n\n"
    with Server(partial_reply(event.encode())) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi")
    assert result.code == 7
    assert "x" * 65 in result.stderr and "y" * 80 not in result.stderr
    assert SENTINEL[:10] not in result.stderr, "a key that is cut in two is still a key"


# 76: the dialects of server-sent events

PIECES = ["Hé", "llo\u2028", " wörld \u0085", "👩‍💻"]
STREAM = b"".join(step for step in chat_stream(PIECES).body if isinstance(step, bytes))


def one_byte_at_a_time(stream: bytes) -> list[bytes]:
    return [stream[at : at + 1] for at in range(len(stream))]


DIALECTS = {
    "as it is": [STREAM],
    "CRLF": [STREAM.replace(b"\n", b"\r\n")],
    "CR": [STREAM.replace(b"\n", b"\r")],
    "no space after the colon": [STREAM.replace(b"data: ", b"data:")],
    "comments": [b": ping\n\n" * 7 + STREAM.replace(b"\n\n", b"\n\n: ping\n\n")],
    "a byte order mark": [b"\xef\xbb\xbf" + STREAM],
    "data over two lines": [STREAM.replace(b',"choices"', b'\ndata: ,"choices"')],
    "other fields": [STREAM.replace(b"data: ", b"id: 7\nretry: 5\nfoo\nevent: message\ndata: ")],
    "every byte alone": one_byte_at_a_time(STREAM),
    "every byte alone, CRLF": one_byte_at_a_time(STREAM.replace(b"\n", b"\r\n")),
    "no last blank line": [STREAM.removesuffix(b"\n\n")],
    "no [DONE]": [STREAM.removesuffix(b"data: [DONE]\n\n")],
    "gzip that nobody asked for": [gzip.compress(STREAM)],
}


def answer_to(reply: Reply) -> Answer:
    """What a turn makes of ``reply``; here without a process of its own, for speed."""
    with Server(reply) as server:
        target = Endpoint(groq.PROVIDER, "chat", f"{server.url}/v1")
        question = Request("m", (Message("user", (Text("hi"),)),))
        clock = Clock(time.time, time.monotonic, time.sleep, random.random)
        turn = Exchange(question, target, clock, CallOptions())
        log = EventLog()
        for batch in turn:
            json.dumps(log.feed(batch))
    return turn.answer()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_of_a_stream_is_read_to_the_same_answer(dialect: str) -> None:
    packed = {"content-encoding": "gzip"} if dialect.startswith("gzip") else {}
    answer = answer_to(Reply(headers={**SSE, **packed}, body=DIALECTS[dialect]))
    assert (answer.text, answer.is_complete) == ("".join(PIECES), True)


def test_a_stream_that_comes_byte_by_byte_is_printed_as_it_is(aichat: Program) -> None:
    with Server(Reply(headers=SSE, body=DIALECTS["every byte alone, CRLF"])) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi")
    assert (result.text, result.stderr, result.code) == ("".join(PIECES) + "\n", "", 0)


def test_a_whole_json_answer_to_a_request_for_a_stream_is_read(aichat: Program) -> None:
    with Server(chat_whole("All at once.")) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi")
    assert (result.text, result.code) == ("All at once.\n", 0)


def test_an_error_in_an_answer_of_status_200_is_that_error(aichat: Program) -> None:
    body = json.dumps({"error": {"message": "no credit", "code": "insufficient_quota"}}).encode()
    reply = Reply(headers={"content-type": "application/json"}, body=[body], length=True)
    with Server(reply) as server:
        result = aichat.point_groq_at(server.url).run("ask", "hi", "--json")
    assert (error_of(result)["kind"], result.code) == ("quota", 6)


# 80: an empty answer

EMPTY = {
    "no text": chat_stream([]),
    "empty text": chat_stream([""]),
    "null, whole": chat_whole(None),
    "only reasoning": chat_stream([], reasoning=["thinking"]),
    "a field we do not know": Reply(
        headers=SSE, body=sse(chat_chunk({"novel": {"x": 1}}), chat_chunk({}, "stop"))
    ),
}


@pytest.mark.parametrize("case", EMPTY)
def test_an_empty_answer_is_no_fault_but_is_said(case: str, aichat: Program) -> None:
    with Server(EMPTY[case]) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi")
    assert (result.stdout, result.code) == (b"", 0)
    assert len(stderr_lines(result)) == 1
    assert "empty answer (finish_reason stop)" in result.stderr


# 78: redirects


@pytest.mark.parametrize("location", ["/login", "login", "//127.0.0.1/login", ""])
def test_a_redirect_without_a_host_names_our_own(location: str, aichat: Program) -> None:
    with Server(Reply(302, {"location": location}, length=True)) as server:
        result = aichat.point_groq_at(server.url).invoke("ask", "hi")
    assert result.code == 7
    assert "redirects to 127.0.0.1" in result.stderr


# 82: reaching a server at all

UNREACHABLE = {
    "nothing listens": ("http://127.0.0.1:{closed}/v1", ["127.0.0.1", "refused"]),
    "unknown name": ("https://api.example.invalid/v1", ["api.example.invalid", "DNS"]),
}


@pytest.mark.parametrize("case", UNREACHABLE)
def test_an_unreachable_server_is_exit_8_with_its_cause(case: str, aichat: Program) -> None:
    url, says = UNREACHABLE[case]
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = unused.getsockname()[1]
    aichat.environ |= {
        "GROQ_API_KEY": SENTINEL,
        "AICHAT_GROQ_BASE_URL": url.format(closed=closed),
    }
    result = aichat.invoke("ask", "hi", "--retries", "0")
    assert (result.stdout, result.code, len(stderr_lines(result))) == (b"", 8, 2)
    for word in says:
        assert word in stderr_lines(result)[0]


def test_an_unknown_name_is_not_tried_again(aichat: Program) -> None:
    aichat.environ |= {
        "GROQ_API_KEY": SENTINEL,
        "AICHAT_GROQ_BASE_URL": "https://api.example.invalid/v1",
    }
    assert "retrying" not in aichat.invoke("ask", "hi").stderr


class Relay:
    """``::1`` in front of a server that listens on 127.0.0.1."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._stack = ExitStack()
        self._listener = self._stack.enter_context(socket.socket(socket.AF_INET6))
        self._listener.bind(("::1", 0))
        self._listener.listen()
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._stack.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near = self._stack.enter_context(self._listener.accept()[0])
                far = self._stack.enter_context(
                    socket.create_connection(("127.0.0.1", self._target))
                )
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=pour, args=pair, daemon=True).start()


def pour(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def ipv6(aichat: Program) -> Iterator[tuple[Program, Any]]:
    with Server(chat_stream(["over v6"])) as server:
        try:
            relay = Relay(server.port)
        except OSError:
            pytest.skip("this machine has no ::1")
        yield configure_box(aichat, f"http://[::1]:{relay.port}"), server
        relay.close()


def test_a_server_on_the_ipv6_loopback_alone_is_reached(ipv6: tuple[Program, Server]) -> None:
    program, server = ipv6
    result = program.invoke("ask", "-p", "box", "hi")
    assert (result.text, result.code) == ("over v6\n", 0)
    assert server.requests[0].headers["host"].startswith("[::1]:")


def test_localhost_is_reached_whatever_its_first_address_is(aichat: Program) -> None:
    with Server(chat_stream(["hello"])) as server:
        result = configure_box(aichat, f"http://localhost:{server.port}").run(
            "ask", "-p", "box", "hi"
        )
    assert (result.text, result.code) == ("hello\n", 0)


# Whatever a server sends, it is no bug of ours

GARBAGE = {
    "a list": b"data: [1,2]\n\n",
    "a number": b"data: 7\n\n",
    "a string": b'data: "x"\n\n',
    "null": b"data: null\n\n",
    "choices is text": b'data: {"choices":"x"}\n\n',
    "choices is a number": b'data: {"choices":7}\n\n',
    "choice is a number": b'data: {"choices":[7]}\n\n',
    "delta is text": b'data: {"choices":[{"index":0,"delta":"x"}]}\n\n',
    "delta is null": b'data: {"choices":[{"index":0,"delta":null}]}\n\n',
    "content is a number": b'data: {"choices":[{"index":0,"delta":{"content":7}}]}\n\n',
    "content is an object": b'data: {"choices":[{"index":0,"delta":{"content":{"a":1}}}]}\n\n',
    "tool calls are text": b'data: {"choices":[{"index":0,"delta":{"tool_calls":"x"}}]}\n\n',
    "function is text": b'data: {"choices":[{"index":0,"delta":'
    b'{"tool_calls":[{"index":0,"function":"x"}]}}]}\n\n',
    "annotations of texts": b'data: {"choices":[{"index":0,"delta":{"annotations":["x"]}}]}\n\n',
    "executed tools of texts": b'data: {"choices":[{"index":0,"delta":'
    b'{"executed_tools":["x"]}}]}\n\n',
    "search results of texts": b'data: {"choices":[{"index":0,"delta":{"executed_tools":'
    b'[{"index":0,"type":"search","search_results":"x"}]}}]}\n\n',
    "images of texts": b'data: {"choices":[{"index":0,"delta":{"images":["x"]}}]}\n\n',
    "audio is text": b'data: {"choices":[{"index":0,"delta":{"audio":"x"}}]}\n\n',
    "finish reason is a list": b'data: {"choices":[{"index":0,"delta":{},"finish_reason":[1]}]}'
    b"\n\n",
    "usage is text": b'data: {"choices":[],"usage":"x"}\n\n',
    "usage of texts": b'data: {"choices":[],"usage":{"prompt_tokens":"x",'
    b'"completion_tokens":[1],"prompt_tokens_details":"y"}}\n\n',
    "model is a number": b'data: {"id":7,"model":7,"choices":[]}\n\n',
    "x_groq is text": b'data: {"choices":[],"x_groq":"x"}\n\n',
    "not UTF-8": b'data: {"choices":[{"index":0,"delta":{"content":"\xff\xfe"}}]}\n\n',
    "a lone surrogate": b'data: {"choices":[{"index":0,"delta":{"content":"\\ud83d"}}]}\n\n',
    "deep nesting": b"data: " + b"[" * 100_000 + b"\n\n",
    "NaN": b'data: {"choices":[],"usage":{"prompt_tokens":NaN,"completion_tokens":Infinity}}\n\n',
    "a huge number": b'data: {"choices":[],"created":' + b"9" * 5000 + b"}\n\n",
}


@pytest.mark.parametrize("case", GARBAGE)
def test_an_odd_event_never_ends_in_a_bug_of_ours(case: str) -> None:
    end = [part for part in chat_stream([" end"]).body if isinstance(part, bytes)]
    answer = answer_to(Reply(headers=SSE, body=[GARBAGE[case], *end]))
    assert answer.fault is None or answer.fault.kind == "protocol"
    json.dumps(answer_json(with_fault(answer, user_limited=False)))
