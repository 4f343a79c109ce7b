"""Prices: sums written out by hand, and the same usages through genai-prices."""

import json
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from aichat import providers, wires
from aichat.billing import billed
from aichat.core.answer import Answer
from aichat.core.endpoint import Endpoint
from aichat.core.fold import Fold
from aichat.core.message import Message, Text
from aichat.core.request import Request, Settings
from aichat.core.sse import Frame
from tests.catalogue.build import THEIRS
from tests.priced import CASES, Case, Json

IDS = [f"{n}-{c.provider}-{c.wire}-{c.model}" for n, c in enumerate(CASES)]


def body(case: Case) -> dict[str, Any]:
    """A whole answer on a case's wire."""
    text = {"role": "assistant", "content": "Hi"}
    said = {"type": "output_text", "text": "Hi"}
    top = {k: v for k, v in case.top.items() if k != "groundingMetadata"}
    part = {"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}
    ground = {k: v for k, v in case.top.items() if k == "groundingMetadata"}
    choices = [{"index": 0, "message": text, "finish_reason": "stop"}]
    return {
        "chat": {"id": "1", "choices": choices, "usage": case.usage, **top},
        "responses": {
            "id": "1",
            "object": "response",
            "status": "completed",
            "output": [{"type": "message", "role": "assistant", "content": [said]}],
            "usage": case.usage,
            **top,
        },
        "messages": {
            "type": "message",
            "content": [{"type": "text", "text": "Hi"}],
            "stop_reason": "end_turn",
            "usage": case.usage,
        },
        "gemini": {"candidates": [{**part, **ground}], "usageMetadata": case.usage},
        "dashscope": {"output": {"choices": choices}, "usage": case.usage},
    }[case.wire]


def answered(case: Case) -> Answer:
    """The answer of a case, decoded, with its bill."""
    provider = providers.load(case.provider)
    target = Endpoint(provider, case.wire, provider.base_url, region=case.region)
    asked = Request(
        case.model,
        (Message("user", (Text("Hello"),)),),
        Settings(options=case.asked),
        stream=False,
    )
    decoder = wires.load(case.wire).decoder(asked, target)
    fold = Fold(case.provider, case.model)
    fold.add(decoder.feed([Frame(json.dumps(body(case)))]))
    fold.add(decoder.close())
    now = datetime.fromisoformat(f"{case.day}T23:59:59+00:00").timestamp()
    return billed(fold.answer(), asked, target, case.plan, now)


def billionths(sum_: str) -> int:
    """What a written-out sum of millionths makes, rounded once, half up."""
    terms = (term.split("*") for term in sum_.split(" + "))
    total = sum((Decimal(a) * Decimal(b[0] if b else 1) for a, *b in terms), Decimal(0))
    return int((total * 1000).quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_usage_costs_what_its_provider_says(case: Case) -> None:
    cost = answered(case).cost
    assert cost is not None
    assert (cost.amount, cost.currency) == (billionths(case.sum), case.currency)
    assert (cost.estimated, cost.source) == (case.estimated, "catalogue")


def test_there_are_sixty_of_them_from_every_provider_on_every_wire() -> None:
    assert len(CASES) >= 60
    assert {case.provider for case in CASES} == {*providers.names()} - {"local"}
    assert {case.wire for case in CASES} == {"chat", "responses", "messages", "gemini", "dashscope"}


# --- genai-prices, which has no Qwen, no tiers of Gemini but batch, and no ranges


CONTEXTS: dict[str, Json] = {
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
    "fast": {"speed": "fast"},
}
NAMES = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cached_input": "cache_read_tokens",
    "cache_write": "cache_write_tokens",
    "searches": "web_searches",
    "reasoning": "output_reasoning_tokens",
    "write_1h": "cache_write_1h_tokens",
    "audio_input": "input_audio_tokens",
    "audio_cached": "cache_audio_read_tokens",
    "audio_output": "output_audio_tokens",
    "citation": "output_citation_tokens",
}


def theirs(case: Case) -> Decimal | None:
    """What genai-prices makes of a case, in the currency's unit; None where it cannot tell."""
    prices = pytest.importorskip("genai_prices", reason="genai-prices is not installed")
    answer = answered(case)
    unlike = case.plan == "free" or "performance" in case.top.values()
    tiers = (answer.detail.tier, case.plan, *case.asked.values())
    tier = next((t for t in tiers if t), None)
    ours = case.provider == "qwen" or case.model == "openai/gpt-5.5"
    factor = case.provider == "gemini" and tier in ("flex", "priority")
    if unlike or ours or factor:
        return None
    counted = {**answer.usage._asdict(), **answer.detail.counts}
    counted["output"] += counted.get("citation", 0)  # part of it, there
    usage = {NAMES[k]: n for k, n in counted.items() if n and k in NAMES}
    there = THEIRS.get(case.provider, case.provider)
    found = prices.calc_price(
        prices.Usage(**usage),
        case.model,
        provider_id=there,
        genai_request_timestamp=datetime.fromisoformat(f"{case.day}T12:00:00").replace(tzinfo=UTC),
        price_context=CONTEXTS.get(tier or ""),
    )
    return Decimal(found.total_price)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_genai_prices_comes_to_the_same(case: Case) -> None:
    found = theirs(case)
    if found is None:
        pytest.skip("genai-prices does not know this")
    cost = answered(case).cost
    assert cost and cost.amount == int((found * 10**9).quantize(Decimal(1), ROUND_HALF_UP))
