"""A Python file whose functions are tools, run as a server."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from aichat.app.tools.mcp import python_server
from aichat.app.tools.mcp.connection import McpRefusedError, ServerLink
from aichat.app.tools.mcp.server import McpServer, server_name
from aichat.app.tools.mcp.source import McpSource, close_all, reach
from aichat.app.tools.source import ToolSource
from aichat.disk.paths import expand_path
from aichat.errors import AichatError, config_error, usage_error
from aichat.process.world import World

#: Bytes of the first line to read.
_MAX_LINE = 200


def open_python_files(
    world: World, names: Sequence[str], tell: Callable[[str], object], *, is_typed: bool
) -> tuple[ToolSource, ...]:
    """The tools of files, each in its own Python; naming them is permission enough.

    ``is_typed``: they are on the command line, relative to the current folder.
    Errors: ``usage``, ``config`` for an invalid file; those of a server that does not start.
    """
    links = [ServerLink(world, _server(name, is_typed=is_typed), tell) for name in names]
    try:
        sources = []
        for opened in reach(links, tell):
            if opened.error:
                raise _fault_of(opened.link.server, opened.error)
            sources.append(McpSource(opened.link, opened.tools, tell))
        return tuple(sources)
    except BaseException:
        close_all(links)
        raise


def _fault_of(server: McpServer, error: AichatError) -> AichatError:
    """The error to report; if the file itself is at fault, with where to read it in full."""
    if not isinstance(error, McpRefusedError):
        return error
    return usage_error(error.fault.message, f"aichat mcp log {server.name} shows what it printed")


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
    """The Python named in its first line, else ours."""
    try:
        with path.open("rb") as file:
            line = file.readline(_MAX_LINE).decode("utf-8", "replace")
    except OSError as error:
        raise usage_error(f"--tool {path}: {error.strerror}") from None
    words = line.removeprefix("#!").split() if line.startswith("#!") else []
    if words and Path(words[0]).name == "env":
        words = [word for word in words[1:] if word != "-S"]
    return words[:1] if words and "python" in Path(words[0]).name else (sys.executable,)
