"""``aichat cost`` for programs: JSON, CSV, and tab-separated text in a pipe."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aichat.commands.cost.report import Report
from aichat.core.billing.money import BILLION, format_exact
from aichat.core.billing.totals import Speed, SpendRow, Sums, merge_rows, total
from aichat.disk.history.ledger import GROUPINGS

_TOKEN_FIELDS = ("input", "cached_input", "cache_write", "output", "reasoning", "searches")
_COUNT_FIELDS = ("requests", "errors", "retries")
_SPEED_FIELDS = ("first_token_s", "tokens_per_s", "queue_s")
_PERCENTILES = ("p50", "p95")


def document(report: Report) -> dict[str, Any]:
    """The ``--json`` object; costs are in units of the currency."""
    begin = datetime.fromtimestamp(report.since, UTC)
    return {
        "version": 1,
        "by": report.by,
        "since": (begin if report.utc else begin.astimezone()).isoformat()
        if report.since
        else None,
        "utc": report.utc,
        "rows": [{**_key_fields(report, row), **_figures(row)} for row in report.rows],
        "total": _figures(merge_rows(report.rows)),
        "speed": [_speed_json(speed) for speed in report.speeds],
        "errors": [trouble._asdict() for trouble in report.errors],
    }


def _key_names(by: str) -> tuple[str, ...]:
    return GROUPINGS[by] or (by,)


def _key_fields(report: Report, row: SpendRow) -> dict[str, Any]:
    named: dict[str, Any] = dict(zip(_key_names(report.by), row.key, strict=True))
    if report.by == "conversation":
        named["title"] = report.titles.get(row.key[0] or "")
    return named


def _figures(row: SpendRow) -> dict[str, Any]:
    every = row.totals.overall
    made = {} if every.units is None else {"units": every.units}
    return {
        **made,
        **{name: getattr(every, name) for name in _COUNT_FIELDS},
        "usage": {name: getattr(every, name) for name in _TOKEN_FIELDS},
        "cached_share": every.cached_share,
        "cost": [_money(currency, sums) for currency, sums in row.totals.money.items() if currency],
        "unpriced": every.unpriced,
    }


def _money(currency: str, sums: Sums) -> dict[str, Any]:
    saved = None if sums.saved is None else sums.saved / BILLION
    return {
        "currency": currency,
        "amount": None if sums.amount is None else sums.amount / BILLION,
        "estimated": sums.estimated > 0,
        "saved": saved,
    }


def _speed_json(speed: Speed) -> dict[str, Any]:
    found = speed._asdict()
    for name in _SPEED_FIELDS:
        found[name] = dict(zip(_PERCENTILES, found[name] or (None, None), strict=True))
    return found


def separated_text(report: Report, *, csv: bool) -> str:
    """A line for each row and currency; in CSV unknown values are empty."""
    lines = [_head(report), *_lines(report, "" if csv else "unknown")]
    if not csv:
        return "".join("\t".join(map(_one_line, line)) + "\n" for line in lines)
    from csv import writer
    from io import StringIO

    text = StringIO()
    writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def _head(report: Report) -> tuple[str, ...]:
    title = ("title",) if report.by == "conversation" else ()
    paces = [f"{name}_{middle}" for name in _SPEED_FIELDS for middle in _PERCENTILES]
    money = ("currency", "amount", "estimated", "saved", "unpriced")
    pace = paces if report.by == "model" else ()
    made = ("units",) if report.by == "kind" else ()
    return (*_key_names(report.by), *title, *made, *_COUNT_FIELDS, *_TOKEN_FIELDS, *money, *pace)


def _lines(report: Report, unknown: str) -> Iterator[tuple[str, ...]]:
    speeds: dict[Any, Speed] = {(speed.provider, speed.model): speed for speed in report.speeds}
    for row in report.rows:
        key = [_text(value) for value in _key_fields(report, row).values()]
        pace = _speed_cells(speeds.get(row.key)) if report.by == "model" else []
        for currency, sums in _sums_by_currency(row).items():
            counts = [_text(getattr(sums, name)) for name in (*_COUNT_FIELDS, *_TOKEN_FIELDS)]
            made = [_text(sums.units)] if report.by == "kind" else []
            amount = unknown if sums.unpriced and not currency else _exact_text(sums.amount)
            money = (currency or "", amount, str(sums.estimated), _exact_text(sums.saved))
            yield (*key, *made, *counts, *money, str(sums.unpriced), *pace)


def _sums_by_currency(row: SpendRow) -> Mapping[str | None, Sums]:
    """The sums by currency; requests without cost are added to the only currency."""
    free = row.totals.money.get(None)
    if free and not free.unpriced and len(row.totals.money) == 2:
        (currency,) = row.totals.money.keys() - {None}
        return {currency: total(row.totals.money.values())}
    return row.totals.money


def _speed_cells(speed: Speed | None) -> Sequence[str]:
    found = [getattr(speed, name, None) or (None, None) for name in _SPEED_FIELDS]
    return [_text(value) for pair in found for value in pair]


def _text(value: float | str | None) -> str:
    return "" if value is None else str(value)


def _exact_text(amount: int | None) -> str:
    return "" if amount is None else format_exact(amount)


def _one_line(cell: str) -> str:
    """A cell without tabs and newlines, which would split it."""
    return " ".join(cell.split()) if "\t" in cell or "\n" in cell else cell
