"""Trust in a server: its tools as the user saw them, and a word on whatever changed since."""

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

#: Tools that are shown of a server before only their number is, and lines of what changed.
_MOST_SHOWN, _MOST_LINES = 60, 200

#: Characters of a description from which on it is worth a look.
_LONG = 2000

Tell = Callable[[str], object]


class TrustDesk(NamedTuple):
    """Where trust is kept, and who is asked about it: ``tell`` shows a line."""

    world: World
    tell: Tell

    def quote(self, text: str) -> None:
        """Show words that are not ours."""
        for row in quoted_rows(self.world, text):
            self.tell(row)

    @property
    def data(self) -> Path:
        """The folder that it is kept in."""
        return data_dir(self.world.environ)


def check_before_start(desk: TrustDesk, server: McpServer) -> None:
    """Ask about what would be started, where it is not the user's own word.

    Errors: ``config`` where nobody can be asked, or the user says no.
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
    """What a model may be told of a server: its tools, and its instructions if they are wanted."""

    tools: list[ListedTool]
    instructions: str = ""


#: What stands for a server's instructions among its tools, none of which can be called so.
_INSTRUCTIONS = "(instructions)"


def seen_of(link: ServerLink, tools: Sequence[ListedTool]) -> list[Described]:
    """All that is trusted of a server: its tools and, if a model is told of them, instructions."""
    said = link.instructions
    more = [{"name": _INSTRUCTIONS, "description": said}] if said else []
    return [*(tool.whole for tool in tools), *more]


def pinned_of(link: ServerLink, tools: Sequence[ListedTool]) -> list[Described]:
    """What a pin of the config is taken of: the same, but for tools that it is not used for.

    They reach no model and are never called, so they may change; and of a long list few are hashed.
    """
    return seen_of(link, link.server.wanted(tools))


def trusted_of(desk: TrustDesk, link: ServerLink, tools: Sequence[ListedTool]) -> TrustedOffer:
    """What may be offered: all as it was trusted, and what changed once it was seen.

    Errors: ``config`` where a server is not trusted and nobody says that it is.
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
    """Show a server, or what changed of it, and trust it as it is. Errors: ``config`` for a no."""
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
    """A server that is not known: how it is reached, what it is, and each of its tools."""
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
    """What is not as it was, line by line."""
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
    """Whether the user types yes, now: what was typed before the question is no answer."""
    text = read_typed_line(desk.world, f"{question} [y/N] ").text
    return (text or "").strip().lower() in ("y", "yes")


def _untrusted(server: McpServer) -> AichatError:
    from shlex import quote

    return config_error(
        f"MCP server {server.name} is not trusted yet, and nobody can be asked here",
        f"at a terminal: aichat mcp trust {quote(server.given)}",
    )
