"""Rounds of a turn, from the command line to what is sent, shown and stored."""

import json
import re
from typing import Any

import pytest

from aichat.app.tools.local.table import BUILTINS
from aichat.app.tools.results import end_line
from aichat.app.tools.running import CallEnd
from aichat.app.tools.toolkit import PlannedCall
from aichat.core.message.message import ToolCall
from aichat.core.tools.tool import text_outcome
from tests.support.answering.server import Server, chat_stream
from tests.support.answering.talk import Talk
from tests.support.answering.tool_rounds import calling, write_files
from tests.support.running.program import Program, Result

READ = ("read_file", {"path": "a.txt"})
FILES = ("--tool", "read_file", "--tool", "list_dir", "--root", "work")
ALLOWED = (*FILES, "--allow", "read_file(**)", "--allow", "list_dir")


class Turn:
    """A question with tools to a scripted model."""

    def __init__(self, aichat: Program, server: Server) -> None:
        write_files(aichat)
        self.talk, self.server = Talk(aichat, server), server

    def ask(self, *words: str, replies: tuple[Any, ...]) -> Result:
        for reply in replies:
            self.server.push(reply)
        return self.talk.run("ask", "-p", "box", *words, "go")

    def messages(self, request: int = -1) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.talk.bodies[request]["messages"]
        return found

    def results(self, request: int = -1) -> list[str]:
        """What the model was told of its last calls."""
        return [m["content"] for m in self.messages(request) if m["role"] == "tool"]


@pytest.fixture
def turn(aichat: Program) -> Any:
    with Server() as server:
        yield Turn(aichat, server)


def test_in_a_pipe_stdout_is_the_last_round_only(turn: Turn) -> None:
    replies = (calling(READ, text="Let me look."), chat_stream(["It has ", "three lines."]))
    done = turn.ask(*ALLOWED, replies=replies)
    assert (done.text, done.code) == ("It has three lines.\n", 0)
    told = r"Let me look\.\nread_file\(a\.txt\) · 19 bytes · \d+\.\d s\n"
    assert re.fullmatch(told, done.stderr)
    assert turn.results() == ["first\nsecond\nthird\n"]


def test_quiet_tells_nothing_but_the_answer(turn: Turn) -> None:
    done = turn.ask(*ALLOWED, "-q", replies=(calling(READ), chat_stream(["done"])))
    assert (done.text, done.stderr) == ("done\n", "")


def test_the_end_of_a_call_is_a_row_in_plain_words() -> None:
    planned = PlannedCall(ToolCall("c", "now", "{}"), BUILTINS["now"].tool, None)
    end = CallEnd(text_outcome("x", "error"), 0.04)
    assert end_line(planned, end, 1, 80) == "now() · error · 0.0 s"
    end = CallEnd(text_outcome("x"), 0.04)
    assert end_line(planned, end, 1, 80) == "now() · 1 byte · 0.0 s"
    assert end_line(planned, end, 12_345, 80) == "now() · 12,345 bytes · 0.0 s"


def test_calls_of_one_answer_are_answered_in_their_order(turn: Turn) -> None:
    calls = (READ, ("list_dir", {}), ("read_file", {"path": "none"}), ("read_file", {"path": 3}))
    turn.ask(*ALLOWED, replies=(calling(*calls), chat_stream(["ok"])))
    assert turn.results() == [
        "first\nsecond\nthird\n",
        ".env\t9\na.txt\t19\nsrc/",
        "Error: cannot read none: No such file or directory",
        "Error: 'path' must be of type string",
    ]


def test_a_name_that_a_model_makes_up_is_answered_and_not_the_users_matter(turn: Turn) -> None:
    """Fails where ``Toolkit.answers`` takes what was not offered for the user's."""
    replies = (calling(READ, ("rm_all", {"path": "\x1b[2J"})), chat_stream(["ok"]))
    done = turn.ask(*ALLOWED, replies=replies)
    assert (done.code, done.text) == (0, "ok\n")
    no_such = "Error: there is no tool rm_all; there are: read_file, list_dir"
    assert turn.results() == ["first\nsecond\nthird\n", no_such]
    assert "rm_all(" in done.stderr and "\x1b" not in done.stderr


def test_the_events_of_three_rounds(turn: Turn) -> None:
    script = (
        calling(READ, text="one"),
        calling(("list_dir", {"path": "src"}), ("read_file", "nonsense"), first=2),
        chat_stream(["three"]),
    )
    done = turn.ask(*ALLOWED, "--events", replies=script)
    events = [json.loads(line) for line in done.text.splitlines()]
    kinds = [event["type"] for event in events if event["type"] != "usage"]
    assert kinds == [
        *("start", "round", "text", "tool_call", "approval", "tool_result"),
        *("round", "tool_call", "tool_call", "approval", "tool_result", "tool_result"),
        *("round", "text", "finish"),
    ]
    assert [event["n"] for event in events if event["type"] == "round"] == [1, 2, 3]
    (first, *_) = [event for event in events if event["type"] == "approval"]
    assert (first["decision"], first["by"], first["rule"]) == ("allow", "rule", "read_file(**)")
    ends = [event for event in events if event["type"] == "tool_result"]
    assert {(e["id"], e["status"], e["cut"]) for e in ends} == {
        ("call_1", "ok", False),
        ("call_2", "ok", False),
        ("call_3", "error", False),
    }


def test_the_json_of_a_turn_has_the_calls_and_the_sums_of_all_rounds(turn: Turn) -> None:
    script = (calling(READ), calling(("list_dir", {"path": "src"}), first=2), chat_stream(["end"]))
    done = turn.ask(*ALLOWED, "--json", replies=script)
    whole = json.loads(done.text)
    assert (whole["text"], whole["rounds"], whole["complete"]) == ("end", 3, True)
    calls = [(c["name"], c["round"], c["status"], c["result"]) for c in whole["tool_calls"]]
    assert calls == [
        ("read_file", 1, "ok", "first\nsecond\nthird\n"),
        ("list_dir", 2, "ok", "b.py\t11"),
    ]
    assert all(call["seconds"] >= 0 for call in whole["tool_calls"])
    assert (whole["usage"]["input"], whole["usage"]["output"]) == (36, 9)


def test_a_tool_that_no_rule_can_allow_is_told_before_anything_is_sent(turn: Turn) -> None:
    done = turn.ask(*FILES, "--allow", "read_file(src/**)", replies=())
    assert (done.code, turn.server.requests) == (2, [])
    assert "list_dir could never run: no rule allows it" in done.stderr
    assert "add --allow 'list_dir(**)'" in done.stderr


def test_a_call_that_nobody_can_be_asked_about_is_not_run(turn: Turn) -> None:
    words = ("--tool", "read_file", "--root", "work", "--allow", "read_file(src/*)", "--json")
    done = turn.ask(*words, replies=(calling(READ), chat_stream(["no"])))
    assert turn.results() == ["Error: not run: nobody could be asked"]
    assert json.loads(done.text)["tool_calls"][0]["status"] == "denied"
    told = "read_file was not run, for nobody could be asked; allow it with --allow 'read_file(*)'"
    assert (f"aichat: {told}\n" in done.stderr, done.code) == (True, 0)


def test_strict_is_an_error_where_nobody_can_be_asked(turn: Turn) -> None:
    words = ("--tool", "read_file", "--root", "work", "--allow", "read_file(src/*)", "--strict")
    done = turn.ask(*words, replies=(calling(READ),))
    assert (done.code, done.text, len(turn.server.requests)) == (5, "", 1)


def test_a_limit_of_the_users_ends_with_one_answer_without_tools(turn: Turn) -> None:
    script = (calling(READ), chat_stream(["so far"]))
    done = turn.ask(*ALLOWED, "--max-rounds", "1", replies=script)
    assert (done.text, done.code) == ("so far\n", 0)
    assert "1 round of tool calls: the next answer is the last" in done.stderr
    assert turn.talk.bodies[0].get("tool_choice") is None
    assert turn.talk.bodies[1]["tool_choice"] == "none"
    assert turn.talk.bodies[1]["tools"] == turn.talk.bodies[0]["tools"]


def test_a_limit_of_ours_is_not_a_whole_answer(turn: Turn) -> None:
    calls = [calling(("read_file", {"path": f"{n}"}), first=n) for n in range(20)]
    done = turn.ask(*ALLOWED, replies=(*calls, chat_stream(["so far"])))
    assert (done.text, done.code, len(turn.server.requests)) == ("so far\n", 9, 21)
    assert "stopped at 20 rounds of tool calls" in done.stderr


def test_the_same_call_a_third_time_in_a_row_is_asked_about(turn: Turn) -> None:
    same = [calling(READ, first=n) for n in range(3)]
    turn.ask(*ALLOWED, replies=(*same, chat_stream(["ok"])))
    assert turn.results()[-1] == "Error: not run: nobody could be asked"
    assert turn.results()[:2] == ["first\nsecond\nthird\n"] * 2


def test_a_call_of_a_tool_that_was_only_declared_ends_the_turn(turn: Turn) -> None:
    declared = json.dumps({"name": "port_depth", "parameters": {"type": "object"}})
    script = (calling(("port_depth", {"port": "Leith"})),)
    done = turn.ask(*ALLOWED, "--tools", declared, "--json", replies=script)
    whole = json.loads(done.text)
    assert (whole["finish_reason"], done.code) == ("tool_calls", 0)
    assert whole["tool_calls"] == [
        {"id": "call_1", "name": "port_depth", "arguments": '{"port": "Leith"}'}
    ]
    names = [tool["function"]["name"] for tool in turn.talk.bodies[0]["tools"]]
    assert names == ["read_file", "list_dir", "port_depth"]


def test_every_round_is_stored_and_the_next_question_goes_on_behind_it(turn: Turn) -> None:
    turn.ask(*ALLOWED, replies=(calling(READ, text="look"), chat_stream(["three lines"])))
    stored = turn.talk.stored_conversation()
    roles = [t["message"]["role"] for t in stored["turns"]]
    assert roles == ["user", "assistant", "tool", "assistant"]
    assert all(t["answer"]["usage"]["input"] == 12 for t in stored["turns"] if "answer" in t)
    turn.ask("-c", replies=(chat_stream(["again"]),))
    assert [m["role"] for m in turn.messages()] == [*roles, "user"]
    assert turn.talk.bodies[-1]["tool_choice"] == "none"  # what ran before does not run now


def test_without_saving_the_rounds_are_told_all_the_same(turn: Turn) -> None:
    script = (calling(READ), calling(("list_dir", {}), first=2), chat_stream(["end"]))
    done = turn.ask(*ALLOWED, "--no-save", replies=script)
    assert (done.text, len(turn.messages())) == ("end\n", 5)


def test_what_a_turn_may_cost_is_what_all_its_rounds_may(turn: Turn) -> None:
    turn.talk.aichat.environ["AICHAT_GROQ_BASE_URL"] = f"{turn.server.url}/groq/v1"
    usage = {"prompt_tokens": 100, "completion_tokens": 10_000, "total_tokens": 10_100}
    for number in range(3):
        turn.server.push(_dear(calling(READ, first=number), usage))
    done = turn.talk.run(
        "ask", "-m", "groq/openai/gpt-oss-120b", *ALLOWED, "--max-cost", "0.01", "go"
    )
    assert done.code == 11
    assert len(turn.server.requests) == 2
    assert "stopped after 2 rounds of tool calls: they reached --max-cost 0.01 USD" in done.stderr


def _dear(reply: Any, usage: dict[str, int]) -> Any:
    """The same answer with another usage."""
    old = b'"prompt_tokens":12,"completion_tokens":3,"total_tokens":15'
    new = json.dumps(usage, separators=(",", ":"))[1:-1].encode()
    return reply.__class__(
        reply.status, reply.headers, [step.replace(old, new) for step in reply.body]
    )


def test_a_long_result_is_sent_cut_and_kept_whole(turn: Turn) -> None:
    lines = "".join(f"line {n}\n" for n in range(20_000))
    (turn.talk.aichat.home / "work" / "long.txt").write_text(lines)
    turn.ask(*ALLOWED, replies=(calling(("read_file", {"path": "long.txt"})), chat_stream(["ok"])))
    sent = turn.results()[0]
    assert len(sent) < 65_000
    assert "bytes left out ...]\n" in sent
    assert sent.startswith("line 0\n")
    assert sent.endswith("line 19999\n")
    kept = turn.talk.stored_conversation()["turns"][2]["message"]["parts"][0]
    assert kept["parts"][0]["text"] == lines


def test_several_models_cannot_run_tools(turn: Turn) -> None:
    done = turn.talk.run("ask", "-m", "box/m", "-m", "groq/x", *ALLOWED, "go")
    assert (done.code, turn.server.requests) == (2, [])
    assert "tools run for one model only" in done.stderr


def test_the_tools_of_a_profile_run_and_a_flag_is_above_them(turn: Turn) -> None:
    profile = '\n[profiles.able]\nprovider = "box"\ntools = ["now"]\n'
    path = turn.talk.aichat.config_dir / "config.toml"
    path.write_text(path.read_text() + profile)
    for words, offered in (((), ["now"]), (("--tool", "none"), None)):
        turn.server.push(chat_stream(["ok"]))
        assert turn.talk.run("ask", "-P", "able", *words, "hi").code == 0
        tools = turn.talk.bodies[-1].get("tools")
        assert (tools and [t["function"]["name"] for t in tools]) == offered


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--tool", "red_file"), "unknown tool 'red_file'; did you mean 'read_file'?"),
        (("--tool", "now", "--max-rounds", "0"), "--max-rounds 0: must be 1 or more"),
        (("--tool", "now", "--root", "nowhere"), "--root nowhere: there is no such folder"),
        (("--tool", "now", "--allow", "a b"), "rule 'a b': expected NAME or NAME(PATTERN)"),
    ],
)
def test_what_cannot_be_is_one_clear_line(turn: Turn, words: tuple[str, ...], told: str) -> None:
    done = turn.ask(*words, replies=())
    assert (done.code, turn.server.requests) == (2, [])
    assert f"aichat: {told}\n" in done.stderr


def test_a_dry_run_shows_the_tools_and_asks_nobody(turn: Turn) -> None:
    done = turn.ask("--tool", "run_command", "--dry-run", replies=())
    assert (done.code, turn.server.requests) == (0, [])
    assert '"name": "run_command"' in done.text
