"""The look of a line of ours: the word that says what kind of line it is stands out."""

import re
from collections.abc import Mapping

from aichat.core.text.theme import Role, Theme

#: The words that say so, and the role of each.
_LABELS: Mapping[str, Role] = {"error": "error", "warning": "warning"}
_LABEL = re.compile(rf"((?:aichat:\s+)?)({'|'.join(_LABELS)})(?=:)")


def paint_line(text: str, theme: Theme, role: Role = "text") -> str:
    """A line of ours, wrapped or not, in the look of a role and its label in its own."""
    found = _LABEL.match(text)
    if not found:
        return _paint_rows(text, theme, role)
    before, label = found.groups()
    rest = _paint_rows(text[found.end() :], theme, role)
    return _paint_rows(before, theme, role) + theme.paint(label, _LABELS[label]) + rest


def line_role(text: str) -> Role:
    """The role of a line beside an answer, where it has one look from end to end."""
    found = _LABEL.match(text)
    return _LABELS[found[2]] if found else "dim"


def _paint_rows(text: str, theme: Theme, role: Role) -> str:
    """Each row by itself: a look that goes on over the end of one colours what comes between."""
    return "\n".join(theme.paint(row, role) for row in text.split("\n"))
