"""Connections to the server of these tests, which is started as a real one."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aichat.app.tools.mcp.connection import ServerLink
from aichat.app.tools.mcp.server import McpServer
from aichat.core.text.clock import Clock
from aichat.process.world import World
from tests.support.running.program import ROOT

_CLOCK = Clock(lambda: 0.0, lambda: 0.0, lambda _: None, lambda: 0.5)

SCRIPT = ROOT / "tests" / "support" / "mcp" / "server.py"


def server_command(era: str = "modern", do: str = "good") -> tuple[str, ...]:
    """The command that starts it, without site packages, which it does not need."""
    return (sys.executable, "-S", "-E", str(SCRIPT), "--era", era, "--do", do)


def world_in(home: Path, **environ: str) -> World:
    """A world without a terminal, with its files below ``home``."""
    names = {f"XDG_{kind}_HOME": str(home / kind) for kind in ("CONFIG", "DATA", "CACHE")}
    own = {**names, "HOME": str(home), "PATH": os.environ["PATH"], **environ}
    return World(own, None, None, None, False, False, _CLOCK)


@contextmanager
def linked(
    home: Path, era: str = "modern", do: str = "good", told: list[str] | None = None, **more: Any
) -> Iterator[ServerLink]:
    """A connection to a server, which is closed at the end."""
    server = McpServer("box", command=server_command(era, do), **more)
    said: list[str] = [] if told is None else told
    link = ServerLink(world_in(home), server, said.append)
    try:
        yield link
    finally:
        link.close()
