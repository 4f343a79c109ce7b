"""The model table: complete, consistent, and found under every name of a model."""

import json
import re
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from aichat import providers, wires
from aichat.app.setup.setup import Flags, resolve_setup
from aichat.core.catalogue.card import EFFORTS, Card
from aichat.core.catalogue.model import ROLES
from aichat.disk.catalogue import cards
from aichat.disk.catalogue import models as listing
from tests.support.running.marks import one_test_of
from tests.support.running.program import SHARED

TODAY = "2026-11-22"
TABLE = cards.read()
SEED = SHARED / "reference" / "seed-ai-api-documentation.md"
ENTRIES = [(provider, model) for provider, models in TABLE.items() for model in models]
EVERY = one_test_of(*ENTRIES)
CONTROLS = ("effort", "adaptive", "budget", "fixed", "none", "switch")


def entry(provider: str, model: str) -> dict[str, Any]:
    return dict(TABLE[provider][model])


def test_the_table_is_of_providers_that_there_are() -> None:
    assert TABLE.keys() == {*providers.names()}


@pytest.mark.parametrize("provider", providers.names())
def test_a_default_model_is_in_the_table_and_lives(provider: str) -> None:
    model = providers.load(provider).default_model
    assert model in TABLE[provider]
    card = cards.card(provider, str(model))
    assert (card.retired, card.successor) == (None, None)


@pytest.mark.parametrize("provider", providers.names())
def test_models_that_a_provider_names_are_in_the_table(provider: str) -> None:
    found = providers.load(provider)
    assert {*found.own_ids, *found.model_wires} <= TABLE[provider].keys()


@EVERY
def test_an_entry_has_the_fields_of_a_card_with_values_of_their_kind(
    provider: str, model: str
) -> None:
    fields = entry(provider, model)
    assert fields.keys() <= {*Card._fields, "on", "aliases", "roles"} - {"id"}
    assert fields.get("control") in (None, *CONTROLS)
    assert fields.get("sampling", "always") in ("always", "never", "unreasoned")
    assert isinstance(fields.get("needs_limit", False), bool)
    limit = fields.get("max_output", 1)
    assert isinstance(limit, int) and limit > 0
    assert fields.get("needs_limit", False) <= ("max_output" in fields)
    assert {*fields.get("rejects", ())} <= {"temperature", "top_p", "stop", "seed", "max_tokens"}


@EVERY
def test_efforts_are_those_of_the_dial_in_its_order(provider: str, model: str) -> None:
    fields = entry(provider, model)
    levels = fields.get("efforts", [])
    assert levels == [level for level in EFFORTS if level in levels]
    assert bool(levels) == (fields.get("control") in ("effort", "adaptive", "budget", "switch"))
    if fields.get("sampling") == "unreasoned":
        assert "none" in levels


@EVERY
def test_a_card_says_what_the_entry_says(provider: str, model: str) -> None:
    card = cards.card(provider, model)
    fields = {name: v for name, v in card._asdict().items() if v != Card._field_defaults[name]}
    assert fields.pop("id") == model
    assert fields == {
        name: tuple(v) if name == "efforts" else frozenset(v) if name == "rejects" else v
        for name, v in entry(provider, model).items()
        if name not in ("on", "aliases", "roles")
    }


@EVERY
def test_a_successor_is_in_the_table_and_lives(provider: str, model: str) -> None:
    successor = entry(provider, model).get("successor")
    if successor is None:
        assert "retired" not in entry(provider, model)
        return
    assert successor in TABLE[provider]
    heir = cards.card(provider, successor)
    assert heir.successor is None
    assert heir.retired is None or heir.retired > TODAY


@EVERY
def test_a_day_of_retirement_is_a_date(provider: str, model: str) -> None:
    retired = entry(provider, model).get("retired")
    assert retired is None or date.fromisoformat(retired).isoformat() == retired


def test_no_two_entries_have_one_name() -> None:
    """JSON would silently keep the last."""
    text = (files("aichat.providers") / "catalogue" / "models.json").read_text("utf-8")
    json.loads(text, object_pairs_hook=_unlike)


def _unlike(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({name for name, _ in pairs}) == len(pairs), pairs
    return dict(pairs)


# --- what the wire reference says of models


@pytest.mark.parametrize(
    ("provider", "model", "field", "value"),
    [
        ("openai", "gpt-6-astra", "sampling", "never"),
        ("openai", "gpt-6.1-sol", "sampling", "never"),
        ("openai", "gpt-6.1-terra", "sampling", "unreasoned"),
        ("openai", "gpt-6-sol", "sampling", "unreasoned"),
        ("openai", "gpt-6-luna", "sampling", "unreasoned"),
        ("openai", "gpt-5.6-terra", "sampling", "never"),
        ("openai", "gpt-5.4", "sampling", "unreasoned"),
        ("openai", "gpt-4.1", "sampling", "always"),
        ("openai", "gpt-4.1", "retired", "2027-01-14"),
        ("openai", "o3", "retired", "2026-12-11"),
        ("openai", "o4-mini", "retired", "2026-10-23"),
        ("openai", "gpt-4.1-nano", "retired", "2026-10-23"),
        ("xai", "grok-4", "retired", "2026-05-15"),
        ("xai", "grok-3", "retired", "2026-05-15"),
        ("groq", "llama-3.3-70b-versatile", "retired", "2026-08-16"),
        ("groq", "llama-3.1-8b-instant", "retired", "2026-08-16"),
        ("groq", "openai/gpt-oss-120b", "efforts", ("low", "medium", "high")),
        ("anthropic", "claude-sonnet-5-5", "max_output", 128000),
        ("anthropic", "claude-haiku-4-5", "max_output", 64000),
        ("anthropic", "claude-opus-4-6", "sampling", "always"),
        ("anthropic", "claude-opus-4-7", "sampling", "never"),
        ("anthropic", "claude-haiku-4-5", "sampling", "always"),
        ("perplexity", "anthropic/claude-sonnet-5-5", "needs_limit", True),
        ("perplexity", "perplexity/sonar", "needs_limit", False),
    ],
)
def test_a_fact_of_the_reference_is_in_the_table(
    provider: str, model: str, field: str, value: Any
) -> None:
    assert getattr(cards.card(provider, model), field) == value


@pytest.mark.parametrize("model", ["gpt-6-astra", "gpt-6.1-sol"])
def test_two_models_of_openai_cannot_be_kept_from_reasoning(model: str) -> None:
    assert "none" not in cards.card("openai", model).efforts


@pytest.mark.parametrize(
    ("model", "disabled"),
    [
        ("claude-opus-5-5", False),
        ("claude-sonnet-5-5", False),
        ("claude-fable-5-1", False),
        ("claude-haiku-5-5", True),
        ("claude-opus-5", True),
        ("claude-sonnet-5", True),
        ("claude-opus-4-7", True),
        ("claude-sonnet-4-6", True),
        ("claude-haiku-4-5", True),
    ],
)
def test_thinking_can_be_switched_off_where_the_reference_says(model: str, disabled: bool) -> None:
    assert ("none" in cards.card("anthropic", model).efforts) is disabled


@pytest.mark.parametrize(
    "model", [m for m in TABLE["anthropic"] if not re.search(r"-4-5$|-4$|-4-1$|-3-", m)]
)
def test_models_that_refuse_a_budget_are_not_given_one(model: str) -> None:
    assert cards.card("anthropic", model).control == "adaptive"


@EVERY
def test_a_limit_that_a_wire_demands_is_known(provider: str, model: str) -> None:
    """Anthropic's ``max_tokens`` is required, so its models' own limits must be there."""
    first = providers.load(provider).wires[0]
    if wires.load(first).limit_field == "max_tokens" and provider == "anthropic":
        assert cards.card(provider, model).max_output


# --- names


@pytest.mark.parametrize(
    ("provider", "name", "model"),
    [
        ("openai", "gpt-4o-2024-08-06", "gpt-4o"),
        ("openai", "gpt-4.1-mini-2025-04-14", "gpt-4.1-mini"),
        ("openai", "o3-2025-04-16", "o3"),
        ("openai", "gpt-6.1-terra-2026-09-01", "gpt-6.1-terra"),
        ("xai", "grok-4-latest", "grok-4"),
        ("xai", "grok-4.7-latest", "grok-4.7"),
        ("anthropic", "claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("anthropic", "claude-opus-4-20250514", "claude-opus-4"),
        ("anthropic", "claude-3-5-sonnet-20241022", "claude-3-5-sonnet"),
        ("anthropic", "claude-3-5-haiku-latest", "claude-3-5-haiku"),
        ("anthropic", "claude-sonnet-5-5-20260901", "claude-sonnet-5-5"),
    ],
)
def test_a_dated_snapshot_is_its_model(provider: str, name: str, model: str) -> None:
    card = cards.card(provider, name)
    assert card == cards.card(provider, model)._replace(id=name)
    assert cards.owners(name) == [provider]


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("openai", "gpt-6.1"),
        ("openai", "gpt-6.1-terra-mini"),
        ("openai", "gpt-6.1-terra-2026"),
        ("openai", "grok-4.7"),
        ("xai", "grok-4.7-fast"),
        ("xai", "grok-4-0710"),
        ("anthropic", "claude-haiku-4-5-202510"),
        ("groq", ""),
        ("nobody", "m"),
    ],
)
def test_of_another_name_nothing_is_known(provider: str, name: str) -> None:
    assert cards.card(provider, name) == Card(name)


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("perplexity", "anthropic/claude-opus-5-5"),
        ("perplexity", "anthropic/anything"),
    ],
)
def test_a_family_of_names_shares_an_entry(provider: str, name: str) -> None:
    card = cards.card(provider, name)
    assert card.needs_limit
    assert card.id == name


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("gpt-6.1-terra", ["openai"]),
        ("gpt-4.1", ["openai"]),
        ("grok-4.7", ["xai"]),
        ("grok-latest", ["xai"]),
        ("claude-sonnet-5-5", ["anthropic"]),
        ("claude-3-5-sonnet-20241022", ["anthropic"]),
        ("openai/gpt-oss-120b", ["groq"]),
        ("qwen/qwen3.8-27b", ["groq"]),
        ("groq/compound", ["groq"]),
        ("llama-3.3-70b-versatile", ["groq"]),
        ("perplexity/sonar", ["perplexity"]),
        ("sonar-pro", ["perplexity"]),
        ("smollm2", ["local"]),
        ("anthropic/claude-sonnet-5-5", ["perplexity"]),
        ("anthropic/claude-sonnet-9", []),
        ("anthropic/*", []),
        ("*", []),
        ("some-model", []),
        ("", []),
    ],
)
def test_a_bare_name_belongs_to_the_providers_that_have_it(name: str, found: list[str]) -> None:
    assert cards.owners(name) == found


@EVERY
def test_a_model_has_one_owner(provider: str, model: str) -> None:
    """A bare ``-m NAME`` must not ask whom is meant."""
    if not model.endswith("*"):
        assert cards.owners(model) == [provider]


# --- the July 2025 document

#: Its chat models of these providers, as it spells them, and their ids.
OF_2025: dict[str, dict[str, str]] = {
    "openai": {
        '"gpt-4.1"': "gpt-4.1",
        "GPT-4.1 mini": "gpt-4.1-mini",
        "GPT-4.1 nano": "gpt-4.1-nano",
        "OpenAI o3": "o3",
        "OpenAI o4-mini": "o4-mini",
        "GPT-4o ": "gpt-4o",
        "GPT-4o mini": "gpt-4o-mini",
    },
    "xai": {'"grok-4"': "grok-4"},
    "groq": {
        "llama-3.3-70b-versatile": "llama-3.3-70b-versatile",
        "llama3-8b-8192": "llama3-8b-8192",
        "Llama 3.1 8B Instant": "llama-3.1-8b-instant",
        "Llama 4 Scout 17B": "meta-llama/llama-4-scout-17b-16e-instruct",
        "Kimi K2 1T": "moonshotai/kimi-k2-instruct",
    },
    "anthropic": {
        "claude-3-5-sonnet-20241022": "claude-3-5-sonnet-20241022",
        "Claude Opus 4 ": "claude-opus-4-20250514",
        "Claude Sonnet 4 ": "claude-sonnet-4-20250514",
        "Claude Haiku 3.5": "claude-3-5-haiku-20241022",
    },
    "perplexity": {
        '"sonar-pro"': "sonar-pro",
        "(sonar,": "sonar",
        "sonar-reasoning,": "sonar-reasoning",
    },
}
NAMED = [(p, spelling, model) for p, names in OF_2025.items() for spelling, model in names.items()]


@pytest.mark.parametrize(
    ("provider", "spelling", "model"), NAMED, ids=[f"{p}:{m}" for p, _, m in NAMED]
)
def test_a_model_of_2025_has_a_successor(provider: str, spelling: str, model: str) -> None:
    if SEED.exists():
        assert spelling in SEED.read_text("utf-8")
    assert cards.card(provider, model).successor in TABLE[provider]


def test_no_chat_model_of_the_document_is_forgotten() -> None:
    """Every id in its examples of these providers is above, or is not a chat model's."""
    if not SEED.exists():
        pytest.skip("the document in ../shared is absent")
    text = SEED.read_text("utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)
    ours = [s for s in sections if re.match(r"OpenAI|xAI|Groq|Anthropic|Perplexity", s)]
    named = {name for s in ours for name in re.findall(r'"?model"?\s*[:=]\s*"([^"]+)"', s)}
    known = {model for names in OF_2025.values() for model in names.values()}
    assert len(ours) == 5
    assert named - known == OTHERS & named


#: Pictures, sound, embeddings and moderation have endpoints of their own.
OTHERS = {"grok-2-image", "whisper-large-v3"}


# --- roles and aliases


@pytest.mark.parametrize("provider", providers.names())
def test_every_provider_has_a_default_a_cheap_and_a_best_model(provider: str) -> None:
    found = {role: cards.model_for_role(provider, role) for role in ROLES}
    assert None not in found.values()
    assert found["default"] == providers.load(provider).default_model
    for model in found.values():
        retired = cards.card(provider, str(model)).retired
        assert retired is None or retired > TODAY
    assert cards.model_for_role(provider, "worst") is None


@pytest.mark.parametrize(
    ("flags", "provider", "model"),
    [
        ({"model": "anthropic/cheap"}, "anthropic", "claude-haiku-5-5"),
        ({"model": "openai/best"}, "openai", "gpt-6.1-sol"),
        ({"model": "groq/default"}, "groq", "openai/gpt-oss-120b"),
        ({"model": "cheap", "provider": "gemini"}, "gemini", "gemini-3.1-flash-lite"),
        ({"model": "cheaper", "provider": "gemini"}, "gemini", "cheaper"),
        ({"model": "perplexity/best"}, "perplexity", "openai/gpt-5.5"),
        ({"model": "perplexity/kimi-k3"}, "perplexity", "perplexity/kimi-k3"),
    ],
)
def test_a_role_stands_for_a_model(
    flags: dict[str, str], provider: str, model: str, tmp_path: Path
) -> None:
    setup = resolve_setup(tmp_path, {}, Flags(**flags), None)
    assert (setup.provider.id, setup.model.value) == (provider, model)


@pytest.mark.parametrize(
    ("provider", "alias", "model"),
    [
        ("gemini", "gemini-flash-latest", "gemini-3.8-flash"),
        ("xai", "grok-latest", "grok-4.7"),
        ("xai", "grok-4-0709", "grok-4"),
        ("anthropic", "claude-opus-4-0", "claude-opus-4"),
    ],
)
def test_an_alias_is_its_model(provider: str, alias: str, model: str) -> None:
    assert cards.card(provider, alias) == cards.card(provider, model)._replace(id=alias)
    assert cards.owners(alias) == [provider]
    assert listing.find(provider, alias) == listing.find(provider, model)


@EVERY
def test_the_small_table_and_the_whole_one_agree(provider: str, model: str) -> None:
    if model.endswith("*"):
        return
    whole, card = listing.find(provider, model), cards.card(provider, model)
    assert whole is not None and whole.id == model
    assert (whole.context, whole.successor, whole.retires) == (
        card.context,
        card.successor,
        card.retired,
    )
    assert whole.card == card
