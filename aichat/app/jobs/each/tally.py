"""How far a run is: what was answered, what failed and why, what it took and will take."""

from collections import Counter

from aichat.core.billing.money import Cost, format_cost
from aichat.core.exchange.answer import Answer
from aichat.core.text.numbers import count_of, format_tokens
from aichat.errors import Fault
from aichat.values import NamedTuple

#: Rows that are named of each reason why some failed, and reasons that are.
_NAMED_ROWS, _NAMED_REASONS = 5, 8

#: Reasons that are told apart; others are counted together.
_MOST_REASONS = 200


class Forecast(NamedTuple):
    """What is known before anything is sent: how many answers, and what they may take."""

    answers: int
    cost: Cost | None = None
    tokens: int | None = None
    batch_cost: Cost | None = None  # where their provider answers them by itself
    seconds: float | None = None
    batches: int = 0
    unread: int = 0  # files that cannot be asked about, and why the first of them cannot
    why_unread: str = ""

    @property
    def cost_of_one(self) -> Cost | None:
        """What one question costs on average, before any output."""
        cost = self.cost
        return cost and cost._replace(amount=cost.amount // max(self.answers, 1))


class Reason(NamedTuple):
    """Why answers failed."""

    kind: str
    message: str
    exit_code: int


class Tally:
    """The figures of a run that began at ``began`` seconds."""

    def __init__(self, began: float, forecast: Forecast | None) -> None:
        self._began, self._forecast = began, forecast
        self.answered, self.kept, self.failed = 0, 0, 0  # kept: answered by an earlier run
        self.tokens = 0
        self.costs: dict[str, Cost] = {}  # by currency
        self._priced: Counter[str] = Counter()  # answers that cost something, by currency
        self.reasons: Counter[Reason] = Counter()
        self._rows: dict[Reason, list[int]] = {}

    @property
    def count(self) -> int:
        """Answers that have come, or failed."""
        return self.answered + self.kept + self.failed

    @property
    def fresh_count(self) -> int:
        """What was asked in this run, and has ended."""
        return self.answered + self.failed

    def spent(self, currency: str) -> int:
        """What its answers have cost, in billionths."""
        found = self.costs.get(currency)
        return found.amount if found else 0

    def mean_cost(self, currency: str) -> int:
        """What an answer that cost something has cost, in billionths; 0 before there is one."""
        return self.spent(currency) // max(self._priced[currency], 1)

    def take_kept(self) -> None:
        """One was answered by an earlier run."""
        self.kept += 1

    def take_failure(self, fault: Fault, row: int) -> None:
        """One failed, now or in an earlier run."""
        self.failed += 1
        reason = Reason(fault.kind, fault.message, fault.exit_code)
        if reason not in self.reasons and len(self.reasons) >= _MOST_REASONS:
            reason = Reason(fault.kind, "other reasons", fault.exit_code)
        self.reasons[reason] += 1
        rows = self._rows.setdefault(reason, [])
        if len(rows) <= _NAMED_ROWS:
            rows.append(row)

    def take_answer(self, answer: Answer, row: int) -> None:
        """One came, or failed."""
        usage, cost = answer.usage, answer.cost
        self.tokens += (usage.input or 0) + (usage.output or 0)
        if cost:
            before = self.costs.get(cost.currency, Cost(0, cost.currency))
            estimated = before.estimated or cost.estimated
            self._priced[cost.currency] += cost.amount > 0
            self.costs[cost.currency] = before._replace(
                amount=before.amount + cost.amount, estimated=estimated
            )
        if answer.fault:
            self.take_failure(answer.fault, row)
        else:
            self.answered += 1

    def seconds(self, now: float) -> float:
        """How long it has been going on."""
        return now - self._began

    @property
    def fault(self) -> Fault | None:
        """The most frequent failure."""
        found = self.reasons.most_common(1)
        return Fault(found[0][0].kind, found[0][0].message) if found else None

    @property
    def exit_code(self) -> int:
        """That of the most frequent failure; 0 where nothing failed."""
        codes: Counter[int] = Counter()
        for reason, count in self.reasons.items():
            codes[reason.exit_code] += count
        return codes.most_common(1)[0][0] if codes else 0

    def progress(self, now: float) -> str:
        """Where it is, in one line."""
        rate = self.fresh_count / max(self.seconds(now), 0.001)
        foreseen = self._forecast
        total = foreseen.answers + foreseen.unread if foreseen else None
        parts = [f"{self.count:,} of {total:,}" if total else f"{self.count:,}"]
        parts += [f"{self.failed:,} failed"] if self.failed else []
        parts += [f"{rate:.1f}/s", *self._figures()]
        if total and self.fresh_count and total > self.count:
            parts += self._foreseen(total)
            parts.append(f"{format_duration((total - self.count) / rate)} left")
        return " · ".join(parts)

    def summary(self, now: float) -> str:
        """What came of it, in one line."""
        parts = [f"{count_of(self.answered + self.kept, 'answer')}"]
        if self.kept:
            parts[0] += f", {self.kept:,} of them from before"
        parts += [f"{self.failed:,} failed"] if self.failed else []
        return " · ".join((*parts, *self._figures(), format_duration(self.seconds(now))))

    def failures(self) -> list[str]:
        """Why some failed, the most frequent reason first."""
        lines = []
        for reason, count in self.reasons.most_common(_NAMED_REASONS):
            rows = sorted(self._rows[reason])
            more = ", ..." if count > _NAMED_ROWS else ""
            named = ", ".join(map(str, rows[:_NAMED_ROWS]))
            word = "row" if len(rows) == 1 else "rows"
            lines.append(f"{count:6,}  {reason.kind}: {reason.message} ({word} {named}{more})")
        left = len(self.reasons) - _NAMED_REASONS
        return [*lines, f"        and {count_of(left, 'other reason')}"] if left > 0 else lines

    def _figures(self) -> list[str]:
        parts = [f"{format_tokens(self.tokens)} tokens"] if self.tokens else []
        return [*parts, *(format_cost(cost) for cost in self.costs.values() if cost.amount)]

    def _foreseen(self, total: int) -> list[str]:
        """What all of it will have cost, if the rest costs as much."""
        share = (total - self.kept) / self.fresh_count
        costs = [cost for cost in self.costs.values() if cost.amount]
        return [
            f"{format_cost(cost._replace(amount=int(cost.amount * share), estimated=True))} in all"
            for cost in costs
        ]


def format_duration(seconds: float) -> str:
    """Seconds, minutes or hours, for people."""
    if seconds < 1:
        return "<1 s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
