"""Stored questions, each asked once more after what was said before it, and both answers shown."""

import json
from typing import Any

import pytest

from tests.support.answering.server import Server, chat_error, chat_stream
from tests.support.answering.talk import TARGETS, ScriptedAnswer, Talk
from tests.support.answering.tool_rounds import calling
from tests.support.running.marks import long_case
from tests.support.running.program import TERMINAL, Program

GROQ = "groq/openai/gpt-oss-120b"
BOX = ("-p", "box", "--cache", "off")


def held(talk: Talk, *answers: str) -> None:
    """A conversation of questions ``q0``, ``q1`` and on, answered so by the box."""
    for place, answer in enumerate(answers):
        talk.server.push(chat_stream([answer]))
        more = ("-c",) if place else ("-s", "be brief")
        assert talk.run("ask", *BOX, *more, f"q{place}").code == 0


def replay(talk: Talk, answers: tuple[str, ...], *words: str, **outside: Any) -> Any:
    for answer in answers:
        talk.server.push(chat_stream([answer]))
    return talk.aichat.invoke("replay", "last", *words, **outside)


def said(body: dict[str, Any]) -> list[str]:
    return [message["content"] for message in body["messages"]]


def test_each_question_is_asked_after_what_was_said_then(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        held(talk, "one two three", "four")
        done = replay(talk, ("one 2 three", "four"), "-m", GROQ, "--json")
        first, second = talk.bodies[-2:]
        kept = json.loads(talk.run("history", "list", "--json").text)
    assert done.code == 0, done.stderr
    assert said(first) == ["be brief", "q0"]
    assert said(second) == ["be brief", "q0", "one two three", "q1"]
    assert len(kept) == 1
    assert "2 questions of groq/openai/gpt-oss-120b: ~" in done.stderr
    told = json.loads(done.text)
    one, other = told["questions"]
    assert one["diff"] == [
        ["same", "one"],
        ["gone", " two"],
        ["new", " 2"],
        ["same", " three"],
    ]
    assert (one["question"], one["verdict"], other["alike"]) == ("q0", None, 1.0)
    assert one["before"]["provider"] == "box"
    assert one["after"]["cost"]["amount"] > 0
    assert one["after"]["timing"]["total_s"] is not None


@pytest.mark.parametrize("name", [n if n == "anthropic" else long_case(n) for n in TARGETS])
def test_every_provider_answers_again(name: str, aichat: Program) -> None:
    target = TARGETS[name]
    with Server() as server:
        talk = Talk(aichat, server)
        held(talk, "one")
        server.push(target.reply(ScriptedAnswer(("again",))))
        words = [word for word in target.words if word != "--search"]
        done = talk.run("replay", "last", "-p", target.provider, *words, "--json")
    assert json.loads(done.text)["questions"][0]["after"]["text"] == "again", done.stderr


def test_nobody_named_is_whoever_answered_then(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        held(talk, "one")
        assert replay(talk, ("two",)).code == 0
        assert [path.split("/")[1] for path in talk.paths] == ["box", "box"]


def test_a_pipe_gets_both_answers_and_their_difference_in_words(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        held(talk, "it is red")
        done = replay(talk, ("it is blue",), "-m", GROQ)
    for line in ("## q0", "### then: box/", "it is red", "### now: groq/", "it is blue"):
        assert line in done.text
    assert "it is[- red-]{+ blue+}" in done.text
    assert "now $" in done.stderr


def test_a_wide_terminal_shows_them_beside_each_other(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        held(talk, "left \u202e\x1b[31m side")
        environ = {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "xterm"}
        done = replay(talk, ("right side",), "-m", GROQ, environ=environ, **TERMINAL)
    assert any("left" in line and "right side" in line for line in done.text.splitlines())
    assert not {"\x1b", "\u202e"} & {*done.text}
    assert max(map(len, done.text.splitlines())) <= 100


VERDICT = {
    "a": {"correct": 5, "complete": 4, "clear": 3},
    "b": {"correct": 1, "complete": 2, "clear": 3},
    "better": "a",
    "why": "It is right.",
}


def test_a_judge_scores_by_a_stated_rubric_and_sees_the_places_in_turn(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        held(talk, "one", "two")
        verdict = json.dumps(VERDICT)
        words = ("-m", GROQ, "--judge", "openai/gpt-5.4-nano", "--json", "--wire", "chat")
        for answer in ("eins", verdict, "zwei", verdict):
            from_judge = answer == verdict
            target = TARGETS["openai"] if from_judge else TARGETS["groq"]
            server.push(target.reply(ScriptedAnswer((answer,))))
        done = talk.run("replay", "last", *words)
        asked = [json.dumps(seen.json()) for seen in server.requests if "/openai/" in seen.path]
    assert done.code == 0, done.stderr
    told = json.loads(done.text)
    assert "from 1 (bad) to 5 (perfect)" in told["judge"]["rubric"]
    one, other = (each["verdict"] for each in told["questions"])
    assert (one["before"], one["better"], one["why"]) == (VERDICT["a"], "before", "It is right.")
    assert (other["before"], other["better"]) == (VERDICT["b"], "after")
    assert asked[0].index("one") < asked[0].index("eins")
    assert asked[1].index("zwei") < asked[1].index("two", asked[1].index("answer_a"))
    assert "2 verdicts of openai/gpt-5.4-nano" in done.stderr


def test_what_is_too_dear_is_not_begun(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        held(talk, "one", "two")
        done = talk.run("replay", "last", "-m", GROQ, "--max-cost", "0.0000001")
        assert (done.code, len(server.requests)) == (11, 2)


def test_a_failed_question_is_told_and_the_rest_is_asked(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        held(talk, "one", "two")
        server.push(chat_error(400, "odd"))
        server.push(chat_stream(["zwei"]))
        done = talk.run("replay", "last", "-p", "box", "--retries", "0", "--json")
    told = json.loads(done.text)["questions"]
    assert (told[0]["after"]["error"]["kind"], told[1]["after"]["text"]) == (
        "invalid_request",
        "zwei",
    )
    assert done.code == 5


def test_a_key_that_is_refused_ends_it(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        held(talk, "one", "two")
        server.push(chat_error(401, "no"))
        done = talk.run("replay", "last", "-p", "box")
        assert (done.code, len(server.requests)) == (4, 3)


def test_a_turn_with_tools_is_one_question_and_no_tool_runs_again(aichat: Program) -> None:
    (aichat.home / "a.txt").write_text("words")
    tool = ("--tool", "read_file", "--root", str(aichat.home), "--allow", "read_file(*.txt)")
    with Server() as server:
        talk = Talk(aichat, server)
        server.push(calling(("read_file", {"path": "a.txt"})))
        server.push(chat_stream(["it says words"]))
        assert talk.run("ask", *BOX, *tool, "read it").code == 0
        done = replay(talk, ("I cannot look",), "-p", "box", "--json")
        body = talk.bodies[-1]
    (one,) = json.loads(done.text)["questions"]
    assert (one["before"]["text"], one["after"]["text"]) == ("it says words", "I cannot look")
    assert body["messages"][-1]["content"] == "read it"
    assert body.get("tool_choice", "none") == "none"


def test_there_must_be_something_to_ask(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(chat_error(400, "no"), *BOX, "hi")
        done = talk.run("replay", "last")
    assert (done.code, "no question that was answered" in done.stderr) == (2, True)
    assert aichat.invoke("replay", "nothing").code == 2


def test_answers_and_verdicts_are_held_against_one_limit(aichat: Program) -> None:
    words = ("-m", GROQ, "--judge", GROQ, "--max-cost", "0.002")
    with Server() as server:
        talk = Talk(aichat, server)
        server.push(chat_stream(["one"]))
        talk.aichat.invoke("ask", *BOX, stdin=b"word " * 10_000)  # $0.0015 of input, twice
        done = talk.run("replay", "last", *words)
        assert (done.code, len(server.requests)) == (11, 1)
    assert "more than --max-cost" in done.stderr


def test_a_verdict_that_takes_the_rest_of_the_money_ends_it_and_nothing_is_lost(
    aichat: Program,
) -> None:
    dear = {"prompt_tokens": 10, "completion_tokens": 100_000, "total_tokens": 100_010}
    words = ("-m", GROQ, "--judge", GROQ, "--max-cost", "0.01", "--json")
    with Server() as server:
        talk = Talk(aichat, server)
        held(talk, "one", "two")
        server.push(chat_stream(["eins"]))
        server.push(chat_stream([json.dumps(VERDICT)], dear))
        done = talk.run("replay", "last", *words)
        assert (done.code, len(server.requests)) == (11, 4)
    one, other = json.loads(done.text)["questions"]
    assert (one["after"]["text"], one["verdict"]["better"]) == ("eins", "before")
    assert other["after"]["error"]["kind"] == "budget"
    assert "stopped after 2 answers: they reached --max-cost 0.01" in done.stderr
