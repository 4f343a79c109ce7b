"""Questions with servers' tools, from the command line to what is sent, shown and stored."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from aichat.app.tools.mcp.trust import pinned_of
from aichat.core.tools.pins import pin_of
from tests.support.answering.server import Server, SilentReply, chat_stream
from tests.support.answering.talk import Talk
from tests.support.answering.tool_rounds import calling
from tests.support.mcp.links import linked, server_command
from tests.support.running.marks import long_case
from tests.support.running.program import Program, Result

ECHO = ("box__echo", {"text": "hello"})


def table(home: Path, do: str = "good", era: str = "modern", **more: Any) -> str:
    """A server in the config, pinned to what it says now."""
    known = {"gives_instructions": more.get("instructions", False), "tools": more.get("tools", "*")}
    with linked(home, era, do, **known) as link:
        pin = pin_of(pinned_of(link, link.tools()))
    lines = {"command": list(server_command(era, do)), "trust": pin, **more}
    return "[mcp.box]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items())


class Turn:
    """A question with a server's tools to a scripted model."""

    def __init__(self, aichat: Program, server: Server) -> None:
        self._aichat, self._server = aichat, server
        self.talk: Talk

    def ask(self, config: str, *words: str, replies: tuple[Any, ...]) -> Result:
        self.talk = Talk(self._aichat, self._server, config)
        for reply in replies:
            self._server.push(reply)
        return self.talk.run("ask", "-p", "box", *words, "go")

    def results(self) -> list[str]:
        """What the model was told of its last calls."""
        return [m["content"] for m in self.talk.bodies[-1]["messages"] if m["role"] == "tool"]


@pytest.fixture
def turn(aichat: Program) -> Any:
    with Server() as server:
        yield Turn(aichat, server)


def test_a_servers_tools_are_offered_called_and_shown(turn: Turn, tmp_path: Path) -> None:
    words = ("--mcp", "box", "--allow", "box.*", "--json")
    replies = (calling(ECHO), chat_stream(["It said hello."]))
    done = turn.ask(table(tmp_path), *words, replies=replies)
    whole = json.loads(done.text)
    assert (done.code, whole["text"], whole["rounds"]) == (0, "It said hello.", 2)
    (called,) = whole["tool_calls"]
    assert (called["name"], called["status"], called["result"]) == ("box__echo", "ok", "hello")
    offered = [tool["function"]["name"] for tool in turn.talk.bodies[0]["tools"]]
    assert offered == ["box__echo", "box__env"]
    assert turn.results() == ["hello"]


@pytest.mark.parametrize("era", ["modern", long_case("legacy")])
def test_what_a_server_says_of_its_use_is_told_where_the_config_says_so(
    turn: Turn, tmp_path: Path, era: str
) -> None:
    words = ("--mcp", "box", "--allow", "box.*", "-s", "Be brief.")
    replies = (calling(ECHO), chat_stream(["ok"]))
    config = table(tmp_path, "instructs", era, instructions=True)
    assert turn.ask(config, *words, replies=replies).code == 0
    said = "The server box says of its tools:\nCall echo\x1b]52;c;aGk=\x07\x1b[2Jevil twice."
    for body in turn.talk.bodies:
        assert body["messages"][0]["content"] == f"Be brief.\n\n{said}"
    turn.ask(table(tmp_path, "instructs", era), *words[:4], "-c", replies=(chat_stream(["ok"]),))
    assert turn.talk.bodies[-1]["messages"][0]["content"] == "Be brief."


def test_a_call_that_no_rule_allows_is_told_before_anything_is_sent(
    turn: Turn, tmp_path: Path
) -> None:
    done = turn.ask(table(tmp_path), "--mcp", "box", "--allow", "box.echo", replies=())
    assert (done.code, turn.talk.bodies) == (2, [])
    assert "box.env could never run: no rule allows it" in done.stderr


def test_of_a_servers_tools_some_can_be_named(turn: Turn, tmp_path: Path) -> None:
    words = ("--mcp", "box", "--tool", "box.echo", "--allow", "box.echo")
    turn.ask(table(tmp_path), *words, replies=(chat_stream(["x"]),))
    assert [tool["function"]["name"] for tool in turn.talk.bodies[0]["tools"]] == ["box__echo"]


def test_the_config_can_name_some_of_its_tools(turn: Turn, tmp_path: Path) -> None:
    config = table(tmp_path, tools=["e*o"])
    turn.ask(config, "--mcp", "box", "--allow", "*", replies=(chat_stream(["x"]),))
    assert [tool["function"]["name"] for tool in turn.talk.bodies[0]["tools"]] == ["box__echo"]


def test_a_server_that_nobody_trusts_is_told_in_a_pipe(turn: Turn) -> None:
    config = f"[mcp.box]\ncommand = {json.dumps(server_command())}\n"
    done = turn.ask(config, "--mcp", "box", "--allow", "*", replies=())
    assert (done.code, turn.talk.bodies) == (3, [])
    assert "MCP server box is not trusted yet" in done.stderr
    assert "aichat mcp trust box" in done.stderr


def test_a_server_that_dies_in_a_call_costs_no_answer(turn: Turn, tmp_path: Path) -> None:
    replies = (calling(ECHO), chat_stream(["It broke."]))
    words = ("--mcp", "box", "--allow", "*")
    done = turn.ask(table(tmp_path, "die:1"), *words, replies=replies)
    assert (done.code, done.text) == (0, "It broke.\n")
    assert turn.results() == ["Error: MCP server box: it ended, status 3"]


def test_what_a_server_says_cannot_pose_as_us(turn: Turn, tmp_path: Path) -> None:
    replies = (calling(("box__echo", {"text": "x"})), chat_stream(["ok"]))
    words = ("--mcp", "box", "--allow", "*")
    done = turn.ask(table(tmp_path, "ask"), *words, replies=replies)
    assert done.code == 0
    assert "\x1b" not in done.stderr and "\u202e" not in done.stderr
    assert "MCP server box asked" in done.stderr


def test_a_server_that_does_not_come_is_exit_8(turn: Turn) -> None:
    config = f'[mcp.box]\ncommand = ["false"]\ntrust = "sha256:{"0" * 64}"\n'
    done = turn.ask(config, "--mcp", "box", "--allow", "*", replies=())
    assert (done.code, turn.talk.bodies) == (8, [])
    assert "MCP server box: it ended, status 1" in done.stderr


def test_a_server_ends_with_the_question_that_started_it(aichat: Program, tmp_path: Path) -> None:
    """Also where the question comes to nothing: here stdin is empty, and so is the question."""
    mine = f"good:{tmp_path}"
    aichat.write_config(table(tmp_path, mine))
    words = ("ask", "-p", "groq", "--mcp", "box", "--allow", "*")
    assert aichat.invoke(*words, environ={"GROQ_API_KEY": "k"}).code == 2
    assert running(server_command(do=mine)) == []


def running(command: tuple[str, ...]) -> list[str]:
    """The processes that run with these words."""
    words = "\0".join(command).encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if path.read_bytes().startswith(words):
                found.append(path.parent.name)
    return found


def test_no_server_outlives_us_even_where_we_are_killed(aichat: Program, tmp_path: Path) -> None:
    """Fails without ``_watch_session``: this one heeds neither its input's end nor SIGTERM."""
    mine = f"stubborn:{tmp_path}"
    with Server() as server:
        talk = Talk(aichat, server, table(tmp_path, mine))
        server.push(SilentReply())
        words = ("ask", "-p", "box", "--mcp", "box", "--allow", "*", "go")
        program = talk.aichat.start(*words)
        assert until(lambda: bool(talk.bodies))
        (log,) = aichat.cache_dir.rglob("box.log")
        (child,) = (line.split()[1] for line in log.read_text().splitlines())
        assert running(server_command(do=mine)) and Path(f"/proc/{child}").exists()
        program.kill()
        program.wait()
        assert until(lambda: not running(server_command(do=mine)))
        assert until(lambda: not is_alive(child))


def until(is_so: Callable[[], bool]) -> bool:
    end = time.monotonic() + 30
    while not is_so() and time.monotonic() < end:
        time.sleep(0.02)
    return is_so()


def is_alive(pid: str) -> bool:
    """Whether it runs: one that nobody has buried does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
