"""Trust in servers: by command or address, over every word of every tool, never by a name."""

import json
from pathlib import Path

import pytest

from aichat.app.tools.mcp.server import McpServer, find_servers
from aichat.app.tools.mcp.source import McpSource
from aichat.app.tools.mcp.trust import TrustDesk, check_before_start, seen_of, trusted_of
from aichat.app.tools.source import CallControl
from aichat.app.tools.toolkit import Toolkit
from aichat.core.config.schema import Config
from aichat.core.tools.pins import change_lines, changes_since, pin_of
from aichat.disk.config.trusted_servers import forget_tools, trust_tools, trusted_tools
from aichat.disk.paths import data_dir
from aichat.errors import AichatError
from aichat.wires.mcp.tools import ListedTool
from tests.support.mcp.links import linked, world_in

ECHO = {"name": "echo", "description": "says it again", "inputSchema": {"type": "object"}}


@pytest.mark.parametrize(
    "change",
    [
        {"description": "says it again, and tells me"},
        {"title": "Echo"},
        {"inputSchema": {"type": "object", "properties": {"a": {"description": "your key"}}}},
        {"outputSchema": {}},
        {"annotations": {"readOnlyHint": True}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_changes_of_a_tool_changes_its_pin(change: dict[str, object]) -> None:
    changed = {**ECHO, **change}
    assert pin_of([ECHO]) != pin_of([changed])
    assert changes_since([ECHO], [changed]).words == "changed: echo"


def test_a_renamed_tool_is_a_new_one() -> None:
    found = changes_since([ECHO], [{**ECHO, "name": "echo2"}])
    assert (found.words, found.unseen) == ("new: echo2; gone: echo", {"echo2"})


def test_the_order_of_a_list_means_nothing() -> None:
    other = {**ECHO, "name": "b"}
    assert pin_of([ECHO, other]) == pin_of([other, ECHO])
    assert not changes_since([ECHO, other], [other, ECHO]).words


def test_a_change_is_told_line_by_line() -> None:
    told = change_lines(ECHO, {**ECHO, "description": "harms"})
    assert [line for line in told if not line.startswith("@@")] == [
        '- "description": "says it again",',
        '+ "description": "harms",',
    ]


def test_trust_is_kept_by_key_and_forgotten(tmp_path: Path) -> None:
    trust_tools(tmp_path, "cmd a", "box", [ECHO])
    trust_tools(tmp_path, "cmd b", "box", [])
    assert trusted_tools(tmp_path, "cmd a") == [ECHO]
    assert trusted_tools(tmp_path, "box") is None
    assert (tmp_path / "mcp.json").stat().st_mode & 0o777 == 0o600
    assert forget_tools(tmp_path, "cmd a") and not forget_tools(tmp_path, "cmd a")
    assert trusted_tools(tmp_path, "cmd b") == []


def offered(desk: TrustDesk, home: Path, do: str) -> list[str]:
    """The tools that may be offered of a server, whose command is the same whatever it does."""
    with linked(home, do=do) as link:
        tools = link.tools()
        link.server = link.server._replace(command=("the", "same"), given="box")
        return [tool.name for tool in trusted_of(desk, link, tools).tools]


def test_tools_that_changed_are_off_until_they_are_seen(tmp_path: Path) -> None:
    told: list[str] = []
    desk = TrustDesk(world_in(tmp_path), told.append)
    with linked(tmp_path) as link:
        trust_tools(desk.data, "the same", "box", [tool.whole for tool in link.tools()])
    assert offered(desk, tmp_path, "good") == ["echo", "env"]
    assert told == []
    assert offered(desk, tmp_path, "rugpull:1") == ["env"]
    assert told == [
        "MCP server box is not as it was trusted (new: extra; changed: echo); "
        "off until: aichat mcp trust box"
    ]


def test_a_list_that_changes_meanwhile_is_looked_at_again_between_two_questions(
    tmp_path: Path,
) -> None:
    told: list[str] = []
    with linked(tmp_path, do="rugpull:2", given="box") as link:
        tools = link.tools()
        trust_tools(data_dir(link.world.environ), link.server.key, "box", seen_of(link, tools))
        source = McpSource(link, tools, told.append)
        kit = Toolkit([source], lambda _: True)
        kit.refresh()
        assert kit.known == ["box.echo", "box.env"]  # nothing was said of a change
        source.call(source.tools()[0], {"text": "x"}, CallControl())
        kit.refresh()
    assert kit.known == ["box.env"]
    assert told == [
        "MCP server box is not as it was trusted (new: extra; changed: echo); "
        "off until: aichat mcp trust box"
    ]


def test_a_pin_is_of_the_tools_that_a_server_is_used_for(tmp_path: Path) -> None:
    """Fails where ``pinned_of`` takes all tools, or ``trusted_of`` gives those without a pin."""
    desk = TrustDesk(world_in(tmp_path), len)

    def offered_of(do: str, *tools: str, trust: str) -> list[str]:
        with linked(tmp_path, do=do, tools=tools, trust=trust) as link:
            return [tool.name for tool in trusted_of(desk, link, link.tools()).tools]

    with linked(tmp_path) as link:
        echo, env = link.tools()
    assert offered_of("good", "e?v", trust=pin_of([env.whole])) == ["env"]
    # its echo is another and there is one more: neither is used
    assert offered_of("rugpull:1", "env", trust=pin_of([env.whole])) == ["env"]
    for tools in (("e*",), ("echo",), ("*",), ("env", "extra")):
        for pin in (pin_of([env.whole]), pin_of([echo.whole]), pin_of([echo.whole, env.whole])):
            with pytest.raises(AichatError, match="which trust in the config is not"):
                offered_of("rugpull:1", *tools, trust=pin)


def test_a_list_that_is_no_longer_of_its_pin_is_off(tmp_path: Path) -> None:
    told: list[str] = []
    with linked(tmp_path, do="rugpull:2") as link:
        tools = link.tools()
        link.server = link.server._replace(trust=pin_of(seen_of(link, tools)))
        source = McpSource(link, tools, told.append)
        source.call(source.tools()[0], {"text": "x"}, CallControl())
        assert source.refresh() and source.tools() == ()
    assert len(told) == 1 and "which trust in the config is not" in told[0]


def test_instructions_that_changed_are_told_to_no_model_until_they_are_seen(
    tmp_path: Path,
) -> None:
    told: list[str] = []
    desk = TrustDesk(world_in(tmp_path), told.append)

    def instructions(do: str) -> str:
        with linked(tmp_path, do=do, gives_instructions=True) as link:
            tools = link.tools()
            link.server = link.server._replace(command=("one", "that", "instructs"), given="box")
            if trusted_tools(desk.data, "one that instructs") is None:
                trust_tools(desk.data, "one that instructs", "box", seen_of(link, tools))
            return trusted_of(desk, link, tools).instructions

    assert instructions("instructs").startswith("Call echo")
    assert told == []
    assert instructions("instructs:anew") == ""
    assert told == [
        "MCP server box is not as it was trusted (changed: (instructions)); "
        "off until: aichat mcp trust box"
    ]


def test_a_pin_of_the_config_must_be_that_of_the_tools(tmp_path: Path) -> None:
    desk = TrustDesk(world_in(tmp_path), len)
    with linked(tmp_path) as link:
        tools = link.tools()
        link.server = link.server._replace(trust=pin_of(tool.whole for tool in tools))
        assert trusted_of(desk, link, tools).tools == tools
        changed = [tools[0], ListedTool("env", {"name": "env"})]
        with pytest.raises(AichatError, match="which trust in the config is not") as caught:
            trusted_of(desk, link, changed)
    assert caught.value.fault.exit_code == 3


def test_what_nobody_trusts_is_not_even_started(tmp_path: Path) -> None:
    desk = TrustDesk(world_in(tmp_path), len)
    server = McpServer("box", command=("touch", str(tmp_path / "started")), given="box")
    with pytest.raises(AichatError, match="MCP server box is not trusted yet") as caught:
        check_before_start(desk, server)
    assert caught.value.fault.hint == "at a terminal: aichat mcp trust box"
    assert not (tmp_path / "started").exists()


# -- which server is meant


def named(given: str, **tables: dict[str, object]) -> list[tuple[str, str]]:
    return [(server.name, server.key) for server in find_servers(given, Config(mcp=tables))]


def test_a_name_a_command_or_an_address_is_a_server() -> None:
    assert named("box", box={"command": ["sh", "-c", "x y"]}) == [("box", "sh -c 'x y'")]
    assert named("npx -y @scope/server-git@1.2 /x") == [
        ("server-git", "npx -y @scope/server-git@1.2 /x")
    ]
    assert named("python3 /opt/tools/weather.py") == [("weather", "python3 /opt/tools/weather.py")]
    assert named("https://mcp.example.com/mcp") == [
        ("mcp-example-com", "https://mcp.example.com/mcp")
    ]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("boxx", "did you mean 'box'?"),
        ("http://example.com/mcp", "is not encrypted"),
        ("http://", "is not an http or https URL"),
        ("none.json", "No such file or directory"),
        ("'", "No closing quotation"),
    ],
)
def test_what_is_no_server_is_told(given: str, told: str) -> None:
    with pytest.raises(AichatError, match=told.replace("?", r"\?")) as caught:
        named(given, box={"command": ["sh"]})
    assert caught.value.fault.exit_code == 2


@pytest.mark.parametrize("table", [{}, {"command": ["a"], "url": "http://127.0.0.1/"}])
def test_a_server_has_either_a_command_or_an_address(table: dict[str, object]) -> None:
    with pytest.raises(AichatError, match=r"mcp\.box: one of command and url must be set"):
        named("box", box=table)


def test_the_file_of_another_client_names_servers_that_are_foreign(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    servers = {
        "a b": {"command": "x", "args": ["y"], "env": {"K": "v"}},
        "w": {"url": "https://w/"},
    }
    file.write_text(json.dumps({"mcpServers": servers}))
    first, second = find_servers(str(file), Config())
    assert (first.name, first.command, first.environ, first.is_foreign) == (
        "a-b",
        ("x", "y"),
        {"K": "v"},
        True,
    )
    assert (second.name, second.url, second.is_foreign) == ("w", "https://w/", True)


@pytest.mark.parametrize(
    ("command", "unpinned"),
    [
        ("npx -y server-x", True),
        ("npx -y @scope/server-x", True),
        ("npx -y @scope/server-x@1.2.3", False),
        ("uvx mcp-x==1.0", False),
        ("/opt/server", False),
    ],
)
def test_a_program_that_is_fetched_anew_is_known(command: str, *, unpinned: bool) -> None:
    (server,) = find_servers(command, Config()) if " " in command else [McpServer("x", (command,))]
    assert server.is_unpinned is unpinned
