"""What a search found, as it is shown: by ``history search`` and by the chat's ``/find``."""

import re

from aichat.core.text.dates import format_time
from aichat.core.text.sanitize import sanitize_line
from aichat.core.text.theme import Theme
from aichat.disk.history.store import HIT_END, HIT_START, SearchHit

#: How many are shown where nobody asks for more.
MOST_HITS = 20


def hit_marks(theme: Theme) -> tuple[str, str]:
    """What a terminal shows before and behind each hit."""
    before, _, after = theme.paint("x", "strong").partition("x")
    return (before, after) if before else ("**", "**")


def plain_excerpt(hit: SearchHit) -> str:
    """The text around the hits as it was said."""
    return hit.excerpt.replace(HIT_START, "").replace(HIT_END, "")


def hit_lines(hit: SearchHit, marks: tuple[str, str], number: str = "") -> str:
    """Two lines: where it was said, and what, with nothing in it that drives a terminal."""
    pieces = re.split(f"[{HIT_START}{HIT_END}]", hit.excerpt)
    shown_pieces = [
        sanitize_line(piece) if n % 2 == 0 else f"{marks[0]}{sanitize_line(piece)}{marks[1]}"
        for n, piece in enumerate(pieces)
    ]
    where = f"{hit.conversation}  {format_time(hit.at)}  {hit.role}  {sanitize_line(hit.title)}"
    return f"{number}{where}\n    {''.join(shown_pieces)}"
