"""Trusting a server: its tools as the user saw them, and what has changed since."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from aichat.app.tools.mcp.channel import quoted_rows
from aichat.app.tools.mcp.connection import ServerLink
from aichat.app.tools.mcp.server import McpServer
from aichat.core.text.numbers import count_of
from aichat.core.tools.pins import Described, PinChanges, change_lines, changes_since, pin_of
from aichat.disk.config.trusted_servers import trust_tools, trusted_tools
from aichat.disk.paths import data_dir
from aichat.errors import AichatError, config_error
from aichat.process.world import World
from aichat.term.widgets.typed_line import can_ask, read_typed_line
from aichat.values import NamedTuple
from aichat.wires.mcp.messages import server_version
from aichat.wires.mcp.tools import ListedTool

#: The most tools of a server shown in full, and lines of changes.
_MOST_SHOWN, _MOST_LINES = 60, 200

#: Characters from which on a description deserves a look.
_LONG = 2000

Tell = Callable[[str], object]


class TrustDesk(NamedTuple):
    """Where trust is stored, and who is asked; ``tell`` shows a line."""

    world: World
    tell: Tell

    def quote(self, text: str) -> None:
        """Show words that are not ours."""
        for row in quoted_rows(self.world, text):
            self.tell(row)

    @property
    def data(self) -> Path:
        """The folder it is stored in."""
        return data_dir(self.world.environ)


def check_before_start(desk: TrustDesk, server: McpServer) -> None:
    """Ask about a command before starting it, unless the user gave it.

    Errors: ``config`` if nobody can be asked, or the user says no.
    """
    known = server.trust or trusted_tools(desk.data, server.key) is not None
    if known or (can_ask(desk.world) and not server.is_foreign):
        return
    if not can_ask(desk.world):
        raise _untrusted(server)
    desk.tell(f"MCP server {server.name} would be started as:")
    desk.quote(server.key)
    _tell_unpinned(desk, server)
    _ask(desk, server, "Start it?")


class TrustedOffer(NamedTuple):
    """What a model may see of a server: its tools, and its instructions if wanted."""

    tools: list[ListedTool]
    instructions: str = ""


#: Stands for the instructions among a server's tools; no tool can have this name.
_INSTRUCTIONS = "(instructions)"


def seen_of(link: ServerLink, tools: Sequence[ListedTool]) -> list[Described]:
    """Everything trusted of a server: its tools, and its instructions if a model gets them."""
    said = link.instructions
    more = [{"name": _INSTRUCTIONS, "description": said}] if said else []
    return [*(tool.whole for tool in tools), *more]


def pinned_of(link: ServerLink, tools: Sequence[ListedTool]) -> list[Described]:
    """What a pin in the config covers: the same without unused tools.

    Those reach no model and are never called, so they may change; and hashing long lists is slow.
    """
    return seen_of(link, link.server.wanted(tools))


def trusted_of(desk: TrustDesk, link: ServerLink, tools: Sequence[ListedTool]) -> TrustedOffer:
    """What may be offered: what is as it was trusted, and changes once approved.

    Errors: ``config`` if a server is not trusted and nobody approves it.
    """
    server, whole = link.server, seen_of(link, tools)
    everything = TrustedOffer([*tools], link.instructions)
    if server.trust:
        _check_pin(server, pinned_of(link, tools))
        return TrustedOffer(server.wanted(tools), link.instructions)
    before = trusted_tools(desk.data, server.key)
    if before is None:
        show_server(desk, link, tools)
        _ask(desk, server, "Trust it?")
        trust_tools(desk.data, server.key, server.name, whole)
        return everything
    changes = changes_since(before, whole)
    if not changes.unseen:
        return everything
    if can_ask(desk.world):
        show_changes(desk, server, changes, before, whole)
        if _says_yes(desk, "Use them as they are now?"):
            trust_tools(desk.data, server.key, server.name, whole)
            return everything
    off = f"off until: aichat mcp trust {server.given}"
    desk.tell(f"MCP server {server.name} is not as it was trusted ({changes.words}); {off}")
    is_told = _INSTRUCTIONS not in changes.unseen
    seen = [tool for tool in tools if tool.name not in changes.unseen]
    return TrustedOffer(seen, link.instructions if is_told else "")


def look_again(desk: TrustDesk, link: ServerLink) -> None:
    """Show a server, or its changes, and trust it as it is. Errors: ``config`` for a no."""
    server = link.server
    if server.is_foreign:
        check_before_start(desk, server)
    tools = link.tools()
    whole, before = seen_of(link, tools), trusted_tools(desk.data, server.key)
    if before is None or not (changes := changes_since(before, whole)).words:
        show_server(desk, link, tools)
    else:
        show_changes(desk, server, changes, before, whole)
    _ask(desk, server, "Trust it?")
    trust_tools(desk.data, server.key, server.name, whole)


def _check_pin(server: McpServer, pinned: Sequence[Described]) -> None:
    found = pin_of(pinned)
    if found != server.trust:
        raise config_error(
            f"MCP server {server.name}: its tools are {found}, which trust in the config is not",
            f"look at them: aichat mcp list --json; then set trust in [mcp.{server.name}]",
        )


def show_server(desk: TrustDesk, link: ServerLink, tools: Sequence[ListedTool]) -> None:
    """Show an unknown server: how it is reached, what it is, and each of its tools."""
    server = link.server
    desk.tell(f"MCP server {server.name} is not known yet:")
    desk.quote(server.key)
    desk.quote(f"says it is {server_version(link.connected.about) or '?'}")
    _tell_unpinned(desk, server)
    desk.tell(f"its {count_of(len(tools), 'tool')}:")
    for tool in tools[:_MOST_SHOWN]:
        first = tool.description.strip().split("\n")[0][:200]
        long = f" ({len(tool.description)} characters in all)" if _is_long(tool) else ""
        desk.quote(f"{tool.name}: {first}{long}")
    if len(tools) > _MOST_SHOWN:
        desk.quote(f"... and {len(tools) - _MOST_SHOWN} more")
    if link.instructions:
        desk.tell("its instructions, which the model would be told:")
        for line in link.instructions.splitlines()[:_MOST_LINES]:
            desk.quote(line)


def _is_long(tool: ListedTool) -> bool:
    return len(tool.description) > _LONG


def show_changes(
    desk: TrustDesk,
    server: McpServer,
    changes: PinChanges,
    before: Sequence[Mapping[str, Any]],
    now: Sequence[Mapping[str, Any]],
) -> None:
    """Show the changes, line by line."""
    desk.tell(f"MCP server {server.name} is not as it was trusted ({changes.words}):")
    lines = [*_lines_of(changes, before, now)]
    for line in lines[:_MOST_LINES]:
        desk.quote(line)
    if len(lines) > _MOST_LINES:
        desk.quote(f"... and {len(lines) - _MOST_LINES} more lines")


def _lines_of(
    changes: PinChanges, before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    old = {tool["name"]: tool for tool in before}
    for tool in now:
        if tool["name"] in changes.unseen:
            yield f"{tool['name']}:"
            yield from change_lines(old.get(tool["name"], {}), tool)


def _tell_unpinned(desk: TrustDesk, server: McpServer) -> None:
    if server.is_unpinned:
        desk.tell("it is fetched anew at each start: name a version, as in package@1.2.3")


def _ask(desk: TrustDesk, server: McpServer, question: str) -> None:
    if not can_ask(desk.world):
        raise _untrusted(server)
    if not _says_yes(desk, question):
        raise config_error(f"MCP server {server.name} is not trusted")


def _says_yes(desk: TrustDesk, question: str) -> bool:
    """Whether the user answers yes; keys typed before the question do not count."""
    text = read_typed_line(desk.world, f"{question} [y/N] ").text
    return (text or "").strip().lower() in ("y", "yes")


def _untrusted(server: McpServer) -> AichatError:
    from shlex import quote

    return config_error(
        f"MCP server {server.name} is not trusted yet, and nobody can be asked here",
        f"at a terminal: aichat mcp trust {quote(server.given)}",
    )
