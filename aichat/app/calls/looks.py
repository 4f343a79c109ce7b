"""The one loop that looks again and again, for what a provider goes on with by itself."""

from types import TracebackType

from aichat.core.text.clock import Clock
from aichat.errors import AichatError, Fault

#: Seconds between two looks: at first, how that grows, at most, and at the very most where a
#: server asks for more. So nobody waits for a tenth longer than what is made takes, or a minute.
_FIRST_WAIT, _GROWTH, _LONGEST_WAIT, _LONGEST_ASKED = 1.0, 1.1, 60.0, 300.0

#: Seconds of waiting on end for which a link may be lost, and what it is lost with.
_PATIENCE = 900.0
LOST_KINDS = frozenset(("network", "timeout", "truncated", "server", "overloaded", "rate_limit"))


class LookLoop:
    """Looks at what a provider goes on with by itself, ever more seldom, until it is over.

    ``while loop.begin_look(): with loop: ...`` makes them, and ``end`` says that one was the
    last. A lost link is borne for a while: ``lost`` has the fault of the look before, and
    ``wait`` the seconds until the next, a little more or less so that many are not as one.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pause, self._lost_seconds = _FIRST_WAIT, 0.0
        self._asked: float | None = None
        self._has_begun = self._is_over = self._has_news = False
        self.lost: Fault | None = None
        self.wait = 0.0

    def begin_look(self) -> bool:
        """Whether another look has to be taken; one after the first is waited for."""
        if self._has_begun and not self._is_over:
            self._clock.sleep(self.wait)
        self._has_begun = True
        return not self._is_over

    def take_news(self) -> None:
        """Something has happened: there may soon be more."""
        self._has_news = True

    def obey(self, seconds: float | None) -> None:
        """The server asks to wait so long before the next look, if it asks at all."""
        self._asked = seconds

    def end(self) -> None:
        """It is over."""
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
    """What is said where ``what`` is left to its provider; ``way_back`` is typed to come back."""
    return f"{what} goes on by itself: {way_back}"
