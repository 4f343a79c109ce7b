"""``aichat mcp``: what it lists, and what it keeps and forgets."""

import json
from shlex import join

from aichat.core.tools.pins import pin_of
from aichat.disk.config.trusted_servers import trust_tools
from aichat.disk.paths import data_dir
from tests.support.mcp.links import linked, server_command
from tests.support.mcp.login_server import browse, login_server
from tests.support.running.program import TERMINAL, Program


def configure(aichat: Program, **servers: tuple[str, ...]) -> None:
    tables = (f"[mcp.{name}]\ncommand = {json.dumps(c)}\n" for name, c in servers.items())
    aichat.write_config("\n".join(tables))


def test_every_server_of_the_config_is_told_of(aichat: Program) -> None:
    configure(aichat, new=server_command(), old=server_command("legacy"))
    done = aichat.invoke("mcp", "list", "--json")
    new, old = json.loads(done.text)
    assert done.code == 0
    assert (new["protocol"], old["protocol"]) == ("2026-07-28", "2025-11-25")
    assert (new["version"], new["trust"], new["error"]) == ("test 1", "not yet", None)
    assert [tool["name"] for tool in new["tools"]] == ["echo", "env"]
    with linked(aichat.home) as link:
        assert new["pin"] == pin_of(tool.whole for tool in link.tools())


def test_a_server_that_does_not_come_is_named_and_the_others_are_listed(aichat: Program) -> None:
    configure(aichat, new=server_command(), dead=("false",))
    done = aichat.invoke("mcp", "list")
    rows = [line.split("\t") for line in done.text.splitlines()]
    assert (done.code, rows[0][0]) == (8, "server")
    assert rows[1][:4] == ["new", "2026-07-28", "test 1", "2"]
    assert rows[2][:3] == ["dead", "-", "MCP server dead: it ended, status 1"]


def test_trust_is_not_given_where_nobody_looks(aichat: Program) -> None:
    configure(aichat, new=server_command())
    done = aichat.invoke("mcp", "trust", "new")
    assert done.code == 2
    assert "trust is given at a terminal" in done.stderr


def test_trust_is_forgotten_once(aichat: Program) -> None:
    configure(aichat, new=server_command())
    trust_tools(data_dir(aichat.environ), join(server_command()), "new", [])
    assert aichat.invoke("mcp", "forget", "new").text == "MCP server new is no longer trusted\n"
    assert aichat.invoke("mcp", "forget", "new").code == 2


def test_the_log_is_what_the_last_start_printed(aichat: Program) -> None:
    configure(aichat, new=server_command(do="stderr:0"), loud=server_command(do="die:x"))
    none = aichat.invoke("mcp", "log", "new")
    assert (none.stderr, none.code) == ("aichat: MCP server new has printed nothing yet\n", 2)
    aichat.invoke("mcp", "list")
    assert aichat.invoke("mcp", "log", "new").code == 0


def test_a_log_drives_no_terminal(aichat: Program) -> None:
    configure(aichat, loud=server_command(do="stderr:1"))
    assert aichat.invoke("mcp", "list").stderr == ""
    shown = aichat.invoke("mcp", "log", "loud", **TERMINAL).text
    assert "\u241b" in shown and not {"\x1b", "\x07", "\u202e", "\u200b"} & {*shown}
    assert "\x1b]52;" in aichat.invoke("mcp", "log", "loud").text


def test_a_login_is_made_in_a_browser_and_forgotten(aichat: Program) -> None:
    with login_server() as server, aichat.start("mcp", "login", server.url) as login:
        assert login.stderr
        for line in login.stderr:
            browse(line.decode().removeprefix("aichat: ").strip())
        assert login.wait(30) == 0
        assert "token-1" in (aichat.data_dir / "mcp-logins.json").read_text()
        aichat.write_config(f'[mcp.web]\nurl = "{server.url}"\n')
        assert aichat.invoke("mcp", "list", "--json").code == 0
        done = aichat.invoke("mcp", "logout", "web")
        assert (done.code, done.text) == (0, "logged out of MCP server web\n")
        assert "token-1" not in (aichat.data_dir / "mcp-logins.json").read_text()
        assert aichat.invoke("mcp", "logout", "web").code == 2
        done = aichat.invoke("mcp", "list", "--json")
        assert done.code == 4
        assert json.loads(done.text)[0]["error"] == "MCP server web: it wants a login"


def test_a_program_has_no_login(aichat: Program) -> None:
    configure(aichat, new=server_command())
    assert aichat.invoke("mcp", "login", "new").code == 2
