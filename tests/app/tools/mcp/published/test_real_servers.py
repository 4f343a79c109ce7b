"""Servers that others wrote, as they are published: listed, called, failing, ended.

Run with ``pytest -m long tests/app/tools/mcp/published``; npm and pip fetch them, as
``tests/support/mcp/packages.py`` says.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from aichat.app.tools.mcp.connection import ServerLink
from aichat.app.tools.mcp.server import McpServer
from aichat.app.tools.mcp.stdio import StdioChannel
from aichat.app.tools.source import CallControl
from aichat.core.message.media import Media
from aichat.core.tools.tool import ToolOutcome
from aichat.errors import AichatError
from aichat.process.threads import run_in_thread
from aichat.wires.mcp import messages
from aichat.wires.mcp.tools import call_outcome
from tests.support.mcp.links import world_in
from tests.support.mcp.packages import npm_programs, pypi_programs
from tests.support.running.program import ROOT

MODERN, LEGACY = "2026-07-28", "2025-11-25"

#: Each server: where it comes from and its arguments, its eras, and one of its tools.
SERVERS = {
    "everything": (npm_programs, ("stdio",), (LEGACY,), "echo"),
    "filesystem": (npm_programs, ("{root}",), (LEGACY,), "list_directory"),
    "memory": (npm_programs, (), (LEGACY,), "read_graph"),
    "time": (pypi_programs, ("--local-timezone", "UTC"), (MODERN, LEGACY), "get_current_time"),
    "git": (pypi_programs, (), (MODERN, LEGACY), "git_status"),
    "fetch": (pypi_programs, (), (MODERN, LEGACY), "fetch"),
}

#: The eras that each of them speaks.
ERAS = [(name, era) for name, (_, _, eras, _) in SERVERS.items() for era in eras]

pytestmark = pytest.mark.long


@pytest.fixture(autouse=True)
def spoken_era(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a test is of the era before, a server is asked nothing that is of today's."""
    callspec = getattr(request.node, "callspec", None)
    if callspec and callspec.params.get("era") == LEGACY:
        ping = partial(dict, jsonrpc="2.0", method="ping")
        monkeypatch.setattr(messages, "discover", lambda id_, _: ping(id=id_))


@contextmanager
def real(name: str, root: Path) -> Iterator[ServerLink]:
    programs, words, _, _ = SERVERS[name]
    command = (
        str(programs() / f"mcp-server-{name}"),
        *(word.format(root=root) for word in words),
    )
    link = ServerLink(world_in(root), McpServer(name, command=command), print)
    try:
        yield link
    finally:
        link.close()


def call(link: ServerLink, tool: str, **arguments: Any) -> ToolOutcome:
    (found,) = (one for one in link.tools() if one.name == tool)
    return call_outcome(link.call(found, arguments, CallControl()))


@pytest.mark.parametrize(("name", "era"), ERAS)
def test_it_is_of_its_era_and_has_its_tools(name: str, era: str, tmp_path: Path) -> None:
    with real(name, tmp_path) as link:
        assert SERVERS[name][3] in [tool.name for tool in link.tools()]
        assert link.connected.era.version == era


CALLS = [
    ("everything", "echo", {"message": "hello"}, "hello"),
    ("filesystem", "list_directory", {"path": "{root}"}, "[FILE] a.txt"),
    ("memory", "read_graph", {}, '"entities"'),
    ("time", "get_current_time", {"timezone": "Asia/Tokyo"}, "+09:00"),
    ("git", "git_status", {"repo_path": "{root}"}, "a.txt"),
]


def in_its_eras(cases: list[Any]) -> list[Any]:
    """Each case, which begins with a server, once in each era that this speaks."""
    return [
        pytest.param(era, *case, id=f"{case[0]}-{era}")
        for case in cases
        for era in SERVERS[case[0]][2]
    ]


@pytest.mark.parametrize(("era", "name", "tool", "arguments", "said"), in_its_eras(CALLS))
def test_a_call_is_answered(
    era: str, name: str, tool: str, arguments: dict[str, str], said: str, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("a")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    given = {key: value.format(root=tmp_path) for key, value in arguments.items()}
    with real(name, tmp_path) as link:
        done = call(link, tool, **given)
        assert link.connected.era.version == era
    assert not done.is_error and said in done.text


FAILING = [
    ("everything", "get-sum", {"a": "one"}),
    ("memory", "add_observations", {"observations": [{"entityName": "x", "contents": ["y"]}]}),
    ("filesystem", "list_directory", {"path": "/etc"}),
    ("time", "get_current_time", {"timezone": "Mars/Base"}),
    ("git", "git_status", {"repo_path": "/"}),
    ("fetch", "fetch", {"url": "http://127.0.0.1:9/"}),
]


@pytest.mark.parametrize(("era", "name", "tool", "arguments"), in_its_eras(FAILING))
def test_what_goes_wrong_is_told_as_an_error(
    era: str, name: str, tool: str, arguments: dict[str, Any], tmp_path: Path
) -> None:
    with real(name, tmp_path) as link:
        try:
            assert call(link, tool, **arguments).is_error
        except AichatError as error:
            assert error.fault.message.startswith(f"MCP server {name}: ")
        assert link.connected.era.version == era


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


def test_a_call_over_its_pipes_is_cancelled(tmp_path: Path) -> None:
    begun: list[float] = []
    with real("everything", tmp_path) as link:
        name = "trigger-long-running-operation"
        (tool,) = (one for one in link.tools() if one.name == name)
        control = CallControl(lambda progress: begun.append(progress.done))
        arguments = {"duration": 600, "steps": 6000}
        ended = run_in_thread(lambda: link.call(tool, arguments, control), AichatError)
        until = time.monotonic() + 60
        while not begun:
            assert time.monotonic() < until
            time.sleep(0.02)
        control.cancel()
        with pytest.raises(AichatError, match="cancelled"):
            ended()
        assert call(link, "echo", message="still").text.endswith("still")


def test_its_resources_and_prompts_are_read(tmp_path: Path) -> None:
    with real("everything", tmp_path) as link:
        resource, *_ = link.listed("resources")
        assert link.ask("resources/read", {"uri": resource["uri"]})["contents"]
        assert link.listed("prompts")


@pytest.mark.parametrize(("name", "era"), ERAS)
def test_one_that_is_killed_is_started_again_once(name: str, era: str, tmp_path: Path) -> None:
    with real(name, tmp_path) as link:
        tools = link.tools()
        for starts in (1, 2):
            assert (link.starts, link.connected.era.version) == (starts, era)
            channel = link._channel
            assert isinstance(channel, StdioChannel)
            os.kill(channel._program._process.pid, signal.SIGKILL)
            while channel.is_open:
                time.sleep(0.02)
            if starts == 1:
                assert link.tools() == tools
        with pytest.raises(AichatError, match="it ended twice and is not started again"):
            link.tools()


# -- over HTTP, and servers of the official SDKs


#: The words that start a server by its pipes, and with a port behind them over HTTP.
SdkServer = tuple[str | Path, ...]

SUPPORT = ROOT / "tests" / "support" / "mcp"


def python_sdk() -> SdkServer:
    return (pypi_programs() / "python", SUPPORT / "sdk_server.py")


def node_sdk() -> SdkServer:
    return ("node", SUPPORT / "sdk_server.mjs", npm_programs().parent.parent)


WAYS = [
    pytest.param(sdk, way, id=f"{sdk.__name__}-{way}")
    for sdk in (python_sdk, node_sdk)
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
def sdk_link(sdk: Callable[[], SdkServer], way: str, root: Path) -> Iterator[ServerLink]:
    world, port = world_in(root), free_port()
    words = tuple(map(str, sdk()))
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
    sdk: Callable[[], SdkServer], way: str, era: str, tmp_path: Path
) -> None:
    with sdk_link(sdk, way, tmp_path) as link:
        assert call(link, "echo", text="h\u00e9llo\u2028").text == "h\u00e9llo\u2028"
        assert link.connected.era.version == era
        assert call(link, "fails").is_error
        (picture,) = (part for part in call(link, "picture").parts if isinstance(part, Media))
        assert picture.mime == "image/png"


@pytest.mark.parametrize("era", [MODERN, LEGACY])
@pytest.mark.parametrize(("sdk", "way"), WAYS)
def test_a_call_that_nobody_wants_is_cancelled_there(
    sdk: Callable[[], SdkServer], way: str, era: str, tmp_path: Path
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
        assert link.connected.era.version == era


def wait_for(mark: Path, words: str) -> None:
    until = time.monotonic() + 60
    while not (mark.exists() and mark.read_text() == words):
        assert time.monotonic() < until, words
        time.sleep(0.02)


@pytest.mark.parametrize("era", [MODERN, LEGACY])
@pytest.mark.parametrize("way", ["pipes", "http"])
def test_progress_of_the_python_sdk_is_heard(way: str, era: str, tmp_path: Path) -> None:
    heard: list[float] = []
    with sdk_link(python_sdk, way, tmp_path) as link:
        (counts,) = (tool for tool in link.tools() if tool.name == "counts")
        control = CallControl(lambda progress: heard.append(progress.done))
        link.call(counts, {"to": 3}, control)
        assert link.connected.era.version == era
    assert heard == [1, 2, 3]


def test_everything_is_served_over_http(tmp_path: Path) -> None:
    program, port = npm_programs() / "mcp-server-everything", free_port()
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
