"""Servers that are programs, good and hostile: bounded, and told in one line that names them."""

import re
import threading
from pathlib import Path
from typing import Any

import pytest

from aichat.app.tools.mcp.connection import ServerLink, log_path
from aichat.app.tools.mcp.source import McpSource
from aichat.app.tools.source import CallControl, Progress
from aichat.core.message.media import Media
from aichat.core.tools.tool import ToolOutcome
from aichat.errors import AichatError
from tests.support.mcp.links import linked
from tests.support.running.marks import long_case


def source_of(link: ServerLink, told: list[str] | None = None) -> McpSource:
    said: list[str] = [] if told is None else told
    tools = link.tools()
    return McpSource(link, tools, said.append)


def call(
    source: McpSource, name: str, control: CallControl | None = None, **given: Any
) -> ToolOutcome:
    tool = next(tool for tool in source.tools() if tool.name == f"box.{name}")
    return source.call(tool, given, control or CallControl())


def fault_of(link: ServerLink) -> str:
    with pytest.raises(AichatError) as caught:
        link.tools()
    return caught.value.fault.message


ERAS = {
    "modern": "2026-07-28",
    "legacy": "2025-11-25",
    "both": "2026-07-28",
    "slow:0.3": "2026-07-28",
    "refuse-late": "2026-07-28",
}


@pytest.mark.parametrize(("era", "version"), ERAS.items())
def test_tools_of_a_server_of_each_era_are_listed_and_called(
    era: str, version: str, tmp_path: Path
) -> None:
    with linked(tmp_path, era) as link:
        source = source_of(link)
        assert [tool.name for tool in source.tools()] == ["box.echo", "box.env"]
        assert call(source, "echo", text="h\u00e9llo\n\u2028").text == "h\u00e9llo\n\u2028"
        assert link.connected.era.version == version


@pytest.mark.parametrize(("era", "version"), [("silent", "2025-11-25"), ("slow:2.5", "2026-07-28")])
def test_a_server_that_is_silent_is_asked_in_both_ways(
    era: str, version: str, tmp_path: Path
) -> None:
    with linked(tmp_path, era) as link:
        assert (link.connect().era.version, len(link.tools())) == (version, 2)


def test_a_server_gets_no_variable_but_those_that_all_get_and_its_own(tmp_path: Path) -> None:
    environ = {"MINE": "$DATABASE_URL", "PLAIN": "x"}
    with linked(tmp_path, environ=environ) as link:
        link._world.environ.update(  # type: ignore[attr-defined]
            OPENAI_API_KEY="k", DATABASE_URL="d", AWS_ACCESS_KEY_ID="a", SSH_AUTH_SOCK="s"
        )
        found = dict(line.split("=", 1) for line in call(source_of(link), "env").text.split("\n"))
    assert (found["MINE"], found["PLAIN"]) == ("d", "x")
    ours = {"HOME", "PATH", "MINE", "PLAIN", "LC_CTYPE"}  # Python itself sets the last
    assert set(found) <= ours


def test_variables_that_a_foreign_file_names_are_not_looked_up(tmp_path: Path) -> None:
    with linked(tmp_path, environ={"MINE": "$OPENAI_API_KEY"}, is_foreign=True) as link:
        link._world.environ["OPENAI_API_KEY"] = "secret"  # type: ignore[index]
        text = call(source_of(link), "env").text
    assert "MINE=$OPENAI_API_KEY" in text and "secret" not in text


def test_noise_on_its_output_is_passed_over(tmp_path: Path) -> None:
    with linked(tmp_path, do="noise") as link:
        assert len(link.tools()) == 2


def test_nothing_but_noise_ends_it(tmp_path: Path) -> None:
    with linked(tmp_path, do="junk:1100") as link:
        assert fault_of(link) == (
            "MCP server box: stopped: it sent over 1000 lines that are no messages"
        )


def test_a_line_without_end_is_cut_off(tmp_path: Path) -> None:
    with linked(tmp_path, do="flood:60") as link:
        assert fault_of(link) == "MCP server box: stopped: it sent a line of over 16 MB"


@pytest.mark.parametrize("depth", [100_000, long_case(500_000)])
def test_json_without_end_lists_nothing(depth: int, tmp_path: Path) -> None:
    with linked(tmp_path, do=f"deep:{depth}") as link:
        assert link.tools() == []


def test_pages_without_end_are_cut_off(tmp_path: Path) -> None:
    with linked(tmp_path, do="pages") as link:
        assert fault_of(link) == "MCP server box: its list has over 100 pages"


def test_more_tools_than_anybody_wants_are_refused(tmp_path: Path) -> None:
    with linked(tmp_path, do="tools:4000") as link:
        assert fault_of(link) == "MCP server box: it has over 1000 tools"


def test_names_are_ours_and_never_those_of_a_built_in_tool(tmp_path: Path) -> None:
    with linked(tmp_path, do="names") as link:
        names = [tool.name for tool in source_of(link).tools()]
    assert names == [f"box.{'a' * 65}", "box.c.d", "box.read_file", "box.echo"]


def test_tools_whose_schemas_no_provider_takes_are_left_out(tmp_path: Path) -> None:
    told: list[str] = []
    with linked(tmp_path, do="schemas") as link:
        names = [tool.name for tool in source_of(link, told).tools()]
    assert names == ["box.loop", "box.net"]
    assert told == [
        "MCP server box: no model takes the parameters of wide, list, bool, none: left out"
    ]


def test_what_a_server_refuses_is_an_error_of_one_call(tmp_path: Path) -> None:
    with linked(tmp_path, do="refuse") as link:
        outcome = call(source_of(link), "echo", text="x")
    assert outcome.status == "error"
    assert outcome.text.startswith("MCP server box: no such text ")
    assert "\u202e" not in outcome.text and "\u200b" not in outcome.text


def test_pictures_and_errors_of_a_result(tmp_path: Path) -> None:
    with linked(tmp_path, do="media") as link:
        source = source_of(link)
        picture = call(source, "image")
        assert isinstance(picture.parts[1], Media) and picture.parts[1].mime == "image/png"
        assert (call(source, "failed").status, call(source, "structured").text) == (
            "error",
            '{"a": 1}',
        )


def test_progress_is_of_this_call_and_grows(tmp_path: Path) -> None:
    heard: list[Progress] = []
    with linked(tmp_path, do="progress") as link:
        call(source_of(link), "echo", CallControl(heard.append), text="x")
    assert [(news.done, news.total) for news in heard] == [(1, 3), (2, 3)]
    assert "\u202e" not in heard[0].message


def test_a_call_that_nobody_wants_any_more_is_cancelled_at_the_server(tmp_path: Path) -> None:
    control, ends = CallControl(), []
    with linked(tmp_path, do="cancel") as link:
        source = source_of(link)
        thread = threading.Thread(
            target=lambda: ends.append(call(source, "echo", control, text="x"))
        )
        thread.start()
        wait_for_log(link, "called")
        control.cancel()
        thread.join(20)
        wait_for_log(link, "notifications/cancelled")
    assert [end.status for end in ends] == ["cancelled"]


def test_an_answer_that_comes_too_late_is_nobodys(tmp_path: Path) -> None:
    control = CallControl()
    with linked(tmp_path, do="late") as link:
        source = source_of(link)
        thread = threading.Thread(target=lambda: call(source, "echo", control, text="x"))
        thread.start()
        wait_for_log(link, "called")
        control.cancel()
        thread.join(20)
        assert [call(source, "echo", text=text).text for text in "ab"] == ["a", "b"]


def wait_for_log(link: ServerLink, words: str) -> None:
    path = log_path(link._world.environ, "box")
    pause = threading.Event()
    for _ in range(1000):
        if path.exists() and words in path.read_text():
            return
        pause.wait(0.02)
    raise AssertionError(f"{words!r} never came")


def test_a_server_that_dies_is_started_again_once_and_no_call_is_sent_twice(tmp_path: Path) -> None:
    told: list[str] = []
    with linked(tmp_path, do="die:1") as link:
        source = source_of(link, told)
        ends = [call(source, "echo", text="x").text for _ in range(3)]
    assert ends == [
        *["MCP server box: it ended, status 3"] * 2,
        "MCP server box: it ended twice and is not started again",
    ]
    assert told == ends


def test_a_server_that_comes_back_with_other_tools_is_not_called(tmp_path: Path) -> None:
    with linked(tmp_path, do="rugpull:9") as link:
        source = source_of(link)
        assert link._channel is not None
        link._channel.close()
        link.server = link.server._replace(command=(*link.server.command[:-1], "rugpull:1"))
        outcome = call(source, "echo", text="x")
    assert outcome.status == "error"
    assert outcome.text == "MCP server box: it was started again, and its tools are others now"


def test_a_server_that_asks_is_told_no_and_the_user_who_asked(tmp_path: Path) -> None:
    told: list[str] = []
    with linked(tmp_path, do="ask:once", told=told) as link:
        outcome = call(source_of(link), "echo", text="x")
    assert outcome.text == '[{"q": {"action": "decline"}}, "s\\u0000t"]'
    assert len(told) == 1 and told[0].startswith("MCP server box asked: ")
    assert "\u202e" not in told[0]


def test_a_server_of_the_era_before_is_told_no_as_well(tmp_path: Path) -> None:
    with linked(tmp_path, "legacy", "ask:legacy") as link:
        outcome = call(source_of(link), "echo", text="x")
    assert '"result": {"action": "decline"}' in outcome.text


def test_a_server_that_never_stops_asking_is_left(tmp_path: Path) -> None:
    with linked(tmp_path, do="ask") as link:
        outcome = call(source_of(link), "echo", text="x")
    assert outcome.text == "MCP server box: it asked for more input 8 times"


def test_what_was_never_declared_is_not_done(tmp_path: Path) -> None:
    with linked(tmp_path, do="ask:sampling") as link:
        outcome = call(source_of(link), "echo", text="x")
    said = "it asked for sampling/createMessage, which is not supported"
    assert outcome.text == f"MCP server box: {said}"


def test_a_server_cannot_reach_the_terminal(tmp_path: Path) -> None:
    with linked(tmp_path, do="tty") as link:
        assert call(source_of(link), "echo").text == "No such device or address"


def test_the_log_of_a_server_is_bounded(tmp_path: Path) -> None:
    with linked(tmp_path, do="stderr:3") as link:
        link.tools()
        path = log_path(link._world.environ, "box")
    assert path.stat().st_size == 1 << 20


def test_a_stubborn_server_and_its_children_are_ended(tmp_path: Path) -> None:
    with linked(tmp_path, do="stubborn") as link:
        link.tools()
        wait_for_log(link, "child")
        found = re.search(r"child (\d+)", log_path(link._world.environ, "box").read_text())
    assert found
    pause = threading.Event()
    while is_running(int(found[1])):  # one that is killed ends when the machine gets to it
        pause.wait(0.02)


def is_running(process: int) -> bool:
    """Whether it runs; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_program_that_is_none_is_told(tmp_path: Path) -> None:
    with linked(tmp_path) as link:
        link.server = link.server._replace(command=("/no/such/program",))
        told = "MCP server box: cannot run /no/such/program: No such file or directory"
        assert fault_of(link) == told


def test_a_server_that_says_nothing_is_waited_for_as_long_as_the_config_says(
    tmp_path: Path,
) -> None:
    with linked(tmp_path, "slow:30", start_seconds=0.3) as link:
        assert fault_of(link) == "MCP server box: no answer within 0.3 s"
