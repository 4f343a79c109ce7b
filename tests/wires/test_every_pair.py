"""A conversation that any provider made is accepted by the strict rules of every other."""

import json
import re
from typing import Any

import pytest

from aichat import providers, wires
from aichat.core.conversation import replay
from aichat.core.conversation.turn import Turn
from aichat.core.exchange.request import Request
from aichat.core.message.media import Media
from aichat.core.message.message import (
    Message,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from aichat.core.provider.endpoint import Endpoint
from aichat.disk.catalogue import cards
from aichat.wires.shared.history import IdRule
from tests.support.values.strict import CHECKERS

#: Every provider with its wire, a model, and an id of a call as it makes them.
PROVIDERS = {
    "openai": ("responses", "gpt-6-luna", "call_abc"),
    "gemini": ("gemini", "gemini-3.8-flash", "call.with/odd=chars" + "x" * 60),
    "xai": ("responses", "grok-4.5", "call-1f2e3d4c-0000-1111-2222-333344445555"),
    "groq": ("chat", "openai/gpt-oss-120b", "fc_1"),
    "anthropic": ("messages", "claude-sonnet-5-5", "toolu_01"),
    "perplexity": ("responses", "perplexity/sonar", "call_2"),
    "moonshot": ("chat", "kimi-k2.6", "functions.port_depth:0"),
    "qwen": ("dashscope", "qwen3.8-max", "call_0123456789abcdef01234567"),
}
PICTURE = Media("image/png", b"\x89PNG")


def conversation(name: str) -> list[Turn]:
    """A conversation with ``name`` of every kind of turn."""
    _, model, call_id = PROVIDERS[name]

    def said(*parts: Part, status: str = "complete") -> Turn:
        return Turn(Message("assistant", parts, name, model), 0.0, status=status)

    def asked(*parts: Part, role: Any = "user") -> Turn:
        return Turn(Message(role, parts), 0.0)

    calls = (
        ToolCall(call_id, "depth", '{"port": "Oslo'),
        ToolCall(f"{call_id}b", "tide", ""),
        ToolCall(f"{call_id}c", "list", "[1]"),
    )
    results = [ToolResult(call.id, call.name, (Text("7 m"),)) for call in reversed(calls)]
    return [
        asked(Text("How deep?"), PICTURE),
        said(Reasoning("Hm."), Text("Look."), *calls),
        asked(*results, role="tool"),
        said(Text("Seven.")),
        asked(Text("Secret?")),
        said(Refusal("No.")),
        asked(Text("And?")),
        said(Reasoning("Hm"), Text("It is"), ToolCall("x", "tide", "{"), status="interrupted"),
        asked(Text("Go on")),
        said(),
        asked(Text("Well?")),
        said(Text("Yes."), ToolCall(call_id, "depth", "{}")),
        asked(ToolResult(call_id, "depth", (Text(""),)), role="tool"),
        said(Text(" \n")),
        asked(Text("Bye")),
    ]


def body_to(name: str, turns: list[Turn]) -> dict[str, Any]:
    """The body of the next request, to ``name``."""
    wire, model, _ = PROVIDERS[name]
    provider = providers.load(name)
    base = provider.base_url or "https://a.example/v1"
    target = Endpoint(provider, wire, base, card=cards.card(name, model, wire))
    said = tuple(replay.messages(turns, name, model))
    call = wires.load(wire).encode(Request(model, said), target)
    found: dict[str, Any] = json.loads(b"".join(call.body))
    return found


@pytest.mark.parametrize("target", PROVIDERS)
def test_what_any_provider_made_is_accepted(target: str) -> None:
    check = CHECKERS["moonshot" if target == "moonshot" else PROVIDERS[target][0]]
    for source in PROVIDERS:
        assert [*check(body_to(target, conversation(source)))] == [], source


@pytest.mark.parametrize(
    ("rule", "given", "pattern"),
    [
        (IdRule(), "toolu_01-A", "toolu_01-A"),
        (IdRule(), "a.b:c", r"a_b_c_[0-9a-f]{8}"),
        (IdRule(40), "x" * 41, r"x{31}_[0-9a-f]{8}"),
        (IdRule(40, ".:"), "functions.f:0", r"functions\.f:0"),
        (IdRule(40, "", 9), "abcDEF123", "abcDEF123"),
        (IdRule(40, "", 9), "call_1", "[0-9a-f]{9}"),
        (IdRule(), "", "_[0-9a-f]{8}"),
        (IdRule(), "é", "__[0-9a-f]{8}"),
    ],
)
def test_an_id_is_fitted_and_stays_apart(rule: IdRule, given: str, pattern: str) -> None:
    assert re.fullmatch(pattern, rule.fit(given))
    assert rule.fit(given) == rule.fit(given)
