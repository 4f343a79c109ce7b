"""The catalogue's files are what they are made of, and they lack nothing."""

import json
import re
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from aichat import providers
from aichat.core.billing.price import UNITS, format_price, parse_price
from aichat.core.billing.usage import TIERS
from aichat.core.catalogue.model import ROLES, STATUSES, Model
from aichat.disk.catalogue import models
from tests.catalogue.build import DATA, PROVIDERS, THEIRS, built, overlay
from tests.support.running.marks import one_test_of
from tests.support.running.program import SHARED

SEED = SHARED / "reference" / "seed-ai-api-documentation.md"
MODELS = {(p, m.id): m for p in models.names() for m in models.load(p).models.values()}
EVERY = one_test_of(*((model,) for model in MODELS.values()))


def test_the_files_are_what_the_facts_and_genai_prices_make() -> None:
    pytest.importorskip("genai_prices", reason="genai-prices is not installed")
    for name, text in built().items():
        assert (DATA / name).read_text("utf-8") == text, f"{name}: run python -m tests.catalogue"


def test_there_is_a_catalogue_of_every_provider() -> None:
    assert {*models.names()} == {*providers.names()} == {*PROVIDERS}
    assert models.load("nobody").models == {}


@EVERY
def test_a_row_is_whole_and_of_known_words(model: Model) -> None:
    assert model.name and model.sources and model.status in STATUSES
    assert {*model.roles} <= {*ROLES}
    for day in (model.released, model.deprecated, model.retires):
        assert day is None or date.fromisoformat(day).isoformat() == day
    assert (model.status in ("retired", "not an id")) <= (model.successor is not None)
    if model.retires:
        assert model.status == ("retired" if model.retires < "2026-11-22" else model.status)
    kinds = {"text", "image", "audio", "video", "pdf"}
    assert {*model.inputs} <= kinds and {*model.outputs} <= kinds | {"vector", "verdict"}
    if model.can_chat and model.context:
        assert (model.max_output or 0) <= model.context


@EVERY
def test_a_price_is_exact_sourced_and_stands_alone(model: Model) -> None:
    rows = [(p.tier, p.region, p.above, p.since) for p in model.prices]
    assert len({*rows}) == len(rows)
    for price in model.prices:
        assert price.source and price.date and price.tier in TIERS
        assert price.rates and price.rates.keys() <= UNITS.keys()
        for what, most in price.most.items():
            assert most > price.rates[what]
        for what, amount in price.rates.items():
            assert parse_price(format_price(amount, what), what) == amount


@EVERY
def test_bands_and_days_leave_no_gap(model: Model) -> None:
    """Where a row of a tier and region ends, the next begins; each has a row for short prompts."""
    for key in {(p.tier, p.region) for p in model.prices}:
        short = [p for p in model.prices if (p.tier, p.region) == key and not p.above]
        short.sort(key=lambda p: p.since)
        assert short
        for one, after in pairwise(short):
            gap = date.fromisoformat(after.since) - date.fromisoformat(one.until)
            assert gap.days == 1


@pytest.mark.parametrize("provider", [p for p in PROVIDERS if p not in ("qwen", "local")])
def test_no_model_of_genai_prices_is_forgotten(provider: str) -> None:
    """A new release of it names what is new: each is in our list, or left out by a reason."""
    data = pytest.importorskip("genai_prices.data", reason="genai-prices is not installed")
    there = THEIRS.get(provider, provider)
    named = {m.id for p in data.providers if p.id == there for m in p.models}
    facts = overlay(provider)
    ours = {row.get("price_of", name) for name, row in facts["models"].items()}
    left = re.compile("|".join(facts.get("left_out", ["$."])))
    assert {name for name in named - ours if not left.fullmatch(name)} == set()


# --- the July 2025 document: each id, price row and limit that it prints


def test_a_model_of_every_id_that_the_document_prints_is_known() -> None:
    if not SEED.exists():
        pytest.skip("the document in ../shared is absent")
    text = SEED.read_text("utf-8")
    printed = set(re.findall(r'"?model"?\s*[:=]\s*"([^"]+)"', text))
    printed |= set(re.findall(r"\*\*(qwen[\w.-]+)\*\*", text))
    unknown = {name for name in printed if not any(models.find(p, name) for p in PROVIDERS)}
    assert printed and unknown == set()


#: Its price tables, row by row: whose, where it stands now, and what the row says.
PRINTED: dict[tuple[str, str], tuple[str, dict[str, str]]] = {
    ("openai", "gpt-4.1"): ("GPT-4.1 | $2.00", {"input": "2", "cached": "0.5", "output": "8"}),
    ("openai", "gpt-4.1-mini"): (
        "GPT-4.1 mini | $0.40",
        {"input": "0.4", "cached": "0.1", "output": "1.6"},
    ),
    ("openai", "gpt-4.1-nano"): (
        "GPT-4.1 nano | $0.10",
        {"input": "0.1", "cached": "0.025", "output": "0.4"},
    ),
    ("openai", "o3"): ("OpenAI o3 | $2.00", {"input": "2", "cached": "0.5", "output": "8"}),
    ("openai", "o4-mini"): (
        "o4-mini | $1.10",
        {"input": "1.1", "cached": "0.275", "output": "4.4"},
    ),
    ("openai", "gpt-4o-realtime-preview"): (
        "GPT-4o | $5.00",
        {"input": "5", "output": "20", "audio_input": "40", "audio_output": "80"},
    ),
    ("openai", "gpt-4o-mini-realtime-preview"): (
        "GPT-4o mini | $0.60",
        {"input": "0.6", "output": "2.4", "audio_input": "10", "audio_output": "20"},
    ),
    ("gemini", "gemini-2.5-pro"): ("Paid | $1.25 | $2.50", {"input": "1.25", "output": "10"}),
    ("gemini", "gemini-2.5-flash"): (
        "Paid | $0.30 | $1.00",
        {"input": "0.3", "audio_input": "1", "output": "2.5"},
    ),
    ("gemini", "gemini-2.5-flash-lite"): (
        "Paid | $0.10 | $0.30",
        {"input": "0.1", "audio_input": "0.3", "output": "0.4"},
    ),
    ("groq", "llama-3.1-8b-instant"): ("8B Instant | $0.05", {"input": "0.05", "output": "0.08"}),
    ("groq", "meta-llama/llama-4-scout-17b-16e-instruct"): (
        "16E | $0.11",
        {"input": "0.11", "output": "0.34"},
    ),
    ("groq", "moonshotai/kimi-k2-instruct"): ("K2 1T | $1.00", {"input": "1", "output": "3"}),
    ("groq", "whisper-large-v3-turbo"): ("v3 Turbo | $0.04/hour", {"audio_hour": "0.04"}),
    ("groq", "distil-whisper-large-v3-en"): ("Distil-Whisper | $0.02", {"audio_hour": "0.02"}),
    ("groq", "playai-tts"): ("PlayAI Dialog v1.0 | $50/1M", {"character": "50"}),
    ("anthropic", "claude-opus-4"): (
        "Claude Opus 4 | $15.00 | $75.00 | $18.75 | $1.50",
        {"input": "15", "output": "75", "write": "18.75", "cached": "1.5"},
    ),
    ("anthropic", "claude-sonnet-4"): (
        "Claude Sonnet 4 | $3.00 | $15.00 | $3.75 | $0.30",
        {"input": "3", "output": "15", "write": "3.75", "cached": "0.3"},
    ),
    ("anthropic", "claude-3-5-haiku"): (
        "Haiku 3.5 | $0.80 | $4.00 | $1.00 | $0.08",
        {"input": "0.8", "output": "4", "write": "1", "cached": "0.08"},
    ),
    ("qwen", "qwen3-coder-plus"): ("¥0.004-¥0.01 | ¥0.016-¥0.1", {"input": "4", "output": "16"}),
    ("qwen", "qwen-coder-plus"): ("¥0.0035 | ¥0.007", {"input": "3.5", "output": "7"}),
    ("qwen", "qwen-coder-turbo"): ("¥0.002 | ¥0.006", {"input": "2", "output": "6"}),
    ("qwen", "qwen2.5-coder-32b-instruct"): (
        "¥0.002 input, ¥0.006",
        {"input": "2", "output": "6"},
    ),
    ("qwen", "qwen2.5-coder-7b-instruct"): (
        "¥0.001 input, ¥0.002",
        {"input": "1", "output": "2"},
    ),
}


@pytest.mark.parametrize(("provider", "name"), PRINTED, ids=":".join)
def test_a_price_that_the_document_prints_is_in_the_catalogue(provider: str, name: str) -> None:
    row, rates = PRINTED[provider, name]
    if SEED.exists():
        assert row in SEED.read_text("utf-8")
    prices = [p for p in MODELS[provider, name].prices if p.tier == "standard" and not p.above]
    found = [{what: format_price(p.rates[what], what) for what in rates} for p in prices if p.rates]
    assert rates in found


def services(provider: str) -> dict[str, Any]:
    listed = models.load(provider).services
    return {
        service.name: {
            what: (format_price(n, what), format_price(price.most.get(what, n), what))
            for price in service.prices
            for what, n in price.rates.items()
        }
        for service in listed
    }


def test_what_it_prints_beside_models_is_in_the_catalogue() -> None:
    openai, gemini = services("openai"), services("gemini")
    assert openai["code interpreter"] == {"tool_call": ("0.03", "0.03")}
    assert openai["file search, stored"] == {"storage": ("0.1", "0.1")}
    assert openai["file search"] == {"file_search": ("2.5", "2.5")}
    assert openai["web search of gpt-4o and gpt-4.1"] == {"search": ("25", "25")}
    assert openai["web search"] == {"search": ("10", "10")}
    assert gemini["context caching, stored"] == {"cache_hour": ("0.075", "4.5")}
    assert gemini["grounding with Google Search"] == {"search": ("35", "35")}
    assert gemini["Imagen 4"] == {"image": ("0.04", "0.06")}
    assert gemini["Veo 3"] == {"video_second": ("0.5", "0.75")}
    assert services("anthropic")["code execution"] == {"code_hour": ("0.05", "0.05")}
    assert services("anthropic")["web search"] == {"search": ("10", "10")}
    assert services("moonshot")["web search"] == {"search": ("5", "5")}


RATES = {
    "gemini-2.5-pro": ((5, 250_000, 100), (150, 2_000_000, 10_000)),
    "gemini-2.5-flash": ((10, 250_000, 250), (1_000, 1_000_000, 10_000)),
    "gemini-2.5-flash-lite": ((15, 250_000, 1_000), (4_000, 4_000_000, None)),
    "gemini-2.0-flash": ((15, 1_000_000, 200), ()),
}


@pytest.mark.parametrize("name", RATES)
def test_its_rate_limits_are_in_the_catalogue(name: str) -> None:
    units = ("requests/minute", "tokens/minute", "requests/day")
    free, paid = RATES[name]
    wanted = [("free", *pair) for pair in zip(units, free, strict=True)]
    wanted += [("tier 1", *pair) for pair in zip(units, paid or (), strict=False)]
    assert [limit[:3] for limit in MODELS["gemini", name].limits] == wanted


def test_its_limits_of_no_single_model_are_in_the_catalogue() -> None:
    limits = {p: {(x.unit, x.amount) for x in models.load(p).limits} for p in PROVIDERS}
    assert {("requests/minute", 500), ("requests/minute", 10_000)} <= limits["openai"]
    assert {("tokens/minute", 30_000), ("tokens/minute", 5_000_000)} <= limits["openai"]
    assert {("context", 128_000), ("output", 4_096)} <= limits["openai"]
    assert {("context", 2_000_000), ("output", 65_536)} <= limits["gemini"]
    assert {("context", 200_000), ("output", 4_096)} <= limits["anthropic"]
    assert all(any(unit == "context" for unit, _ in limits[p]) for p in ("xai", "groq", "qwen"))
    assert ("context", 131_072) in limits["moonshot"]


def test_a_name_that_is_no_model_says_what_is() -> None:
    model = MODELS["qwen", "qwen3-plus"]
    assert (model.status, model.successor, model.prices) == ("not an id", "qwen3.7-plus", ())


def test_the_day_of_the_catalogue_is_told() -> None:
    for provider in models.names():
        assert date.fromisoformat(models.load(provider).date)
        assert json.loads((DATA / f"{provider}.json").read_text())["date"]


def test_a_model_that_perplexity_sells_on_searches_at_perplexitys_price() -> None:
    (service,) = models.load("perplexity").services
    assert [format_price(p.rates["search"], "search") for p in service.prices] == ["2.5"]
    listed = models.load("perplexity").models.items()
    sold_on = [model for name, model in listed if name.startswith("openai/")]
    assert sold_on and not any("search" in p.rates for m in sold_on for p in m.prices)


def test_a_search_of_qwen_costs_what_its_region_charges() -> None:
    (service,) = models.load("qwen").services
    rates = {p.region: format_price(p.rates["search"], "search") for p in service.prices}
    assert rates == {"cn": "4", "us": "4", "hk": "4", "intl": "73.39"}
    assert {p.currency for p in service.prices} == {"CNY"}
