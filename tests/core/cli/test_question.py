"""Which command lines are questions, and which are slips of the finger."""

import pytest

from aichat.cli.dispatch import COMMANDS
from aichat.core.cli.question import edit_distance, is_question, near_command

NEAR = {
    "aks": "ask",
    "sak": "ask",
    "as": "ask",
    "task": "ask",
    "Ask": "ask",
    "asks": "ask",
    "caht": "chat",
    "chta": "chat",
    "cht": "chat",
    "chats": "chat",
    "cat": "chat",
    "modles": "models",
    "model": "models",
    "moedl": "models",
    "mdoels": "models",
    "modelss": "models",
    "costs": "cost",
    "cots": "cost",
    "key": "keys",
    "kyes": "keys",
    "profile": "profiles",
    "porfiles": "profiles",
    "histroy": "history",
    "histor": "history",
    "hsitory": "history",
    "docter": "doctor",
    "doctro": "doctor",
    "dctor": "doctor",
    "completoin": "completion",
    "competion": "completion",
    "apis": "api",
}
QUESTIONS = (
    *("what", "What", "that", "how", "why", "who", "when", "where", "which", "is", "are", "can"),
    *("explain", "write", "translate", "summarise", "hello", "hi", "tell", "list", "show"),
    *("what's", "café", "1+1", "/usr/bin/env", "git", "python", "please", "doc", "prof", "mode"),
)


@pytest.mark.parametrize(("typed", "command"), NEAR.items())
def test_a_slip_is_the_command_that_it_is_nearest_to(typed: str, command: str) -> None:
    assert near_command(typed, COMMANDS) == command
    assert not is_question(typed, (), COMMANDS)


@pytest.mark.parametrize("word", QUESTIONS)
def test_other_words_begin_a_question(word: str) -> None:
    assert near_command(word, COMMANDS) is None and is_question(word, (), COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_none_unless_options_have_ended(name: str) -> None:
    assert not is_question(name, (), COMMANDS) and is_question(name, ("--",), COMMANDS)


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [("", "", 0), ("a", "a", 0), ("ab", "ba", 1), ("abc", "ac", 1), ("abc", "xyz", 3)],
)
def test_the_distance_counts_letters(one: str, other: str, slips: int) -> None:
    assert edit_distance(one, other) == edit_distance(other, one) == slips
