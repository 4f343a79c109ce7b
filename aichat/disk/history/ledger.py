"""The ledger: sums over the counters in the store, computed by SQLite."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from aichat.core.billing.totals import (
    FAILURES,
    ProviderErrors,
    Speed,
    SpendCell,
    Sums,
    Totals,
    percentile,
)
from aichat.core.text.dates import UtcOffset
from aichat.disk.history.store import Store
from aichat.values import NamedTuple

#: The groupings of spending, and the columns of each.
GROUPINGS: Mapping[str, tuple[str, ...]] = {
    "day": (),
    "model": ("provider", "model"),
    "provider": ("provider",),
    "profile": ("profile",),
    "conversation": ("conversation",),
    "kind": ("kind", "unit"),
}

#: Columns that an older, read-only store may lack.
_NEWER_COLUMNS = ("wire", "tier", "retries", "queue_s", "saved", "kind", "unit", "units")

_IS_FAILURE = f"ending IN {FAILURES!r}"
#: Something arrived, so it cost something.
_IS_ANSWERED = "coalesce(first_token_s, input, output, units) IS NOT NULL"

_SUMS = f"""count(*), sum({_IS_FAILURE}), sum(retries), sum(amount IS NULL AND {_IS_ANSWERED}),
    sum(estimated), sum(input), sum(output), sum(cached_input), sum(cache_write),
    sum(reasoning), sum(searches), sum(amount), sum(saved), sum(units)"""

#: Tokens per second of streaming; too short a time is meaningless.
_RATE = "iif(total_s - first_token_s > 0.05, output / (total_s - first_token_s), NULL)"

#: Integers: milliseconds, and tokens per second.
_SERIES = f"""group_concat(CAST(first_token_s * 1000 + 0.5 AS INTEGER)),
    group_concat(CAST({_RATE} + 0.5 AS INTEGER)),
    group_concat(CAST(queue_s * 1000 + 0.5 AS INTEGER))"""


#: Rows are stored nearly in order of time, so a range scan is faster than an index.
_SINCE = "id >= (SELECT min(id) FROM spent WHERE at >= ?1) AND +at >= ?1"


class LedgerQuery(NamedTuple):
    """What to add up: since when (seconds since 1970), grouped by what, in which local time.

    ``slots`` is the number of time slots per day; ``parts`` is a column that divides a key.
    """

    since: float
    by: str
    shifts: Sequence[UtcOffset]
    slots: int = 1
    parts: str = "''"


class Ledger:
    """The counters of a store. Errors: ``sqlite3.Error``."""

    def __init__(self, store: Store) -> None:
        self._rows = store.rows
        there = {row[1] for row in self._rows("PRAGMA table_info(spent)")}
        missing = [f"NULL AS {name}" for name in _NEWER_COLUMNS if name not in there]
        columns = ", ".join(("*", *missing))
        self._from = f"FROM (SELECT {columns} FROM spent WHERE {_SINCE})"  # noqa: S608  all ours

    def span(self, since: float) -> tuple[float, float] | None:
        """The times of the first and last request since then; None if there are none."""
        query = f"SELECT min(at), max(at) {self._from} WHERE at < {_MAX_TIME}"
        first, last = next(iter(self._rows(query, (since,))))
        return None if first is None else (first, last)

    def cells(self, wanted: LedgerQuery) -> list[SpendCell]:
        """The sums, by key, part, time slot and currency."""
        columns = GROUPINGS[wanted.by]
        slot = _slot_number(wanted.shifts, wanted.slots) if wanted.slots else "NULL"
        keys = ", ".join((*columns, slot, wanted.parts, "currency"))
        places = ", ".join(str(n + 1) for n in range(len(columns) + 3))
        query = f"SELECT {keys}, {_SUMS} {self._from} GROUP BY {places} ORDER BY {places}"
        width = len(columns)
        return [
            SpendCell(
                row[:width], row[width + 1], row[width], row[width + 2], _sums(row, width + 3)
            )
            for row in self._rows(query, (wanted.since,))
        ]

    def speeds(self, since: float) -> list[Speed]:
        """How often each model was asked and how fast it answered, the most frequent first."""
        query = f"""SELECT provider, model, count(*), count(first_token_s), {_SERIES} {self._from}
            GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"""
        return [
            Speed._make(
                (
                    *counts,
                    _percentiles(first, 1000),
                    _percentiles(rate, 1),
                    _percentiles(queue, 1000),
                )
            )
            for *counts, first, rate, queue in self._rows(query, (since,))
        ]

    def mean_seconds(self, provider: str, model: str, since: float) -> float | None:
        """The average seconds of a model's answers since then; None if unknown."""
        query = f"SELECT avg(total_s) {self._from} WHERE provider = ?2 AND model = ?3"
        found: float | None = next(iter(self._rows(query, (since, provider, model))))[0]
        return found

    def provider_errors(self, since: float, requests: Mapping[str, int]) -> list[ProviderErrors]:
        """Providers with errors or retries since then; ``requests`` counts all of each."""
        query = f"""SELECT provider, ending, count(*), sum(retries) {self._from}
            WHERE retries > 0 OR {_IS_FAILURE} GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2"""
        found: dict[str, list[tuple[str, int, int | None]]] = {}
        for provider, *ending in self._rows(query, (since,)):
            found.setdefault(provider, []).append((ending[0], ending[1], ending[2]))
        return [_provider_errors(name, requests[name], endings) for name, endings in found.items()]

    def totals(
        self,
        since: float = 0.0,
        until: float = float("inf"),
        *,
        conversation: str | None = None,
        profile: str | None = None,
    ) -> Totals:
        """What was spent between two times: by all, in one conversation, or under one profile."""
        wanted = {"conversation": conversation, "profile": profile}
        given = {name: value for name, value in wanted.items() if value is not None}
        conditions = "".join(f" AND {name} = ?{n}" for n, name in enumerate(given, 3))
        query = f"SELECT currency, {_SUMS} {self._from} WHERE at < ?2{conditions} GROUP BY 1"
        found = self._rows(query, (since, until, *given.values()))
        return Totals({row[0]: _sums(row, 1) for row in found})

    def titles(self) -> dict[str, str]:
        """The titles of conversations, by id."""
        return dict(self._rows("SELECT id, title FROM conversation"))


#: A time beyond the year 3000 is a mistake.
_MAX_TIME = 32_503_680_000


def _slot_number(offsets: Sequence[UtcOffset], slots: int) -> str:
    """The SQL expression for the number of a local time slot."""
    *before, last = offsets
    whens = " ".join(f"WHEN at < {shift.until:.0f} THEN {shift.seconds}" for shift in before)
    ahead = f"CASE {whens} ELSE {last.seconds} END" if before else str(last.seconds)
    return f"iif(at < {_MAX_TIME}, CAST((at + {ahead}) / {86400 // slots} AS INTEGER), NULL)"


def _sums(row: Sequence[Any], place: int) -> Sums:
    """The sums in a row: a missing count is 0, any other missing sum is unknown."""
    requests, errors, retries, unpriced, estimated, *rest = row[place:]
    return Sums(requests, errors or 0, retries or 0, unpriced or 0, estimated or 0, *rest)


def _percentiles(series: str | None, scale: int) -> tuple[float, float] | None:
    """The 50th and 95th percentile of the integers in a text."""
    if not series:
        return None
    counts = Counter(series.split(","))  # many are equal, so sorting them one by one would be slow
    return percentile(counts, 50) / scale, percentile(counts, 95) / scale


def _provider_errors(
    provider: str, requests: int, endings: Sequence[tuple[str, int, int | None]]
) -> ProviderErrors:
    kinds = {ending: count for ending, count, _ in endings if ending in FAILURES}
    retries = sum(count or 0 for *_, count in endings)
    return ProviderErrors(provider, requests, sum(kinds.values()), retries, kinds)
