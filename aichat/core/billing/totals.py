"""What answers cost, added up: the unknown never counts as 0, and currencies stay apart."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from aichat.core.billing.money import Cost
from aichat.errors import EXIT_CODES
from aichat.values import NamedTuple

#: Endings that count as errors: the provider or the network failed, or the request was rejected.
#: Reaching a limit or pausing is no error, nor is a replay of what was never recorded.
FAILURES = tuple(
    kind
    for kind, code in EXIT_CODES.items()
    if (4 <= code <= 8 or kind == "truncated") and kind != "not_recorded"
)


class Sums(NamedTuple):
    """Requests of one currency, added up; ``None`` is unknown.

    ``unpriced`` counts those answered at an unknown price, ``estimated`` those whose price
    we reckoned ourselves. Tokens are as in ``Usage``, money is in billionths.
    """

    requests: int = 0
    errors: int = 0
    retries: int = 0
    unpriced: int = 0
    estimated: int = 0
    input: int | None = None
    output: int | None = None
    cached_input: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    searches: int | None = None
    amount: int | None = None
    saved: int | None = None
    units: float | None = None  # of what was made: images, seconds

    @property
    def cached_share(self) -> float | None:
        """The share of the input that was read from a cache, 0 to 1."""
        if self.cached_input is None or not self.input:
            return None
        return self.cached_input / self.input


class Totals(NamedTuple):
    """What a conversation, a day or a budget period used: the sums of each currency.

    Requests without a known price are under None.
    """

    money: Mapping[str | None, Sums] = {}

    @property
    def overall(self) -> Sums:
        """The sums over all requests; ``amount`` means nothing if there are several currencies."""
        return total(self.money.values())

    @property
    def currencies(self) -> list[str]:
        """The currencies, the one that most requests were billed in first."""
        known = (currency for currency in self.money if currency is not None)
        return sorted(known, key=lambda currency: (-self.money[currency].requests, currency))

    def amount(self, currency: str) -> int | None:
        """The money of one currency; None where none is known."""
        sums = self.money.get(currency)
        return sums.amount if sums else None

    @property
    def costs(self) -> list[Cost]:
        """The money of each currency, marked as estimated if any of it is."""
        amounts = ((name, self.amount(name)) for name in self.currencies)
        return [
            Cost(amount, name, self.money[name].estimated > 0)
            for name, amount in amounts
            if amount is not None
        ]


class SpendCell(NamedTuple):
    """The sums of one ``part`` of one ``key``, in one currency and one time slot.

    ``slot`` is the slot's number since 1970, in local time; None if the time makes no sense.
    """

    key: tuple[str | None, ...]
    part: str
    slot: int | None
    currency: str | None
    sums: Sums


class SpendRow(NamedTuple):
    """One line of a report."""

    key: tuple[str | None, ...]
    totals: Totals


class Speed(NamedTuple):
    """Median and 95th percentile of each: seconds, and tokens per second."""

    provider: str
    model: str
    requests: int
    answers: int
    first_token_s: tuple[float, float] | None
    tokens_per_s: tuple[float, float] | None
    queue_s: tuple[float, float] | None


class ProviderErrors(NamedTuple):
    """How often a provider failed: requests, errors by kind, and the retries before them."""

    provider: str
    requests: int
    errors: int
    retries: int
    kinds: Mapping[str, int]


def total(given: Iterable[Sums]) -> Sums:
    """The sum of all; a count that none of them knows is unknown."""
    several = tuple(given)
    if len(several) < 2:
        return several[0] if several else Sums()
    return Sums(*map(_sum, zip(*several, strict=True)))  # type: ignore[arg-type]  # counts are known


def _sum(counts: Sequence[float | None]) -> float | None:
    if None not in counts:
        return sum(counts)  # type: ignore[arg-type]  # just looked
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def spend_rows(cells: Iterable[SpendCell]) -> list[SpendRow]:
    """One row for each key, with its totals, in the order in which the keys first appear."""
    found: dict[tuple[str | None, ...], list[Totals]] = {}
    for cell in cells:
        found.setdefault(cell.key, []).append(Totals({cell.currency: cell.sums}))
    return [SpendRow(key, add_totals(totals)) for key, totals in found.items()]


def add_totals(given: Iterable[Totals]) -> Totals:
    """The sum of all, each currency by itself."""
    found: dict[str | None, list[Sums]] = {}
    for totals in given:
        for currency, sums in totals.money.items():
            found.setdefault(currency, []).append(sums)
    return Totals({currency: total(sums) for currency, sums in found.items()})


def merge_rows(given: Iterable[SpendRow]) -> SpendRow:
    """All rows as one, with an empty key."""
    return SpendRow((), add_totals(row.totals for row in given))


def sort_by_cost(given: Iterable[SpendRow], currencies: Sequence[str]) -> list[SpendRow]:
    """The most expensive first, by the first currency in which two differ, then by tokens."""

    def weight(row: SpendRow) -> tuple[int, ...]:
        money = [row.totals.amount(currency) or 0 for currency in currencies]
        every = row.totals.overall
        return (*money, (every.input or 0) + (every.output or 0), every.requests)

    return sorted(given, key=weight, reverse=True)


def percentile(counts: Mapping[str, int], share: int) -> int:
    """The number that ``share`` percent of all do not exceed (nearest rank).

    ``counts`` is how often each number occurred. Errors: ``ValueError`` if there are none.
    """
    left = -(-sum(counts.values()) * share // 100)
    for number, count in sorted((int(text), count) for text, count in counts.items()):
        left -= count
        if left <= 0:
            return number
    raise ValueError("no number")


def slot_day(slot: int, slots: int) -> str:
    """The day (ISO) that a slot is in, with so many ``slots`` a day."""
    return date.fromordinal(_EPOCH + slot // slots).isoformat()


def day_number(day: str) -> int:
    """Days since 1970."""
    return date.fromisoformat(day).toordinal() - _EPOCH


_EPOCH = date(1970, 1, 1).toordinal()
