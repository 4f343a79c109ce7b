"""Servers as sources of tools: reached together, trusted one by one, called by name."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from aichat.app.tools.mcp.channel import McpServerError, server_error
from aichat.app.tools.mcp.connection import McpRefusedError, ServerLink
from aichat.app.tools.mcp.server import McpServer, find_servers
from aichat.app.tools.mcp.trust import TrustDesk, TrustedOffer, check_before_start, trusted_of
from aichat.app.tools.source import CallControl, ToolSource
from aichat.core.config.schema import Config
from aichat.core.tools.rules import Subject
from aichat.core.tools.tool import LocalTool, ToolOutcome, text_outcome
from aichat.disk.config.trusted_servers import trusted_tools
from aichat.disk.paths import data_dir
from aichat.errors import AichatError, usage_error
from aichat.process.threads import run_in_thread, run_within
from aichat.process.world import World
from aichat.values import NamedTuple
from aichat.wires.mcp.tools import ListedTool, call_outcome

#: Seconds until a line says who is waited for.
_WORD_SECONDS = 1.0

#: The most tools named in one line.
_MOST_NAMED = 5

Tell = Callable[[str], object]


class McpSource:
    """One server's tools, each called ``server.tool`` by our name for the server."""

    is_parallel = True

    def __init__(
        self, link: ServerLink, tools: Sequence[ListedTool], tell: Tell, instructions: str = ""
    ) -> None:
        self.name, self.link, self._tell = link.server.name, link, tell
        self._take(TrustedOffer([*tools], instructions))

    def _take(self, offer: TrustedOffer) -> None:
        """Use what is trusted of it from now on."""
        server, instructions = self.link.server, offer.instructions
        self.guidance = (
            f"The server {server.name} says of its tools:\n{instructions}" if instructions else ""
        )
        self._listed = {f"{server.name}.{tool.name}": tool for tool in server.wanted(offer.tools)}
        self._starts = self.link.starts
        self._tools = self._usable_tools()

    def _usable_tools(self) -> tuple[LocalTool, ...]:
        """The tools that a model can be offered; the user is told about the others."""
        server, left_out, found = self.link.server, [], []
        for name, tool in self._listed.items():
            schema = tool.schema
            if schema is None:
                left_out.append(tool.name)
                continue
            about = (tool.description, schema, server.label)
            found.append(LocalTool(name, *about, claim=tool.claims, seconds=server.seconds))
        if left_out:
            names = ", ".join(left_out[:_MOST_NAMED]) + (", ..." if left_out[_MOST_NAMED:] else "")
            self._tell(f"{server.label}: no model takes the parameters of {names}: left out")
        return tuple(found)

    def tools(self) -> tuple[LocalTool, ...]:
        """Its tools as trusted; if the server changes them, nothing changes here."""
        return self._tools

    def refresh(self) -> bool:
        """Read its list again if that has changed; anything new must be trusted."""
        if not self.link.has_changed:
            return False
        before = (self._tools, self.guidance)
        try:
            desk = TrustDesk(self.link.world, self._tell)
            self._take(trusted_of(desk, self.link, self.link.tools()))
        except AichatError as error:
            self._tell(error.fault.message)
            if error.fault.kind == "config":  # they do not match the pin in the config
                self._take(TrustedOffer([]))
        return (self._tools, self.guidance) != before

    def subject(self, tool: LocalTool, arguments: Mapping[str, Any]) -> Subject:  # noqa: ARG002
        """Nothing is known about the meaning of its arguments."""
        return Subject()

    def call(
        self, tool: LocalTool, arguments: Mapping[str, Any], control: CallControl
    ) -> ToolOutcome:
        """Call it; a refusal and the server's end are outcomes too."""
        asked = self._listed[tool.name]
        try:
            self.link.connect()
            self._check_restart()
            return call_outcome(self.link.call(asked, arguments, control))
        except McpRefusedError as refused:
            return text_outcome(refused.fault.message, "error")
        except McpServerError as error:
            if error.fault.kind == "interrupted":
                return text_outcome(error.fault.message, "cancelled")
            self._tell(error.fault.message)
            return text_outcome(error.fault.message, "error")

    def _check_restart(self) -> None:
        """Check that a restarted server is the same. Errors: it is not."""
        if self.link.starts == self._starts:
            return
        now = {tool.name: tool.whole for tool in self.link.tools()}
        if any(now.get(tool.name) != tool.whole for tool in self._listed.values()):
            why = "it was started again, and its tools are others now"
            raise server_error(self.link.server.label, why)
        self._starts = self.link.starts

    def close(self) -> None:
        """End it."""
        self.link.close()


class _Opened(NamedTuple):
    """A server and its tools, or why it could not be reached."""

    link: ServerLink
    tools: Sequence[ListedTool] = ()
    error: AichatError | None = None


def start_ahead(world: World, given: Sequence[str], config: Config, tell: Tell) -> list[ServerLink]:
    """Start connecting to the named and trusted servers, without waiting.

    Errors: as of ``open_servers``, for invalid servers.
    """
    data = data_dir(world.environ)
    servers = [server for name in given for server in find_servers(name, config)]
    trusted = [s for s in servers if s.trust or trusted_tools(data, s.key) is not None]
    links = [ServerLink(world, server, tell) for server in trusted]
    for link in links:
        run_in_thread(link.connect, Exception)  # errors are reported once it is needed
    return links


def open_servers(
    world: World,
    given: Sequence[str],
    config: Config,
    tell: Tell,
    *,
    must_come: bool,
    ahead: Sequence[ServerLink] = (),
) -> tuple[ToolSource, ...]:
    """The named servers, all reached at once; untrusted ones are asked about.

    ``ahead`` are those started before; any that is not named is ended.
    Errors: ``usage`` and ``config`` for an invalid or untrusted server; with ``must_come``
    also whatever keeps one from being reached, which is only told otherwise.
    """
    links = [*ahead]
    try:
        servers = [server for name in given for server in find_servers(name, config)]
        _check_names(servers)
        desk = TrustDesk(world, tell)
        for server in servers:
            check_before_start(desk, server)
        close_all([link for link in ahead if link.server not in servers])
        links = [_link_to(server, ahead) or ServerLink(world, server, tell) for server in servers]
        return tuple(_sources(desk, links, must_come=must_come))
    except BaseException:
        close_all(links)
        raise


def _sources(desk: TrustDesk, links: Sequence[ServerLink], *, must_come: bool) -> list[McpSource]:
    """The servers' trusted tools. Errors: as of ``open_servers``."""
    sources = []
    for opened in reach(links, desk.tell):
        if opened.error and must_come:
            raise opened.error
        if opened.error:
            desk.tell(opened.error.fault.message)
            continue
        offer = trusted_of(desk, opened.link, opened.tools)
        sources.append(McpSource(opened.link, offer.tools, desk.tell, offer.instructions))
    return sources


def _link_to(server: McpServer, ahead: Sequence[ServerLink]) -> ServerLink | None:
    return next((link for link in ahead if link.server == server), None)


def _check_names(servers: Sequence[McpServer]) -> None:
    names = [server.name for server in servers]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise usage_error(f"two MCP servers are called {twice}", "name one of them in the config")


def reach(links: Sequence[ServerLink], tell: Tell) -> list[_Opened]:
    """Reach all servers at once; after a while say who is waited for."""
    waits = [(link, run_in_thread(partial(_open, link), Exception)) for link in links]
    opened: dict[str, _Opened] = {}

    def wait() -> None:
        for link, result in waits:
            opened[link.server.name] = result()

    try:
        run_within(_WORD_SECONDS, wait, Exception)
    except TimeoutError:
        late = [link.server.label for link in links if link.server.name not in opened]
        if late:
            tell(f"waiting for {' and '.join(late)}")
    return [result() for _, result in waits]


def _open(link: ServerLink) -> _Opened:
    try:
        link.connect()
        return _Opened(link, link.tools())
    except AichatError as error:
        return _Opened(link, error=error)


def close_all(links: Sequence[ServerLink]) -> None:
    """End all servers at once, and wait for that."""
    for result in [run_in_thread(link.close, OSError) for link in links]:
        result()
