"""The figures of a run: answers, failures with reasons, cost and time so far and expected."""

from collections import Counter

from aichat.core.billing.money import Cost, format_cost
from aichat.core.exchange.answer import Answer
from aichat.core.text.numbers import count_of, format_tokens
from aichat.errors import Fault
from aichat.values import NamedTuple

#: The most rows named per reason of failure, and the most reasons named.
_NAMED_ROWS, _NAMED_REASONS = 5, 8

#: The most distinct reasons; others are counted together.
_MOST_REASONS = 200


class Forecast(NamedTuple):
    """What is known before anything is sent: the number of answers, their cost and time."""

    answers: int
    cost: Cost | None = None
    tokens: int | None = None
    batch_cost: Cost | None = None  # the cost as a batch
    seconds: float | None = None
    batches: int = 0
    unread: int = 0  # unreadable files, and the reason for the first
    why_unread: str = ""


class Reason(NamedTuple):
    """A reason for failed answers."""

    kind: str
    message: str
    exit_code: int


class Tally:
    """The figures of a run that started at ``began`` on the monotonic clock, in seconds."""

    def __init__(self, began: float, forecast: Forecast | None) -> None:
        self._began, self._forecast = began, forecast
        self.answered, self.kept, self.failed = 0, 0, 0  # kept: answered by an earlier run
        self.tokens = 0
        self.costs: dict[str, Cost] = {}  # by currency
        self.reasons: Counter[Reason] = Counter()
        self._rows: dict[Reason, list[int]] = {}

    @property
    def count(self) -> int:
        """The number of answers, including failed ones."""
        return self.answered + self.kept + self.failed

    @property
    def fresh_count(self) -> int:
        """The number of answers to questions of this run."""
        return self.answered + self.failed

    def take_kept(self) -> None:
        """Count an answer of an earlier run."""
        self.kept += 1

    def take_failure(self, fault: Fault, row: int) -> None:
        """Count a failure, of this or an earlier run."""
        self.failed += 1
        reason = Reason(fault.kind, fault.message, fault.exit_code)
        if reason not in self.reasons and len(self.reasons) >= _MOST_REASONS:
            reason = Reason(fault.kind, "other reasons", fault.exit_code)
        self.reasons[reason] += 1
        rows = self._rows.setdefault(reason, [])
        if len(rows) <= _NAMED_ROWS:
            rows.append(row)

    def take_answer(self, answer: Answer, row: int) -> None:
        """Count an answer, possibly failed."""
        usage, cost = answer.usage, answer.cost
        self.tokens += (usage.input or 0) + (usage.output or 0)
        if cost:
            before = self.costs.get(cost.currency, Cost(0, cost.currency))
            estimated = before.estimated or cost.estimated
            self.costs[cost.currency] = before._replace(
                amount=before.amount + cost.amount, estimated=estimated
            )
        if answer.fault:
            self.take_failure(answer.fault, row)
        else:
            self.answered += 1

    def seconds(self, now: float) -> float:
        """The seconds since the start."""
        return now - self._began

    @property
    def fault(self) -> Fault | None:
        """The fault for the most frequent reason."""
        found = self.reasons.most_common(1)
        return Fault(found[0][0].kind, found[0][0].message) if found else None

    @property
    def exit_code(self) -> int:
        """The exit code of the most frequent failure; 0 if nothing failed."""
        codes: Counter[int] = Counter()
        for reason, count in self.reasons.items():
            codes[reason.exit_code] += count
        return codes.most_common(1)[0][0] if codes else 0

    def progress(self, now: float) -> str:
        """The progress in one line."""
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
        """The totals in one line."""
        parts = [f"{count_of(self.answered + self.kept, 'answer')}"]
        if self.kept:
            parts[0] += f", {self.kept:,} of them from before"
        parts += [f"{self.failed:,} failed"] if self.failed else []
        return " · ".join((*parts, *self._figures(), format_duration(self.seconds(now))))

    def failures(self) -> list[str]:
        """Lines with the reasons of failures, the most frequent first."""
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
        """The expected total, at the mean cost so far."""
        share = (total - self.kept) / self.fresh_count
        costs = [cost for cost in self.costs.values() if cost.amount]
        return [
            f"{format_cost(cost._replace(amount=int(cost.amount * share), estimated=True))} in all"
            for cost in costs
        ]


def format_duration(seconds: float) -> str:
    """A duration in seconds, minutes or hours, for people."""
    if seconds < 1:
        return "<1 s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
