"""The knobs of an answer as each provider has them: fields, notices, words in their place."""

from typing import Any

import pytest

from aichat.core.catalogue.card import Card
from aichat.core.exchange import knobs as pure
from aichat.core.exchange.knobs import KnobFit
from aichat.core.exchange.request import Settings
from aichat.core.provider.endpoint import Endpoint
from aichat.disk.catalogue import knobs
from aichat.providers import anthropic, gemini, groq, moonshot, openai, perplexity, qwen, xai
from aichat.providers.custom import provider as custom

BOX = custom("box", {"base_url": "http://127.0.0.1:1/v1"})
PROVIDERS = {
    each.id: each
    for each in (
        *(openai.PROVIDER, gemini.PROVIDER, xai.PROVIDER, groq.PROVIDER, anthropic.PROVIDER),
        *(perplexity.PROVIDER, moonshot.PROVIDER, qwen.PROVIDER, BOX),
    )
}
REASONS = Card("m", control="effort")
UNKNOWN = Card()
ON = {"logprobs": True}
CHAT_PROBABILITIES = {"logprobs": True, "top_logprobs": 5}


def endpoint(name: str, card: Card = UNKNOWN) -> Endpoint:
    provider, _, wire = name.partition(" ")
    found = PROVIDERS[provider]
    return Endpoint(found, wire or found.wires[0], found.base_url, card=card)


def fit_knobs(settings: Settings, target: Endpoint, model: str) -> KnobFit:
    known = knobs.read(target.provider.id).get(target.wire, {})
    return pure.fit_knobs(settings, target, known, model)


#: Provider and wire, model, what is set, and the fields that say it.
SAID: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("openai", "gpt-6.1-terra", {"verbosity": "low"}, {"text": {"verbosity": "low"}}),
    ("openai chat", "gpt-5.1", {"verbosity": "high"}, {"verbosity": "high"}),
    ("openai", "gpt-4.1", {"tier": "standard"}, {"service_tier": "default"}),
    ("openai chat", "gpt-4.1", {"tier": "flex"}, {"service_tier": "flex"}),
    ("xai", "grok-4.7", {"tier": "priority"}, {"service_tier": "priority"}),
    ("groq", "openai/gpt-oss-120b", {"tier": "priority"}, {"service_tier": "performance"}),
    ("gemini", "gemini-3.8-flash", {"tier": "flex"}, {"serviceTier": "flex"}),
    ("gemini interactions", "gemini-3.8-flash", {"tier": "flex"}, {"service_tier": "flex"}),
    ("anthropic", "claude-opus-5", {"tier": "standard"}, {"service_tier": "standard_only"}),
    ("anthropic", "claude-opus-5", {"tier": "priority"}, {"service_tier": "auto"}),
    ("anthropic", "claude-opus-5", {"tier": "fast"}, {"speed": "fast"}),
    ("openai", "gpt-4.1", ON, {"top_logprobs": 5}),
    ("openai chat", "gpt-4.1", ON, CHAT_PROBABILITIES),
    (
        *("gemini", "gemini-3.8-flash", ON),
        {"generationConfig": {"responseLogprobs": True, "logprobs": 5}},
    ),
    ("moonshot", "kimi-k3.1-pro", ON, CHAT_PROBABILITIES),
    ("qwen", "qwen3-vl-plus", ON, CHAT_PROBABILITIES),
    ("qwen dashscope", "qwen-plus-2025-07-28", ON, {"parameters": CHAT_PROBABILITIES}),
    ("box", "any", ON, CHAT_PROBABILITIES),
]


@pytest.mark.parametrize(("name", "model", "asked", "fields"), SAID)
def test_a_knob_is_said_in_the_providers_words(
    name: str, model: str, asked: dict[str, Any], fields: dict[str, Any]
) -> None:
    fit = fit_knobs(Settings(**asked), endpoint(name), model)
    assert (fit.settings.options, fit.remarks, fit.instruction) == (fields, (), "")
    assert all(getattr(fit.settings, name) == value for name, value in asked.items())


#: Provider and wire, model, what is set, and what is said of it.
LACKING: list[tuple[str, str, dict[str, Any], str]] = [
    ("openai", "gpt-4.1", {"tier": "fast"}, "'tier fast': not sent"),
    ("xai", "grok-4.7", {"tier": "flex"}, "'tier flex': not sent"),
    ("groq responses", "qwen/qwen3.8-27b", {"tier": "flex"}, "'tier flex': not sent"),
    ("moonshot", "kimi-k3.1-pro", {"tier": "priority"}, "'tier priority': not sent"),
    ("perplexity", "perplexity/sonar", {"tier": "flex"}, "'tier flex': not sent"),
    ("xai", "grok-4.7", ON, "'logprobs': not sent"),
    ("groq", "openai/gpt-oss-120b", ON, "'logprobs': not sent"),
    ("anthropic", "claude-opus-5", ON, "'logprobs': not sent"),
    ("perplexity", "perplexity/sonar", ON, "'logprobs': not sent"),
    ("gemini interactions", "gemini-3.8-flash", ON, "'logprobs': not sent"),
    ("qwen", "qwen3.8-flash", ON, "'logprobs': not sent"),
    ("qwen responses", "qwen3-vl-plus", ON, "'logprobs': not sent"),
]


@pytest.mark.parametrize(("name", "model", "asked", "why"), LACKING)
def test_what_a_provider_lacks_is_said_and_not_sent(
    name: str, model: str, asked: dict[str, Any], why: str
) -> None:
    fit = fit_knobs(Settings(**asked), endpoint(name), model)
    assert fit.remarks == (f"{model} does not support {why}",)
    assert fit.settings == Settings()


@pytest.mark.parametrize("level", ["low", "medium", "high"])
def test_verbosity_is_put_into_words_where_there_is_no_field(level: str) -> None:
    words = set()
    for name, model in (("anthropic", "claude-opus-5"), ("openai", "gpt-4.1"), ("groq", "m")):
        fit = fit_knobs(Settings(verbosity=level), endpoint(name), model)
        told = f"{model} does not support 'verbosity {level}': it was put into words in the prompt"
        assert (fit.settings.options, fit.remarks) == ({}, (told,))
        words.add(fit.instruction)
    assert len(words) == 1
    assert words != {""}


@pytest.mark.parametrize("tier", ["batch", "free", "standard"])
def test_how_an_account_is_billed_is_neither_sent_nor_missed(tier: str) -> None:
    fit = fit_knobs(Settings(tier=tier), endpoint("moonshot"), "kimi-k3.1-pro")
    assert (fit.settings.options, fit.remarks) == ({}, ())


@pytest.mark.parametrize(("effort", "sent"), [(None, False), ("low", False), ("none", True)])
def test_a_model_that_reasons_tells_no_probabilities(effort: str | None, sent: bool) -> None:
    settings = Settings(effort=effort, logprobs=True)
    fit = fit_knobs(settings, endpoint("openai", REASONS), "gpt-6.1-terra")
    assert bool(fit.settings.options) == bool(fit.settings.logprobs) == sent
    assert fit.remarks == (
        ()
        if sent
        else ("gpt-6.1-terra does not support 'logprobs' but with --effort none: not sent",)
    )


def test_fields_of_the_users_own_lie_above_a_knob() -> None:
    own = {"service_tier": None, "text": {"format": {"type": "text"}}}
    settings = Settings(verbosity="low", tier="flex", options=own)
    fit = fit_knobs(settings, endpoint("openai"), "gpt-6.1-terra")
    text = {"verbosity": "low", "format": {"type": "text"}}
    assert fit.settings.options == {"service_tier": None, "text": text}


def test_a_beta_that_a_value_needs_joins_those_that_are_asked_for() -> None:
    target = endpoint("anthropic")._replace(headers=(("a", "b"), ("Anthropic-Beta", "mine")))
    fit = fit_knobs(Settings(tier="fast"), target, "claude-opus-5")
    assert fit.target.headers == (("a", "b"), ("anthropic-beta", "mine,fast-mode-2026-02-01"))
