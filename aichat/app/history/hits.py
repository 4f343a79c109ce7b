"""Showing search hits: for ``history search`` and the chat's ``/find``."""

import re

from aichat.core.text.dates import format_time
from aichat.core.text.sanitize import sanitize_line
from aichat.core.text.theme import Theme
from aichat.disk.history.store import HIT_END, HIT_START, SearchHit

#: The number of hits shown by default.
MOST_HITS = 20


def hit_marks(theme: Theme) -> tuple[str, str]:
    """The sequences around each hit on a terminal."""
    before, _, after = theme.paint("x", "strong").partition("x")
    return (before, after) if before else ("**", "**")


def plain_excerpt(hit: SearchHit) -> str:
    """The text around the hits, as plain text."""
    return hit.excerpt.replace(HIT_START, "").replace(HIT_END, "")


def hit_lines(hit: SearchHit, marks: tuple[str, str], number: str = "") -> str:
    """Two lines: where it was said, and the text, without control characters."""
    pieces = re.split(f"[{HIT_START}{HIT_END}]", hit.excerpt)
    shown_pieces = [
        sanitize_line(piece) if n % 2 == 0 else f"{marks[0]}{sanitize_line(piece)}{marks[1]}"
        for n, piece in enumerate(pieces)
    ]
    where = f"{hit.conversation}  {format_time(hit.at)}  {hit.role}  {sanitize_line(hit.title)}"
    return f"{number}{where}\n    {''.join(shown_pieces)}"
