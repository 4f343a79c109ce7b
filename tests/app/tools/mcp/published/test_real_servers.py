"""Servers that others wrote, as they are published: listed, called, failing, ended.

The variable ``MCP_SERVERS`` names a folder where these were run::

    npm i @modelcontextprotocol/server-everything @modelcontextprotocol/server-filesystem \\
        @modelcontextprotocol/server-memory @modelcontextprotocol/server
    python -m venv venv && venv/bin/pip install mcp-server-time mcp-server-git mcp-server-fetch
"""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from aichat.app.tools.mcp.connection import ServerLink
from aichat.app.tools.mcp.server import McpServer
from aichat.app.tools.source import CallControl
from aichat.core.message.media import Media
from aichat.core.tools.tool import ToolOutcome
from aichat.errors import AichatError
from aichat.process.threads import run_in_thread
from aichat.wires.mcp import messages
from aichat.wires.mcp.tools import call_outcome
from tests.support.mcp.links import world_in
from tests.support.running.program import ROOT

FOLDER = Path(os.environ.get("MCP_SERVERS", "/nonexistent"))
NPM, PYPI = FOLDER / "node_modules" / ".bin", FOLDER / "venv" / "bin"

MODERN, LEGACY = "2026-07-28", "2025-11-25"

#: Each server: its program and arguments, its era, and one tool of it that all else is tried with.
SERVERS = {
    "everything": (NPM / "mcp-server-everything", ("stdio",), LEGACY, "echo"),
    "filesystem": (NPM / "mcp-server-filesystem", ("{root}",), LEGACY, "list_directory"),
    "memory": (NPM / "mcp-server-memory", (), LEGACY, "read_graph"),
    "time": (PYPI / "mcp-server-time", ("--local-timezone", "UTC"), MODERN, "get_current_time"),
    "git": (PYPI / "mcp-server-git", (), MODERN, "git_status"),
    "fetch": (PYPI / "mcp-server-fetch", (), MODERN, "fetch"),
}

pytestmark = pytest.mark.long


@contextmanager
def real(name: str, root: Path) -> Iterator[ServerLink]:
    program, words, _, _ = SERVERS[name]
    if not program.exists():
        pytest.skip(f"MCP_SERVERS names no folder with {program.name}")
    command = (str(program), *(word.format(root=root) for word in words))
    link = ServerLink(world_in(root), McpServer(name, command=command), print)
    try:
        yield link
    finally:
        link.close()


def call(link: ServerLink, tool: str, **arguments: Any) -> ToolOutcome:
    (found,) = (one for one in link.tools() if one.name == tool)
    return call_outcome(link.call(found, arguments, CallControl()))


@pytest.mark.parametrize("name", SERVERS)
def test_it_is_of_its_era_and_has_its_tools(name: str, tmp_path: Path) -> None:
    with real(name, tmp_path) as link:
        assert SERVERS[name][3] in [tool.name for tool in link.tools()]
        assert link.connected.era.version == SERVERS[name][2]


CALLS = [
    ("everything", "echo", {"message": "hello"}, "hello"),
    ("filesystem", "list_directory", {"path": "{root}"}, "[FILE] a.txt"),
    ("memory", "read_graph", {}, '"entities"'),
    ("time", "get_current_time", {"timezone": "Asia/Tokyo"}, "+09:00"),
    ("git", "git_status", {"repo_path": "{root}"}, "a.txt"),
]


@pytest.mark.parametrize(("name", "tool", "arguments", "said"), CALLS, ids=[c[0] for c in CALLS])
def test_a_call_is_answered(
    name: str, tool: str, arguments: dict[str, str], said: str, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("a")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    given = {key: value.format(root=tmp_path) for key, value in arguments.items()}
    with real(name, tmp_path) as link:
        done = call(link, tool, **given)
    assert not done.is_error and said in done.text


FAILING = [
    ("filesystem", "list_directory", {"path": "/etc"}),
    ("time", "get_current_time", {"timezone": "Mars/Base"}),
    ("git", "git_status", {"repo_path": "/"}),
    ("fetch", "fetch", {"url": "http://127.0.0.1:9/"}),
]


@pytest.mark.parametrize(("name", "tool", "arguments"), FAILING, ids=[c[0] for c in FAILING])
def test_what_goes_wrong_is_told_as_an_error(
    name: str, tool: str, arguments: dict[str, str], tmp_path: Path
) -> None:
    with real(name, tmp_path) as link:
        try:
            assert call(link, tool, **arguments).is_error
        except AichatError as error:
            assert error.fault.message.startswith(f"MCP server {name}: ")


def test_a_picture_comes_as_one(tmp_path: Path) -> None:
    with real("everything", tmp_path) as link:
        done = call(link, "get-tiny-image")
    (picture,) = (part for part in done.parts if isinstance(part, Media))
    assert picture.mime == "image/png"


def test_progress_is_heard(tmp_path: Path) -> None:
    heard: list[float] = []
    with real("everything", tmp_path) as link:
        name = "trigger-long-running-operation"
        (tool,) = (one for one in link.tools() if one.name == name)
        control = CallControl(lambda progress: heard.append(progress.done))
        link.call(tool, {"duration": 1, "steps": 3}, control)
    assert heard == [1, 2, 3]


def test_its_resources_and_prompts_are_read(tmp_path: Path) -> None:
    with real("everything", tmp_path) as link:
        resource, *_ = link.listed("resources")
        assert link.ask("resources/read", {"uri": resource["uri"]})["contents"]
        assert link.listed("prompts")


def test_it_ends_and_is_started_again_once(tmp_path: Path) -> None:
    with real("time", tmp_path) as link:
        link.connect()
        assert link._channel is not None
        link._channel.close()
        assert not call(link, "get_current_time", timezone="UTC").is_error
        assert link.starts == 2


# -- over HTTP, and servers of the official SDKs


#: The words that start a server by its pipes, and with a port behind them over HTTP.
SdkServer = tuple[str | Path, ...]

SUPPORT = ROOT / "tests" / "support" / "mcp"
PYTHON_SDK: SdkServer = (PYPI / "python", SUPPORT / "sdk_server.py")
NODE_SDK: SdkServer = ("node", SUPPORT / "sdk_server.mjs", FOLDER)
WAYS = [
    pytest.param(sdk, way, id=f"{name}-{way}")
    for name, sdk in (("python", PYTHON_SDK), ("node", NODE_SDK))
    for way in ("pipes", "http")
]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def served(words: Sequence[str | Path], port: int, **environ: str) -> Iterator[None]:
    """A server over HTTP, once it answers."""
    process = subprocess.Popen(
        words, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def sdk_link(sdk: SdkServer, way: str, root: Path) -> Iterator[ServerLink]:
    if not (NPM / "..").exists() or not (PYPI / "python").exists():
        pytest.skip("MCP_SERVERS names no folder with the SDKs")
    world, port = world_in(root), free_port()
    words = tuple(map(str, sdk))
    if way == "pipes":
        link = ServerLink(world, McpServer("sdk", command=words), print)
    else:
        link = ServerLink(world, McpServer("sdk", url=f"http://127.0.0.1:{port}/mcp"), print)
    with served((*words, str(port)), port) if way == "http" else nullcontext():
        try:
            yield link
        finally:
            link.close()


@pytest.mark.parametrize("era", [MODERN, LEGACY])
@pytest.mark.parametrize(("sdk", "way"), WAYS)
def test_a_server_of_an_sdk_is_listed_called_and_fails_in_both_eras(
    sdk: SdkServer, way: str, era: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if era == LEGACY:  # it is asked nothing that is of today's era
        ping = partial(dict, jsonrpc="2.0", method="ping")
        monkeypatch.setattr(messages, "discover", lambda id_, _: ping(id=id_))
    with sdk_link(sdk, way, tmp_path) as link:
        assert call(link, "echo", text="h\u00e9llo\u2028").text == "h\u00e9llo\u2028"
        assert link.connected.era.version == era
        assert call(link, "fails").is_error
        (picture,) = (part for part in call(link, "picture").parts if isinstance(part, Media))
        assert picture.mime == "image/png"


@pytest.mark.parametrize(("sdk", "way"), WAYS)
def test_a_call_that_nobody_wants_is_cancelled_there(
    sdk: SdkServer, way: str, tmp_path: Path
) -> None:
    mark, control = tmp_path / "mark", CallControl()
    with sdk_link(sdk, way, tmp_path) as link:
        (slow,) = (tool for tool in link.tools() if tool.name == "slow")
        ended = run_in_thread(lambda: link.call(slow, {"mark": str(mark)}, control), AichatError)
        wait_for(mark, "begun")
        control.cancel()
        with pytest.raises(AichatError, match="cancelled"):
            ended()
        wait_for(mark, "cancelled")


def wait_for(mark: Path, words: str) -> None:
    until = time.monotonic() + 60
    while not (mark.exists() and mark.read_text() == words):
        assert time.monotonic() < until, words
        time.sleep(0.02)


def test_progress_of_the_python_sdk_is_heard(tmp_path: Path) -> None:
    heard: list[float] = []
    with sdk_link(PYTHON_SDK, "http", tmp_path) as link:
        (counts,) = (tool for tool in link.tools() if tool.name == "counts")
        control = CallControl(lambda progress: heard.append(progress.done))
        link.call(counts, {"to": 3}, control)
    assert heard == [1, 2, 3]


def test_everything_is_served_over_http(tmp_path: Path) -> None:
    program, port = NPM / "mcp-server-everything", free_port()
    if not program.exists():
        pytest.skip(f"MCP_SERVERS names no folder with {program.name}")
    heard: list[float] = []
    with served((program, "streamableHttp"), port, PORT=str(port)):
        link = ServerLink(
            world_in(tmp_path), McpServer("web", url=f"http://127.0.0.1:{port}/mcp"), print
        )
        assert call(link, "echo", message="hello").text.endswith("hello")
        assert link.connected.era.version == LEGACY
        (long,) = (t for t in link.tools() if t.name == "trigger-long-running-operation")
        control = CallControl(lambda progress: heard.append(progress.done))
        link.call(long, {"duration": 1, "steps": 2}, control)
        assert any(isinstance(part, Media) for part in call(link, "get-tiny-image").parts)
        again = CallControl()
        ended = run_in_thread(lambda: link.call(long, {"duration": 600}, again), AichatError)
        again.cancel()
        with pytest.raises(AichatError, match="cancelled"):
            ended()
        assert call(link, "echo", message="still").text.endswith("still")
        link.close()
    assert heard == [1, 2]
