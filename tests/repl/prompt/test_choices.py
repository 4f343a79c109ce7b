"""What the chat offers to choose from: what can be used first, and what is known of it."""

import re
from pathlib import Path

import pytest

from aichat.app.history.choices import conversation_choices
from aichat.core.cli.candidate import Choice
from aichat.core.cli.options import AskOptions
from aichat.core.conversation.turn import Conversation, Summary, Turn
from aichat.core.message.message import Message, Text
from aichat.core.text.clock import Clock
from aichat.disk.history.store import Store
from aichat.process.world import World
from aichat.repl.prompt.choices import known_models, model_choices, provider_choices
from aichat.repl.session import Session
from tests.support.running.program import Program

NOW = 1_790_000_000.0
CLOCK = Clock(lambda: NOW, lambda: 0.0, lambda _: None, lambda: 0.5)


@pytest.fixture
def session(aichat: Program) -> Session:
    """A chat with Groq, which alone of those in the table has a key."""
    aichat.write_config(
        '[providers.box]\nwire = "chat"\nbase_url = "http://127.0.0.1:9"\nmodels = ["own-7b"]\n'
        'key_env = "BOX_KEY"\n'
    )
    environ = aichat.point_groq_at("http://127.0.0.1:9").environ
    world = World(environ, None, None, None, False, False, CLOCK)
    return Session(world, AskOptions())


def test_models_that_can_be_used_come_first_with_those_of_the_chat_before_all(
    session: Session,
) -> None:
    found = model_choices(session)
    usable = [not choice.help.endswith("no key") for choice in found]
    assert usable == sorted(usable, reverse=True) and not all(usable)
    # the name itself would be taken for OpenAI's
    assert found[0].text == f"groq/{known_models('groq', None, '2026-09-21')[0].name}"
    local = [n for n, choice in enumerate(found) if choice.text.startswith("local/")]
    assert local and max(local) < usable.index(False)
    assert next(choice for choice in found if choice.text == "box/own-7b").help.endswith("no key")


def test_price_and_context_stand_under_those_of_the_other_models(session: Session) -> None:
    helps = [choice.help for choice in model_choices(session)]
    priced = [help_ for help_ in helps if "/" in help_]
    assert len({help_.index("/") for help_ in priced}) == 1
    assert len({help_.index("·") for help_ in helps if "·" in help_}) == 1
    assert len({help_.index("no key") for help_ in helps if "no key" in help_}) == 1
    assert any(re.fullmatch(r" *\$0\.15 / \$0\.60 +· 131K", help_) for help_ in helps)


def test_providers_that_can_be_asked_come_first(session: Session) -> None:
    found = provider_choices(session)
    assert [choice.text for choice in found if not choice.help] == ["groq", "local"]
    assert [choice.help for choice in found[:3]] == ["", "", "no key"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, lambda _: None)


def said(role: str, number: int) -> Turn:
    return Turn(Message(role, (Text("words"),)), NOW, number, number - 1 or None)  # type: ignore[arg-type]


def test_conversations_are_offered_newest_first_with_age_and_questions(store: Store) -> None:
    given = [
        ("aaa", "An old one", 3 * 86400, ("user", "assistant", "assistant", "user", "assistant")),
        ("bbb", "", 7300, ("user", "assistant")),
        ("ccc", "T" * 80, 20, ("user",)),
    ]
    for name, title, age, roles in given:
        turns = tuple(said(role, n) for n, role in enumerate(roles, 1))
        about = Summary(name, title, NOW - age, NOW - age, len(turns), len(turns))
        store.add_conversations([Conversation(about, turns)])
    assert conversation_choices(store, 10, NOW) == [
        Choice("ccc", "  just now · 1 question", "T" * 59 + "…"),
        Choice("bbb", "   2 h ago · 1 question", "bbb"),
        Choice("aaa", "3 days ago · 2 questions", "An old one"),
    ]
    assert len(conversation_choices(store, 1, NOW)) == 1


def test_names_of_the_users_own_come_before_all_models(aichat: Program, session: Session) -> None:
    aichat.write_config('[aliases]\nfast = "groq/openai/gpt-oss-20b"\n')
    assert model_choices(session)[0] == Choice("fast", "groq/openai/gpt-oss-20b")
