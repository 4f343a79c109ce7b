"""Times as people write and read them."""

import time
from collections.abc import Iterator

import pytest

from aichat.core.text.dates import (
    days_before,
    format_age,
    format_time,
    parse_http_date,
    parse_instant,
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


@pytest.mark.parametrize(
    ("zone", "day", "utc"),
    [
        ("America/Havana", "2026-03-08", "2026-03-08T05:00"),  # 00:00 is left out
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00"),
        ("America/Havana", "2026-11-01", "2026-11-01T04:00"),  # 00:00 comes twice
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00"),  # back by half an hour
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00"),  # the whole day is left out
    ],
)
def test_a_day_begins_at_its_first_second(
    zone: str, day: str, utc: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    begin = parse_time(utc, NOW, utc=True)
    assert parse_time(day, NOW) == begin
    assert parse_time("today", begin) == parse_time("today", begin + 90 * 60) == begin
    assert parse_time("today", begin - 1) < begin


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (60, 60.0),
        ("1970-01-01T00:01:00Z", 60.0),
        ("1970-01-01T01:01:00+01:00", 60.0),
        ("1970-01-01T00:01:00", 60.0),  # a server knows nothing of Berlin
        ("1970-01-01", 0.0),
        ("soon", None),
        ("", None),
        (None, None),
        (True, None),
        (-1, None),
        (1e11, None),
        ("9999-12-31T23:59:59-23:59", 253402387139.0),
    ],
)
def test_a_servers_time_is_utc_unless_it_says_otherwise(
    told: object, seconds: float | None
) -> None:
    assert parse_instant(told) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777.0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777.0),
        ("Sun Nov  6 08:49:37 1994", 784_111_777.0),
        ("Sun, 31 Feb 1994 08:49:37 GMT", None),
        ("soon", None),
    ],
)
def test_a_date_of_http_is_utc_in_each_of_its_forms(text: str, seconds: float | None) -> None:
    assert parse_http_date(text) == seconds


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
    ("seconds", "said"),
    [
        (-5.0, "just now"),
        (float("nan"), "just now"),
        (59.9, "just now"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (47 * HOUR + 3599, "47 h ago"),
        (2 * DAY, "2 days ago"),
        (60.9 * DAY, "60 days ago"),
        (62 * DAY, "2 months ago"),
        (730 * DAY, "24 months ago"),
        (732 * DAY, "2 years ago"),
        (20 * 365.25 * DAY, "20 years ago"),
    ],
)
def test_how_long_ago_is_told_in_one_unit(seconds: float, said: str) -> None:
    assert format_age(seconds) == said
