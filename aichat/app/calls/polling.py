"""The one loop that polls a provider for what it works on by itself."""

from types import TracebackType

from aichat.core.text.clock import Clock
from aichat.errors import AichatError, Fault

#: Seconds between two polls: at first, how that grows, at most, and at the very most where a
#: server asks for more. So nobody waits longer than a tenth of the work's own time, or a minute.
_FIRST_WAIT, _GROWTH, _LONGEST_WAIT, _LONGEST_ASKED = 1.0, 1.1, 60.0, 300.0

#: Seconds on end for which the link may be lost, and the faults that count as a lost link.
_PATIENCE = 900.0
LOST_KINDS = frozenset(("network", "timeout", "truncated", "server", "overloaded", "rate_limit"))


class PollLoop:
    """Polls ever more seldom until ``end``: ``while loop.begin_poll(): with loop: ...``.

    A lost link is borne for a while: ``lost`` is the fault of the last poll, and ``wait`` the
    seconds until the next one, with jitter so that many loops do not poll together.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pause, self._lost_seconds = _FIRST_WAIT, 0.0
        self._asked: float | None = None
        self._has_begun = self._is_over = self._has_news = False
        self.lost: Fault | None = None
        self.wait = 0.0

    def begin_poll(self) -> bool:
        """Whether to poll again, after waiting since the last poll."""
        if self._has_begun and not self._is_over:
            self._clock.sleep(self.wait)
        self._has_begun = True
        return not self._is_over

    def take_news(self) -> None:
        """Poll soon again, since something has happened."""
        self._has_news = True

    def obey(self, seconds: float | None) -> None:
        """Wait so many seconds before the next poll, if the server asks for that."""
        self._asked = seconds

    def end(self) -> None:
        """Make the current poll the last one."""
        self._is_over = True

    def __enter__(self) -> None:
        self._asked, self._has_news = None, False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> bool:
        fault = error.fault if isinstance(error, AichatError) else None
        self.lost = fault if fault and fault.kind in LOST_KINDS else None
        if error is not None and self.lost is None:
            return False
        asked = self.lost.retry_after if self.lost else self._asked
        self._pause = _FIRST_WAIT if self._has_news else self._pause
        jitter = 0.9 + self._clock.random() / 5
        self.wait = min(asked, _LONGEST_ASKED) if asked else self._pause * jitter
        self._pause = min(self._pause * _GROWTH, _LONGEST_WAIT)
        is_cut_off = self.lost and not self._has_news
        self._lost_seconds = self._lost_seconds + self.wait if is_cut_off else 0.0
        return self.lost is not None and self._lost_seconds <= _PATIENCE


def way_back_line(what: str, way_back: str) -> str:
    """The line that ``what`` is left to its provider; the command ``way_back`` returns to it."""
    return f"{what} goes on by itself: {way_back}"
