"""Resources of servers that are attached, and prompts of theirs that are put into the line."""

from pathlib import Path

import pytest

from aichat.app.tools.mcp.offers import ServerShelf
from aichat.app.tools.mcp.source import McpSource
from aichat.app.tools.mcp.trust import TrustDesk
from aichat.core.config.schema import Config
from aichat.core.message.media import Media
from aichat.errors import AichatError
from tests.app.tools.mcp.test_ask import table
from tests.support.answering.server import Server, chat_stream
from tests.support.answering.talk import Talk
from tests.support.mcp.links import linked, world_in
from tests.support.running.program import Program
from tests.support.terminal.repl import open_repl


@pytest.fixture
def shelf(tmp_path: Path) -> ServerShelf:
    """A server that is on."""
    with linked(tmp_path) as link:
        desk = TrustDesk(world_in(tmp_path), print)
        yield ServerShelf(desk, Config(), [McpSource(link, link.tools(), print)])


def test_a_text_is_attached_by_its_address_with_nothing_hidden_in_it(shelf: ServerShelf) -> None:
    (found,) = shelf.attachments("mcp:box:note:one")
    assert (found.name, found.text) == ("mcp:box:note:one", "held by note:one")


def test_bytes_are_what_they_begin_like_whatever_their_server_says(shelf: ServerShelf) -> None:
    (found,) = shelf.attachments("mcp:box:pixel:red")
    assert isinstance(found.media, Media) and found.media.mime == "image/png"


@pytest.mark.parametrize(
    ("given", "why", "hint"),
    [
        ("mcp:box:", "name one of its resources", "there are: note:one, note:two, pixel:red"),
        ("mcp:box:nothing", "cannot attach nothing: MCP server box: no such resource", "note:one"),
        ("mcp:box:note:bytes", "is not UTF-8 text: byte 0", None),
        ("mcp:box:note:empty", "there is nothing in it", None),
        ("mcp:", "mcp: names no MCP server", "as in: -f mcp:NAME:URI"),
        ("mcp:bix:note:one", "there is no MCP server bix; did you mean 'box'?", "--mcp"),
    ],
)
def test_what_cannot_be_attached_is_told(
    shelf: ServerShelf, given: str, why: str, hint: str | None
) -> None:
    with pytest.raises(AichatError) as raised:
        shelf.attachments(given)
    fault = raised.value.fault
    assert (fault.kind, fault.exit_code) == ("usage", 2)
    assert why in fault.message
    assert hint is None or hint in (fault.hint or "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("file=a.py",), "Review a.py well."),
        (("a.py",), "Review a.py well."),
        (("a.py", "harshly"), "Review a.py harshly."),
        (("style=kindly", "a=b.py"), "Review a=b.py kindly."),
    ],
)
def test_a_prompt_is_filled_in(shelf: ServerShelf, words: tuple[str, ...], said: str) -> None:
    text, (picture,) = shelf.prompt("box", "review", words)
    assert text == said
    assert picture.media and picture.media.mime == "image/png"


@pytest.mark.parametrize(
    ("name", "words", "why"),
    [
        ("review", (), "it needs file"),
        ("review", ("a", "b", "c"), "'c' is one word too many"),
        ("revew", (), "MCP server box has no prompt 'revew'; did you mean 'review'?"),
    ],
)
def test_what_is_no_prompt_is_told(
    shelf: ServerShelf, name: str, words: tuple[str, ...], why: str
) -> None:
    with pytest.raises(AichatError) as raised:
        shelf.prompt("box", name, words)
    assert why in raised.value.fault.message


def test_a_server_that_is_alone_in_the_list_tells_what_it_has(shelf: ServerShelf) -> None:
    assert shelf.entries("box")[0] == ("/mcp:box:review file=... [style=...]", "reviews a file")
    assert ("@mcp:box:note:one", "NOTE:ONE") in shelf.entries("box")


def test_a_server_without_any_has_none(tmp_path: Path) -> None:
    with linked(tmp_path, do="bare") as link:
        shelf = ServerShelf(
            TrustDesk(world_in(tmp_path), print), Config(), [McpSource(link, [], print)]
        )
        assert shelf.entries("box") == []


def test_a_server_that_has_no_tools_is_not_asked_for_any(tmp_path: Path) -> None:
    with linked(tmp_path, do="toolless") as link:
        assert link.tools() == []


def test_a_resource_goes_with_a_question(aichat: Program, tmp_path: Path) -> None:
    with Server(chat_stream(["ok"])) as server:
        talk = Talk(aichat, server, table(tmp_path))
        done = talk.run("ask", "-p", "box", "-f", "mcp:box:note:two", "what is it?")
        assert (done.code, done.text) == (0, "ok\n")
        (said,) = talk.bodies[0]["messages"]
    assert said["content"] == "mcp:box:note:two\n```\nheld by note:two\n```\n\nwhat is it?"
    assert "tools" not in talk.bodies[0]


def test_a_resource_of_a_server_that_nobody_trusts_is_not_read(aichat: Program) -> None:
    from tests.support.mcp.links import server_command

    words = ", ".join(f'"{word}"' for word in server_command())
    with Server() as server:
        talk = Talk(aichat, server, f"[mcp.box]\ncommand = [{words}]\n")
        done = talk.run("ask", "-p", "box", "-f", "mcp:box:note:two", "what is it?")
    assert (done.code, server.requests) == (3, [])
    assert "aichat mcp trust box" in done.stderr


def test_in_a_chat_prompts_come_into_the_line_and_resources_with_an_at(
    aichat: Program, tmp_path: Path
) -> None:
    def echo(seen: object) -> object:
        last = seen.json()["messages"][-1]["content"]  # type: ignore[attr-defined]
        return chat_stream([f"{len(last)} parts"])

    aichat.write_config(table(tmp_path))
    (aichat.home / "secret.txt").write_text("secret")
    with (
        Server(default=echo) as server,
        open_repl(aichat.point_groq_at(server.url)) as repl,
    ):
        repl.wait_for_prompt()
        repl.send_line("/mcp off")
        repl.wait_until("/mcp off: which one?")
        repl.wait_for_prompt()
        repl.send_line("/mcp:box")
        repl.wait_until("reviews a file")
        repl.wait_for_prompt()
        repl.send_line("/mcp:box:slash")
        repl.wait_until("Enter sends it")
        repl.wait_until("> //exit @secret.txt")
        repl.wait_for_prompt()
        repl.send_line("")  # as it stands there
        repl.wait_until("parts")
        repl.wait_for_prompt()
        repl.send_line("see @mcp:box:note:one")
        repl.wait_until("attached: mcp:box:note:one")
        repl.wait_for_prompt()
        repl.press("ctrl-d")
        assert repl.wait_for_exit() == 0
    first, second = (seen.json()["messages"][-1]["content"] for seen in server.requests)
    assert first.startswith("/exit @secret.txt ") and "\x1b" not in first
    assert second == "mcp:box:note:one\n```\nheld by note:one\n```\n\nsee @mcp:box:note:one"
