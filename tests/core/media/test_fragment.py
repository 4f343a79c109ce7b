"""What follows a ``#`` is a part of an attachment, or a part of its name."""

import pytest

from aichat.core.media.fragment import Clip, parse_clip, parse_pages, split_fragment

NAMES = {
    "a.pdf#3-7": ("a.pdf", "3-7"),
    "a.pdf#3": ("a.pdf", "3"),
    "a.pdf#3-": ("a.pdf", "3-"),
    "v.mp4#10s-60s@1": ("v.mp4", "10s-60s@1"),
    "a.png#high": ("a.png", "high"),
    "a#b.png#low": ("a#b.png", "low"),
    "https://x/v.mp4#10s-": ("https://x/v.mp4", "10s-"),
    "C#.md": ("C#.md", ""),
    "page#section": ("page#section", ""),
    "#3": ("#3", ""),
    "a.pdf#": ("a.pdf#", ""),
}


@pytest.mark.parametrize(("name", "parts"), NAMES.items())
def test_a_part_is_told_from_a_name(name: str, parts: tuple[str, str]) -> None:
    assert split_fragment(name) == parts


PAGES = {"3-7": (3, 7), "3": (3, 3), "3-": (3, None), "0": None, "7-3": None, "x": None, "": None}


@pytest.mark.parametrize(("text", "pages"), PAGES.items())
def test_pages(text: str, pages: tuple[int, int | None] | None) -> None:
    assert parse_pages(text) == pages


CLIPS = {
    "10s-60s@1": Clip(10, 60, 1),
    "10s-60s": Clip(10, 60),
    "1.5s-": Clip(1.5),
    "10s": Clip(10),
    "-60s": Clip(None, 60),
    "@0.5": Clip(None, None, 0.5),
    "60s-10s": None,
    "@0": None,
    "-": None,
    "": None,
    "10-60": None,
}


@pytest.mark.parametrize(("text", "clip"), CLIPS.items())
def test_clips(text: str, clip: Clip | None) -> None:
    assert parse_clip(text) == clip
