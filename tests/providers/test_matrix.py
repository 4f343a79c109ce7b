"""The matrix of chat-extras-matrix.md, H1: what each wire has of itself, asserted from our data."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from aichat import providers
from aichat.core.provider.provider import Provider
from aichat.disk.catalogue import knobs, server_tools

DOCUMENT = Path(__file__).parents[2] / "../shared/reference/chat-extras-matrix.md"

#: The document's names of a provider on a wire.
WIRES = {
    "OA-R": ("openai", "responses"),
    "OA-C": ("openai", "chat"),
    "GG": ("gemini", "gemini"),
    "GI": ("gemini", "interactions"),
    "XR": ("xai", "responses"),
    "GQ": ("groq", "chat"),
    "GQ-R": ("groq", "responses"),
    "AN": ("anthropic", "messages"),
    "PX-A": ("perplexity", "responses"),
    "PX-S": ("perplexity", "chat"),
    "MK": ("moonshot", "chat"),
    "QC": ("qwen", "chat"),
    "QR": ("qwen", "responses"),
    "QN": ("qwen", "dashscope"),
    "LL": ("local", "chat"),
}


def has_tool(name: str) -> Callable[[Provider, str], bool]:
    return lambda provider, wire: name in server_tools.read(provider.id).get(wire, {})


def has_knob(name: str) -> Callable[[Provider, str], bool]:
    return lambda provider, wire: name in knobs.read(provider.id).get(wire, {})


def has_schema(provider: Provider, wire: str) -> bool:
    support = provider.json_output.get(wire)
    return support is not None and support.modes[0][0] in ("strict", "best_effort")


def has_cache_key(provider: Provider, wire: str) -> bool:
    caching = provider.caching.get(wire)
    return caching is not None and bool(caching.key_field)


#: A row of the document, and whether a wire has what it is about.
FEATURES: Mapping[str, Callable[[Provider, str], bool]] = {
    "schema": has_schema,
    "search": has_tool("search"),
    "fetch": has_tool("fetch"),
    "code execution": has_tool("code"),
    "file search": has_tool("file_search"),
    "maps": has_tool("maps"),
    "cache key": has_cache_key,
    "background": lambda provider, wire: wire in provider.background,
    "logprobs": has_knob("logprobs"),
    "tiers": has_knob("tier"),
    "verbosity": has_knob("verbosity"),
}

#: Where we have more or less than the first column says: no tool of Gemini's is asked for on
#: Interactions yet, and a model of Qwen opens pages (chat-extras.md, H1, ``agent_max``).
DIFFERENT: Mapping[str, set[str]] = {
    **{name: {"GI"} for name in ("search", "code execution", "file search", "maps")},
    "fetch": {"GI", "QC", "QN"},
}


def native_wires(feature: str) -> set[str]:
    """The wires in the column ``Native`` of a row."""
    if not DOCUMENT.exists():
        pytest.skip("the document in ../shared is absent")
    row = next(r for r in DOCUMENT.read_text().splitlines() if r.startswith(f"| {feature} |"))
    native = re.sub(r"\([^)]*\)|`[^`]*`", "", row.split("|")[2])
    return set(re.findall(r"[A-Z]{2}(?:-[A-Z])?", native)) & WIRES.keys()


@pytest.mark.parametrize("feature", FEATURES)
def test_every_cell_is_what_our_data_says(feature: str) -> None:
    have = {
        name
        for name, (provider, wire) in WIRES.items()
        if FEATURES[feature](providers.load(provider), wire)
    }
    assert have ^ native_wires(feature) == DIFFERENT.get(feature, set())
