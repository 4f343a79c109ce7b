"""The providers' own figures for media: from their documentation, section A4 of the reference."""

import pytest

from aichat.core.billing.media_tokens import MediaFacts, media_tokens
from aichat.core.media.picture_size import PictureSize
from aichat.disk.catalogue import media_rules

COUNTED = [
    # a photo of 12 megapixels, which is not shrunk any more
    ("openai", "responses", "gpt-6.1-terra", (4032, 3024), 126 * 95),
    ("openai", "chat", "gpt-4o", (1024, 1024), 85 + 4 * 170),
    ("openai", "chat", "gpt-4o", (2048, 4096), 85 + 6 * 170),
    ("anthropic", "messages", "claude-sonnet-5-5", (1000, 1000), 1296),
    ("gemini", "gemini", "gemini-2.5-flash", (384, 384), 258),
    ("gemini", "gemini", "gemini-3.8-flash", (4032, 3024), 1120),
    ("qwen", "chat", "qwen3.8-flash", (1024, 1024), 1026),
    ("groq", "chat", "qwen/qwen3.8-27b", (10, 10), 2048),
    ("moonshot", "chat", "kimi-k3.1-pro", (10, 10), 1000),
]


@pytest.mark.parametrize(("provider", "wire", "model", "size", "tokens"), COUNTED)
def test_a_picture_is_counted_as_documented(
    provider: str, wire: str, model: str, size: tuple[int, int], tokens: int
) -> None:
    rule = media_rules.read(provider, wire).token_rule("image", model)
    assert media_tokens(MediaFacts(PictureSize(*size)), rule) == tokens


@pytest.mark.parametrize(
    ("provider", "wire", "model", "size", "most"),
    [
        ("anthropic", "messages", "claude-sonnet-5-5", (3840, 2160), 4784),
        ("anthropic", "messages", "claude-opus-4-5", (3840, 2160), 1568),
        ("qwen", "chat", "qwen3.8-flash", (8000, 6000), 2562),
        ("openai", "responses", "gpt-5.4", (8000, 6000), 2500),
    ],
)
def test_a_large_picture_is_counted_as_it_is_shrunk(
    provider: str, wire: str, model: str, size: tuple[int, int], most: int
) -> None:
    rule = media_rules.read(provider, wire).token_rule("image", model)
    assert 0.9 * most <= media_tokens(MediaFacts(PictureSize(*size)), rule) <= most


def test_what_has_pages_and_seconds_counts_by_them() -> None:
    rules = media_rules.read("gemini", "gemini")
    model = "gemini-3.8-flash"
    assert media_tokens(MediaFacts(pages=10), rules.token_rule("pdf", model)) == 5600
    assert media_tokens(MediaFacts(seconds=60), rules.token_rule("audio", model)) == 1920
    video = rules.token_rule("video", model)
    assert media_tokens(MediaFacts(seconds=60), video) == 60 * 102
    assert media_tokens(MediaFacts(seconds=60, rate=0.5), video) == 60 * 32 + 30 * 70


def test_from_afar_it_is_less() -> None:
    rule = media_rules.read("openai", "responses").token_rule("image", "gpt-6.1-terra")
    assert media_tokens(MediaFacts(PictureSize(4032, 3024)), rule, low=True) == 16 * 12


def test_what_nobody_said_is_a_thousand() -> None:
    assert media_tokens(MediaFacts(), None) == 1000
    assert media_tokens(MediaFacts(pages=2), None) == 3000
