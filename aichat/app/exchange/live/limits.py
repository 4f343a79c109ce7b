"""What is left to ask in a session: by the server's rate limits, and by the user's budget."""

from collections.abc import Mapping

from aichat.app.billing.remaining import with_money_left
from aichat.core.billing.money import format_cost, total_cost
from aichat.core.cli.options import AskOptions
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, Notice
from aichat.core.provider.limits_left import (
    LimitLeft,
    describe_limits,
    limits_left,
    scarce_limits,
)
from aichat.core.text.numbers import count_of


class LiveLimits:
    """The latest limits: ``headers``, named as those of HTTP answers.

    ``at``: when they were first seen, in seconds since 1970. ``answers``: all of the session.
    """

    def __init__(self) -> None:
        self.headers: Mapping[str, str] = {}
        self.at: float | None = None
        self.answers: list[Answer] = []
        self._is_scarce = False

    def note(self, headers: Mapping[str, str]) -> None:
        """Update the limits."""
        self.headers, self.at = {**headers}, None

    def current(self, now: float) -> list[LimitLeft]:
        """What is left, without limits that have been reset since."""
        self.at = now if self.at is None else self.at
        age = now - self.at
        told = limits_left(self.headers, self.at)
        return [limit for limit in told if not limit.seconds or limit.seconds > age]

    def warnings(self, now: float) -> list[Event]:
        """A warning about what has become scarce, once."""
        scarce = scarce_limits(self.current(now))
        is_told, self._is_scarce = self._is_scarce, bool(scarce)
        if is_told or not scarce:
            return []
        seconds = max(limit.seconds or 0.0 for limit in scarce)
        until = f"for the next {seconds:.0f} s" if seconds >= 1 else "for now"
        return [Notice("limits", f"little is left {until}: {describe_limits(scarce)}")]

    def within(self, options: AskOptions) -> AskOptions:
        """The options, with what the session has left of ``--max-cost``.

        Errors: ``budget`` if nothing is left.
        """
        return with_money_left(options, self.answers, count_of(len(self.answers), "answer"))

    def describe(self, now: float) -> str:
        """The cost of the session, and what is left."""
        cost = total_cost(answer.cost for answer in self.answers)
        spent = format_cost(cost) if cost else "cost unknown" if self.answers else "nothing yet"
        left = describe_limits(self.current(now))
        return f"{spent}; {left} left" if left else spent
