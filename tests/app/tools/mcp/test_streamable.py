"""Servers over HTTP, good and hostile: bounded, and told in one line that names them."""

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from aichat.app.tools.mcp.connection import ServerLink
from aichat.app.tools.mcp.server import McpServer
from aichat.app.tools.source import CallControl
from aichat.errors import AichatError
from tests.support.mcp.links import world_in
from tests.support.mcp.web import EVENTS, JSON, SAID, Box, Given, modern, reply, serving

BEGUN = {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {}}


@contextmanager
def reached(
    home: Path, answer: Callable[[dict[str, Any]], Given], **more: Any
) -> Iterator[tuple[ServerLink, Box]]:
    with serving(answer) as box:
        link = ServerLink(world_in(home), McpServer("box", url=box.url, **more), len)
        yield link, box
        link.close()


def call(link: ServerLink) -> Any:
    (tool,) = link.tools()
    return link.call(tool, {}, CallControl())


def fault_of(home: Path, answer: Callable[[dict[str, Any]], Given]) -> tuple[str, int]:
    with reached(home, answer) as (link, _), pytest.raises(AichatError) as caught:
        link.tools()
    return caught.value.fault.message, caught.value.fault.exit_code


def test_a_server_of_today_is_asked_without_a_session(tmp_path: Path) -> None:
    with reached(tmp_path, modern, headers=(("X-Own", "1"),)) as (link, box):
        assert call(link) == SAID
    assert box.methods == ["server/discover", "tools/list", "tools/call"]
    headers = box.heard[-1][1]
    assert (headers["Mcp-Method"], headers["Mcp-Name"]) == ("tools/call", "echo")
    assert (headers["MCP-Protocol-Version"], headers["X-Own"]) == ("2026-07-28", "1")


def test_a_key_goes_to_the_server_that_it_is_for(tmp_path: Path) -> None:
    with reached(tmp_path, modern, secret={"key_command": ["echo", "k"]}) as (link, box):
        link.tools()
    assert {headers["Authorization"] for _, headers, _ in box.heard} == {"Bearer k"}


def legacy(message: dict[str, Any]) -> Given:
    if message["method"] == "server/discover":
        return 400, JSON, b'{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"no"}}', {}
    if message["method"] == "initialize":
        return (*reply(message, BEGUN)[:3], {"Mcp-Session-Id": "s1"})
    return modern(message)


def test_a_server_of_the_era_before_has_a_session_that_is_ended(tmp_path: Path) -> None:
    with reached(tmp_path, legacy) as (link, box):
        assert call(link) == SAID
    assert box.methods == [
        *("server/discover", "initialize", "notifications/initialized"),
        *("tools/list", "tools/call", "DELETE"),
    ]
    assert {headers.get("Mcp-Session-Id") for _, headers, _ in box.heard[2:]} == {"s1"}
    assert box.heard[1][2]["params"]["capabilities"] == {}


def test_a_session_that_was_forgotten_is_begun_again_once(tmp_path: Path) -> None:
    lost = [True]

    def forgetful(message: dict[str, Any]) -> Given:
        if message["method"] == "tools/call" and lost:
            lost.clear()
            return 404, JSON, b"{}", {}
        return legacy(message)

    with reached(tmp_path, forgetful) as (link, box):
        assert call(link) == SAID
    assert box.methods.count("initialize") == 2
    assert box.methods.count("tools/call") == 2


def test_an_answer_may_be_a_stream_with_other_messages_before_it(tmp_path: Path) -> None:
    def streaming(message: dict[str, Any]) -> Given:
        _, _, body, _ = modern(message)
        note = b'{"jsonrpc":"2.0","method":"notifications/message","params":{}}'
        other = b'{"jsonrpc":"2.0","id":99,"result":{"tools":[]}}'
        events = b"".join(b"data: " + data + b"\n\n" for data in (b"junk", note, other, body))
        return 200, EVENTS, events, {}

    with reached(tmp_path, streaming) as (link, _):
        assert call(link) == SAID


def answering(status: int, kind: str, body: bytes, **headers: str) -> Callable[[Any], Given]:
    return lambda _: (status, kind, body, headers)


@pytest.mark.parametrize(
    ("answer", "told", "code"),
    [
        (answering(401, JSON, b"{}"), "it refused", 4),
        (answering(403, JSON, b"{}"), "it refused", 4),
        (answering(500, JSON, b"oops"), "it refused", 7),
        (answering(200, "text/html", b"<html>"), "the answer is none", 7),
        (answering(200, EVENTS, b"data: {}\n\n"), "the answer is none", 7),
    ],
    ids=["401", "403", "500", "html", "cut"],
)
def test_what_is_no_answer_is_told_by_name(
    answer: Callable[[Any], Given], told: str, code: int, tmp_path: Path
) -> None:
    assert fault_of(tmp_path, answer) == (f"MCP server box: {told}", code)


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    message, _ = fault_of(tmp_path, answering(302, JSON, b"", Location="http://127.0.0.1:9/x"))
    assert message.startswith("MCP server box: 302: 127.0.0.1 redirects to 127.0.0.1:9; not")


def test_a_flood_is_cut_off_however_it_is_packed(tmp_path: Path) -> None:
    bomb = gzip.compress(b" " * (40 << 20))

    def flood(message: dict[str, Any]) -> Given:
        if message["method"] == "tools/list":
            return 200, JSON, bomb, {"Content-Encoding": "gzip"}
        return modern(message)

    message, code = fault_of(tmp_path, flood)
    assert (message, code) == ("MCP server box: the answer is over 16 MB", 7)


def test_a_call_that_nobody_wants_any_more_closes_its_stream(tmp_path: Path) -> None:
    control, held, ends = CallControl(), threading.Event(), []

    def hang(message: dict[str, Any]) -> Given:
        if message["method"] == "tools/call":
            control.cancel()
            held.wait(30)
        return modern(message)

    with reached(tmp_path, hang) as (link, _):
        (tool,) = link.tools()
        with pytest.raises(AichatError) as caught:
            link.call(tool, {}, control)
        ends.append(caught.value.fault.message)
        held.set()
    assert ends == ["MCP server box: cancelled"]


def test_a_server_of_the_era_before_is_told_what_nobody_wants(tmp_path: Path) -> None:
    """There a stream that is closed says nothing."""
    control, told = CallControl(), threading.Event()

    def hang(message: dict[str, Any]) -> Given:
        if message["method"] == "tools/call":
            control.cancel()
            told.wait(20)
        return legacy(message)

    with reached(tmp_path, hang) as (link, box):
        (tool,) = link.tools()
        try:
            with pytest.raises(AichatError, match="cancelled"):
                link.call(tool, {}, control)
            until = time.monotonic() + 20
            while "notifications/cancelled" not in box.methods and time.monotonic() < until:
                time.sleep(0.01)
        finally:
            told.set()
        (called,) = (m["id"] for _, _, m in box.heard if m.get("method") == "tools/call")
        (heard,) = (m for _, _, m in box.heard if m.get("method") == "notifications/cancelled")
    assert heard["params"]["requestId"] == called


def test_a_stream_that_its_server_ends_is_gone_on_with_where_it_ended(tmp_path: Path) -> None:
    """The era before has servers that answer later, on another stream."""
    began = b"id: e1\nretry: 1\ndata: \n\n"

    def polled(message: dict[str, Any]) -> Given:
        if message.get("method") == "tools/call":
            return 200, EVENTS, began, {}
        return legacy(message)

    with reached(tmp_path, polled) as (link, box):
        (tool,) = link.tools()
        ids = [m["id"] for _, _, m in box.heard if "id" in m]
        box.later = [began, b"id: e2\ndata: " + reply({"id": ids[-1] + 1}, SAID)[2] + b"\n\n"]
        assert link.call(tool, {}, CallControl()) == SAID
    asked = [headers for kind, headers, _ in box.heard if kind == "GET"]
    assert [headers["Last-Event-ID"] for headers in asked] == ["e1", "e1"]
    assert {headers["Mcp-Session-Id"] for headers in asked} == {"s1"}


def test_a_server_of_today_that_cuts_its_stream_gave_no_answer(tmp_path: Path) -> None:
    cut = answering(200, EVENTS, b"id: e1\ndata: \n\n")
    with reached(tmp_path, lambda m: cut(m) if m["method"] == "tools/call" else modern(m)) as (
        link,
        box,
    ):
        (tool,) = link.tools()
        with pytest.raises(AichatError, match="the answer is none"):
            link.call(tool, {}, CallControl())
    assert "GET" not in box.methods
