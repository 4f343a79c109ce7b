"""Going on: with an answer that was cut, with a question that failed, with a conversation.

Each case is a few runs of the program against one scripted server; what it was sent and what
is stored afterwards are compared with data.
"""

import json
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from aichat.app.exchange import steps
from tests.support.answering.answers import (
    messages_error,
    messages_stream,
    responses_error,
    responses_stream,
    scripted_call,
)
from tests.support.answering.answers_google import (
    gemini_error,
    gemini_stream,
    moonshot_error,
    qwen_error,
)
from tests.support.answering.server import Reply, Server, chat_error, chat_stream, tool_call
from tests.support.answering.talk import (
    TARGETS,
    ScriptedAnswer,
    Talk,
    Target,
    body_without_turns,
    cut_after,
    dialogue,
    messages_blocks,
    outline,
    text_in,
)
from tests.support.running.program import Program
from tests.support.running.whole_runs import hold_forever, read_until, wait_for_exit

Turns = list[dict[str, Any]]

GO_ON = "Continue exactly where your last answer stopped. Do not repeat any of it."
TOOLS = '[{"name": "port_depth", "parameters": {}}, {"name": "tide", "parameters": {}}]'
DEEP = scripted_call("port_depth", '{"port":"Leith"}', call_id="c_1")
TIDE = scripted_call("tide", "{}", call_id="c_2")
FAILED = chat_error(400, "no", code="bad")


def item(role: str, text: str) -> dict[str, Any]:
    shown = text if role == "assistant" else [{"type": "input_text", "text": text}]
    return {"type": "message", "role": role, "content": shown}


def block(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"type": "text", "text": text}]}


def line(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": text}


def listed(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"text": text}]}


def part(role: str, text: str) -> dict[str, Any]:
    return {"role": "model" if role == "assistant" else role, "parts": [{"text": text}]}


def turn(target: Target, role: str, text: str) -> dict[str, Any]:
    """A turn of plain text in the words of a wire."""
    if target.path.endswith("/messages"):
        return block(role, text)
    if target.path.endswith("/interactions"):
        kind = "model_output" if role == "assistant" else "user_input"
        return {"type": kind, "content": [{"type": "text", "text": text}]}
    makers = {"input": item, "contents": part, "input.messages": listed, "messages": line}
    return makers[target.place](role, text)


# -- an answer that was cut

_CLAUDE = TARGETS["anthropic"]
_OLDER = _CLAUDE._replace(words=("-m", "claude-haiku-4-5"))
CUT: dict[str, Target] = {**TARGETS, "claude 4.5": _OLDER}
#: How each is asked for the rest, where there is another way than words.
MEANS: Mapping[str, Turns] = {
    "moonshot": [{"role": "assistant", "content": "Once upon", "partial": True}],
    "claude 4.5": [block("assistant", "Once upon")],
}
WAYS = ("length", "a lost link")


def cut_short(talk: Talk, name: str, way: str) -> None:
    """An answer of which only the beginning came."""
    target = CUT[name]
    whole = target.reply(ScriptedAnswer(("Once upon",), ("Hm.",), (), "length"))
    reply = whole if way == "length" else cut_after(whole, "Once upon")
    result = talk.ask(reply, "-p", target.provider, *target.words, "-s", "Be brief.", "A tale.")
    assert (result.text, result.code) == ("Once upon\n", 9)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CUT)
def test_a_cut_answer_goes_on_by_the_models_own_means_or_in_words(
    name: str, way: str, aichat: Program
) -> None:
    target = CUT[name]
    words = [turn(target, "assistant", "Once upon"), turn(target, "user", GO_ON)]
    with Server() as server:
        talk = Talk(aichat, server)
        cut_short(talk, name, way)
        result = talk.ask(target.reply(ScriptedAnswer((" a ", "time."), ("Hm.",))), "-c")
        assert (result.text, result.code) == (" a time.\n", 0)
        first, second = talk.bodies
        stored = talk.stored_conversation()
    added = dialogue(target, second)[len(dialogue(target, first)) :]
    assert added == MEANS.get(name, words)
    assert body_without_turns(target, first) == body_without_turns(target, second)
    told = [t for t in outline(stored) if t[2] != "system"]
    if name in MEANS:
        assert told == [
            (2, 1, "user", "complete", "A tale."),
            (3, 2, "assistant", "partial", "Once upon"),
            (4, 2, "assistant", "complete", "Once upon a time."),
        ]
    else:
        assert told == [
            (2, 1, "user", "complete", "A tale."),
            (3, 2, "assistant", "partial", "Once upon"),
            (4, 3, "user", "complete", GO_ON),
            (5, 4, "assistant", "complete", " a time."),
        ]


@pytest.mark.parametrize("name", CUT)
def test_the_next_question_comes_after_the_whole_answer(name: str, aichat: Program) -> None:
    target = CUT[name]
    with Server() as server:
        talk = Talk(aichat, server)
        cut_short(talk, name, "length")
        talk.ask(target.reply(ScriptedAnswer((" a time.",))), "-c")
        result = talk.ask(target.reply(ScriptedAnswer(("The end.",))), "-c", "And then?")
        assert (result.text, result.code) == ("The end.\n", 0)
        first, second, third = (dialogue(target, body) for body in talk.bodies)
    if name in MEANS:
        whole = [turn(target, "assistant", "Once upon a time.")]
        if target.provider == "moonshot":  # which wants its own reasoning back
            whole[0]["reasoning_content"] = "Hm."
        assert third == [*first, *whole, turn(target, "user", "And then?")]
    else:
        assert third[: len(second)] == second
        assert " a time." in json.dumps(third[len(second) :])
        assert third[-1] == turn(target, "user", "And then?")


def test_an_answer_that_is_cut_twice_is_joined_twice(aichat: Program) -> None:
    target = TARGETS["moonshot"]
    with Server() as server:
        talk = Talk(aichat, server)
        cut_short(talk, "moonshot", "length")
        again = talk.ask(target.reply(ScriptedAnswer((" a",), (), (), "length")), "-c")
        last = talk.ask(target.reply(ScriptedAnswer((" time.",))), "-c")
        assert [(r.text, r.code) for r in (again, last)] == [(" a\n", 9), (" time.\n", 0)]
        assert talk.bodies[2]["messages"][-1]["content"] == "Once upon a"
        assert outline(talk.stored_conversation())[-1][1:] == (
            2,
            "assistant",
            "complete",
            "Once upon a time.",
        )


def test_a_beginning_never_ends_in_a_blank_which_anthropic_refuses(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        reply = messages_stream(["Once upon \n"], stop_reason="max_tokens")
        talk.ask(reply, "-p", "anthropic", "-m", "claude-haiku-4-5", "A tale.")
        talk.ask(messages_stream([" a time."]), "-c")
        assert talk.bodies[1]["messages"][-1] == block("assistant", "Once upon")
        assert outline(talk.stored_conversation())[-1][-1] == "Once upon a time."


@pytest.mark.parametrize("more", ["--effort=high", "--show-reasoning"])
def test_a_model_that_is_to_think_is_asked_in_words_since_it_takes_no_beginning(
    more: str, aichat: Program
) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        cut_short(talk, "claude 4.5", "length")
        talk.ask(messages_stream([" a time."]), "-c", more)
        sent = talk.bodies[1]
    assert sent["thinking"]["type"] == "enabled"
    assert sent["messages"][-1] == block("user", GO_ON)


def test_another_model_is_asked_for_the_rest_in_words(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        cut_short(talk, "moonshot", "length")
        talk.ask_text(messages_stream([" a time."]), "-c", "-p", "anthropic")
        sent = talk.bodies[1]["messages"]
    assert sent[1:] == [block("assistant", "Once upon"), block("user", GO_ON)]


BROKEN = tool_call("port_depth", '{"po', call_id="c_1")


def test_a_call_that_was_cut_with_its_answer_is_gone_from_the_whole(aichat: Program) -> None:
    target = TARGETS["moonshot"]
    cut = chat_stream(["Once upon"], tool_calls=BROKEN, finish="length")
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(cut, "-p", "moonshot", "--tools", TOOLS, "A tale.")
        talk.ask(target.reply(ScriptedAnswer((" a time.",))), "-c")
        talk.ask_text(target.reply(ScriptedAnswer(("Fine.",))), "-c", "And then?")
        assert talk.bodies[2]["messages"][1:-1] == [line("assistant", "Once upon a time.")]


_QUICK = ("groq", "moonshot", "claude 4.5")


def test_a_call_after_a_joined_answer_goes_back_with_its_reasoning(aichat: Program) -> None:
    target = TARGETS["moonshot"]  # which refuses a call without it (section 8b)
    with Server() as server:
        talk = Talk(aichat, server)
        whole = ScriptedAnswer(("Once upon",), ("Hm. ",), (), "length")
        talk.ask(target.reply(whole), "-p", "moonshot", "--tools", TOOLS, "A tale.")
        talk.ask(target.reply(ScriptedAnswer((" a time.",), ("So.",), (DEEP,))), "-c")
        talk.ask_text(target.reply(ScriptedAnswer(("Fine.",))), "-c", "--tool-result", "c_1=9 m")
        assert talk.bodies[2]["messages"][1]["reasoning_content"] == "Hm. So."


@pytest.mark.parametrize(
    "name", [n if n in _QUICK else pytest.param(n, marks=pytest.mark.long) for n in CUT]
)
def test_an_answer_that_the_user_stopped_goes_on_too(name: str, aichat: Program) -> None:
    target = CUT[name]
    steps = cut_after(target.reply(ScriptedAnswer(("Once upon",))), "Once upon").body[:-1]
    with Server(
        Reply(200, {"content-type": "text/event-stream"}, [*steps, hold_forever()])
    ) as server:
        talk = Talk(aichat, server)
        process = aichat.start("ask", "-p", target.provider, *target.words, "A tale.")
        assert process.stdout
        read_until(process.stdout.fileno(), lambda data: data == b"Once upon", process)
        process.send_signal(signal.SIGINT)
        assert wait_for_exit(process)[0] == -signal.SIGINT
        process.communicate()
        result = talk.ask(target.reply(ScriptedAnswer((" a time.",))), "-c")
        assert (result.text, result.code) == (" a time.\n", 0)
        first, second = (dialogue(target, body) for body in talk.bodies)
        stored = talk.stored_conversation()
    words = [turn(target, "assistant", "Once upon"), turn(target, "user", GO_ON)]
    assert second[len(first) :] == MEANS.get(name, words)
    assert outline(stored)[1] == (2, 1, "assistant", "interrupted", "Once upon")
    told = "".join(text for *_, role, _, text in outline(stored)[2:] if role == "assistant")
    assert told == ("Once upon a time." if name in MEANS else " a time.")


# -- a provider that paused

QUERY = {
    "type": "server_tool_use",
    "id": "srvtoolu_1",
    "name": "web_search",
    "input": {"query": "leith"},
}
FOUND = {
    "type": "web_search_tool_result",
    "tool_use_id": "srvtoolu_1",
    "content": [{"type": "web_search_result", "url": "https://example.org/t", "title": "Tides"}],
}
SIGNED = {"type": "thinking", "thinking": "Hm.", "signature": "EqQB"}
LOOKING = {"type": "text", "text": "Looking. "}
HIGH = {"type": "text", "text": "06:12."}


@pytest.fixture
def patience_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause is the last that an answer goes on after by itself."""
    monkeypatch.setattr(steps, "MOST_PAUSES", 0)


@pytest.mark.usefixtures("patience_at_its_end")
def test_a_paused_turn_goes_back_to_anthropic_unchanged_and_is_joined_by_its_rest(
    aichat: Program,
) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        begun = talk.ask(
            messages_blocks(SIGNED, LOOKING, QUERY, stop="pause_turn"), "-p", "anthropic", "Q"
        )
        assert (begun.text, begun.code) == ("Looking. \n", 9)
        rest = talk.ask(messages_blocks(FOUND, HIGH), "-c")
        assert (rest.text, rest.code) == ("06:12.\n", 0)
        talk.ask_text(messages_stream(["Fine."]), "-c", "And Hull?")
        first, second, third = talk.bodies
        stored = outline(talk.stored_conversation())
    paused = {"role": "assistant", "content": [SIGNED, LOOKING, QUERY]}
    assert second == {**first, "messages": [block("user", "Q"), paused]}
    assert third["messages"] == [
        block("user", "Q"),
        {"role": "assistant", "content": [SIGNED, LOOKING, QUERY, FOUND, HIGH]},
        block("user", "And Hull?"),
    ]
    assert stored[:3] == [
        (1, None, "user", "complete", "Q"),
        (2, 1, "assistant", "partial", "Looking. "),
        (3, 1, "assistant", "complete", "Looking. 06:12."),
    ]


@pytest.mark.usefixtures("patience_at_its_end")
def test_a_turn_that_pauses_twice_goes_back_whole_each_time(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(messages_blocks(LOOKING, QUERY, stop="pause_turn"), "-p", "anthropic", "Q")
        assert talk.ask(messages_blocks(FOUND, stop="pause_turn"), "-c").code == 9
        talk.ask_text(messages_blocks(HIGH), "-c")
        assert talk.bodies[2]["messages"][1]["content"] == [LOOKING, QUERY, FOUND]
        assert outline(talk.stored_conversation())[-1][-1] == "Looking. 06:12."


@pytest.mark.usefixtures("patience_at_its_end")
def test_words_after_a_pause_leave_no_search_without_its_result(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(messages_blocks(SIGNED, LOOKING, QUERY, stop="pause_turn"), "-p", "anthropic", "Q")
        talk.ask_text(messages_stream(["Fine."]), "-c", "Never mind.")
        sent = talk.bodies[1]["messages"]
    assert sent == [
        block("user", "Q"),
        block("assistant", "Looking. "),
        block("user", "Never mind."),
    ]


@pytest.mark.usefixtures("patience_at_its_end")
def test_a_paused_turn_that_another_model_finishes_takes_no_items_along(aichat: Program) -> None:
    target = TARGETS["moonshot"]
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(messages_blocks(SIGNED, LOOKING, QUERY, stop="pause_turn"), "-p", "anthropic", "Q")
        talk.ask_text(target.reply(ScriptedAnswer(("06:12.",))), "-c", "-p", "moonshot")
        talk.ask_text(target.reply(ScriptedAnswer(("Fine.",))), "-c", "And Hull?")
        assert talk.bodies[1]["messages"][1:] == [
            {"role": "assistant", "content": "Looking.", "partial": True}
        ]
        assert talk.bodies[2]["messages"][1]["content"].startswith("Looking.06:12.")
        assert "reasoning_content" not in talk.bodies[2]["messages"][1]
        last = talk.stored_conversation()["turns"][2]["message"]["parts"]
    assert not {"raw", "reasoning"} & {each["type"] for each in last}


@pytest.mark.usefixtures("patience_at_its_end")
def test_geminis_token_goes_with_the_same_request_and_the_rest_is_joined(aichat: Program) -> None:
    def cut(text: str, token: str) -> Reply:
        return gemini_stream(text, finish="CONTINUATION", continuationToken=token)

    words = ("-p", "gemini", "-s", "Be brief.", "--tools", TOOLS, "A tale.")
    with Server() as server:
        talk = Talk(aichat, server)
        assert talk.ask(cut("Once ", "tok1"), *words).code == 9
        again = talk.ask(cut("upon ", "tok2"), "-c")
        assert (again.text, again.code) == ("upon \n", 9)
        assert talk.ask_text(gemini_stream("a time."), "-c") == "a time.\n"
        talk.ask_text(gemini_stream("Fine."), "-c", "And then?")
        first, second, third, fourth = talk.bodies
        stored = [t for t in outline(talk.stored_conversation()) if t[2] == "assistant"]
    assert second == {**first, "continuationToken": "tok1"}
    assert third == {**first, "continuationToken": "tok2"}
    assert "continuationToken" not in fourth
    assert fourth["contents"][:2] == [
        part("user", "A tale."),
        {"role": "model", "parts": [{"text": t} for t in ("Once ", "upon ", "a time.")]},
    ]
    assert [t[-1] for t in stored] == ["Once ", "Once upon ", "Once upon a time.", "Fine."]


# -- a question that failed

FAILURES: Mapping[str, Reply] = {
    "refused by the server": responses_error(400, "no"),
    "an error inside the stream": responses_stream([], status="failed"),
    "nothing said": responses_stream([]),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failed_question_is_asked_again_as_it_was_and_stands_once(
    name: str, aichat: Program
) -> None:
    words = ("-p", "xai", "-m", "grok-4.3", "-s", "Be brief.", "--tools", TOOLS, "How deep?")
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(FAILURES[name], *words, "--retries", "0")
        assert talk.ask_text(responses_stream(["Nine."], style="xai"), "-c") == "Nine.\n"
        first, second = talk.bodies
        assert talk.paths == ["/xai/v1/responses"] * 2
        stored = [t for t in talk.stored_conversation()["turns"] if t["message"]["role"] == "user"]
    assert second == first
    assert [text_in(t) for t in stored] == ["How deep?"]


def test_a_question_that_failed_later_is_asked_again_after_the_same_turns(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask_text(chat_stream(["Nine."]), "-p", "groq", "-s", "Be brief.", "A")
        talk.ask(FAILED, "-c", "-s", "Be long.", "B")
        talk.ask_text(chat_stream(["Ten."]), "-c")
        talk.ask_text(chat_stream(["Eleven."]), "-c", "C")
        bodies = [body["messages"] for body in talk.bodies]
    assert bodies[1] == bodies[2]
    assert bodies[2][0] == line("system", "Be long.")
    assert bodies[3][3:] == [line("user", "B"), line("assistant", "Ten."), line("user", "C")]


def test_words_after_a_failed_question_leave_it_behind(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask_text(chat_stream(["Nine."]), "-p", "groq", "A")
        talk.ask(FAILED, "-c", "B")
        talk.ask_text(chat_stream(["Ten."]), "-c", "C")
        sent = talk.bodies[2]["messages"]
        stored = outline(talk.stored_conversation())
    assert sent == [line("user", "A"), line("assistant", "Nine."), line("user", "C")]
    assert (3, 2, "user", "complete", "B") in stored and (5, 2, "user", "complete", "C") in stored


def test_words_after_a_first_question_that_failed_keep_its_prompt_tools_and_model(
    aichat: Program,
) -> None:
    words = ("-p", "xai", "-m", "grok-4.3", "-s", "Be brief.", "--tools", TOOLS, "A")
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(responses_error(400, "no"), *words)
        talk.ask_text(responses_stream(["Nine."], style="xai"), "-c", "B")
        talk.ask_text(responses_stream(["Ten."], style="xai"), "-c", "C")
        first, second, third = talk.bodies
    system = {"type": "message", "role": "system"}
    prompt = {**system, "content": [{"type": "input_text", "text": "Be brief."}]}
    assert second == {**first, "input": [prompt, item("user", "B")]}
    assert third["input"][:2] == [prompt, item("user", "B")]
    assert third["tools"] == first["tools"]


def test_results_that_failed_to_arrive_are_given_again_by_a_bare_c(aichat: Program) -> None:
    target = TARGETS["openai"]
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(
            target.reply(ScriptedAnswer((), (), (DEEP,))), "-p", "openai", "--tools", TOOLS, "Q"
        )
        talk.ask(responses_error(400, "no"), "-c", "--tool-result", "c_1=9 m")
        talk.ask_text(target.reply(ScriptedAnswer(("Nine.",))), "-c")
        assert talk.bodies[2] == talk.bodies[1]


def test_results_that_failed_to_arrive_may_be_given_anew(aichat: Program) -> None:
    target = TARGETS["openai"]
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(
            target.reply(ScriptedAnswer((), (), (DEEP,))), "-p", "openai", "--tools", TOOLS, "Q"
        )
        talk.ask(responses_error(400, "no"), "-c", "--tool-result", "c_1=9 m")
        talk.ask_text(target.reply(ScriptedAnswer(("Eight.",))), "-c", "--tool-result", "c_1=8 m")
        outputs = [i["output"] for i in talk.bodies[2]["input"] if "output" in i]
        assert outputs == ["8 m"]


# -- what cannot be gone on with


class Refused(NamedTuple):
    """What was said before, the words of the command, and what stderr must name."""

    before: Sequence[Reply]
    words: Sequence[str]
    named: Sequence[str]


_CALLED = TARGETS["openai"].reply(ScriptedAnswer((), (), (DEEP, TIDE)))
_SAID = TARGETS["openai"].reply(ScriptedAnswer(("Fine.",)))
REFUSED = {
    "-c in an empty store": Refused((), ("-c", "x"), ["no conversation"]),
    "-c alone in an empty store": Refused((), ("-c",), ["no conversation"]),
    "-C last in an empty store": Refused((), ("-C", "last", "x"), ["no conversation"]),
    "-c alone after a whole answer": Refused(
        (_SAID,), ("-c",), ["nothing to continue", "add a question"]
    ),
    "-c alone after a refusal": Refused(
        (responses_stream([], refusal=["No."]),), ("-c",), ["nothing to continue"]
    ),
    "-c alone with open calls": Refused(
        (_CALLED,), ("-c",), ["port_depth", "c_1", "tide", "c_2", "--tool-result"]
    ),
    "a result for an unknown call": Refused(
        (_CALLED,), ("-c", "--tool-result", "c_3=x"), ["c_3", "did you mean", "c_1", "c_2"]
    ),
    "a result where none is waited for": Refused(
        (_SAID,), ("-c", "--tool-result", "c_1=x"), ["c_1", "pending: none"]
    ),
    "a result without -c": Refused((_CALLED,), ("--tool-result", "c_1=x", "y"), ["-c"]),
    "a result without =": Refused((_CALLED,), ("-c", "--tool-result", "c_1"), ["ID=TEXT"]),
    "a result without an id": Refused((_CALLED,), ("-c", "--tool-result", "=x"), ["ID=TEXT"]),
    "a result from no file": Refused(
        (_CALLED,), ("-c", "--tool-result", "c_1=@none.txt"), ["none.txt"]
    ),
    "a result for a new conversation": Refused(
        (_CALLED,), ("-C", "fresh", "--tool-result", "c_1=x", "y"), ["c_1"]
    ),
    "an empty name": Refused((_SAID,), ("-C", "", "x"), ["--conversation is empty"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_gone_on_with_is_exit_2_and_nothing_is_sent(
    name: str, aichat: Program
) -> None:
    case = REFUSED[name]
    with Server() as server:
        talk = Talk(aichat, server)
        for reply in case.before:
            talk.ask(reply, "-p", "openai", "--tools", TOOLS, "Q")
        sent = len(talk.bodies)
        result = talk.run("ask", *case.words)
        assert (result.stdout, result.code) == (b"", 2)
        assert len(talk.bodies) == sent
    for word in case.named:
        assert word in result.stderr
    assert result.stderr.count("\n") <= 3 and "Traceback" not in result.stderr


MISSING: Mapping[str, dict[str, Any]] = {
    "openai": {
        "type": "function_call_output",
        "call_id": "c_2",
        "output": "Error: This tool was not run.",
    },
    "anthropic": {
        "type": "tool_result",
        "tool_use_id": "c_2",
        "content": [{"type": "text", "text": "This tool was not run."}],
        "is_error": True,
    },
    "gemini": {
        "functionResponse": {
            "id": "c_2",
            "name": "tide",
            "response": {"error": "This tool was not run."},
        }
    },
    "groq": {"role": "tool", "tool_call_id": "c_2", "content": "Error: This tool was not run."},
}


@pytest.mark.parametrize("name", MISSING)
def test_a_result_that_is_missing_is_told_to_the_user_and_to_the_model(
    name: str, aichat: Program
) -> None:
    target = TARGETS[name]
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(
            target.reply(ScriptedAnswer((), (), (DEEP, TIDE))), "-p", name, "--tools", TOOLS, "Q"
        )
        result = talk.ask(
            target.reply(ScriptedAnswer(("Nine.",))), "-c", "--tool-result", "c_1=9 m"
        )
        assert (result.text, result.code) == ("Nine.\n", 0)
        sent = dialogue(target, talk.bodies[1])
    assert "tide" in result.stderr and "c_2" in result.stderr and result.stderr.count("\n") == 1
    last = sent[-1]
    within = last.get("content") if name == "anthropic" else last.get("parts")
    assert (within[-1] if isinstance(within, list) else last) == MISSING[name]


def test_words_without_results_tell_the_model_that_nothing_was_run(aichat: Program) -> None:
    target = TARGETS["anthropic"]
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(
            target.reply(ScriptedAnswer((), (), (DEEP,))), "-p", "anthropic", "--tools", TOOLS, "Q"
        )
        result = talk.ask(target.reply(ScriptedAnswer(("Fine.",))), "-c", "Never", "mind.")
        kinds = [b["type"] for b in talk.bodies[1]["messages"][-1]["content"]]
    assert (result.code, kinds) == (0, ["tool_result", "text"])
    assert "not run" in result.stderr


def test_a_result_may_stand_in_a_file_and_hold_an_equals_sign(
    aichat: Program, tmp_path: Path
) -> None:
    target = TARGETS["openai"]
    (tmp_path / "r.json").write_text('{"a": "b=c"}\n')
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask(
            target.reply(ScriptedAnswer((), (), (DEEP, TIDE))),
            "-p",
            "openai",
            "--tools",
            TOOLS,
            "Q",
        )
        given = (f"c_1=@{tmp_path / 'r.json'}", "c_2=x=y")
        results = [word for each in given for word in ("--tool-result", each)]
        talk.ask_text(target.reply(ScriptedAnswer(("Nine.",))), "-c", *results)
        outputs = [i["output"] for i in talk.bodies[1]["input"] if "output" in i]
    assert outputs == ['{"a": "b=c"}\n', "x=y"]


# -- which conversation


def titled(talk: Talk, *titles: str) -> list[str]:
    """Conversations of one question each, by their ids."""
    ids = []
    for title in titles:
        result = talk.ask(chat_stream(["Fine."]), "-p", "groq", "-C", title, f"about {title}")
        assert result.code == 0
        ids.append(talk.stored_conversation()["id"])
    return ids


def questions(body: Mapping[str, Any]) -> list[str]:
    return [m["content"] for m in body["messages"] if m["role"] == "user"]


def test_an_unknown_name_begins_a_conversation_with_a_notice_and_then_goes_on(
    aichat: Program,
) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        begun = talk.ask(chat_stream(["Fine."]), "-p", "groq", "-C", "harbour", "A")
        near = talk.ask(chat_stream(["Fine."]), "-p", "groq", "-C", "harbor", "B")
        again = talk.ask(chat_stream(["Fine."]), "-C", "HARBOUR", "C")
        assert questions(talk.bodies[2]) == ["A", "C"]
        assert questions(talk.bodies[1]) == ["B"]
    assert begun.stderr.count("\n") == near.stderr.count("\n") == 1
    assert "harbour" in begun.stderr and "did you mean" not in begun.stderr
    assert "did you mean 'harbour'?" in near.stderr
    assert (again.stderr, again.code) == ("", 0)


def test_a_conversation_goes_by_id_prefix_title_and_last(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        one, two = titled(talk, "one", "two")
        shared = next(n for n in range(1, 11) if one[:n] != two[:n])
        for name, first in ((one, "one"), (one[:shared], "one"), ("two", "two"), ("last", "two")):
            talk.ask_text(chat_stream(["Fine."]), "-C", name, "more")
            assert questions(talk.bodies[-1])[0] == f"about {first}", name


def test_a_name_of_several_conversations_is_exit_2_naming_them(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        one, two = titled(talk, "one", "two")
        assert talk.run("history", "rename", two, "one").code == 0
        sent = len(talk.bodies)
        result = talk.run("ask", "-C", "one", "more")
        assert (result.stdout, result.code) == (b"", 2)
        assert one in result.stderr and two in result.stderr
        assert len(talk.bodies) == sent


ODD = [
    "../x",
    "/etc/passwd",
    "a b",
    "%",
    "_",
    "'; DROP TABLE turn; --",
    "Ωmega 🜁",
    "-",
    "~",
    "\x1b[31m",
]


@pytest.mark.parametrize("name", ODD)
def test_an_odd_name_is_only_a_title(name: str, aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        titled(talk, "one")
        begun = talk.ask(chat_stream(["Fine."]), "-p", "groq", f"--conversation={name}", "A")
        again = talk.ask(chat_stream(["Fine."]), f"--conversation={name}", "B")
        assert (begun.code, again.code, again.stderr) == (0, 0, "")
        assert questions(talk.bodies[-1]) == ["A", "B"]
        assert talk.stored_conversation()["title"] == name
    files = {path.name for path in (aichat.home / "data").rglob("*") if path.is_file()}
    assert all(file.startswith("history") for file in files)
    assert not (aichat.home / "x").exists()


def test_c_goes_on_with_the_conversation_that_was_used_last(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        titled(talk, "one", "two")
        talk.ask_text(chat_stream(["Fine."]), "-C", "one", "B")
        talk.ask_text(chat_stream(["Fine."]), "-c", "C")
        assert questions(talk.bodies[-1]) == ["about one", "B", "C"]


def test_each_question_without_c_is_a_conversation_of_its_own(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask_text(chat_stream(["Fine."]), "-p", "groq", "A")
        talk.ask_text(chat_stream(["Fine."]), "-p", "groq", "B")
        assert questions(talk.bodies[-1]) == ["B"]
        listed = json.loads(talk.run("history", "list", "--json").text)
    assert [about["title"] for about in listed] == ["B", "A"]


# -- the other options beside -c


def begun(talk: Talk, *more: str) -> None:
    talk.ask_text(chat_stream(["Nine."]), "-p", "groq", *more, "A")


def test_stdin_goes_on_with_a_conversation_and_follows_the_words(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        begun(talk)
        server.push(chat_stream(["Ten."]))
        alone = aichat.run("ask", "-c", stdin=b"from a pipe\n")
        server.push(chat_stream(["Ten."]))
        both = aichat.run("ask", "-c", "words", stdin=b"and a pipe\n")
        assert (alone.code, both.code) == (0, 0), alone.stderr + both.stderr
        assert questions(talk.bodies[-1]) == ["A", "from a pipe", "words\n\nand a pipe"]


def test_a_dry_run_shows_the_history_and_stores_nothing(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        begun(talk, "-s", "Be brief.")
        before = talk.stored_conversation()
        shown = talk.run("ask", "-c", "B", "--dry-run")
        assert (talk.stored_conversation(), len(talk.bodies)) == (before, 1)
    body = json.loads(shown.text.partition("<<'JSON'\n")[2].removesuffix("JSON\n"))
    assert body["messages"] == [
        line("system", "Be brief."),
        line("user", "A"),
        line("assistant", "Nine."),
        line("user", "B"),
    ]
    assert (shown.stderr, shown.code) == ("", 0)


def test_a_dry_run_of_a_new_name_begins_nothing(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        assert talk.run("ask", "-p", "groq", "-C", "new", "B", "--dry-run").code == 0
        assert json.loads(talk.run("history", "list", "--json").text) == []


def test_no_save_goes_on_without_leaving_a_trace(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        begun(talk)
        before = talk.stored_conversation()
        result = talk.ask(chat_stream(["Ten."]), "-c", "B", "--no-save", "--json")
        assert questions(talk.bodies[-1]) == ["A", "B"]
        assert json.loads(result.text)["conversation"] is None
        assert talk.stored_conversation() == before
        talk.ask_text(chat_stream(["Ten."]), "-c", "C")
        assert questions(talk.bodies[-1]) == ["A", "C"]


@pytest.mark.parametrize("how", ["--json", "--events"])
def test_scripts_are_told_the_conversation(how: str, aichat: Program) -> None:
    ids = []
    with Server() as server:
        talk = Talk(aichat, server)
        for words in (("-p", "groq", "A"), ("-c", "B")):
            result = talk.ask(chat_stream(["Nine."]), *words, how)
            told = [json.loads(text) for text in result.text.splitlines()]
            ids += [each["conversation"] for each in told if "conversation" in each]
        assert set(ids) == {talk.stored_conversation()["id"]}
    assert len(ids) == (2 if how == "--json" else 4)


def test_a_failed_question_tells_its_conversation_too(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        result = talk.ask(FAILED, "-p", "groq", "A", "--json")
        assert json.loads(result.text)["conversation"] == talk.stored_conversation()["id"]


def test_another_system_prompt_holds_from_then_on(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        begun(talk, "-s", "Be brief.")
        talk.ask_text(chat_stream(["Ten."]), "-c", "-s", "Be long.", "B")
        talk.ask_text(chat_stream(["Ten."]), "-c", "C")
        systems = [[m for m in b["messages"] if m["role"] == "system"] for b in talk.bodies]
    told = [[line("system", text)] for text in ("Be brief.", "Be long.", "Be long.")]
    assert systems == told


def test_tools_that_are_named_anew_hold_from_then_on(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        begun(talk, "--tools", TOOLS)
        talk.ask_text(chat_stream(["Ten."]), "-c", "--tools", '{"name": "only"}', "B")
        talk.ask_text(chat_stream(["Ten."]), "-c", "C")
        names = [[t["function"]["name"] for t in body["tools"]] for body in talk.bodies]
    assert names == [["port_depth", "tide"], ["only"], ["only"]]


PROFILES = """
[profiles.loud]
provider = "groq"
model = "qwen/qwen3.8-27b"
system = "Shout."
temperature = 0.25
[profiles.other]
provider = "anthropic"
"""


def test_a_profile_beside_c_sets_prompt_model_and_settings(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server, PROFILES)
        begun(talk, "-s", "Be brief.")
        talk.ask_text(chat_stream(["Ten."]), "-c", "-P", "loud", "B")
        talk.ask_text(chat_stream(["Ten."]), "-c", "C")
        first, second, third = talk.bodies
    assert second["messages"][0] == third["messages"][0] == line("system", "Shout.")
    assert second["model"] == third["model"] == "qwen/qwen3.8-27b" != first["model"]
    assert second["temperature"] == third["temperature"] == 0.25


def test_a_profile_of_another_provider_does_not_take_the_conversations_model(
    aichat: Program,
) -> None:
    with Server() as server:
        talk = Talk(aichat, server, PROFILES)
        begun(talk)
        talk.ask_text(messages_stream(["Ten."]), "-c", "-P", "other", "B")
        assert talk.paths[1] == "/anthropic/v1/messages"
        assert talk.bodies[1]["model"] == "claude-sonnet-5-5"


def test_the_conversations_profile_is_recalled_unless_it_is_gone(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server, PROFILES)
        talk.ask_text(chat_stream(["Ten."]), "-P", "loud", "A")
        talk.ask_text(chat_stream(["Ten."]), "-c", "B")
        assert talk.bodies[1]["temperature"] == 0.25
        Talk(aichat, server)  # a config without it
        talk.ask_text(chat_stream(["Ten."]), "-c", "C")
        assert talk.bodies[2]["model"] == "qwen/qwen3.8-27b"


@pytest.mark.parametrize(
    ("first", "then", "path"),
    [
        (TARGETS["perplexity sonar"], ("-m", "perplexity/sonar"), "/v1/responses"),
        (TARGETS["perplexity"], ("-m", "sonar"), "/v1/chat/completions"),
    ],
)
def test_another_model_of_the_provider_is_asked_on_its_own_wire(
    first: Target, then: Sequence[str], path: str, aichat: Program
) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask_text(first.reply(ScriptedAnswer(("A",))), "-p", "perplexity", *first.words, "Q")
        talk.ask(first.reply(ScriptedAnswer(("B",))), "-c", *then, "R")
        assert talk.paths[1] == f"/perplexity{path}"


def test_a_conversation_goes_on_elsewhere_where_its_provider_is_gone(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        talk.ask_text(TARGETS["box"].reply(ScriptedAnswer(("A",))), "-p", "box", "Q")
        aichat.write_config("")
        lost = talk.run("ask", "-c", "R")
        assert (lost.stdout, lost.code) == (b"", 3) and "'box'" in lost.stderr
        assert talk.ask_text(chat_stream(["B"]), "-c", "-p", "groq", "R") == "B\n"


def test_a_question_asked_after_an_older_turn_leaves_the_old_branch_in_the_store(
    aichat: Program,
) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        begun(talk)
        cut = cut_after(chat_stream(["Te"]), "Te")
        assert talk.ask(cut, "-c", "B").code == 9
        talk.ask_text(chat_stream(["Ten."]), "-c", "C")
        stored = talk.stored_conversation()
    assert outline(stored) == [
        (1, None, "user", "complete", "A"),
        (2, 1, "assistant", "complete", "Nine."),
        (3, 2, "user", "complete", "B"),
        (4, 3, "assistant", "partial", "Te"),
        (5, 4, "user", "complete", "C"),
        (6, 5, "assistant", "complete", "Ten."),
    ]
    assert stored["head"] == 6


def test_a_joined_answer_stands_beside_the_cut_one(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        cut_short(talk, "moonshot", "length")
        talk.ask(TARGETS["moonshot"].reply(ScriptedAnswer((" a time.",))), "-c")
        stored = talk.stored_conversation()
    by_number = {t["number"]: t for t in stored["turns"]}
    assert stored["head"] == 4 and by_number[3]["parent"] == by_number[4]["parent"] == 2
    assert text_in(by_number[3]) == "Once upon"


# -- a conversation that no longer fits

_TOO_LONG = "prompt is too long: 2000 tokens > 1000 maximum"
OVERFLOWS: Mapping[str, tuple[Reply, int]] = {
    "openai": (
        responses_error(400, "Your input exceeds the context window", "context_length_exceeded"),
        6,
    ),
    "anthropic": (messages_error(400, "invalid_request_error", _TOO_LONG), 6),
    "gemini": (
        gemini_error(
            400,
            "INVALID_ARGUMENT",
            "The input token count (2000) exceeds the maximum number of tokens allowed (1900).",
        ),
        2,
    ),
    "groq": (
        chat_error(400, "Please reduce the length of the messages", code="context_length_exceeded"),
        6,
    ),
    "moonshot": (
        moonshot_error(400, "invalid_request_error", "Input token length too long"),
        6,
    ),
    "qwen": (
        qwen_error(400, "invalid_parameter_error", "Range of input length should be [1, 1000]"),
        6,
    ),
    "box": (chat_error(400, "This model's maximum context length is 1,000 tokens"), 6),
}
LONG = "word " * 40


def long_talk(talk: Talk, name: str) -> Target:
    """Four questions of one size and their answers."""
    target = TARGETS[name]
    first = ("-p", target.provider, "-s", "Be brief.")
    for place in range(4):
        more = first if place == 0 else ("-c",)
        talk.ask(target.reply(ScriptedAnswer((f"A{place} {LONG}",))), *more, f"Q{place} {LONG}")
    return target


@pytest.mark.parametrize("name", OVERFLOWS)
def test_the_oldest_turns_leave_a_full_context_with_one_notice_that_says_how_many(
    name: str, aichat: Program
) -> None:
    refusal, gone = OVERFLOWS[name]
    with Server() as server:
        talk = Talk(aichat, server)
        target = long_talk(talk, name)
        server.push(refusal)
        result = talk.ask(target.reply(ScriptedAnswer(("Fine.",))), "-c", f"Q4 {LONG}")
        assert (result.text, result.code) == ("Fine.\n", 0)
        full, fitting = talk.bodies[4:]
        stored = talk.stored_conversation()
    whole, rest = json.dumps(dialogue(target, full)), json.dumps(dialogue(target, fitting))
    left = [word for word in ("Q0", "A0", "Q1", "A1", "Q2", "A2", "Q3", "A3", "Q4") if word in rest]
    assert (len(left), left[-1]) == (9 - gone, "Q4")
    assert result.stderr.count("\n") == 1 and f"the oldest {gone} of 9" in result.stderr
    assert json.dumps(full).count("Be brief.") == json.dumps(fitting).count("Be brief.") == 1
    assert whole.endswith(rest[-50:])
    assert len(stored["turns"]) == 1 + 10  # nothing of it leaves the store


def test_what_still_does_not_fit_gets_shorter_again(aichat: Program) -> None:
    refusal, _ = OVERFLOWS["groq"]
    with Server() as server:
        talk = Talk(aichat, server)
        target = long_talk(talk, "groq")
        for _ in range(2):
            server.push(refusal)
        result = talk.ask(target.reply(ScriptedAnswer(("Fine.",))), "-c", f"Q4 {LONG}")
        assert (result.text, result.code) == ("Fine.\n", 0)
        sizes = [len(body["messages"]) for body in talk.bodies[4:]]
    assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == 3


def test_a_conversation_that_never_fits_is_exit_5_in_the_end(aichat: Program) -> None:
    refusal, _ = OVERFLOWS["groq"]
    with Server() as server:
        talk = Talk(aichat, server)
        long_talk(talk, "groq")
        server.default = refusal
        result = talk.run("ask", "-c", f"Q4 {LONG}")
        assert (result.stdout, result.code) == (b"", 5)
        assert len(talk.bodies) <= 4 + 5
        assert questions(talk.bodies[-1]) == [f"Q4 {LONG}"]


def test_overflow_refuse_is_exit_5_with_nothing_left_out(aichat: Program) -> None:
    refusal, _ = OVERFLOWS["groq"]
    with Server() as server:
        talk = Talk(aichat, server, '[store]\noverflow = "refuse"\n')
        long_talk(talk, "groq")
        result = talk.ask(refusal, "-c", "Q4")
        assert (result.stdout, result.code, len(talk.bodies)) == (b"", 5, 5)


def test_a_single_question_that_is_too_long_is_exit_5(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        result = talk.ask(OVERFLOWS["groq"][0], "-p", "groq", "-s", "Be brief.", LONG)
        assert (result.stdout, result.code, len(talk.bodies)) == (b"", 5, 1)


@pytest.mark.parametrize("name", ["openai", "anthropic", "gemini", "groq"])
def test_a_call_never_leaves_without_its_result(name: str, aichat: Program) -> None:
    target = TARGETS[name]
    with Server() as server:
        talk = Talk(aichat, server)
        first = ("-p", name, "--tools", TOOLS, f"Q0 {LONG}")
        talk.ask(target.reply(ScriptedAnswer((), (), (DEEP,))), *first)
        talk.ask(
            target.reply(ScriptedAnswer((f"A0 {LONG}",))), "-c", "--tool-result", f"c_1=9 {LONG}"
        )
        talk.ask(target.reply(ScriptedAnswer((), (), (TIDE,))), "-c", "Q1")
        server.push(OVERFLOWS[name][0])
        result = talk.ask(
            target.reply(ScriptedAnswer(("Fine.",))), "-c", "--tool-result", "c_2=high"
        )
        assert result.code == 0 and "4 of 7" in result.stderr
        rest = json.dumps(dialogue(target, talk.bodies[-1]))
    assert "Q0" not in rest and "port_depth" not in rest and "9 word" not in rest
    assert "Q1" in rest and "tide" in rest and "high" in rest


def test_the_notice_of_what_is_left_out_is_an_event(aichat: Program) -> None:
    with Server() as server:
        talk = Talk(aichat, server)
        target = long_talk(talk, "groq")
        server.push(OVERFLOWS["groq"][0])
        result = talk.ask(target.reply(ScriptedAnswer(("Fine.",))), "-c", "Q4", "--events")
    told = [json.loads(text) for text in result.text.splitlines()]
    (notice,) = [event for event in told if event["type"] == "notice"]
    assert notice["kind"] == "context" and "of 9" in notice["message"]
