"""The least that an answer costs, while it is still streaming."""

from collections.abc import Callable, Iterable
from functools import cache

from aichat.core.billing.budget import SpendLimit, limits_above
from aichat.core.billing.money import Cost
from aichat.core.billing.token_estimate import BYTES_PER_TOKEN
from aichat.core.exchange.event import (
    Event,
    Finish,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    UsageUpdate,
)

#: More tokens than any answer has.
_MAX_TOKENS = 1 << 24


class CostMeter:
    """Counts an answer of ``input_tokens`` while it streams.

    ``passes`` tells whether so many tokens of input and output are too expensive.
    """

    def __init__(self, input_tokens: int, passes: Callable[[int, int], bool]) -> None:
        self._input, self._passes = input_tokens, passes
        self._bytes = self._reported = 0

    def is_too_much(self, events: Iterable[Event]) -> bool:
        """Whether these events make the answer too expensive; one that has ended is not stopped.

        A usage count stops only what comes after it, so the result does not depend on how reads
        fall: providers count at the end, when nothing can be saved any more.
        """
        too_dear, ended = False, False
        for event in events:
            if isinstance(event, UsageUpdate):
                self._read_usage(event)
            elif isinstance(event, TextDelta | ReasoningDelta):
                too_dear |= self._add(event.text)
            elif isinstance(event, ToolCallDelta):
                too_dear |= self._add(event.arguments)
            ended = isinstance(event, Finish)
        return too_dear and not ended

    def _add(self, text: str) -> bool:
        """Count more text, and tell whether it is too much by now."""
        self._bytes += len(text.encode("utf-8", "replace"))
        return self._passes(self._input, max(self._bytes // BYTES_PER_TOKEN, self._reported))

    def _read_usage(self, seen: UsageUpdate) -> None:
        """Take over the provider's own count."""
        self._reported = max(seen.usage.output or 0, self._reported)
        if seen.usage.input is not None:
            self._input = seen.usage.input


def passes_limits(
    limits: Iterable[SpendLimit], price: Callable[[int, int], Cost | None]
) -> Callable[[int, int], bool]:
    """Whether so many tokens pass a limit; ``price`` gives their cost."""
    kept = tuple(limits)

    @cache
    def affordable_output(input_tokens: int) -> int:
        """The most output tokens that stay within every limit."""
        low, high = -1, _MAX_TOKENS
        while high - low > 1:
            middle = (low + high) // 2
            if limits_above(price(input_tokens, middle), kept):
                high = middle
            else:
                low = middle
        return low if low < _MAX_TOKENS - 1 else 1 << 62

    return lambda into, out: out > affordable_output(into)
