"""Which server is meant: one in the config, a command, an address, or a client's file."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from fnmatch import translate
from pathlib import Path
from typing import Any

from aichat.core.config.schema import Config
from aichat.core.http.connection import has_host, host_of, is_loopback
from aichat.core.text.json import get_object, text_or_none
from aichat.core.tools.tool import CALL_SECONDS
from aichat.disk.paths import expand_path
from aichat.errors import config_error, suggestion, usage_error
from aichat.values import NamedTuple
from aichat.wires.mcp.tools import ListedTool

#: Seconds for a server's first response.
START_SECONDS = 30.0

#: The largest file of servers read, in bytes.
_MAX_FILE = 1 << 20

#: Programs that only run another, after which the server is named.
_RUNNERS = frozenset(("npx", "uvx", "uv", "node", "bun", "bunx", "deno", "pipx", "docker", "run"))


#: Selects all tools of a server.
_ANY = "*"


class McpServer(NamedTuple):
    """A server: a ``command`` to start, or a ``url``. ``tools`` are the ones wanted.

    ``environ`` is extra environment for its program; ``secret`` has ``key_env`` or
    ``key_command``, ``client`` the ``client_id`` to log in with and its ``client_secret_env``.
    ``trust`` is the pin in the config. ``is_foreign``: it comes from another program's file,
    and is not started before the user has seen it. ``given`` is how the user named it;
    ``file`` is the Python file whose functions it serves. ``gives_instructions``: the model
    gets its instructions for use.
    """

    name: str
    command: tuple[str, ...] = ()
    url: str = ""
    environ: Mapping[str, str] = {}
    folder: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    secret: Mapping[str, Any] = {}
    tools: tuple[str, ...] = (_ANY,)
    seconds: float = CALL_SECONDS
    start_seconds: float = START_SECONDS
    trust: str = ""
    is_foreign: bool = False
    given: str = ""
    client: Mapping[str, Any] = {}
    file: str = ""
    gives_instructions: bool = False

    @property
    def label(self) -> str:
        """Its name in a line of ours."""
        return self.file or f"MCP server {self.name}"

    @property
    def key(self) -> str:
        """What its trust depends on: the command or address, whatever its name."""
        return self.url or shlex.join(self.command)

    def wanted(self, tools: Sequence[ListedTool]) -> list[ListedTool]:
        """Those of its tools that are wanted, matched with one pattern, as lists can be long."""
        if _ANY in self.tools:
            return [*tools]
        fits = re.compile("|".join(map(translate, self.tools))).match
        return [tool for tool in tools if fits(tool.name)]

    @property
    def is_unpinned(self) -> bool:
        """Whether each start fetches its program anew, in any version."""
        words = self.command
        if not words or words[0].rpartition("/")[2] not in ("npx", "uvx", "bunx"):
            return False
        package = next((word for word in words[1:] if not word.startswith("-")), "")
        return not re.search(r".@\d|==\d", package)


def find_servers(given: str, config: Config) -> list[McpServer]:
    """The servers that ``--mcp`` names.

    Errors: ``usage`` for an invalid server, ``config`` for an invalid table in the config.
    """
    return [server._replace(given=given) for server in _find(given, config)]


def _find(given: str, config: Config) -> list[McpServer]:
    if given in config.mcp:
        return [configured_server(given, config.mcp[given])]
    if given.startswith(("http://", "https://")):
        return [_checked(McpServer(server_name(host_of(given)), url=given), "--mcp")]
    if given.endswith(".json"):
        return _servers_of_file(given)
    try:
        words = shlex.split(given)
    except ValueError as error:
        raise usage_error(f"--mcp {given}: {error}") from None
    from shutil import which  # here, since most are in the config

    if words and (len(words) > 1 or which(words[0])):
        return [McpServer(_command_name(words), command=tuple(words))]
    raise usage_error(
        f"--mcp {given}: neither a server of the config, nor a command, a URL or a file"
        f"{suggestion(given, config.mcp)}",
        "add [mcp.NAME] to the config, or name a command",
    )


_CLIENT = ("client_id", "client_secret_env")


def configured_server(name: str, table: Mapping[str, Any]) -> McpServer:
    """A ``[mcp.NAME]`` of the config. Errors: ``config``."""
    if ("command" in table) == ("url" in table):
        raise config_error(f"mcp.{name}: one of command and url must be set, and not both")
    return _checked(
        McpServer(
            server_name(name),
            command=tuple(table.get("command", ())),
            url=table.get("url", ""),
            environ=table.get("env", {}),
            folder=table.get("cwd"),
            headers=tuple(table.get("headers", {}).items()),
            secret={key: table[key] for key in ("key_env", "key_command") if key in table},
            tools=tuple(table.get("tools", (_ANY,))),
            seconds=float(table.get("timeout", CALL_SECONDS)),
            start_seconds=float(table.get("start_timeout", START_SECONDS)),
            trust=table.get("trust", ""),
            client={key: table[key] for key in _CLIENT if key in table},
            gives_instructions=table.get("instructions", False),
        ),
        f"mcp.{name}.url",
    )


def _checked(server: McpServer, place: str) -> McpServer:
    """The server, if its address is allowed: plain HTTP only on this machine."""
    fault = usage_error if place.startswith("--") else config_error
    if server.url and not has_host(server.url):
        raise fault(f"{place}: '{server.url}' is not an http or https URL")
    if server.url.startswith("http://") and not is_loopback(host_of(server.url)):
        raise fault(f"{place}: {server.url} is not encrypted", "use https")
    return server


def _servers_of_file(given: str) -> list[McpServer]:
    """The servers in another client's file. Errors: ``usage``."""
    try:
        with expand_path(given).open("rb") as file:
            found = json.loads(file.read(_MAX_FILE))
    except OSError as error:
        raise usage_error(f"--mcp {given}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise usage_error(f"--mcp {given}: not JSON") from None
    tables = get_object(found, "mcpServers") if isinstance(found, dict) else {}
    servers = [_foreign_server(n, t) for n, t in tables.items() if isinstance(t, dict)]
    if not servers:
        raise usage_error(f"--mcp {given}: there are no mcpServers in it")
    return servers


def _foreign_server(name: str, table: Mapping[str, Any]) -> McpServer:
    """A server in such a file; its environment holds values, not names of variables."""
    command, url = text_or_none(table.get("command")), text_or_none(table.get("url"))
    words = table.get("args", [])
    if not (command or url) or not all(isinstance(word, str) for word in words):
        raise usage_error(f"mcpServers.{name}: neither a command with its args nor a url")
    environ = {k: v for k, v in get_object(table, "env").items() if isinstance(v, str)}
    headers = {k: v for k, v in get_object(table, "headers").items() if isinstance(v, str)}
    return _checked(
        McpServer(
            server_name(name),
            command=(command, *words) if command else (),
            url="" if command else url or "",
            environ=environ,
            headers=tuple(headers.items()),
            is_foreign=True,
        ),
        f"mcpServers.{name}",
    )


def _command_name(words: Sequence[str]) -> str:
    """The name for a command: its program, or the one that it runs."""
    names = [word.rpartition("/")[2] for word in words if not word.startswith("-")]
    named = next((name for name in names if name not in _RUNNERS), names[0])
    if re.fullmatch(r"python[\d.]*", named) and len(names) > 1:
        named = names[1]
    return server_name(Path(named.partition("@")[0] or named).stem)


def server_name(text: str) -> str:
    """A name that rules can use: letters, digits, ``_`` and ``-``."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:40] or "server"
