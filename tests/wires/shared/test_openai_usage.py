"""Usage and money, in whatever field a server has them."""

import json
from typing import Any

import pytest

from aichat import providers
from aichat.core.exchange.event import UsageUpdate
from aichat.wires.shared.openai_usage import chat_usage, provider_cost, responses_usage
from tests.support.values.feeding import feed_stream, make_decoder, sse_of

#: What stands in a usage, and billionths of a US dollar.
COSTS: dict[str, tuple[dict[str, Any], int | None]] = {
    "a number": ({"cost": 0.00213}, 2_130_000),
    "a whole number": ({"cost": 2}, 2_000_000_000),
    "nothing to pay": ({"cost": 0}, 0),
    "an object": ({"cost": {"total_cost": 0.5}}, 500_000_000),
    "an object with another total": ({"cost": {"total": 0.5}}, 500_000_000),
    "a total beside": ({"total_cost": 0.25}, 250_000_000),
    "LiteLLM's": ({"response_cost": 0.25}, 250_000_000),
    "DeepInfra's": ({"estimated_cost": 0.25}, 250_000_000),
    "ticks": ({"cost_in_usd_ticks": 12_345_678_901}, 1_234_567_890),
    "a key of one's own": (
        {"cost": 0.01, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.2}},
        210_000_000,
    ),
    "part of the cost": (
        {"cost": 0.2, "is_byok": False, "cost_details": {"upstream_inference_cost": 0.2}},
        200_000_000,
    ),
    "below zero": ({"cost": -1}, None),
    "yes": ({"cost": True}, None),
    "a text": ({"cost": "0.00213"}, None),
    "beyond belief": ({"cost": 1e300}, None),
    "not a number": ({"cost": float("nan")}, None),
    "nothing": ({"cost": None}, None),
}


@pytest.mark.parametrize(("raw", "amount"), COSTS.values(), ids=COSTS)
def test_a_cost_is_the_providers_wherever_it_stands(
    raw: dict[str, Any], amount: int | None
) -> None:
    cost = provider_cost(raw)
    assert (cost and cost.amount) == amount
    assert cost is None or (cost.currency, cost.source, cost.estimated) == (
        "USD",
        "provider",
        False,
    )


@pytest.mark.parametrize(
    "raw",
    [
        {"prompt_tokens_details": {"cached_tokens": 7}, "cached_tokens": 5},
        {"prompt_tokens_details": {"cache_read_tokens": 7}},
        {"cached_tokens": 7},
        {"prompt_cache_hit_tokens": 7, "prompt_cache_miss_tokens": 3},
        {"cache_read_input_tokens": 7},
        {"num_cached_tokens": 7},
        {"cached_prompt_tokens": 7},
    ],
)
def test_cached_tokens_are_counted_wherever_they_stand(raw: dict[str, Any]) -> None:
    assert chat_usage({"prompt_tokens": 10, **raw}, None).usage.cached_input == 7
    into = {"input_tokens_details": raw.get("prompt_tokens_details")}
    assert responses_usage({"input_tokens": 10, **raw, **into}, {}, None).usage.cached_input == 7


def test_the_names_of_the_other_wire_count_too() -> None:
    usage = chat_usage({"input_tokens": 3, "output_tokens": 2}, None).usage
    assert (usage.input, usage.output) == (3, 2)


@pytest.mark.parametrize("wire", ["chat", "messages", "responses"])
def test_a_cost_comes_with_the_usage_on_every_wire_that_routers_speak(wire: str) -> None:
    usage = {"cost": 0.5, "output_tokens": 1}
    chunk: dict[str, Any] = {"choices": [], "usage": usage}
    if wire == "messages":
        chunk = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}
    if wire == "responses":
        response = {"status": "completed", "usage": usage}
        chunk = {"type": "response.completed", "response": response}
    decoder = make_decoder(wire, providers.load("openai"))
    events = feed_stream(decoder, sse_of(json.dumps(chunk), end=""))
    (update,) = (event for event in events if isinstance(event, UsageUpdate))
    assert update.cost and update.cost.amount == 500_000_000
