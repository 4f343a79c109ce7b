"""The chat tells what empties a prompt cache before it is sent, and what misses it after."""

import json
from typing import Any

import pytest

from aichat.core.text.clock import Clock
from tests.support.answering.answers import messages_stream
from tests.support.answering.server import Server
from tests.support.answering.talk import BASES, Talk
from tests.support.running.program import SENTINEL, Program
from tests.support.terminal.session import Paper

LONG = "word " * 18_000  # some 22,500 tokens
WARM = {"input_tokens": 10, "cache_read_input_tokens": 22_000, "output_tokens": 5}
COLD = {"input_tokens": 22_500, "cache_read_input_tokens": 0, "output_tokens": 5}


class Watched:
    """A chat with Claude on paper, whose clock is set by hand."""

    def __init__(self, aichat: Program, server: Server) -> None:
        self.server, self.now = server, 1e9
        base, key = BASES["anthropic"]
        url = f"{server.url}/anthropic{base}"
        aichat.environ |= {key: SENTINEL, "AICHAT_ANTHROPIC_BASE_URL": url}
        self.paper = Paper(aichat, provider="anthropic")
        clock = Clock(lambda: self.now, lambda: 0.0, aichat.waits.append, lambda: 0.5)
        self.paper.session.world = self.paper.session.world._replace(clock=clock)

    def say(self, line: str, usage: dict[str, Any] = WARM, after: float = 10.0) -> str:
        self.now += after
        self.server.push(messages_stream(["Yes."], usage=usage))
        return " ".join(self.paper.say(line).split())


#: A command -> what of it empties the cache.
CHANGES = {
    "/model claude-opus-5": "the model changed",
    "/set effort=high": "the effort changed",
    '/set tools=[{"name":"f","parameters":{"type":"object"}}]': "the tools changed",
    "/set tier=priority": "the tier changed",
    "/system Be brief.": "the system prompt changed",
    "/set search=on": "the provider's tools changed",
}


@pytest.mark.parametrize("command", CHANGES)
def test_a_change_that_empties_the_cache_is_told_before_it_is_sent(
    command: str, aichat: Program
) -> None:
    with Server() as server:
        talk = Watched(aichat, server)
        assert "changed" not in talk.say(LONG) + talk.say("more")
        talk.paper.say(command)
        shown = talk.say("and more")
        told = f"{CHANGES[command]}, so nothing of this is cached: ~$0."
        assert told in shown and shown.index(told) < shown.index("Yes.")
        assert "changed" not in talk.say("and more")


def test_of_a_short_conversation_nothing_is_told(aichat: Program) -> None:
    with Server() as server:
        talk = Watched(aichat, server)
        talk.say("hi")
        talk.paper.say("/set effort=high")
        assert "changed" not in talk.say("more")


def test_a_cold_conversation_is_asked_about_and_compact_is_offered(aichat: Program) -> None:
    with Server() as server:
        talk = Watched(aichat, server)
        talk.say(LONG)
        talk.paper.choices = [0, 1]
        assert "Yes." in talk.say("more", after=420)
        with pytest.raises(Exception, match="nothing was sent") as refused:
            talk.say("and more", after=10_800)
        assert "/compact" in refused.value.fault.hint  # type: ignore[attr-defined]
        first, second = (question for question, _ in talk.paper.picked)
        assert first.startswith("idle for 7 min, so nothing of this is cached any more: ~$0.")
        assert second.startswith("idle for 3 h,") and "tokens of input" in second
        assert len(server.requests) == 2


def test_a_cold_short_conversation_is_not_asked_about(aichat: Program) -> None:
    with Server() as server:
        talk = Watched(aichat, server)
        talk.say("hi")
        talk.say("more", after=9000)
        assert talk.paper.picked == []


def test_the_second_miss_in_a_row_is_told_with_its_reason(aichat: Program) -> None:
    with Server() as server:
        talk = Watched(aichat, server)
        talk.say(LONG)
        talk.say("two", COLD)
        told = [talk.say(line, COLD) for line in ("three", "four", "five")]
        missed = "the prompt cache was missed twice in a row: the same beginning was sent"
        assert [missed in shown for shown in told] == [False, True, False]


def test_a_hit_between_two_misses_and_a_long_pause_are_no_reason(aichat: Program) -> None:
    with Server() as server:
        talk = Watched(aichat, server)
        talk.paper.choices = [0] * 9
        talk.say(LONG)
        shown = [talk.say("two", COLD), talk.say("three", COLD), talk.say("four", WARM)]
        shown += [talk.say("five", COLD), talk.say("six", COLD, after=400)]
        shown += [talk.say("seven", COLD, after=400)]
        assert "missed twice" not in " ".join(shown)


class Continued:
    """Questions that go on with a conversation, each a run of its own, at a set time."""

    def __init__(self, aichat: Program, server: Server) -> None:
        self.aichat, self.server, self.now = aichat, server, 1e9
        self.talk = Talk(aichat, server)

    def ask(self, *words: str, usage: dict[str, Any] = WARM, after: float = 10.0) -> str:
        self.now += after
        self.server.push(messages_stream(["Yes."], usage=usage))
        clock = Clock(lambda: self.now, lambda: 0.0, self.aichat.waits.append, lambda: 0.5)
        done = self.aichat.invoke("ask", "--no-stdin", *words, clock=clock)
        assert done.code == 0
        return done.stderr if "--events" not in words else done.text


CLAUDE_ASKS = ("-m", "anthropic/claude-sonnet-5-5")
TOOL = '[{"name":"f","parameters":{"type":"object"}}]'

#: What is typed behind ``-c`` -> what of it empties the cache.
STORED_CHANGES: dict[str, tuple[tuple[str, ...], str]] = {
    "model": (("-m", "anthropic/claude-opus-5"), "the model changed"),
    "system": (("-s", "Be brief."), "the system prompt changed"),
    "tools": (("--tools", TOOL), "the tools changed"),
    "two": (
        ("-s", "Be brief.", "-m", "anthropic/claude-opus-5"),
        "the model and system prompt changed",
    ),
}


@pytest.mark.parametrize(("words", "why"), STORED_CHANGES.values(), ids=STORED_CHANGES)
def test_a_question_that_goes_on_tells_what_empties_the_cache(
    words: tuple[str, ...], why: str, aichat: Program
) -> None:
    with Server() as server:
        talk = Continued(aichat, server)
        talk.ask(*CLAUDE_ASKS, LONG)
        assert "changed" not in talk.ask("-c", "more")
        assert f"aichat: {why}, so nothing of this is cached: ~$0." in talk.ask("-c", *words, "so")
        assert "changed" not in talk.ask("-c", "and so")


def test_programs_are_told_by_an_event(aichat: Program) -> None:
    with Server() as server:
        talk = Continued(aichat, server)
        talk.ask(*CLAUDE_ASKS, LONG)
        events = [
            json.loads(line)
            for line in talk.ask("-c", "-s", "Be brief.", "--events", "so").splitlines()
        ]
    (notice,) = [event for event in events if event["type"] == "notice"]
    assert notice["kind"] == "cache" and "the system prompt changed" in notice["message"]


#: What makes a change of no account: the usage of the answer before, and seconds since.
UNCACHED: dict[str, tuple[dict[str, Any], float]] = {
    "it has gone cold": (WARM, 301.0),
    "it was never kept": (COLD, 10.0),
    "it is short": ({"input_tokens": 10, "cache_read_input_tokens": 500, "output_tokens": 5}, 10.0),
}


@pytest.mark.parametrize(("usage", "after"), UNCACHED.values(), ids=UNCACHED)
def test_of_what_is_not_cached_nothing_is_told(
    usage: dict[str, Any], after: float, aichat: Program
) -> None:
    with Server() as server:
        talk = Continued(aichat, server)
        talk.ask(*CLAUDE_ASKS, LONG, usage=usage)
        assert "changed" not in talk.ask("-c", "-s", "Be brief.", "so", after=after)
