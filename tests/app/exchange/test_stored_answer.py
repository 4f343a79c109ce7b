"""The same question again is answered from the store: asked for, said, and at no cost."""

import json

import pytest

from tests.support.answering.server import Server, chat_stream, tool_call
from tests.support.answering.talk import TARGETS, ScriptedAnswer, Talk
from tests.support.running.marks import long_case
from tests.support.running.program import Program

BOX = ("-p", "box", "--cached")


@pytest.mark.parametrize(
    "name", [n if n in ("openai", "anthropic") else long_case(n) for n in TARGETS]
)
def test_the_same_is_sent_once(name: str, aichat: Program) -> None:
    target = TARGETS[name]
    words = ("ask", "-p", target.provider, *target.words, "--cached", "hi")
    with Server() as server:
        talk = Talk(aichat, server)
        server.push(target.reply(ScriptedAnswer(("Hello", " you"), ("Hm.",))))
        first = talk.run(*words)
        second = talk.run(*words)
        told = json.loads(talk.run(*words, "--json").text)
        assert len(server.requests) == 1
    assert (second.text, second.code) == (first.text, 0) == ("Hello you\n", 0)
    assert "from the store: nothing was sent" in second.stderr
    assert "from the store" not in first.stderr
    assert told["cost"]["amount"] == 0
    assert told["cost"]["source"] == "store"
    assert (told["usage"]["input"], told["usage"]["output"]) == (0, 0)
    assert (told["text"], told["complete"]) == ("Hello you", True)
    assert (told["reasoning"] or "Hm.").strip() == "Hm."


#: What makes another request of it.
OTHERS = {
    "words": ("-p", "box", "--cached", "ho"),
    "a setting": (*BOX, "hi", "--temperature", "1"),
    "a system prompt": (*BOX, "hi", "-s", "be brief"),
    "a field": (*BOX, "hi", "-o", "user=1"),
    "a provider": ("-p", "groq", "--cached", "hi"),
    "a conversation": (*BOX, "-c", "hi"),
    "nothing asked for": ("-p", "box", "hi"),
    "an attachment": (*BOX, "hi", "-f", "notes.txt"),
}


@pytest.mark.parametrize("case", [*map(long_case, [*OTHERS][2:]), *[*OTHERS][:2]])
def test_what_differs_in_anything_is_asked(case: str, aichat: Program) -> None:
    (aichat.home / "notes.txt").write_text("notes")
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(chat_stream(["one"]), *BOX, "hi")
        other = talk.ask(chat_stream(["two"]), *OTHERS[case])
        assert len(server.requests) == 2
    assert (other.text, other.code) == ("two\n", 0)


def test_a_conversation_goes_on_from_an_answer_of_the_store(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(chat_stream(["one"]), *BOX, "hi")
        talk.run("ask", *BOX, "hi")
        talk.ask(chat_stream(["two"]), "-p", "box", "-c", "and")
        said = [(m["role"], m["content"]) for m in talk.bodies[-1]["messages"]]
    assert said == [("user", "hi"), ("assistant", "one"), ("user", "and")]


def test_nothing_is_taken_that_is_not_whole_or_not_there_any_more(aichat: Program) -> None:
    calls = tool_call("now", "{}")
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(chat_stream(["cut"], finish="length"), *BOX, "hi")
        assert talk.ask(chat_stream(["whole"]), *BOX, "hi").text == "whole\n"
        assert talk.run("ask", *BOX, "hi").text == "whole\n"
        for each in json.loads(talk.run("history", "list", "--json").text):
            assert talk.run("history", "delete", each["id"], "--yes").code == 0
        assert talk.ask(chat_stream(["new"], tool_calls=calls), *BOX, "hi").code == 0
        assert len(server.requests) == 3


def test_neither_a_budget_nor_an_amount_keeps_an_answer_that_costs_nothing(
    aichat: Program,
) -> None:
    words = ("-m", "groq/openai/gpt-oss-120b", "--cached", "hi")
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(chat_stream(["ok"]), *words)
        done = talk.run("ask", *words, "--max-cost", "0.000000001")
        spent = json.loads(talk.run("cost", "--json").text)
    assert (done.text, done.code) == ("ok\n", 0), done.stderr
    assert spent["total"]["requests"] == 2


@pytest.mark.parametrize("other", ["--background", "--live"])
def test_what_cannot_be_in_the_store_is_refused(other: str, aichat: Program) -> None:
    done = aichat.point_groq_at("http://127.0.0.1:9").invoke("ask", "--cached", other, "hi")
    assert (done.code, f"--cached and {other} cannot be combined" in done.stderr) == (2, True)
