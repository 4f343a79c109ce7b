"""The report of ``aichat cost``, read from the store."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from aichat.core.billing.totals import (
    ProviderErrors,
    Speed,
    SpendCell,
    SpendRow,
    Totals,
    day_number,
    merge_rows,
    slot_day,
    sort_by_cost,
    spend_rows,
)
from aichat.core.text.dates import UtcOffset, days_before, parse_time, utc_offsets
from aichat.disk.history.ledger import Ledger, LedgerQuery
from aichat.disk.history.store import Store
from aichat.disk.paths import data_dir
from aichat.process.threads import run_in_thread
from aichat.process.world import World
from aichat.values import NamedTuple

#: The default period in days, and the longest for which hours are read.
_DEFAULT_DAYS, _MAX_HOURLY_DAYS = 30, 92

#: Intervals per day.
_SLOTS_PER_DAY = 12


class CostOptions(NamedTuple):
    """The options of ``aichat cost``."""

    since: str | None
    by: str | None
    json: bool
    csv: bool
    utc: bool


class Report(NamedTuple):
    """The displayed ``rows``, and the ``cells`` of which they are sums.

    A cell's slot is one of ``slots`` per day; ``first_day`` and ``last_day`` are days since
    1970. ``since`` is a Unix time in seconds.
    """

    by: str
    since: float
    utc: bool
    period: str
    first_day: int
    last_day: int
    slots: int
    cells: Sequence[SpendCell]
    rows: Sequence[SpendRow]
    speeds: Sequence[Speed]
    errors: Sequence[ProviderErrors]
    titles: Mapping[str, str]
    currencies: Sequence[str]  # by number of requests, highest first


def make_report(world: World, options: CostOptions, store: Store, *, drawn: bool) -> Report:
    """The report for the options; only a ``drawn`` one reads hours and parts.

    Speed is read in another thread with a separate connection, since both queries are slow
    in SQLite and can use two processors.
    Errors: ``usage`` for an invalid time; ``sqlite3.Error``.
    """
    ledger = Ledger(store)
    by, utc, now = options.by or "day", options.utc, world.clock.now()
    text = options.since or days_before(_DEFAULT_DAYS - 1, now, utc=utc)
    begin = 0.0 if text == "all" else parse_time(text, now, utc=utc)
    span = ledger.span(begin) or (now, now)
    earliest, latest = min(max(begin, span[0]), now), max(span[1], now)
    clocks = [UtcOffset(float("inf"), 0)] if utc else utc_offsets(earliest, latest)
    first, last = _day(earliest, clocks), _day(latest, clocks)
    slots = _slots(by, last - first, drawn=drawn)
    parts = "provider" if drawn and by == "day" else "''"
    whole = drawn or options.json
    needed = whole or by == "model"
    reading = run_in_thread(lambda: _read_speeds(world, begin), sqlite3.Error) if needed else list
    cells = ledger.cells(LedgerQuery(begin, by, clocks, slots, parts))
    if by == "day":
        cells = [cell._replace(key=(_date(cell.slot, slots),)) for cell in cells]
    found = spend_rows(cells)
    money = merge_rows(found).totals.currencies
    try:
        speeds = reading()
    except sqlite3.Error:  # a broken file is repaired by the connection that may write
        speeds = ledger.speeds(begin)
    return Report(
        by,
        begin,
        utc,
        _period(options.since, _day(begin, clocks)),
        first,
        last,
        slots,
        cells,
        _sort_rows(by, found, money),
        [speed for speed in speeds if speed.answers],
        ledger.provider_errors(begin, _count_requests(speeds)) if whole else (),
        ledger.titles() if by == "conversation" else {},
        money,
    )


def _read_speeds(world: World, since: float) -> list[Speed]:
    store = Store.open_read_only(data_dir(world.environ))
    return Ledger(store).speeds(since) if store else []


def _count_requests(speeds: Iterable[Speed]) -> Counter[str]:
    """The number of requests per provider."""
    found: Counter[str] = Counter()
    for speed in speeds:
        found[speed.provider] += speed.requests
    return found


def _period(given: str | None, begin: int) -> str:
    if given is None:
        return f"in the last {_DEFAULT_DAYS} days"
    return "ever" if given == "all" else f"since {slot_day(begin, 1)}"


def _slots(by: str, days: int, *, drawn: bool) -> int:
    """The number of intervals per day; 0 if time does not matter."""
    if by == "day":
        return _SLOTS_PER_DAY if drawn and days <= _MAX_HOURLY_DAYS else 1
    return 1 if drawn else 0


def _day(at: float, clocks: Sequence[UtcOffset]) -> int:
    ahead = next(shift.seconds for shift in clocks if at < shift.until)
    return int(at + ahead) // 86400


def _sort_rows(by: str, found: Sequence[SpendRow], money: Sequence[str]) -> list[SpendRow]:
    """Rows of days in order, all others by cost."""
    if by == "day":
        return sorted(found, key=lambda row: row.key[0] or "")
    return sort_by_cost(found, money)


def _date(slot: int | None, slots: int) -> str | None:
    return None if slot is None else slot_day(slot, slots)


def fill_days(report: Report, max_days: int = 62) -> list[SpendRow]:
    """The rows of a report, with empty days added unless there are too many."""
    if report.last_day - report.first_day >= max_days:
        return list(report.rows)
    there = {row.key[0]: row for row in report.rows}
    begin = max(
        report.first_day,
        day_number(min(filter(None, there), default=slot_day(report.first_day, 1))),
    )
    days = [slot_day(n, 1) for n in range(begin, report.last_day + 1)]
    return [there.get(day) or SpendRow((day,), Totals()) for day in days]
