"""Times as people write and read them."""

import time
from collections.abc import Iterator

import pytest

from aichat.core.text.dates import (
    days_before,
    format_age,
    format_time,
    parse_time,
    utc_day,
    utc_offsets,
)
from aichat.errors import AichatError

NOW = 1_790_000_000.0  # 2026-09-21, 14:13:20 UTC
HOUR, DAY = 3600, 86_400
BERLIN_WINTER = 1_792_890_000.0  # the clocks go back: 2026-10-25, 01:00 UTC


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A zone that is ahead of UTC, and changes its clocks."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "ago"), [("12h", 12 * HOUR), ("7d", 7 * DAY), ("2w", 14 * DAY), ("0d", 0)]
)
def test_a_span_is_so_long_ago(text: str, ago: float) -> None:
    assert parse_time(text, NOW) == NOW - ago


@pytest.mark.parametrize(
    ("text", "utc", "local"),
    [
        ("2026-09-21", 1_789_948_800.0, 1_789_941_600.0),
        ("2026-09-21T10:00", 1_789_984_800.0, 1_789_977_600.0),
        ("2026-09-21T10:00+05:00", 1_789_966_800.0, 1_789_966_800.0),
    ],
)
def test_a_date_is_the_beginning_of_its_day_here_or_in_utc(
    text: str, utc: float, local: float
) -> None:
    assert (parse_time(text, NOW, utc=True), parse_time(text, NOW)) == (utc, local)


@pytest.mark.parametrize("text", ["", "7", "7y", "d", "1234567d", "2026-13-01", "tomorrow", "-7d"])
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(AichatError) as caught:
        parse_time(text, NOW)
    fault = caught.value.fault
    assert (fault.kind, fault.message) == ("usage", f"'{text}' is not a valid time")
    assert fault.hint == "examples: 7d, 12h, today, yesterday, week, month, 2026-11-01"


@pytest.mark.parametrize(
    ("word", "day"),
    [
        ("today", "2026-09-24"),
        ("yesterday", "2026-09-23"),
        ("week", "2026-09-21"),
        ("month", "2026-09-01"),
    ],
)
@pytest.mark.parametrize("utc", [False, True])
def test_a_word_is_the_beginning_of_its_time(word: str, day: str, utc: bool) -> None:
    thursday = NOW + 3 * DAY
    assert parse_time(word, thursday, utc=utc) == parse_time(day, thursday, utc=utc)


def test_a_day_ends_at_midnight_here_or_in_utc() -> None:
    late = 1_789_942_000.0  # 22:06 UTC on the 20th, 00:06 in Berlin
    assert days_before(0, late) == "2026-09-21"
    assert days_before(0, late, utc=True) == "2026-09-20"
    assert days_before(21, late) == "2026-08-31"


@pytest.mark.parametrize(
    ("at", "day", "shown"),
    [
        (NOW, "2026-09-21", "2026-09-21 16:13"),
        (0.0, "1970-01-01", "1970-01-01 01:00"),
        (1e300, "", "?"),
        (float("nan"), "", "?"),
    ],
)
def test_a_time_out_of_any_file_is_shown(at: float, day: str, shown: str) -> None:
    assert (utc_day(at), format_time(at)) == (day, shown)


def test_no_time_is_on_no_day() -> None:
    assert utc_day(None) == ""


def test_the_clocks_change_at_their_second() -> None:
    before, after = utc_offsets(BERLIN_WINTER - 30 * DAY, BERLIN_WINTER + 30 * DAY)
    assert before == (BERLIN_WINTER, 2 * HOUR)
    assert after == (float("inf"), HOUR)


@pytest.mark.parametrize("last", [-1, 0, 1])
def test_a_change_counts_from_its_own_second_on(last: int) -> None:
    found = utc_offsets(BERLIN_WINTER - 5 * DAY, BERLIN_WINTER + last)
    assert [offset.seconds for offset in found] == ([2 * HOUR, HOUR] if last >= 0 else [2 * HOUR])


def test_a_zone_that_keeps_its_clocks_has_one_entry() -> None:
    assert utc_offsets(NOW, NOW + DAY) == [(float("inf"), 2 * HOUR)]
    assert utc_offsets(NOW, NOW) == [(float("inf"), 2 * HOUR)]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "now"),
        (59.9, "now"),
        (60, "1 min ago"),
        (HOUR - 1, "59 min ago"),
        (2.9 * HOUR, "2 h ago"),
        (DAY, "1 d ago"),
        (7 * DAY, "1 w ago"),
        (29 * DAY, "4 w ago"),
        (30 * DAY, "1 mo ago"),
        (364 * DAY, "12 mo ago"),
        (800 * DAY, "2 y ago"),
    ],
)
def test_an_age_is_told_in_its_largest_whole_unit(seconds: float, words: str) -> None:
    assert format_age(seconds) == words
