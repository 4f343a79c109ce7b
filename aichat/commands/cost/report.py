"""What ``aichat cost`` shows, gathered from the store."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from aichat.core.billing.totals import (
    ProviderErrors,
    Speed,
    SpendCell,
    SpendRow,
    currencies,
    day_number,
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

#: Days that are shown unless the user says since when, and the most whose hours are looked at.
_DAYS, _HOURLY = 30, 92

#: Stretches of a day that are kept apart.
_STRETCHES = 12


class Report(NamedTuple):
    """``rows`` as they are shown; ``cells`` are what they were added up from.

    A cell's slot is one of so many ``slots`` a day; ``first`` and
    ``last`` are days since 1970. ``since`` is in seconds since 1970.
    """

    by: str
    since: float
    utc: bool
    period: str
    first: int
    last: int
    slots: int
    cells: Sequence[SpendCell]
    rows: Sequence[SpendRow]
    speeds: Sequence[Speed]
    troubles: Sequence[ProviderErrors]
    titles: Mapping[str, str]
    currencies: Sequence[str]  # the one of most requests first


def reported(world: World, values: Mapping[str, Any], store: Store, *, drawn: bool) -> Report:
    """The report that the options ask for; only one that is ``drawn`` looks at hours and parts.

    Speed is looked at by another thread with a connection of its own: SQLite takes its time
    for both, and there is more than one processor.
    Errors: ``usage`` for a time that is none; ``sqlite3.Error``.
    """
    ledger = Ledger(store)
    by, utc, now = values["by"] or "day", bool(values["utc"]), world.clock.now()
    text = values["since"] or days_before(_DAYS - 1, now, utc=utc)
    begin = 0.0 if text == "all" else parse_time(text, now, utc=utc)
    span = ledger.span(begin) or (now, now)
    earliest, latest = min(max(begin, span[0]), now), max(span[1], now)
    clocks = [UtcOffset(float("inf"), 0)] if utc else utc_offsets(earliest, latest)
    first, last = _day(earliest, clocks), _day(latest, clocks)
    slots = _slots(by, last - first, drawn=drawn)
    parts = "provider" if drawn and by == "day" else "''"
    whole = drawn or values["json"]
    needed = whole or by == "model"
    speeds = run_in_thread(lambda: _speeds(world, begin), sqlite3.Error) if needed else list
    cells = ledger.cells(LedgerQuery(begin, by, clocks, slots, parts))
    if by == "day":
        cells = [cell._replace(key=(_date(cell.slot, slots),)) for cell in cells]
    found = spend_rows(cells)
    money = currencies(found)
    return Report(
        by,
        begin,
        utc,
        _period(values["since"], _day(begin, clocks)),
        first,
        last,
        slots,
        cells,
        _ordered(by, found, money),
        [speed for speed in speeds() if speed.answers],
        ledger.provider_errors(begin, _asked(speeds())) if whole else (),
        ledger.titles() if by == "conversation" else {},
        money,
    )


def _speeds(world: World, since: float) -> list[Speed]:
    store = Store.open_read_only(data_dir(world.environ))
    return Ledger(store).speeds(since) if store else []


def _asked(speeds: Iterable[Speed]) -> Counter[str]:
    """How often each provider was asked."""
    found: Counter[str] = Counter()
    for speed in speeds:
        found[speed.provider] += speed.requests
    return found


def _period(given: str | None, begin: int) -> str:
    if given is None:
        return f"in the last {_DAYS} days"
    return "ever" if given == "all" else f"since {slot_day(begin, 1)}"


def _slots(by: str, days: int, *, drawn: bool) -> int:
    """How many stretches of a day are kept apart; none where nobody looks at time."""
    if by == "day":
        return _STRETCHES if drawn and days <= _HOURLY else 1
    return 1 if drawn else 0


def _day(at: float, clocks: Sequence[UtcOffset]) -> int:
    ahead = next(shift.seconds for shift in clocks if at < shift.until)
    return int(at + ahead) // 86400


def _ordered(by: str, found: Sequence[SpendRow], money: Sequence[str]) -> list[SpendRow]:
    """Days in their order, all else by what it cost."""
    if by == "day":
        return sorted(found, key=lambda row: row.key[0] or "")
    return sort_by_cost(found, money)


def _date(slot: int | None, slots: int) -> str | None:
    return None if slot is None else slot_day(slot, slots)


def filled(report: Report, most: int = 62) -> list[SpendRow]:
    """The days of a report with those of nothing between, where they are not too many."""
    if report.last - report.first >= most:
        return list(report.rows)
    there = {row.key[0]: row for row in report.rows}
    begin = max(
        report.first, day_number(min(filter(None, there), default=slot_day(report.first, 1)))
    )
    days = [slot_day(n, 1) for n in range(begin, report.last + 1)]
    return [there.get(day) or SpendRow((day,), {}) for day in days]
