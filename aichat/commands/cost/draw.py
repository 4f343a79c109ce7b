"""``aichat cost`` for people: bar charts, figures, speed and errors."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from aichat.commands.cost.report import Report, fill_days
from aichat.core.billing.money import decimals_for, format_exact, format_fixed
from aichat.core.billing.totals import ProviderErrors, Speed, SpendRow, Sums, merge_rows
from aichat.core.text.numbers import count_of, format_count
from aichat.core.text.wrap import HANG, wrap_items, wrap_line
from aichat.term.widgets.chart import (
    Bar,
    ChartColumn,
    ChartStyle,
    draw_chart,
    draw_number_table,
    legend,
)
from aichat.values import NamedTuple

#: The most rows shown one by one, and cells of a sparkline on narrow and wide terminals.
_MAX_ROWS, _NARROW_CELLS, _WIDE_CELLS = 25, 12, 24

#: The unit of the chart if no cost is known.
_TOKENS = "tokens"

_Key = tuple[str | None, ...]


class ChartData(NamedTuple):
    """The data of a chart in one unit, a currency or tokens, by key."""

    unit: str
    parts: Mapping[_Key, Counter[str]]
    times: Mapping[_Key, Counter[int]]
    names: Sequence[str]  # names of the parts, the largest first


def render_report(report: Report, style: ChartStyle) -> str:
    """The whole report; empty if there were no requests."""
    if not report.rows:
        return ""
    period = "all time" if report.period == "ever" else report.period.removeprefix("in ")
    zone = ", UTC days" if report.utc else ""
    head = f"{period[:1].upper()}{period[1:]} by {report.by}{zone}"
    charts = [_bar_chart(report, picture, style) for picture in _all_chart_data(report)]
    rest = (
        _number_table(report, style),
        _speed_table(report.speeds, style),
        _error_table(report.errors, style),
    )
    title = "\n".join(style.theme.paint(row, "heading") for row in wrap_line(head, style.columns))
    return "\n".join((f"{title}\n", *filter(None, (*charts, *rest))))


def _all_chart_data(report: Report) -> list[ChartData]:
    """A chart per currency; one of tokens if no cost is known or none was spent."""
    found = [_chart_data(report, currency) for currency in report.currencies]
    return [picture for picture in found if picture.names] or [_chart_data(report, _TOKENS)]


def _chart_data(report: Report, unit: str) -> ChartData:
    parts: dict[_Key, Counter[str]] = {}
    times: dict[_Key, Counter[int]] = {}
    names: Counter[str] = Counter()
    for cell in report.cells:
        value = _value(cell.sums, unit) if unit in (_TOKENS, cell.currency) else 0
        if value:
            names[cell.part] += value
            parts.setdefault(cell.key, Counter())[cell.part] += value
            if cell.slot is not None:
                times.setdefault(cell.key, Counter())[cell.slot] += value
    return ChartData(unit, parts, times, [name for name, _ in names.most_common()])


def _value(sums: Sums, unit: str) -> int:
    return (sums.input or 0) + (sums.output or 0) if unit == _TOKENS else sums.amount or 0


# -- bars


def _bar_chart(report: Report, data: ChartData, style: ChartStyle) -> str:
    """One chart, with the amount and a sparkline over time in each row."""
    if not data.names:
        return ""
    daily = report.by == "day"
    names = data.names if daily else _ranked_providers(report, data)
    kinds = {name: min(place, style.max_parts - 1) for place, name in enumerate(names)}
    cells = _WIDE_CELLS if style.columns >= 100 else _NARROW_CELLS
    texts = _amount_formatter(report, data.unit)
    bars = []
    for row in _chart_rows(report, data.unit):
        own = data.parts.get(row.key, Counter[str]())
        parts: Counter[int] = Counter()
        for name in sorted(own, key=lambda name: kinds.get(name, 0)):
            parts[kinds[name] if daily else kinds.get(row.key[0] or "", 0)] += own[name]
        spark = _sparkline(report, data.times.get(row.key, Counter[int]()), cells)
        bars.append(Bar(_label(report, row), parts, texts(row), spark))
    over = "0h to 24h" if report.slots > 1 else "over time"
    drawn = draw_chart(bars, format_exact if data.unit != _TOKENS else format_count, style, over)
    shown = _limit_names(names, style.max_parts) if daily and len(names) > 1 else []
    unit = style.theme.paint(data.unit, "strong")
    head = wrap_items([unit, *legend(shown, style)], style.columns, HANG)
    return "\n".join([*head, drawn])


def _chart_rows(report: Report, unit: str) -> list[SpendRow]:
    """The rows with a bar: the first chart includes empty days and unknown prices."""
    first = unit in (_TOKENS, *report.currencies[:1])
    if first and report.by == "day":
        return fill_days(report)
    own: set[str | None] = {unit, None} if first else {unit}
    rows = [row for row in report.rows if unit == _TOKENS or _has_currency(row, own)]
    return rows if report.by == "day" else rows[:_MAX_ROWS]


def _has_currency(row: SpendRow, currencies: set[str | None]) -> bool:
    """Whether a row has one of the currencies; None only matches a row without any."""
    return bool(currencies & row.totals.money.keys() - {None}) or (
        None in currencies and row.totals.money.keys() == {None}
    )


def _ranked_providers(report: Report, data: ChartData) -> list[str]:
    """The providers by amount, the highest first, if rows are grouped by provider or model."""
    if report.by not in ("model", "provider"):
        return []
    sums: Counter[str] = Counter()
    for key, parts in data.parts.items():
        sums[key[0] or ""] += parts.total()
    return [name for name, _ in sums.most_common()]


def _limit_names(names: Sequence[str], max_names: int) -> list[str]:
    """At most ``max_names`` names, the last of which stands for all others."""
    return list(names) if len(names) <= max_names else [*names[: max_names - 1], "others"]


def _sparkline(report: Report, times: Counter[int], cells: int) -> list[int]:
    """The spending in equal intervals, of a day by hours or of the whole period."""
    if report.by == "day" and report.slots == 1:
        return []
    slots = report.slots if report.by == "day" else report.last_day - report.first_day + 1
    count = min(cells, slots)
    found = [0] * count
    for slot, value in times.items():
        place = (
            slot % slots if report.by == "day" else min(max(slot - report.first_day, 0), slots - 1)
        )
        found[place * count // slots] += value
    return found if count > 1 else []


def _amount_formatter(report: Report, unit: str) -> Callable[[SpendRow], str]:
    """A function that formats a row's amount, with the same decimals for all rows."""
    if unit == _TOKENS:
        return lambda row: format_count(_value(row.totals.overall, unit))
    known = [row.totals.money[unit].amount or 0 for row in report.rows if unit in row.totals.money]
    decimals = decimals_for([*known, sum(known)])
    unknown = "unknown" if unit == report.currencies[0] else "-"
    return lambda row: _amount_text(row, unit, decimals, unknown)


def _amount_text(row: SpendRow, unit: str, decimals: int, unknown: str) -> str:
    """An amount, marked if it is an estimate; an unknown one is not shown as zero."""
    sums = row.totals.money.get(unit)
    if sums is None or sums.amount is None:
        return unknown if row.totals.money.keys() == {None} and row.totals.overall.unpriced else "-"
    return f"{'~' * (sums.estimated > 0)}{format_fixed(sums.amount, decimals)}"


def _label(report: Report, row: SpendRow) -> str:
    first = row.key[0]
    if report.by == "conversation":
        return f"{first} {report.titles.get(first, '')}" if first else "deleted or not saved"
    if first is None:
        return _NAMELESS.get(report.by, "unknown day")
    if report.by == "kind":
        return first
    return "/".join(filter(None, row.key))


#: Labels of rows without a name, by grouping.
_NAMELESS = {"profile": "no profile", "kind": "answers"}


# -- figures


def _number_table(report: Report, style: ChartStyle) -> str:
    """Requests, tokens and costs, a line per row, and remarks on them."""
    rows = list(report.rows)
    shown = rows[: None if report.by == "day" else _MAX_ROWS]
    labels = [report.by, *(_label(report, row) for row in shown)]
    every = merge_rows(rows)
    if len(rows) > len(shown):
        labels.append(f"{len(rows) - len(shown)} more")
        shown.append(merge_rows(rows[len(shown) :]))
    if len(rows) > 1:
        labels.append("total")
        shown.append(every)
    counts = [row.totals.overall for row in shown]
    columns = [*_count_columns(counts), *_money_columns(report, shown)]
    if report.by == "kind":
        columns.insert(0, ChartColumn("amount", [*map(_amount_made, shown)], 9))
    unpriced = [_count_or_dash(sums.unpriced) for sums in counts]
    columns.append(ChartColumn("no price", unpriced, 9))
    table = draw_number_table(labels, columns, style, last=int(len(rows) > 1))
    rows_below = [row for line in _remarks(every) for row in wrap_line(line, style.columns)]
    return table + "".join(f"{style.theme.paint(row, 'dim')}\n" for row in rows_below)


def _amount_made(row: SpendRow) -> str:
    """The quantity produced, in its unit."""
    made, unit = row.totals.overall.units, dict(enumerate(row.key)).get(1)
    if not made or not unit:
        return "-"
    return count_of(int(made), unit) if made == int(made) else f"{made:.1f} {unit}s"


def _count_columns(given: Sequence[Sums]) -> Iterable[ChartColumn]:
    yield ChartColumn("requests", [f"{sums.requests:,}" for sums in given], 4)
    yield ChartColumn("errors", [_count_or_dash(sums.errors) for sums in given], 3)
    yield ChartColumn("in", [format_count(sums.input) for sums in given], 8)
    yield ChartColumn("cached", [_share(sums.cached_share) for sums in given], 6)
    yield ChartColumn("out", [format_count(sums.output) for sums in given], 8)
    yield ChartColumn("searches", [_count_or_dash(sums.searches) for sums in given], 2)


def _money_columns(report: Report, rows: Sequence[SpendRow]) -> Iterable[ChartColumn]:
    """Two columns per currency: the cost, and what caching saved."""
    for currency in report.currencies:
        texts = _amount_formatter(report, currency)
        yield ChartColumn(currency, [texts(row) for row in rows], 9)
        known = [row.totals.money.get(currency, Sums()) for row in rows]
        decimals = decimals_for([sums.amount or 0 for sums in known])
        saved = [format_fixed(sums.saved, decimals) if sums.saved else "-" for sums in known]
        yield ChartColumn("saved", saved, 7)


def _count_or_dash(count: int | None) -> str:
    return f"{count:,}" if count else "-"


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _remarks(every: SpendRow) -> Iterable[str]:
    sums = every.totals.overall
    if sums.unpriced:
        answers = f"{sums.unpriced:,} answer{'s' * (sums.unpriced != 1)}"
        yield f"{answers} without a price, not included in the totals"
    if sums.estimated:
        yield "~ estimated from published prices, not reported by the provider"
    if len(every.totals.money.keys() - {None}) > 1:
        yield "currencies are not added up"


# -- speed and errors


def _speed_table(speeds: Sequence[Speed], style: ChartStyle) -> str:
    """The latency and speed of each model: median and 95th percentile."""
    if not speeds:
        return ""
    shown = speeds[:_MAX_ROWS]
    columns = [
        ChartColumn("first p50", [_seconds(speed.first_token_s, 0) for speed in shown], 9),
        ChartColumn("p95", [_seconds(speed.first_token_s, 1) for speed in shown], 8),
        ChartColumn("tokens/s p50", [_rate(speed.tokens_per_s, 0) for speed in shown], 7),
        ChartColumn("p95", [_rate(speed.tokens_per_s, 1) for speed in shown], 6),
        ChartColumn("queue p50", [_seconds(speed.queue_s, 0) for speed in shown], 5),
        ChartColumn("p95", [_seconds(speed.queue_s, 1) for speed in shown], 4),
        ChartColumn("answers", [f"{speed.answers:,}" for speed in shown], 1),
    ]
    labels = ["speed", *(f"{speed.provider}/{speed.model}" for speed in shown)]
    return draw_number_table(labels, columns, style)


def _seconds(pair: tuple[float, float] | None, place: int) -> str:
    return "-" if pair is None else f"{pair[place]:.2f} s"


def _rate(pair: tuple[float, float] | None, place: int) -> str:
    return "-" if pair is None else f"{pair[place]:,.0f}"


def _error_table(errors: Sequence[ProviderErrors], style: ChartStyle) -> str:
    """The errors of each provider: how many, and of which kinds."""
    if not errors:
        return ""
    columns = [
        ChartColumn("requests", [f"{found.requests:,}" for found in errors], 4),
        ChartColumn("failed", [_count_or_dash(found.errors) for found in errors], 9),
        ChartColumn("share", [_share(found.errors / found.requests) for found in errors], 5),
        ChartColumn("retries", [_count_or_dash(found.retries) for found in errors], 7),
        ChartColumn("why", [_top_kinds(found.kinds) for found in errors], 6),
    ]
    return draw_number_table(["errors", *(found.provider for found in errors)], columns, style)


def _top_kinds(kinds: Mapping[str, int]) -> str:
    """The three most frequent kinds of failure."""
    most = Counter(kinds).most_common(3)
    return ", ".join(f"{kind} {count}" for kind, count in most) or "-"
