"""Part of an attachment: ``#3-7`` pages, ``#10s-60s@1`` of a video, ``#high`` detail."""

import re

from aichat.values import NamedTuple

#: How closely to look at a picture, in the providers' words.
DETAILS = ("low", "medium", "high", "original", "auto")

#: Compiled only for a name with a ``#``, since few have one.
_PAGES = r"(\d{1,6})(?:-(\d{1,6})?)?"
_CLIP = r"(?:(\d+(?:\.\d+)?)s)?(?:-(?:(\d+(?:\.\d+)?)s)?)?(?:@(\d+(?:\.\d+)?))?"


class Clip(NamedTuple):
    """A part of a video: from and to in seconds, and frames a second."""

    start: float | None = None
    end: float | None = None
    rate: float | None = None


def split_fragment(name: str) -> tuple[str, str]:
    """A name, and what follows its last ``#`` if that is a fragment."""
    before, hash_, after = name.rpartition("#")
    return (before, after) if hash_ and before and is_fragment(after) else (name, "")


def is_fragment(text: str) -> bool:
    """Whether a text is a detail, pages or part of a video."""
    return text in DETAILS or parse_pages(text) is not None or parse_clip(text) is not None


def parse_pages(text: str) -> tuple[int, int | None] | None:
    """The first and last page, counted from one; a last of None is the end."""
    found = re.fullmatch(_PAGES, text)
    if found is None or found[1].strip("0") == "":
        return None
    first = int(found[1])
    if "-" not in text:
        return first, first
    last = int(found[2]) if found[2] else None
    return None if last is not None and last < first else (first, last)


def parse_clip(text: str) -> Clip | None:
    """The part of a video: ``10s-60s``, ``10s-`` or ``-60s``, perhaps with ``@1``; or ``@1``."""
    found = re.fullmatch(_CLIP, text)
    if not text or text in "-@" or found is None or not any(found.groups()):
        return None
    start, end, rate = (None if value is None else float(value) for value in found.groups())
    if (start is not None and end is not None and end <= start) or rate == 0:
        return None
    return Clip(start, end, rate)
