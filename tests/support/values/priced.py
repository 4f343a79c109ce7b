"""Usages as reported by each wire, and their cost: a written-out sum in millionths."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

Json = Mapping[str, Any]
NOW = "2026-11-22"
NONE: Json = MappingProxyType({})


class Case(NamedTuple):
    """``sum``: millionths of the currency, by the prices of the provider's own pages.

    ``top`` stands beside the usage in the answer; ``options`` are options of the request.
    """

    provider: str
    wire: str
    model: str
    usage: Json
    sum: str
    top: Json = NONE
    options: Json = NONE
    day: str = NOW
    region: str | None = None
    plan: str | None = None
    currency: str = "USD"
    estimated: bool = False


def chat(into: int, out: int, cached: int = 0, write: int = 0, reasoning: int = 0) -> Json:
    return {
        "prompt_tokens": into,
        "completion_tokens": out,
        "total_tokens": into + out,
        "prompt_tokens_details": {"cached_tokens": cached, "cache_write_tokens": write},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }


def responses(into: int, out: int, cached: int = 0, write: int = 0, long: int = 0) -> Json:
    written = {"ttl_30m_tokens": write - long, "ttl_12h_tokens": long}
    return {
        "input_tokens": into,
        "output_tokens": out,
        "input_tokens_details": {
            "cached_tokens": cached,
            "cache_write_tokens": write,
            "cache_write_tokens_details": written,
        },
        "output_tokens_details": {"reasoning_tokens": 0},
    }


def claude(fresh: int, out: int, read: int = 0, short: int = 0, long: int = 0, **more: Any) -> Json:
    return {
        "input_tokens": fresh,
        "output_tokens": out,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": short + long,
        "cache_creation": {"ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": long},
        **more,
    }


def gemini(prompt: int, answer: int, thoughts: int = 0, cached: int = 0, **more: Any) -> Json:
    return {
        "promptTokenCount": prompt,
        "candidatesTokenCount": answer,
        "thoughtsTokenCount": thoughts,
        "cachedContentTokenCount": cached,
        **more,
    }


def audio_details(**fields: int) -> Json:
    names = {"heard": "promptTokensDetails", "again": "cacheTokensDetails"}
    return {
        names[k]: [{"modality": "TEXT", "tokenCount": 1}, {"modality": "AUDIO", "tokenCount": n}]
        for k, n in fields.items()
    }


def searches(n: int) -> Json:
    return {"tool_usage": {"web_search": {"num_requests": n}}}


def queries(n: int) -> Json:
    return {"groundingMetadata": {"webSearchQueries": [f"q{i}" for i in range(n)]}}


OPENAI = (
    Case("openai", "responses", "gpt-6.1-terra", responses(1000, 500), "1000*1 + 500*5"),
    Case("openai", "chat", "gpt-6.1-terra", chat(1000, 500), "1000*1 + 500*5"),
    Case(
        "openai",
        "responses",
        "gpt-6.1-terra",
        responses(41, 14, 32, 4),
        "5*1 + 32*0.05 + 4*1.25 + 14*5",
    ),
    # the whole request is billed at the second price if its prompt is longer
    Case("openai", "responses", "gpt-6.1-terra", responses(272000, 10), "272000*1 + 10*5"),
    Case("openai", "responses", "gpt-6.1-terra", responses(272001, 10), "272001*2 + 10*7.5"),
    Case(
        "openai",
        "responses",
        "gpt-6-astra",
        responses(300000, 2000, 100000, 50000),
        "150000*20 + 100000*2 + 50000*25 + 2000*75",
    ),
    Case("openai", "responses", "gpt-6.1-sol", responses(777, 33, 512), "265*2 + 512*0.1 + 33*10"),
    Case("openai", "responses", "gpt-6-sol", responses(777, 33, 512), "265*2 + 512*0.20 + 33*10"),
    Case("openai", "responses", "gpt-6-luna", responses(3, 1), "3*0.1 + 1*0.5"),
    Case("openai", "chat", "gpt-6-luna", chat(11, 7, 4, 0, 6), "7*0.1 + 4*0.01 + 7*0.5"),
    Case(
        "openai",
        "responses",
        "gpt-6.1-terra",
        responses(1000, 500),
        "1000*0.5 + 500*2.5",
        top={"service_tier": "flex"},
    ),
    # fast was requested, and the server reports priority
    Case(
        "openai",
        "responses",
        "gpt-6.1-terra",
        responses(1000, 500),
        "1000*2 + 500*10",
        top={"service_tier": "priority"},
        options={"service_tier": "fast"},
    ),
    # the served tier is not the requested one
    Case(
        "openai",
        "chat",
        "gpt-6.1-terra",
        chat(1000, 500),
        "1000*1 + 500*5",
        top={"service_tier": "default"},
        options={"service_tier": "flex"},
    ),
    # the served tier is not reported
    Case(
        "openai",
        "chat",
        "gpt-6.1-terra",
        chat(1000, 500),
        "1000*0.5 + 500*2.5",
        options={"service_tier": "flex"},
        estimated=True,
    ),
    Case(
        "openai",
        "responses",
        "gpt-6.1-sol",
        responses(400000, 1000, 200000),
        "200000*2 + 200000*0.1 + 1000*7.5",
        plan="batch",
    ),
    Case(
        "openai",
        "responses",
        "gpt-6.1-terra",
        responses(100, 10),
        "100*1 + 10*5 + 3*10000",
        top=searches(3),
    ),
    # there is no separate price for twelve hours in the cache
    Case(
        "openai",
        "responses",
        "gpt-6.1-terra",
        responses(100, 10, 0, 50, 20),
        "50*1 + 50*1.25 + 10*5",
        estimated=True,
    ),
    Case("openai", "responses", "gpt-5.6-luna", responses(500, 20), "500*0.2 + 20*1.2"),
    Case(
        "openai",
        "responses",
        "gpt-5.6-luna",
        responses(500, 20),
        "500*1 + 20*6",
        day="2026-07-29",
    ),
    Case("openai", "responses", "gpt-5.5", responses(300000, 100), "300000*10 + 100*45"),
    # 5.5 does not bill writes to the cache
    Case("openai", "responses", "gpt-5.5", responses(100, 10, 0, 60), "100*5 + 10*30"),
    Case("openai", "chat", "gpt-4.1-2025-04-14", chat(1000, 10, 600), "400*2 + 600*0.5 + 10*8"),
    Case("openai", "chat", "gpt-4.1-nano", chat(1000, 10, 1), "999*0.1 + 1*0.025 + 10*0.4"),
    Case("openai", "chat", "o4-mini", chat(90, 70, 40, 0, 64), "50*1.1 + 40*0.275 + 70*4.4"),
    Case(
        "openai",
        "chat",
        "gpt-audio",
        {
            "prompt_tokens": 100,
            "completion_tokens": 50,
            "prompt_tokens_details": {"audio_tokens": 60},
            "completion_tokens_details": {"audio_tokens": 45},
        },
        "40*2.5 + 60*32 + 5*10 + 45*64",
    ),
)

GEMINI = (
    Case("gemini", "gemini", "gemini-3.8-flash", gemini(100, 20, 30), "100*0.75 + 50*3.75"),
    Case(
        "gemini",
        "gemini",
        "gemini-3.8-flash",
        gemini(100, 20, 30, 60),
        "40*0.75 + 60*0.075 + 50*3.75",
        day="2026-12-31",
    ),
    Case(
        "gemini",
        "gemini",
        "gemini-3.8-flash",
        gemini(100, 20, 30, 60),
        "40*1.5 + 60*0.15 + 50*7.5",
        day="2027-01-01",
    ),
    Case(
        "gemini",
        "gemini",
        "gemini-4-argon",
        gemini(1000, 100, cached=800),
        "200*2 + 800*0.1 + 100*10",
        day="2026-11-30",
    ),
    Case(
        "gemini",
        "gemini",
        "gemini-4-argon",
        gemini(1000, 100, cached=800),
        "200*4 + 800*0.2 + 100*20",
        day="2026-12-01",
    ),
    Case(
        "gemini", "gemini", "gemini-flash-latest", gemini(7, 5), "7*0.75 + 5*3.75"
    ),  # an alias of the server's
    Case("gemini", "gemini", "gemini-2.5-pro", gemini(200000, 10), "200000*1.25 + 10*10"),
    Case(
        "gemini",
        "gemini",
        "gemini-2.5-pro",
        gemini(200001, 10, 5, 1),
        "200000*2.5 + 1*0.25 + 15*15",
    ),
    # tokens added to the prompt by tools are billed as prompt
    Case(
        "gemini",
        "gemini",
        "gemini-3.5-flash-lite",
        gemini(100, 10, toolUsePromptTokenCount=40),
        "140*0.3 + 10*2.5",
    ),
    Case(
        "gemini",
        "gemini",
        "gemini-2.5-flash",
        gemini(1000, 10, 0, 300, **audio_details(heard=600, again=200)),
        "300*0.3 + 400*1 + 100*0.03 + 200*0.1 + 10*2.5",
    ),
    Case(
        "gemini",
        "gemini",
        "gemini-3.1-flash-lite",
        gemini(1000, 10, **audio_details(heard=400)),
        "600*0.25 + 400*0.5 + 10*1.5",
    ),
    Case(
        "gemini",
        "gemini",
        "gemini-3.8-flash",
        gemini(100, 10),
        "100*0.75 + 10*3.75 + 2*14000",
        top=queries(2),
    ),
    Case(
        "gemini", "gemini", "gemini-2.5-flash", gemini(9, 1), "9*0.3 + 2.5 + 35000", top=queries(1)
    ),
    Case(
        "gemini",
        "gemini",
        "gemini-3.8-flash",
        gemini(100, 10, serviceTier="flex"),
        "100*0.375 + 10*1.875",
    ),
    Case(
        "gemini",
        "gemini",
        "gemini-3.8-flash",
        gemini(100, 10, serviceTier="SERVICE_TIER_PRIORITY"),
        "100*1.35 + 10*6.75",
    ),
    Case("gemini", "gemini", "gemini-2.5-pro", gemini(500, 10), "500*0.625 + 10*5", plan="batch"),
    Case("gemini", "gemini", "gemini-2.5-flash", gemini(500, 10), "0", plan="free"),
    # an unknown model is free too, on a free account
    Case("gemini", "gemini", "gemini-9-neon", gemini(500, 10), "0", plan="free"),
)

XAI = (
    Case(
        "xai",
        "chat",
        "grok-4.7",
        {
            "prompt_tokens": 32,
            "completion_tokens": 9,
            "total_tokens": 135,
            "prompt_tokens_details": {"cached_tokens": 8},
            "completion_tokens_details": {"reasoning_tokens": 94},
        },
        "24*2 + 8*0.5 + 103*6",  # reasoning is not included in the completion
    ),
    Case("xai", "responses", "grok-4.5", responses(1000, 100, 600), "400*2 + 600*0.3 + 100*6"),
    Case("xai", "responses", "grok-4.3", responses(199999, 10), "199999*1.25 + 10*2.5"),
    Case("xai", "responses", "grok-4.3", responses(200000, 10), "200000*2.5 + 10*5"),
    # some routes do not include the cached part in the input
    Case("xai", "responses", "grok-4.7", responses(10, 5, 128), "10*2 + 128*0.5 + 5*6"),
    Case("xai", "messages", "grok-build-0.1", claude(100, 20, 50), "100*1 + 50*0.2 + 20*2"),
)

GROQ = (
    Case("groq", "chat", "openai/gpt-oss-120b", chat(18, 556), "18*0.15 + 556*0.6"),
    Case(
        "groq",
        "responses",
        "openai/gpt-oss-20b",
        responses(901, 44, 900),
        "1*0.075 + 900*0.0375 + 44*0.3",
    ),
    Case(
        "groq",
        "chat",
        "openai/gpt-oss-120b",
        chat(1000, 100),
        "1000*0.15 + 100*0.6",
        top={"service_tier": "on_demand"},
    ),
    Case(
        "groq",
        "chat",
        "openai/gpt-oss-120b",
        chat(1000, 100, 400),
        "600*0.075 + 400*0.075 + 100*0.3",
        plan="batch",
    ),
    # this tier has no price: the standard one is used
    Case(
        "groq",
        "chat",
        "qwen/qwen3.8-27b",
        chat(10, 10),
        "10*0.8 + 10*4",
        top={"service_tier": "performance"},
        estimated=True,
    ),
    Case("groq", "chat", "llama3-8b-8192", chat(18, 556), "18*0.05 + 556*0.08"),
    Case("groq", "chat", "moonshotai/kimi-k2-instruct", chat(10, 10), "10*1 + 10*3"),
)

ANTHROPIC = (
    Case("anthropic", "messages", "claude-sonnet-5-5", claude(2095, 503), "2095*2 + 503*10"),
    # Sources differ: the price list has 0.10 for reading, one page of the documentation
    # 0.20. Chosen: the price list, which is newer and names this model.
    Case(
        "anthropic",
        "messages",
        "claude-sonnet-5-5",
        claude(14, 64, 900, 100),
        "14*2 + 900*0.10 + 100*2.5 + 64*10",
    ),
    Case(
        "anthropic",
        "messages",
        "claude-opus-5-5",
        claude(100, 10, 0, 248, 1000),
        "100*4 + 248*5 + 1000*8 + 10*20",
    ),
    Case("anthropic", "messages", "claude-haiku-5-5", claude(100000, 8), "100000*0.1 + 8*0.5"),
    Case(
        "anthropic",
        "messages",
        "claude-haiku-5-5",
        claude(1, 8, 100000, 0, 10),
        "1*0.5 + 100000*0.05 + 10*1 + 8*2.5",
    ),
    Case(
        "anthropic",
        "messages",
        "claude-fable-5-2",
        claude(50, 5, 1000),
        "50*16 + 1000*0.4 + 5*80",
        options={"speed": "fast"},
        estimated=True,
    ),
    Case(
        "anthropic",
        "messages",
        "claude-opus-5",
        claude(50, 5, service_tier="standard", speed="fast"),
        "50*10 + 5*50",
    ),
    Case(
        "anthropic",
        "messages",
        "claude-sonnet-5",
        claude(50, 5, 10, 20, 30, service_tier="batch"),
        "50*1 + 10*0.1 + 20*1.25 + 30*2 + 5*5",
    ),
    Case(
        "anthropic",
        "messages",
        "claude-haiku-4-5-20251001",
        claude(6039, 931, server_tool_use={"web_search_requests": 3}),
        "6039*1 + 931*5 + 3*10000",
    ),
    Case(
        "anthropic",
        "messages",
        "claude-sonnet-4-5",
        claude(100000, 10, 100001),
        "100000*6 + 100001*0.6 + 10*22.5",
    ),
    Case(
        "anthropic",
        "messages",
        "claude-opus-4-20250514",
        claude(10, 10, 100, 200),
        "10*15 + 100*1.5 + 200*18.75 + 10*75",
    ),
    Case(
        "anthropic",
        "messages",
        "claude-3-5-haiku-latest",
        claude(1, 1, 1, 1),
        "0.8 + 0.08 + 1 + 4",
    ),
)

PERPLEXITY = (
    Case(
        "perplexity",
        "responses",
        "perplexity/sonar",
        {
            **responses(2754, 40, 2751),
            "tool_calls_details": {"search_web": {"invocation": 1}},
        },
        "3*0.25 + 2751*0.0625 + 40*2.5 + 2500",
    ),
    Case("perplexity", "responses", "openai/gpt-5.5", responses(10, 10), "10*5 + 10*30"),
    # A request costs 6 to 14 for a thousand, by how much is searched. The one source has
    # the range, the other its end: the end is taken, and marked.
    Case(
        "perplexity",
        "chat",
        "sonar-pro",
        chat(15, 25),
        "15*3 + 25*15 + 14000",
        estimated=True,
    ),
    # The documentation's own example. Reasoning and citations are counted beside the
    # completion; the other source takes both for parts of it. Chosen: the documentation.
    Case(
        "perplexity",
        "chat",
        "sonar-deep-research",
        {
            "prompt_tokens": 33,
            "completion_tokens": 7163,
            "citation_tokens": 20016,
            "num_search_queries": 18,
            "reasoning_tokens": 73997,
        },
        "33*2 + 7163*8 + 20016*2 + 18*5000 + 73997*3",
    ),
)

MOONSHOT = (
    Case("moonshot", "chat", "kimi-k3.1-pro", chat(19, 21), "19*2 + 21*10"),
    Case(
        "moonshot",
        "chat",
        "kimi-k3",
        {"prompt_tokens": 1000, "completion_tokens": 10, "cached_tokens": 768},
        "232*3 + 768*0.3 + 10*15",
    ),
    Case("moonshot", "chat", "kimi-k3", chat(100, 10, 0, 60), "40*3 + 60*3 + 10*15"),
    Case("moonshot", "chat", "kimi-k2-0711-preview", chat(19, 21), "19*0.6 + 21*2.5"),
    Case("moonshot", "chat", "moonshot-v1-8k", chat(10, 2), "10*0.2 + 2*2"),
)

QWEN = (
    Case(
        "qwen", "chat", "qwen-plus", chat(3019, 104), "3019*0.8 + 104*2", currency="CNY"
    ),  # the document's own usage
    Case(
        "qwen",
        "chat",
        "qwen-plus",
        chat(3019, 104, 0, 0, 50),
        "3019*0.8 + 104*8",
        currency="CNY",
    ),
    Case(
        "qwen",
        "dashscope",
        "qwen-flash",
        {
            "input_tokens": 130000,
            "output_tokens": 10,
            "prompt_tokens_details": {"cached_tokens": 1000},
        },
        "129000*0.6 + 1000*0.12 + 10*6",
        currency="CNY",
    ),
    Case(
        "qwen", "responses", "qwen3-max", responses(32000, 5), "32000*3.2 + 5*12.8", currency="CNY"
    ),
    Case(
        "qwen", "responses", "qwen3-max", responses(32001, 5), "32001*6.4 + 5*25.6", currency="CNY"
    ),
    Case(
        "qwen",
        "chat",
        "qwen3-coder-plus",
        chat(300000, 10),
        "300000*20 + 10*200",
        currency="CNY",
    ),
    # The document of July 2025 has a range over all lengths, a price of its launch.
    # Chosen after that day: the bands of the current list, which agree at their lower end.
    Case(
        "qwen",
        "chat",
        "qwen3-coder-plus",
        chat(1000, 10),
        "1000*10 + 10*100",
        currency="CNY",
        day="2025-07-24",
        estimated=True,
    ),
    Case("qwen", "chat", "qwen-coder-turbo", chat(1000, 10), "1000*2 + 10*6", currency="CNY"),
    Case(
        "qwen",
        "chat",
        "qwen3.7-plus",
        {
            **chat(300000, 10),
            "prompt_tokens_details": {"cached_tokens": 90, "cache_creation_input_tokens": 10},
        },
        "299900*2 + 90*0.2 + 10*2.5 + 10*6",
        region="intl",
    ),
    Case(
        "qwen",
        "chat",
        "qwen3.7-max",
        chat(100, 10),
        "100*2.5 + 10*7.5",
        region="myspace.ap-southeast-1",
    ),
    # resellers only have a range
    Case(
        "qwen",
        "chat",
        "qwen3.8-flash",
        chat(100, 10),
        "100*0.15 + 10*0.49",
        region="intl",
        estimated=True,
    ),
)

CASES = (*OPENAI, *GEMINI, *XAI, *GROQ, *ANTHROPIC, *PERPLEXITY, *MOONSHOT, *QWEN)
