"""Servers that others wrote, as they are published: listed, called, failing, ended.

The variable ``MCP_SERVERS`` names a folder where these were run::

    npm i @modelcontextprotocol/server-everything @modelcontextprotocol/server-filesystem \\
        @modelcontextprotocol/server-memory
    python -m venv venv && venv/bin/pip install mcp-server-time mcp-server-git mcp-server-fetch
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from aichat.app.tools.mcp.connection import ServerLink
from aichat.app.tools.mcp.server import McpServer
from aichat.app.tools.source import CallControl
from aichat.core.message.media import Media
from aichat.core.tools.tool import ToolOutcome
from aichat.errors import AichatError
from aichat.wires.mcp.tools import call_outcome
from tests.support.mcp.links import world_in

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
