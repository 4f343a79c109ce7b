"""One thing that could be completed."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Candidate(NamedTuple):
    """``text`` takes the place of the ``replaces`` characters before the cursor."""

    text: str
    replaces: int = 0
    help: str = ""
    label: str | None = None


def match_candidates(typed: str, choices: Iterable[tuple[str, str]]) -> Iterator[Candidate]:
    """Of names and their help those that fit, the best first: beginnings, parts, scattered."""
    wanted = typed.lower()
    ranked = ((_rank(wanted, name.lower()), name, help_) for name, help_ in choices)
    for _, name, help_ in sorted(found for found in ranked if found[0] < _NO_MATCH):
        yield Candidate(name, len(typed), help_)


_NO_MATCH = 3


def _rank(wanted: str, name: str) -> int:
    if name.startswith(wanted):
        return 0
    if wanted in name:
        return 1
    rest = iter(name)
    return 2 if all(character in rest for character in wanted) else _NO_MATCH
