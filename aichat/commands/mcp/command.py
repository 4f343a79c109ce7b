"""``aichat mcp``: the configured servers, their tools, and their trust."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from aichat.app.tools.mcp.connection import ServerLink, log_path
from aichat.app.tools.mcp.oauth.login import LoginDesk, log_in
from aichat.app.tools.mcp.oauth.logout import log_out
from aichat.app.tools.mcp.server import McpServer, configured_server, find_servers
from aichat.app.tools.mcp.source import close_all
from aichat.app.tools.mcp.streamable import McpAuthError
from aichat.app.tools.mcp.trust import TrustDesk, look_again, pinned_of, seen_of
from aichat.core.cli.argv import JSON_OPTION, Argument, Command, Option
from aichat.core.config.schema import Config
from aichat.core.text.sanitize import sanitize, sanitize_line
from aichat.core.tools.pins import changes_since, pin_of
from aichat.disk.config import toml_file
from aichat.disk.config.trusted_servers import forget_tools, trusted_tools
from aichat.disk.paths import config_dir, data_dir
from aichat.errors import AichatError, config_error, suggestion, usage_error
from aichat.process.threads import run_in_thread
from aichat.process.world import World
from aichat.term.widgets.table import format_table
from aichat.term.widgets.typed_line import can_ask
from aichat.values import NamedTuple
from aichat.wires.mcp.messages import server_version
from aichat.wires.mcp.oauth import Challenge
from aichat.wires.mcp.tools import ListedTool


class ServerListOptions(NamedTuple):
    """The options of ``mcp list``."""

    json: bool
    config_dir: str | None


class ServerOptions(NamedTuple):
    """The options of commands about one server."""

    name: str
    config_dir: str | None


class _Look(NamedTuple):
    """The tools of a server, or the error; ``seconds`` is the time to get them."""

    link: ServerLink
    seconds: float
    tools: list[ListedTool]
    error: AichatError | None = None


def list_servers(world: World, options: ServerListOptions) -> int:
    """Connect to all servers in parallel and list them; returns 0 if all succeeded."""
    config = _config(world, options.config_dir)
    if not config.mcp:
        if options.json:
            world.write_json([])
            return 0
        raise config_error("there are no MCP servers", "add [mcp.NAME] with a command or a url")
    servers = [configured_server(name, table) for name, table in config.mcp.items()]
    links = [ServerLink(world, server, world.say) for server in servers]
    try:
        looks = [result() for result in [run_in_thread(partial(_look, n), OSError) for n in links]]
        _show(world, looks, as_json=options.json)
    finally:
        close_all(links)
    failed = next((look.error for look in looks if look.error), None)
    return failed.fault.exit_code if failed else 0


def _look(link: ServerLink) -> _Look:
    began = time.monotonic()
    try:
        tools = link.tools()
        return _Look(link, time.monotonic() - began, tools)
    except AichatError as error:
        return _Look(link, time.monotonic() - began, [], error)


def _show(world: World, looks: list[_Look], *, as_json: bool) -> None:
    data = data_dir(world.environ)
    facts = [_facts(look, trusted_tools(data, look.link.server.key)) for look in looks]
    if as_json:
        world.write_json(facts)
        return
    head = ("server", "version", "says it is", "tools", "start", "trust")
    rows = [
        (
            fact["name"],
            fact["protocol"] or "-",
            sanitize(fact["version"] or fact["error"] or "-"),
            str(len(fact["tools"])),
            f"{fact['seconds']:.1f} s",
            fact["trust"],
        )
        for fact in facts
    ]
    world.write_text(format_table(head, rows, terminal=world.stdout_tty, columns=world.columns()))


def _facts(look: _Look, trusted: Any) -> dict[str, Any]:
    server, error = look.link.server, look.error
    pin = None if error else pin_of(pinned_of(look.link, look.tools))
    return {
        "name": server.name,
        "command": [*server.command] or None,
        "url": server.url or None,
        "protocol": None if error else look.link.connected.era.version,
        "version": server_version(look.link.connected.about) or None,
        "seconds": round(look.seconds, 3),
        "tools": [{"name": tool.name, "description": tool.description} for tool in look.tools],
        "pin": pin,
        "trust": "-" if pin is None else _trust_word(look, pin, trusted),
        "error": error.fault.message if error else None,
    }


def _trust_word(look: _Look, pin: str, trusted: Any) -> str:
    """The word for whether a server is trusted in its present state."""
    wanted = look.link.server.trust
    if wanted:
        return "pinned" if pin == wanted else "changed"
    if trusted is None:
        return "not yet"
    seen = seen_of(look.link, look.tools)
    return "changed" if changes_since(trusted, seen).words else "trusted"


def trust_server(world: World, options: ServerOptions) -> int:
    """Show a server and its tools, with changes since the last time, ask, and trust it."""
    if not can_ask(world):
        pin = "for a machine, set trust to the pin that aichat mcp list --json prints"
        raise usage_error("trust is given at a terminal, by somebody who has looked", pin)
    servers = find_servers(options.name, _config(world, options.config_dir))
    desk = TrustDesk(world, world.say)
    for server in servers:
        link = ServerLink(world, server, world.say)
        try:
            look_again(desk, link)
        finally:
            link.close()
        world.print_lines(f"MCP server {server.name} is trusted as it is now")
    return 0


def forget_server(world: World, options: ServerOptions) -> int:
    """Remove the trust in a server, so that the user is asked again."""
    for server in find_servers(options.name, _config(world, options.config_dir)):
        if not forget_tools(data_dir(world.environ), server.key):
            raise usage_error(f"MCP server {server.name} is not trusted anyway")
        world.print_lines(f"MCP server {server.name} is no longer trusted")
    return 0


class LoginOptions(NamedTuple):
    """The options of ``mcp login``; ``port`` is the local one for the browser's redirect."""

    name: str
    port: int | None
    config_dir: str | None


def log_in_server(world: World, options: LoginOptions) -> int:
    """Have the user log in to a server by browser, and store the tokens."""
    server = _remote_server(world, options.name, options.config_dir)
    link = ServerLink(world, server, world.say)
    challenge = Challenge()
    try:
        link.tools()
    except McpAuthError as wanted:
        challenge = wanted.challenge
    finally:
        link.close()
    log_in(LoginDesk(world, world.say, options.port or 0), server, challenge)
    world.print_lines(f"logged in at MCP server {server.name}")
    return 0


def log_out_server(world: World, options: ServerOptions) -> int:
    """Delete the login to a server, and revoke its tokens."""
    server = _remote_server(world, options.name, options.config_dir)
    if not log_out(server, data_dir(world.environ), world.say):
        raise usage_error(f"there is no login at MCP server {server.name}")
    world.print_lines(f"logged out of MCP server {server.name}")
    return 0


def _remote_server(world: World, name: str, given: str | None) -> McpServer:
    """The named server, which must have a URL. Errors: ``usage``."""
    servers = find_servers(name, _config(world, given))
    if len(servers) != 1 or not servers[0].url:
        raise usage_error(f"{name}: a login is at one server that has a url")
    return servers[0]


def show_log(world: World, options: ServerOptions) -> int:
    """Print the log of a server since it was last started."""
    path = log_path(world.environ, sanitize_line(options.name).replace("/", "-"))
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError:
        known = _config(world, options.config_dir).mcp
        close = "" if options.name in known else suggestion(options.name, known)
        raise usage_error(f"MCP server {options.name} has printed nothing yet{close}") from None
    world.write_text(sanitize(text) if world.stdout_tty else text)
    return 0


def _config(world: World, given: str | None) -> Config:
    return toml_file.load(config_dir(world.environ, given)).config


_SERVER = Argument("name", "A server of the config, or what --mcp may name.")


def _command(
    name: str, summary: str, run: Callable[[World, ServerOptions], int], other: str
) -> Command:
    examples = (f"aichat mcp {name} time", f"aichat mcp {name} {other}")
    return Command(name, summary, examples, arguments=(_SERVER,), run=run, reads=ServerOptions)


COMMAND = Command(
    name="mcp",
    summary="List, trust and forget MCP servers; log in; show their logs.",
    examples=("aichat mcp list", "aichat mcp trust time"),
    commands=(
        Command(
            "list",
            "Reach every server of the config: version, tools, start time, trust.",
            ("aichat mcp list", "aichat mcp list --json"),
            options=(JSON_OPTION,),
            run=list_servers,
            reads=ServerListOptions,
        ),
        _command(
            "trust",
            "Show a server's tools, or what changed of them, and trust them.",
            trust_server,
            "'uvx mcp-server-time==2026.10.19'",
        ),
        Command(
            "login",
            "Log in at a server in a browser; its tokens are kept for it alone.",
            ("aichat mcp login github", "aichat mcp login github --port 8123"),
            options=(
                Option(("--port",), "The port that the browser comes back to.", int, metavar="N"),
            ),
            arguments=(_SERVER,),
            run=log_in_server,
            reads=LoginOptions,
        ),
        _command("logout", "End the login at a server.", log_out_server, "https://a.org/mcp"),
        _command("forget", "Stop trusting a server.", forget_server, "http://127.0.0.1:8000/mcp"),
        _command("log", "Show what a server printed when last started.", show_log, "git"),
    ),
)
