"""Limits the requests in flight to one model.

A request that waits for a retry leaves the gate, and returns before any new one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Notice
from aichat.core.http.retry import is_crowded
from aichat.core.provider.pace.pace import Pace
from aichat.core.provider.pace.sent import Sent
from aichat.core.text.clock import Clock

#: Seconds between checks of a gate without any change.
_LONGEST_LOOK = 0.5


class Gate:
    """Counts requests in flight, up to what ``pace`` allows; shared by all threads."""

    def __init__(self, pace: Pace, clock: Clock) -> None:
        self._pace, self._clock = pace, clock
        self._changed = Condition()
        self._under_way, self._coming_back = 0, 0

    def has_room(self) -> bool:
        """Whether a new request may start."""
        with self._changed:
            return not self._coming_back and self._has_room

    @property
    def wait(self) -> float:
        """Seconds until there may be room; 0 if only an answer can make some."""
        with self._changed:
            return self._pace.wait(self._now)

    def enter(self) -> Sent:
        """Count a new request, for which there is room."""
        with self._changed:
            self._under_way += 1
            return self._pace.send(self._now, self._under_way)

    def leave(self) -> None:
        """Count a request as no longer in flight."""
        with self._changed:
            self._under_way -= 1
            self._changed.notify()

    def come_back(self, clock: Clock) -> Sent:
        """Wait for room for a retry. ``clock`` wakes it when the run ends."""
        with self._changed:
            self._coming_back += 1
            try:
                while not self._has_room:
                    self._changed.wait(min(self._pace.wait(self._now) or 1.0, _LONGEST_LOOK))
                    clock.sleep(0)
                self._under_way += 1
                return self._pace.send(self._now, self._under_way)
            finally:
                self._coming_back -= 1

    def take_answer(self, sent: Sent, answer: Answer) -> None:
        """Note that a request was answered, or finally refused."""
        with self._changed:
            if answer.fault and answer.fault.kind in ("rate_limit", "overloaded"):
                self._pace.take_refusal(sent, 0.0, self._now)
            else:
                self._pace.take_answer(sent, answer.limits, self._now, self._clock.now())

    def take_wait(self, sent: Sent, notice: Notice) -> None:
        """Note that a request waits for a retry; after a refusal, others may have to wait too."""
        if is_crowded(notice.reason):
            with self._changed:
                self._pace.take_refusal(sent, notice.seconds or 0.0, self._now)

    @property
    def _has_room(self) -> bool:
        return self._pace.has_room(self._under_way, self._now)

    @property
    def _now(self) -> float:
        return self._clock.monotonic()


class Passage:
    """One question's passage through a gate; it starts in flight."""

    def __init__(self, gate: Gate, clock: Clock) -> None:
        self._gate, self._clock = gate, clock
        self._sent, self._is_under_way = gate.enter(), True

    @property
    def clock(self) -> Clock:
        """A clock that leaves the gate while sleeping."""
        return self._clock._replace(sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        with self.away():
            self._clock.sleep(seconds)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Leave the gate for the duration of the context."""
        self.end()
        yield
        self._sent, self._is_under_way = self._gate.come_back(self._clock), True

    def check(self) -> None:
        """Raise if the run is to end."""
        self._clock.sleep(0)

    def take_wait(self, notice: Notice) -> None:
        """Note a wait for a retry."""
        self._gate.take_wait(self._sent, notice)

    def take_answer(self, answer: Answer) -> None:
        """Note the answer."""
        self._gate.take_answer(self._sent, answer)

    def end(self) -> None:
        """Leave the gate."""
        if self._is_under_way:
            self._is_under_way = False
            self._gate.leave()
