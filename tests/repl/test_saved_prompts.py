"""The prompt of a profile in the chat: what begins a conversation goes through it."""

import pytest

from tests.commands.chat.test_chat import asked
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program
from tests.support.terminal.session import Paper

PROMPT = """---
system: Translate into {{language}}.
temperature: 0.1
vars:
  language: French
---
Say: {{input}}
"""
STEPS = "Plan {{input}}\n### STEP:\nNow do: {{previous}}\n"


@pytest.fixture
def configured(aichat: Program) -> Program:
    folder = aichat.write_config(
        'default_profile = "tr"\n[profiles.tr]\nprompt = "tr"\n'
        '[profiles.plain]\nprovider = "groq"\n[profiles.steps]\nprompt = "steps"\n'
    ).parent
    (folder / "prompts").mkdir()
    (folder / "prompts" / "tr.md").write_text(PROMPT)
    (folder / "prompts" / "steps.md").write_text(STEPS)
    return aichat


def test_what_begins_a_conversation_goes_through_the_prompt_of_the_profile(
    configured: Program,
) -> None:
    with Server(default=chat_stream(["ok"])) as server:
        chat = Paper(configured.point_groq_at(server.url))
        shown = chat.talk("language=German a  b\nc", "more", "/new", "hello", "/profile plain")
        assert "prompt tr" in shown
        assert "prompt" not in chat.talk("/new", "bare")
        sent = [seen.json() for seen in server.requests]
        said = [[one["content"] for one in each["messages"]] for each in sent]
        german = ["Translate into German.", "Say: a  b\nc"]
        assert said == [
            german,
            [*german, "ok", "more"],
            ["Translate into French.", "Say: hello"],
            ["bare"],
        ]
        assert [each.get("temperature") for each in sent] == [0.1, 0.1, 0.1, None]


def test_after_profile_the_next_message_goes_through_its_prompt(configured: Program) -> None:
    with Server(default=chat_stream(["ok"])) as server:
        chat = Paper(configured.point_groq_at(server.url), profile="plain")
        assert "the next message goes through the profile's prompt tr" in chat.talk(
            "one", "/profile tr"
        )
        chat.talk("two", "three", "/profile steps", "four")
        assert asked(server, 1)[-1] == "Say: two"
        assert asked(server, 2)[-1] == "three"
        assert [asked(server, place)[-1] for place in (3, 4)] == ["Plan four", "Now do: ok"]
        assert len(server.requests) == 5


def test_a_message_that_the_prompt_does_not_take_is_not_sent(configured: Program) -> None:
    with Server(default=chat_stream(["ok"])) as server:
        chat = Paper(configured.point_groq_at(server.url))
        shown = chat.talk("langage=German hi", "language=German hi")
        assert "has no variable 'langage'" in shown
        assert [asked(server, place) for place in range(len(server.requests))] == [
            ["Translate into German.", "Say: hi"]
        ]
