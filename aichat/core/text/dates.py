"""Times as people write and read them: local days, and ages."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from aichat.errors import usage_error
from aichat.values import NamedTuple

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}

#: Words for the beginning of a current or just past period.
_WORDS: dict[str, Callable[[date], date]] = {
    "today": lambda day: day,
    "yesterday": lambda day: day - timedelta(1),
    "week": lambda day: day - timedelta(day.weekday()),
    "month": lambda day: day.replace(day=1),
}


def parse_time(text: str, now: float, *, utc: bool = False) -> float:
    """``7d``, ``12h``, ``2w``, ``2026-11-01`` or ``today`` as seconds since 1970.

    A date means the beginning of that day, local or in UTC; so do ``yesterday``, ``week``
    (its Monday) and ``month`` (its first day). Errors: ``usage``.
    """
    if text in _WORDS:
        text = _WORDS[text](datetime.fromtimestamp(now, UTC if utc else None).date()).isoformat()
    if found := re.fullmatch(r"(\d{1,6})([hdw])", text):
        return now - timedelta(**{_UNITS[found[2]]: int(found[1])}).total_seconds()
    try:
        at = datetime.fromisoformat(text)
        # ``astimezone`` would begin a day whose midnight the clocks leave out in the day before
        return _in_utc(at) if utc else at.timestamp()
    except (ValueError, OverflowError, OSError):
        examples = "7d, 12h, today, yesterday, week, month, 2026-11-01"
        raise usage_error(f"'{text}' is not a valid time", f"examples: {examples}") from None


def days_before(days: int, now: float, *, utc: bool = False) -> str:
    """The date (ISO) so many days ago."""
    today = datetime.fromtimestamp(now, UTC if utc else None).date()
    return (today - timedelta(days)).isoformat()


def utc_day(at: float | None) -> str:
    """The date (ISO, UTC) of a time; empty for None."""
    try:
        return "" if at is None else datetime.fromtimestamp(at, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def parse_instant(value: object) -> float | None:
    """A server's time, a number or an ISO time, in seconds since 1970; None if it is neither.

    A time that names no zone is UTC: where we are, no server knows.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if 0 <= value < 1e11 else None
    try:
        return _in_utc(datetime.fromisoformat(str(value))) if value else None
    except (ValueError, OverflowError):
        return None


def parse_http_date(text: str) -> float | None:
    """Seconds since 1970 of a date in any of the three forms of HTTP (RFC 9110, 5.6.7)."""
    from email.utils import parsedate_to_datetime  # dates are few, and it loads a lot

    try:
        return _in_utc(parsedate_to_datetime(text))
    except (ValueError, OverflowError):
        return None


def _in_utc(at: datetime) -> float:
    return at.replace(tzinfo=at.tzinfo or UTC).timestamp()


def format_time(at: float) -> str:
    """A local time, to the minute."""
    try:
        return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):  # an imported file may contain anything
        return "?"


#: The longest age shown in each unit, in seconds, then the seconds in a unit, and its name.
_AGES = (
    (3599, 60, "min"),
    (2 * 86_400 - 1, 3600, "h"),
    (61 * 86_400, 86_400, "days"),
    (731 * 86_400, 30.4 * 86_400, "months"),
    (float("inf"), 365.25 * 86_400, "years"),
)


def format_age(seconds: float) -> str:
    """How long ago something was: ``just now``, ``5 min ago``, ``2 h ago``, ``3 days ago``."""
    if not seconds >= 60:  # or negative, if the clock was set back
        return "just now"
    size, name = next((size, name) for most, size, name in _AGES if seconds <= most)
    return f"{seconds // size:.0f} {name} ago"


class UtcOffset(NamedTuple):
    """How many seconds local time is ahead of UTC, until a time in seconds since 1970."""

    until: float
    seconds: int


def utc_offsets(first: float, last: float) -> list[UtcOffset]:
    """How far local time is ahead of UTC between two times, with one entry for each change."""
    found: list[UtcOffset] = []
    at, ahead = first, _utc_offset(first)
    while at < last:
        after = min(at + _STEP, last)
        if _utc_offset(after) != ahead:
            change = _find_change(at, after, ahead)
            found.append(UtcOffset(change, ahead))
            at, ahead = change, _utc_offset(change)
        else:
            at = after
    return [*found, UtcOffset(float("inf"), ahead)]


#: Seconds between two samples: no time zone changes its offset and back within that time.
_STEP = 7 * 86400


def _utc_offset(at: float) -> int:
    """How many seconds local time is ahead of UTC."""
    offset = datetime.fromtimestamp(at).astimezone().utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _find_change(low: float, high: float, ahead: int) -> int:
    """The first whole second at which local time is no longer ``ahead`` by that much."""
    before, after = int(low), int(high) + 1
    while after - before > 1:
        middle = (before + after) // 2
        if _utc_offset(middle) == ahead:
            before = middle
        else:
            after = middle
    return after
