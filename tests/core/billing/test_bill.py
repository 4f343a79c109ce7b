"""Prices: sums written out by hand, and the same usages through genai-prices."""

import json
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from aichat import providers, wires
from aichat.app.billing.answer_cost import with_cost
from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage, UsageDetail
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.fold import AnswerBuilder
from aichat.core.exchange.request import Request, Settings
from aichat.core.http.sse import Frame
from aichat.core.message.message import Message, Text
from aichat.core.provider.endpoint import Endpoint
from aichat.providers import custom
from tests.catalogue.build import THEIRS
from tests.support.values.priced import CASES, NOW, Case, Json

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
        Settings(options=case.options),
        stream=False,
    )
    decoder = wires.load(case.wire).make_decoder(asked, target)
    fold = AnswerBuilder(case.provider, case.model)
    fold.add(decoder.feed([Frame(json.dumps(body(case)))]))
    fold.add(decoder.close())
    now = datetime.fromisoformat(f"{case.day}T23:59:59+00:00").timestamp()
    return with_cost(fold.answer(), asked, target, case.plan, now)


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


NOW_S = datetime.fromisoformat(NOW).timestamp()


def said(characters: int) -> Message:
    return Message("assistant", (Text("x" * characters),))


def asked_of(model: str) -> Request:
    return Request(model, (Message("user", (Text("x" * 40),)),))


def charged(answer: Answer, provider: str = "anthropic") -> Answer:
    """An answer with its bill, asked of the catalogue's Claude or of the model that it names."""
    found = BOX if provider == "box" else providers.load(provider)
    model = answer.model if provider != "anthropic" else "claude-sonnet-5-5"
    model = "claude-9" if answer.model == "claude-9" else model
    target = Endpoint(found, found.wires[0], found.base_url)
    return with_cost(answer, asked_of(model), target, None, NOW_S)


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
    tiers = (answer.detail.tier, case.plan, *case.options.values())
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


# --- what nobody counted, and whose price nobody knows


CUT = Usage(input=14, output=1)


@pytest.mark.parametrize(
    ("answer", "sum_"),
    [
        # 40 characters asked, 80 came: a quarter of each in tokens
        (Answer("anthropic", "claude-sonnet-5-5", said(80)), "10*2 + 20*10"),
        (Answer("anthropic", "claude-sonnet-5-5", said(80), finish_reason="stop"), "10*2 + 20*10"),
        # cut off: what had been counted when it began is too little
        (Answer("anthropic", "claude-sonnet-5-5", said(80), usage=CUT), "14*2 + 20*10"),
        (
            Answer(
                "anthropic", "claude-sonnet-5-5", said(80), usage=CUT, finish_reason="cancelled"
            ),
            "14*2 + 20*10",
        ),
        (Answer("anthropic", "claude-sonnet-5-5", said(0), usage=CUT), "14*2 + 1*10"),
        # another model answered than was asked
        (
            Answer("anthropic", "claude-next", said(4), finish_reason="stop", usage=CUT),
            "14*2 + 1*10",
        ),
    ],
)
def test_what_was_not_counted_is_estimated_and_says_so(answer: Answer, sum_: str) -> None:
    cost = charged(answer).cost
    assert cost == Cost(billionths(sum_), "USD", True, "catalogue")


NOTHING = Message("assistant", ())
BOX = custom.provider("box", {"base_url": "http://127.0.0.1:9/v1"})


@pytest.mark.parametrize(
    ("answer", "provider"),
    [
        (Answer("anthropic", "claude-sonnet-5-5", NOTHING), "anthropic"),  # it never began
        (Answer("anthropic", "claude-9", said(80), usage=Usage(1, 2)), "anthropic"),
        (Answer("qwen", "qwen3.8-flash", said(80), usage=Usage(1, 2)), "qwen"),  # not in China
        (Answer("box", "claude-sonnet-5-5", said(80), usage=Usage(1, 2)), "box"),
    ],
)
def test_an_unknown_price_is_unknown_and_not_nothing(answer: Answer, provider: str) -> None:
    found = charged(answer, provider)
    assert (found.cost, found.saved) == (None, None)


def test_what_runs_here_costs_nothing() -> None:
    found = charged(Answer("local", "any.gguf", said(80), usage=Usage(1, 2)), "local")
    assert found.cost == Cost(0, "USD", False, "catalogue")


def test_the_provider_knows_best_and_the_catalogue_what_caching_saved() -> None:
    usage = Usage(1000, 10, cached_input=800)
    reported = Answer("xai", "grok-4.7", said(4), usage=usage, cost=Cost(7), finish_reason="stop")
    found = charged(reported, "xai")
    assert (found.cost, found.saved) == (Cost(7), billionths("800*1.5"))


@pytest.mark.parametrize(
    ("usage", "detail", "sum_"),
    [
        (Usage(1000, 10, 0, 0), {}, None),
        (Usage(1000, 10, 800), {}, "800*1.9"),
        (Usage(1000, 10, 800, 100), {}, "800*1.9 + 100*-0.5"),
        (Usage(1000, 10, 0, 100), {"write_1h": 100}, "100*-2"),  # written, and not yet read
    ],
)
def test_what_caching_saved_is_less_what_writing_to_it_cost(
    usage: Usage, detail: dict[str, int], sum_: str | None
) -> None:
    answer = Answer("anthropic", "claude-sonnet-5-5", said(4), usage=usage, finish_reason="stop")
    found = charged(answer._replace(detail=UsageDetail(detail)))
    assert found.saved == (sum_ and billionths(sum_))


@pytest.mark.parametrize(
    ("provider", "region", "base_url", "currency"),
    [
        ("qwen", None, None, "CNY"),
        ("qwen", "cn", None, "CNY"),
        ("qwen", "intl", None, "USD"),
        ("qwen", "space.ap-southeast-1", None, "USD"),
        ("qwen", "space.cn-beijing", None, "CNY"),
        ("qwen", None, "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "USD"),
        ("qwen", None, "http://127.0.0.1:9/v1", "CNY"),
        ("qwen", "hk", None, None),
        ("qwen", "space.eu-central-1", None, None),
        ("moonshot", None, None, "USD"),
        ("moonshot", "cn", None, None),  # another price list, in another currency
    ],
)
def test_prices_are_those_of_the_region(
    provider: str, region: str | None, base_url: str | None, currency: str | None
) -> None:
    model = {"qwen": "qwen-plus", "moonshot": "kimi-k3"}[provider]
    found = providers.load(provider)
    target = Endpoint(found, found.wires[0], base_url or found.base_url, region=region)
    answer = Answer(provider, model, said(4), usage=Usage(10, 2, reasoning=0), finish_reason="stop")
    cost = with_cost(answer, asked_of(model), target, None, NOW_S).cost
    assert (cost and cost.currency) == currency
