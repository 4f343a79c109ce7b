"""All eight providers and a server of one's own: rounds with tools, then the same elsewhere.

Two calls at once, an error, one that is denied, three rounds; then a question to every other
provider, whose strict order and official types the whole conversation must fit.
"""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.app.exchange.test_replay import assert_typed
from tests.support.answering.server import Server
from tests.support.answering.talk import TARGETS, ScriptedAnswer, Talk, dialogue
from tests.support.answering.tool_rounds import scripted_calls, write_files
from tests.support.running.marks import long_case
from tests.support.running.program import Program
from tests.support.values.strict import CHECKERS

WORDS = (
    *("--tool", "read_file", "--tool", "list_dir", "--tool", "now", "--root", "work"),
    *("--allow", "read_file(*.txt)", "--allow", "list_dir"),
)
FIRST = scripted_calls(("read_file", {"path": "a.txt"}), ("list_dir", {"path": "src"}))
SECOND = scripted_calls(
    ("read_file", {"path": "none.txt"}), ("read_file", {"path": ".env"}), ("now", {}), first=3
)

#: Every provider at its own wire, and the others of those that have several.
ABLE = [name for name in TARGETS if name != "perplexity sonar"]

#: Whose rules of order are the strictest for a target.
RULES = {
    "qwen dashscope": "dashscope",
    "moonshot": "moonshot",
    "gemini": "gemini",
    "gemini interactions": "interactions",
}


def rules_of(name: str) -> str:
    path = TARGETS[name].path
    wire = "responses" if path.endswith("/responses") else "chat"
    return RULES.get(name) or ("messages" if path.endswith("/messages") else wire)


def act(talk: Talk, name: str) -> None:
    """Three rounds with one provider."""
    target = TARGETS[name]
    for answer in (
        ScriptedAnswer(("Let me look.",), ("Hm.",), FIRST, finish="tool_calls"),
        ScriptedAnswer((), (), SECOND, finish="tool_calls"),
        ScriptedAnswer(("All is well.",)),
    ):
        talk.server.push(target.reply(answer))
    done = talk.run("ask", "-p", target.provider, *target.words, *WORDS, "go")
    assert (done.text, done.code) == ("All is well.\n", 0), done.stderr


def is_told_as_error(name: str, turns: str) -> bool:
    """Whether the model learns that a result is an error: by a field or in words."""
    marks = {
        "messages": "'is_error': True",
        "gemini": "'error': ",
        "interactions": "'is_error': True",
    }
    return marks.get(rules_of(name), "Error: cannot read") in turns


def check_own(name: str, bodies: list[Any]) -> None:
    """The rounds fit the order and the types of the provider, and tell what became of calls."""
    assert len(bodies) == 3
    for body in bodies:
        assert list(CHECKERS[rules_of(name)](body)) == []
    assert_typed(name, bodies)
    told = str(dialogue(TARGETS[name], bodies[-1]))
    assert is_told_as_error(name, told)
    for text in ("first\\nsecond", "b.py", "No such file", "nobody could be asked", "UTC"):
        assert text in told.replace("\\\\n", "\\n"), text


def go_on_elsewhere(talk: Talk, name: str, others: Iterable[str]) -> None:
    """The same conversation is taken by each of the others."""
    for other in others:
        target = TARGETS[other]
        if target.provider == TARGETS[name].provider and other != name:
            continue  # whose wire would be that of the conversation
        talk.server.push(target.reply(ScriptedAnswer(("Yes.",))))
        words = ("-c", "-p", target.provider, *target.words, "--no-save", "and now?")
        done = talk.run("ask", *words)
        assert (done.text, done.code) == ("Yes.\n", 0), (other, done.stderr)
        body = talk.bodies[-1]
        assert list(CHECKERS[rules_of(other)](body)) == [], other
        assert_typed(other, [body])


#: One of each wire: what the others are asked after one of these, and each pair, is for the long
#: run.
FEW = ("openai", "groq", "anthropic", "gemini", "gemini interactions", "qwen dashscope")


@pytest.mark.parametrize("name", ABLE)
def test_three_rounds_fit_their_own_provider_and_the_conversation_any_other(
    name: str, aichat: Program
) -> None:
    write_files(aichat)
    with Server() as server:
        talk = Talk(aichat, server)
        act(talk, name)
        check_own(name, talk.bodies)
        if name in FEW:
            go_on_elsewhere(talk, name, ABLE if name == FEW[0] else FEW)


@pytest.mark.parametrize("name", [long_case(name) for name in ABLE])
def test_the_same_conversation_goes_on_with_every_other_provider(
    name: str, aichat: Program
) -> None:
    write_files(aichat)
    with Server() as server:
        talk = Talk(aichat, server)
        act(talk, name)
        go_on_elsewhere(talk, name, ABLE)
