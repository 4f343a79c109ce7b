"""Usage of the chat completions wire, in each server's way of counting."""

from collections.abc import Mapping
from typing import Any

from aichat.core.event import UsageSeen
from aichat.core.usage import Cost, Usage, count


def seen_usage(raw: Mapping[str, Any], searches: int | None) -> UsageSeen:
    """One ``usage`` object as an event; ``searches`` are those seen in the stream."""
    prompt, completion = count(raw.get("prompt_tokens")), count(raw.get("completion_tokens"))
    into, out = _object(raw, "prompt_tokens_details"), _object(raw, "completion_tokens_details")
    reasoning = _first(out.get("reasoning_tokens"), raw.get("reasoning_tokens"))
    if _outside(raw, prompt, completion, reasoning):
        completion = (completion or 0) + (reasoning or 0)
    return UsageSeen(
        Usage(
            input=prompt,
            output=completion,
            cached_input=_first(into.get("cached_tokens"), raw.get("cached_tokens")),
            cache_write=_first(
                into.get("cache_write_tokens"), into.get("cache_creation_input_tokens")
            ),
            reasoning=reasoning,
            searches=searches or _searches(raw),
        ),
        _cost(raw),
        raw,
    )


def _outside(
    raw: Mapping[str, Any], prompt: int | None, completion: int | None, reasoning: int | None
) -> bool:
    """XAI counts reasoning beside ``completion_tokens``; only the total tells."""
    total = count(raw.get("total_tokens"))
    return bool(reasoning) and total == (prompt or 0) + (completion or 0) + (reasoning or 0)


def _searches(raw: Mapping[str, Any]) -> int | None:
    plugins = _object(_object(raw, "plugins"), "search")
    return _first(raw.get("num_search_queries"), plugins.get("count"), raw.get("num_sources_used"))


def _cost(raw: Mapping[str, Any]) -> Cost | None:
    """XAI reports ticks of 1e-10 USD, Perplexity USD."""
    ticks = count(raw.get("cost_in_usd_ticks"))
    if ticks is not None:
        return Cost((ticks + 5) // 10)
    total = _object(raw, "cost").get("total_cost")
    if isinstance(total, int | float) and not isinstance(total, bool):
        return Cost(round(total * 1_000_000_000))
    return None


def _object(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = raw.get(name)
    return value if isinstance(value, dict) else {}


def _first(*values: Any) -> int | None:
    return next((n for value in values if (n := count(value)) is not None), None)
