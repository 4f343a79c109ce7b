"""Usage on the two wires of the OpenAI family, by each server's way of counting.

Source: the types of the official SDKs, and recorded answers.
"""

from collections.abc import Mapping
from typing import Any

from aichat.core.billing.money import BILLION, Cost
from aichat.core.billing.usage import (
    MAX_COUNT,
    Usage,
    UsageDetail,
    parse_count,
    parse_counts,
    parse_tier,
)
from aichat.core.exchange.event import UsageUpdate


def chat_usage(
    raw: Mapping[str, Any], searches: int | None, tier: str | None = None
) -> UsageUpdate:
    """A chat completions ``usage``; ``searches`` and ``tier`` are those seen in the stream."""
    prompt, completion = (
        _first_count(raw.get("prompt_tokens"), raw.get("input_tokens")),
        _first_count(raw.get("completion_tokens"), raw.get("output_tokens")),
    )
    into, out = _object(raw, "prompt_tokens_details"), _object(raw, "completion_tokens_details")
    beside = parse_count(raw.get("reasoning_tokens"))  # Sonar: in no other count
    reasoning = _first_count(out.get("reasoning_tokens"), beside)
    if beside or _excludes_reasoning(raw, prompt, completion, reasoning):
        completion = (completion or 0) + (reasoning or 0)
    usage = Usage(
        input=prompt,
        output=completion,
        cached_input=_cached(into, raw),
        cache_write=_first_count(
            into.get("cache_write_tokens"),
            into.get("cache_creation_input_tokens"),
            into.get("cache_creation_tokens"),
            raw.get("cache_creation_input_tokens"),
        ),
        reasoning=reasoning,
        searches=searches or _chat_searches(raw),
    )
    return UsageUpdate(usage, provider_cost(raw), raw, _usage_detail(raw, into, out, tier))


def responses_usage(
    raw: Mapping[str, Any],
    tools: Mapping[str, Any],
    searches: int | None,
    tier: str | None = None,
) -> UsageUpdate:
    """A Responses ``usage``; ``tools`` is ``tool_usage``, ``searches`` are those seen."""
    total, cached = parse_count(raw.get("input_tokens")), None
    into, out = _object(raw, "input_tokens_details"), _object(raw, "output_tokens_details")
    cached = _cached(into, raw)
    if total is not None and cached is not None and cached > total:
        total += cached  # some xAI routes report only the uncached part
    usage = Usage(
        input=total,
        output=parse_count(raw.get("output_tokens")),
        cached_input=cached,
        cache_write=_first_count(
            into.get("cache_write_tokens"), into.get("cache_creation_input_tokens")
        ),
        reasoning=parse_count(out.get("reasoning_tokens")),
        searches=_responses_searches(raw, tools, searches),
    )
    return UsageUpdate(usage, provider_cost(raw), raw, _usage_detail(raw, into, out, tier))


def _usage_detail(
    raw: Mapping[str, Any], into: Mapping[str, Any], out: Mapping[str, Any], tier: str | None
) -> UsageDetail:
    """Counts with a price of their own: sound, long caching, citations."""
    written = _object(into, "cache_write_tokens_details") or _object(into, "cache_creation")
    return UsageDetail(
        parse_counts(
            write_1h=written.get("ephemeral_1h_input_tokens"),
            write_12h=written.get("ttl_12h_tokens"),
            audio_input=into.get("audio_tokens"),
            audio_cached=_object(into, "cached_tokens_details").get("audio_tokens"),
            audio_output=out.get("audio_tokens"),
            image_input=into.get("image_tokens"),
            image_output=out.get("image_tokens"),
            video_input=into.get("video_tokens"),
            citation=raw.get("citation_tokens"),
        ),
        parse_tier(tier),
    )


def _cached(into: Mapping[str, Any], raw: Mapping[str, Any]) -> int | None:
    """Tokens read from a cache, in whichever field a server has them; part of the input."""
    names = ("cached_tokens", "cache_read_input_tokens", "cache_read_tokens")
    beside = (*names, "prompt_cache_hit_tokens", "num_cached_tokens", "cached_prompt_tokens")
    return _first_count(*(into.get(n) for n in names), *(raw.get(n) for n in beside))


def _excludes_reasoning(
    raw: Mapping[str, Any], prompt: int | None, completion: int | None, reasoning: int | None
) -> bool:
    """Whether ``completion_tokens`` exclude reasoning, as xAI's do; only the total tells."""
    total = parse_count(raw.get("total_tokens"))
    return bool(reasoning) and total == (prompt or 0) + (completion or 0) + (reasoning or 0)


def _chat_searches(raw: Mapping[str, Any]) -> int | None:
    plugins = _object(_object(raw, "plugins"), "search")
    return _first_count(
        raw.get("num_search_queries"), plugins.get("count"), raw.get("num_sources_used")
    )


def _responses_searches(
    raw: Mapping[str, Any], tools: Mapping[str, Any], seen: int | None
) -> int | None:
    """The number of billed searches: OpenAI, xAI and Perplexity each have their own field."""
    billed = parse_count(_object(tools, "web_search").get("num_requests"))
    used = _object(raw, "server_side_tool_usage_details")
    counts = [parse_count(used.get(name)) for name in ("web_search_calls", "x_search_calls")]
    if any(n is not None for n in counts):
        return sum(n or 0 for n in counts)
    invoked = _object(_object(raw, "tool_calls_details"), "search_web").get("invocation")
    return _first_count(invoked, billed, seen)


def provider_cost(raw: Mapping[str, Any]) -> Cost | None:
    """The cost reported by the server: xAI in ticks of 1e-10 USD, all others in USD."""
    ticks = parse_count(raw.get("cost_in_usd_ticks"))
    if ticks is not None:
        return Cost((ticks + 5) // 10)
    told = _object(raw, "cost")
    places = (told.get("total_cost"), told.get("total"), *(raw.get(name) for name in _COSTS))
    total = next((usd for place in places if (usd := _dollars(place)) is not None), None)
    if total is None:
        return None
    if raw.get("is_byok") is True:  # the router's fee only; the host bills separately
        total += _dollars(_object(raw, "cost_details").get("upstream_inference_cost")) or 0
    return Cost(round(total * BILLION))


#: Fields in which routers and hosts report USD.
_COSTS = ("cost", "total_cost", "cost_usd", "response_cost", "estimated_cost")


def _dollars(value: Any) -> float | None:
    """A valid amount, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 <= value < MAX_COUNT else None


def _object(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = raw.get(name)
    return value if isinstance(value, dict) else {}


def _first_count(*counts: Any) -> int | None:
    return next((n for count in counts if (n := parse_count(count)) is not None), None)
