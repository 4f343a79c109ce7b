"""The document of July 2025, read in place: its sections and their examples."""

import re
from collections.abc import Iterator, Mapping

import pytest

from tests.support.running.program import SHARED

_DOCUMENT = SHARED / "reference" / "seed-ai-api-documentation.md"


def sections_in() -> Mapping[str, str]:
    """The document's text by section; skips the test if there is no document."""
    if not _DOCUMENT.exists():
        pytest.skip(f"{_DOCUMENT} is not here")
    parts = re.split(r"^## (.+)$", _DOCUMENT.read_text(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def blocks_in(section: str) -> Iterator[tuple[str, str]]:
    """The blocks of code, each with the heading above it."""
    heading = ""
    for line, block in re.findall(r"^(#+ [^\n]+)$|^```\w*\n(.*?)^```$", section, re.M | re.S):
        if line:
            heading = line.lstrip("# ").strip()
        else:
            yield heading, block


def error_codes_in(section: str) -> list[int]:
    """The statuses listed in the section, in order."""
    _, _, below = section.partition("### Error Codes\n")
    return list(map(int, re.findall(r"^- \*\*(\d+)\*\*:", below.partition("\n### ")[0], re.M)))


def variables_in(section: str) -> set[str]:
    """The environment variables for keys in the section's examples."""
    return set(re.findall(r"(?<![A-Z_])[A-Z]+_API_KEY\b", section)) - {"YOUR_API_KEY"}
