"""A rule as it is written: what it is about, and how far. What it does is decided elsewhere."""

import re

from aichat.errors import usage_error
from aichat.values import NamedTuple


class ToolRule(NamedTuple):
    """One rule as written: a glob over names and, if given, a pattern."""

    text: str
    name: str
    pattern: str | None = None


_RULE = re.compile(r"([A-Za-z0-9_.*?-]+)(?:\((.*)\))?", re.DOTALL)


def is_rule(text: str) -> bool:
    """Whether a text is a rule: a name, and a pattern that is not empty if there is one."""
    found = _RULE.fullmatch(text.strip())
    return found is not None and found[2] != ""


def parse_rule(text: str) -> ToolRule:
    """Parse a rule. Errors: ``usage``."""
    found = _RULE.fullmatch(text.strip())
    if found is None or not is_rule(text):
        raise usage_error(
            f"rule '{text}': expected NAME or NAME(PATTERN)",
            "examples: read_file(src/**), run_command(git status), time.*",
        )
    return ToolRule(text.strip(), found[1], found[2])
