"""The look of our own lines: the label that says what kind of line it is stands out."""

import re
from collections.abc import Mapping

from aichat.core.text.theme import Role, Theme

#: The labels, and the role of each.
_LABELS: Mapping[str, Role] = {"error": "error", "warning": "warning"}
_LABEL = re.compile(rf"((?:aichat:\s+)?)({'|'.join(_LABELS)})(?=:)")


def paint_line(text: str, theme: Theme, role: Role = "text") -> str:
    """One of our lines, wrapped or not, in the look of a role, with its label in its own look."""
    found = _LABEL.match(text)
    if not found:
        return _paint_rows(text, theme, role)
    before, label = found.groups()
    rest = _paint_rows(text[found.end() :], theme, role)
    return _paint_rows(before, theme, role) + theme.paint(label, _LABELS[label]) + rest


def line_role(text: str) -> Role:
    """The role of a whole line of ours, without a look of its own for the label."""
    found = _LABEL.match(text)
    return _LABELS[found[2]] if found else "dim"


def _paint_rows(text: str, theme: Theme, role: Role) -> str:
    """Paint each row by itself: a style across a line break would colour what comes in between."""
    return "\n".join(theme.paint(row, role) for row in text.split("\n"))
