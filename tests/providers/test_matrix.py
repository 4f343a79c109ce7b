"""The matrix of chat-extras-matrix.md, H1: what each wire has of itself, asserted from our data."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from aichat import providers
from tests.support.documents.feature_matrix import FEATURES, readme_table

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


#: Where we have more or less than the first column says. Of Gemini's Interactions we ask for
#: text; OpenAI is told to mark by itself; the models of Qwen that go on with a
#: begun answer are not known by name. One opens pages (chat-extras.md, H1, ``agent_max``),
#: Sonar reads office files by URL, and llama.cpp has what its server has.
DIFFERENT: Mapping[str, set[str]] = {
    "audio out": {"GI"},
    "image in": {"LL"},
    "office": {"PX-S"},
    "fetch": {"QC", "QN"},
    "caching marks": {"OA-C", "OA-R", "QN"},
    "image out": {"GI", "OA-R", "QN", "XR"},
    "prefill": {"LL", "QC", "QN"},
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


#: Rows that are about the client: its own tools run beside every wire, and so do servers of MCP.
OF_THE_CLIENT = {"image tool", "remote MCP", "parallel tools", "strict tools"}


def test_no_row_is_forgotten() -> None:
    if not DOCUMENT.exists():
        pytest.skip("the document in ../shared is absent")
    table = DOCUMENT.read_text().partition("| Feature |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")]
    assert set(rows) == FEATURES.keys() | OF_THE_CLIENT


def test_the_readme_has_the_same_table() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    shown = readme.partition("<!-- what each provider has -->\n")[2].partition("<!-- end -->")[0]
    assert shown == readme_table(), "run: python -m tests.support.documents.feature_matrix"
