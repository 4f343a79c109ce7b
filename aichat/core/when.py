"""Times as people write and read them: local days, and how long ago."""

import re
from datetime import datetime, timedelta

from aichat.errors import usage_error

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def since(text: str, now: float) -> float:
    """The seconds since 1970 that ``7d``, ``12h``, ``2w`` or ``2026-11-01`` mean.

    A date is the beginning of that local day. Errors: ``usage``.
    """
    if found := re.fullmatch(r"(\d{1,6})([hdw])", text):
        return now - timedelta(**{_UNITS[found[2]]: int(found[1])}).total_seconds()
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        raise usage_error(f"'{text}' is no time", "examples: 7d, 12h, 2026-11-01") from None


def shown(at: float) -> str:
    """A local time, to the minute."""
    try:
        return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):  # a file from elsewhere may say anything
        return "?"
