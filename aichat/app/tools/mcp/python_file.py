"""A Python file whose functions are tools: which server it becomes."""

import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from aichat.app.tools.mcp import python_server
from aichat.app.tools.mcp.connection import ServerLink
from aichat.app.tools.mcp.server import McpServer, server_name
from aichat.app.tools.mcp.source import McpSource, close_all, reach
from aichat.app.tools.source import ToolSource
from aichat.disk.paths import expand_path
from aichat.errors import config_error, usage_error
from aichat.process.world import World

#: Bytes of a first line that are looked at.
_MAX_LINE = 200


def open_python_files(
    world: World, names: Sequence[str], tell: Callable[[str], object], *, is_typed: bool
) -> tuple[ToolSource, ...]:
    """The tools of files, each in a Python of its own; the user names them, so nobody asks again.

    ``is_typed``: they stand on the command line, where the current folder is meant.
    Errors: ``usage``, ``config`` for what is no such file; those of a server that does not come.
    """
    links = [ServerLink(world, _server(name, is_typed=is_typed), tell) for name in names]
    try:
        sources = []
        for opened in reach(links, tell):
            if opened.error:
                raise opened.error
            if not opened.tools:
                path = opened.link.server.given
                raise usage_error(f"{path} has no public function with types and a docstring")
            sources.append(McpSource(opened.link, opened.tools, tell))
        return tuple(sources)
    except BaseException:
        close_all(links)
        raise


def _server(name: str, *, is_typed: bool) -> McpServer:
    path = expand_path(name)
    if not (is_typed or path.is_absolute()):
        raise config_error(f"tools: {name} must be a whole path, for any folder may have one")
    if not path.is_file():
        raise usage_error(f"--tool {name}: there is no such file")
    script = str(Path(python_server.__file__))
    command = (*_interpreter(path), "-I", script, str(path.absolute()))
    return McpServer(server_name(path.stem), command=command, given=name, file=name)


def _interpreter(path: Path) -> Sequence[str]:
    """The Python that its first line names, else ours."""
    with path.open("rb") as file:
        line = file.readline(_MAX_LINE).decode("utf-8", "replace")
    words = shlex.split(line.removeprefix("#!")) if line.startswith("#!") else []
    if words and Path(words[0]).name == "env":
        words = [word for word in words[1:] if word != "-S"]
    return words[:1] if words and "python" in Path(words[0]).name else (sys.executable,)
